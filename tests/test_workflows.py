"""Workflows and hooks name only what is there, and make says what it can."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")] + sorted(
    (ROOT / "docs").rglob("*.md")
)
TARGETS = set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))


def read(name: str) -> dict:
    return yaml.safe_load((ROOT / name).read_text("utf-8"))


def recipe(target: str) -> list[str]:
    """The commands of a target, with make's variables for folders filled in."""
    lines = re.search(rf"^{target}:.*\n((?:\t.*\n)+)", MAKEFILE, re.MULTILINE)[1]
    return [line.strip().replace("$(BIN)", ".venv/bin") for line in lines.splitlines()]


def strings(tree: object) -> Iterator[str]:
    if isinstance(tree, str):
        yield tree
    for below in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from strings(below)


def jobs() -> dict[str, dict]:
    return read(".github/workflows/tests.yml")["jobs"]


def test_make_without_a_target_says_what_it_can_do():
    said = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    told = re.findall(r"^make ([a-z]+) +\S", said, re.MULTILINE)
    assert told[:3] == ["help", "app", "test"]
    assert set(told) == TARGETS - {"setup", "core", "chromium"}  # those are steps of the others


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_names_what_there_is(path):
    text = "\n".join(strings(yaml.safe_load(path.read_text("utf-8"))))
    assert set(re.findall(r"\bmake ([a-z]+)", text)) <= TARGETS
    variables = set(re.findall(r"\bmake [^\n]*?\b([A-Z]{2,})=", text))
    assert variables <= set(re.findall(r"^([A-Z]+) \?=", MAKEFILE, re.MULTILINE))
    for extras in re.findall(r"\.\[([\w,-]+)\]", text):
        assert set(extras.split(",")) <= PROJECT["optional-dependencies"].keys()
    for name in re.findall(r"(?<![\w/*.-])(?:\./)?((?:[\w.-]+/)*[\w-]+\.(?:toml|txt|py|md|cff|yml))\b", text):
        assert (ROOT / name).is_file(), name


def test_every_python_that_is_promised_is_tried():
    lowest = re.fullmatch(r">=(3\.\d+)", PROJECT["requires-python"])[1]
    tried = jobs()["tests"]["strategy"]["matrix"]["python"]
    assert tried[0] == lowest and tried == [f"3.{minor}" for minor in range(int(lowest[2:]), 14)]
    assert f"PYTHONS ?= {' '.join(f'python{version}' for version in tried)}\n" in MAKEFILE
    with_lowest_versions = jobs()["minimal"]["steps"][1]["with"]["python-version"]
    assert with_lowest_versions == lowest


def test_the_lowest_versions_are_those_of_the_requirements(tmp_path):
    (tmp_path / "requirements.txt").write_text((ROOT / "requirements.txt").read_text("utf-8"), "utf-8")
    for line in recipe("minimal")[:2]:
        subprocess.run(line.replace("$$", "$"), shell=True, cwd=tmp_path, check=True)
    pinned = (tmp_path / "build" / "minimal.txt").read_text("utf-8").splitlines()
    asked = [line for line in (tmp_path / "requirements.txt").read_text("utf-8").splitlines() if line[:1].isalpha()]
    assert pinned == [line.replace(">=", "==") for line in asked] and len(pinned) >= 10


def test_hooks_are_the_linters_of_make():
    """The same programs of the same environment, so that a commit and `make lint` never disagree."""
    linters = {shlex.split(line)[0] for line in recipe("lint")}
    (local,) = read(".pre-commit-config.yaml")["repos"]
    assert local["repo"] == "local"
    for hook in local["hooks"]:
        assert hook["language"] == "system" and shlex.split(hook["entry"])[0] in linters


def test_the_citation_is_of_this_version():
    citation = read("CITATION.cff")
    assert (citation["title"], str(citation["version"])) == (PROJECT["name"], PROJECT["version"])
    assert citation["license"] == PROJECT["license"]
    (paper,) = citation["references"]
    bibtex = (ROOT / "README.md").read_text("utf-8").partition("```bibtex")[2].partition("```")[0]
    assert paper["title"] in bibtex and str(paper["year"]) in bibtex
    assert [person["family-names"] for person in paper["authors"]] == re.findall(r"(\w+), ", bibtex_authors(bibtex))


def bibtex_authors(bibtex: str) -> str:
    return re.search(r"author += \{(.*)\}", bibtex)[1]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_what_pages_tell_to_make_can_be_made(page):
    text = page.read_text("utf-8")
    blocks = "\n".join(re.findall(r"```sh\n(.*?)```", text, re.DOTALL))
    told = re.findall(r"^\s*make ([a-z]+)", blocks, re.MULTILINE) + re.findall(r"`make ([a-z]+)", text)
    assert set(told) <= TARGETS
