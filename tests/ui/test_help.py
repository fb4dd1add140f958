"""The texts behind "How to read this"."""

from pathlib import Path

import pytest

import gca_viz.ui

UI = Path(gca_viz.ui.__file__).parent
TEXTS = {path.stem: path.read_text("utf-8") for path in (UI / "parts" / "texts").glob("*.md")}
CODE = "\n".join(path.read_text("utf-8") for path in UI.rglob("*.py"))


def test_every_text_is_asked_for():
    assert TEXTS
    assert [name for name in TEXTS if f'about("{name}")' not in CODE] == []


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_begins_with_what_is_shown(name):
    text = TEXTS[name]
    assert text.startswith("**")
    assert text.count("$$") % 2 == 0, "every formula ends"
