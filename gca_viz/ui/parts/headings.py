"""Headings of a page: one title, and sections below it, so that somebody who listens can walk them."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator


def title(words: str, place: DeltaGenerator | None = None) -> None:
    """The title of the page, of which each has one.

    Args:
        words: Markdown; a sentence that says what the page shows now.
        place: of a title that is already on screen, to be replaced.
    """
    # A number and its unit stay on one line.
    (place or st).title(words.replace(" %", "\u00a0%"), anchor=False)


def section(words: str, *, anchor: str = "") -> None:
    """The heading of a part of the page.

    Args:
        words: Markdown.
        anchor: by which a link on the page leads here.
    """
    st.header(words, anchor=anchor or False)
