"""The "?" of a figure: what it shows, its formula, its symbols."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import streamlit as st

_TEXTS = Path(__file__).parent / "texts"


def about(name: str) -> None:
    """Draw the button that opens ``texts/NAME.md``; the text is read and sent only when it is opened.

    It shows its icon alone, for it stands beside many a control; its words are there for who listens.

    Args:
        name: of a Markdown file with TeX, one per kind of figure, which a teacher can edit.
    """
    with st.popover(
        "How to read this",
        icon=":material/help:",
        type="tertiary",
        key=f"about-{name}",
        on_change="rerun",
    ) as explained:
        if explained.open:
            st.markdown(_text(name))


@cache
def _text(name: str) -> str:
    return (_TEXTS / f"{name}.md").read_text("utf-8")
