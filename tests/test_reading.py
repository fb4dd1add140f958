"""The paths through the code that docs/reading.md describes are there: every file, and every name in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "reading.md").read_text("utf-8")
STOPS = re.findall(r"^\d+\. `([^`]+)`: `([^`]+)`", PAGE, re.MULTILINE)


def test_every_numbered_line_is_a_stop():
    assert len(re.findall(r"^\d+\. ", PAGE, re.MULTILINE)) == len(STOPS)


@pytest.mark.parametrize(("file", "name"), STOPS)
def test_a_stop_is_where_it_is_said_to_be(file, name):
    code = (ROOT / file).read_text("utf-8")
    if file.endswith(".js"):
        assert re.search(rf"^export (default )?(function|class|const) {name}\b", code, re.MULTILINE)
    else:
        assert re.search(rf"^((def|class) {name}\b|{name}(: .+)? = )", code, re.MULTILINE)


def test_the_ten_files_are_two_thousand_lines():
    ten = re.findall(r"^\d+\. `([^`]+)`", PAGE.split("## Ten files")[1].split("\n## ")[0], re.MULTILINE)
    assert len(ten) == 10
    assert sum(len((ROOT / file).read_text("utf-8").splitlines()) for file in ten) < 2500
