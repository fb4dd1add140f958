"""Help and mistakes in flags: at once, of what the command is about, and without what takes seconds to import."""

import json
import re
import subprocess
import sys

import pytest

from gca_viz.cli import COMMANDS, main, make_parser
from gca_viz.experiments.recipe.recipe import Recipe

HEAVY = ("torch", "pandas", "sklearn", "scipy", "streamlit", "plotly", "pyarrow")
WITH_RECIPE = ("app", "plan", "sweep", "compare", "family", "embed", "report", "site")
NEEDED = {"site": ("folder",)}
_RUN = """
import contextlib, io, json, sys
from gca_viz.cli import main
said = []
for words in json.loads(sys.argv[1]):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = main(words)
        except SystemExit as end:
            status = end.code
    said.append([status, len(out.getvalue()), err.getvalue()])
print(json.dumps([said, sorted(set(sys.argv[2:]) & set(sys.modules))]))
"""
# Mistakes that the arguments themselves show, before anything is read.
MISTAKES = {
    "plan": [
        ["--eps", "-1"],
        ["--method", "inse"],
        ["--data", "no/such"],
        ["--encoder", "no.pt"],
        ["--output", "a.txt"],
        ["--recipe", "no.json"],
        ["--link", "?eps=3", "--recipe", "a"],
    ],
    "sweep": [["--axis", "x"], ["--output", "a.npz"]],
    "compare": [["--encoders", "ince,no.pt"], ["--run", "no/such"]],
    "family": [["--output", "a.npz"], ["--n", "x"]],
    "embed": [[], ["--output", "a.csv"]],
    "report": [["--page", "x"], ["--output", "a.csv"]],
    "site": [[], ["out", "--eps", "-1"]],
    "app": [["--port", "x"], ["--method", "x"]],
    "train": [["a", "--epochs", "x"]],
    "convert": [[]],
    "completion": [["tcsh"]],
}


def help_of(command: str, flag: str, capsys) -> str:
    with pytest.raises(SystemExit, match="0"):
        main([command, flag])
    return capsys.readouterr().out


@pytest.mark.parametrize("command", COMMANDS)
def test_help_and_mistakes_import_nothing_large(command):
    asked = [[command, "--help"], [command, "--flag-of-nobody"]]
    asked += [[command, "--help-all"]] * (command in WITH_RECIPE)
    wrong = [[command, *words] for words in MISTAKES.get(command, [])]
    done = subprocess.run(
        [sys.executable, "-c", _RUN, json.dumps(asked + wrong), *HEAVY], capture_output=True, text=True, check=True
    )
    said, imported = json.loads(done.stdout)
    assert imported == []
    for words, (status, printed, err) in zip(asked + wrong, said, strict=True):
        if words[1:] in (["--help"], ["--help-all"]):
            assert (status, err) == (0, "") and printed
        else:
            assert status == 2 and printed == 0 and err.startswith("Got ") and err.count("\n") == 1, words


@pytest.mark.parametrize(
    ("command", "own", "others"),
    [
        ("plan", {"eps", "target", "encoder", "t", "n"}, {"axis", "map", "against", "show"}),
        ("sweep", {"eps", "axis", "seeds"}, {"map", "against", "i"}),
        ("compare", {"against", "encoders", "eps", "neighbours"}, {"axis", "map", "show"}),
        ("embed", {"data", "views", "encoder"}, {"eps", "axis", "map", "target"}),
        ("report", {"eps", "show", "axis", "against"}, {"map", "thumbs"}),
        ("app", {"eps", "show"}, {"axis", "map", "against"}),
    ],
)
def test_a_command_lists_its_own_flags_and_the_rest_behind_help_all(command, own, others, capsys):
    listed = set(re.findall(r"^  (--[\w-]+)", help_of(command, "--help", capsys), re.M))
    assert set(map(Recipe.flag, own)) <= listed and not set(map(Recipe.flag, others)) & listed
    whole = help_of(command, "--help-all", capsys)
    listed = set(re.findall(r"^  (--[\w-]+)", whole, re.M))
    assert set(map(Recipe.flag, Recipe.link_names())) - {"--output"} <= listed
    assert not {f"--{key}" for key in Recipe.long_names().values()} & listed
    for key in others | own:
        assert Recipe.spec(key).help[:30] in " ".join(whole.split())


def test_help_has_a_heading_for_each_part(capsys):
    text = help_of("plan", "--help", capsys)
    headings = re.findall(r"^(\w+):$", text, re.M)
    assert headings == ["options", "recipe", "data", "views", "encoder", "method", "target", "weights", "display"]
    assert text.index("target:") < text.index("--prior") < text.index("weights:") < text.index("--gamma")
    assert text.index("--gamma") < text.index("display:") < text.index("--order")
    assert "--help-all" in text and text.startswith("usage: gca-viz plan [--recipe FILE | --link URL] [flags]\n")
    assert re.findall(r"^(\w+):$", help_of("train", "--help", capsys), re.M)[-3:] == [
        "training",
        "options",
        "hardware",
    ]


@pytest.mark.parametrize("command", WITH_RECIPE)
def test_every_command_takes_the_flags_of_all_pages(command):
    spellings = [[Recipe.flag(key) for key in Recipe.link_names()], [f"--{key}" for key in Recipe.link_names()]]
    listed, short = (
        make_parser(command).parse_args([command, *NEEDED.get(command, ()), *(f"{flag}=x" for flag in flags)])
        for flags in spellings
    )
    assert listed == short
