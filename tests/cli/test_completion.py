"""What Tab offers."""

import subprocess

import pytest

from gca_viz.cli import make_parser
from gca_viz.cli.completion import script
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.transport import METHODS


@pytest.fixture(scope="module")
def bash(tmp_path_factory):
    path = tmp_path_factory.mktemp("completion") / "gca-viz"
    path.write_text(script(make_parser("all"), "bash"))

    def offered(*words: str) -> set[str]:
        code = (
            f"source {path}; COMP_WORDS=({' '.join(words)}); COMP_CWORD={len(words) - 1}; "
            "$(complete -p gca-viz | sed 's/.*-F \\([^ ]*\\).*/\\1/'); printf '%s\\n' \"${COMPREPLY[@]}\""
        )
        done = subprocess.run(["bash", "-c", code], capture_output=True, text=True, check=True)
        return {line.strip() for line in done.stdout.splitlines()}

    return offered


def test_bash_completes_commands_flags_and_names(bash):
    assert bash("gca-viz", "s") == {"site", "sweep"}
    assert bash("gca-viz", "plan", "--ep") == {"--epsilon"}
    assert bash("gca-viz", "plan", "--method", "gca-") == {name for name in METHODS if name.startswith("gca-")}
    flags = bash("gca-viz", "report", "--")
    assert {Recipe.flag(key) for key in Recipe.link_names()} <= flags and "--zip" in flags


def test_the_scripts_of_other_shells_know_every_flag_too(gca_viz):
    for shell in ("zsh", "fish"):
        said = gca_viz("completion", shell)
        assert said.status == 0 and "gca-viz" in said.out
        assert (
            all(Recipe.flag(key).strip("-") in said.out for key in Recipe.link_names())
            and "Temperature" in said.out
        )
    assert gca_viz("completion", "tcsh").status == 2
