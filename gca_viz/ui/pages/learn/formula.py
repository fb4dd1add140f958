"""The formula of a lesson, its symbols with their present values, each a way to its cell."""

from __future__ import annotations

import streamlit as st

from gca_viz.ui.pages.learn import link
from gca_viz.ui.pages.learn.lesson import Lesson, Shown
from gca_viz.ui.pages.learn.lesson_text import fill


def formula(lesson: Lesson, shown: Shown) -> None:
    """Draw it; choosing a symbol that is a cell outlines that cell on the matrices."""
    text = lesson.text
    with st.container(key="learn-formula", border=True):
        for line in text.formula:
            # Side by side, and on a phone below each other.
            with st.container(horizontal=True, horizontal_alignment="center", vertical_alignment="center"):
                for part in line.split(r"\qquad"):
                    st.latex(fill(part, shown.facts), width="content")
        for number, symbol in enumerate(text.symbols):
            cell = shown.cells.get(symbol.cell)
            now = f"${fill(symbol.tex, shown.facts)}$ = {fill(symbol.now, shown.facts)}"
            if not symbol.now:
                # A button whose name is a formula alone has none for a screen reader.
                now = f"${fill(symbol.tex, shown.facts)}$" + (" here" if cell else "")
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                if cell is None:
                    st.markdown(now, width="content")
                else:
                    st.button(
                        now,
                        icon=":material/my_location:",
                        key=f"learn-symbol-{number}",
                        help="Outline this cell on the picture.",
                        on_click=link.pick,
                        args=(lesson, cell),
                    )
                st.markdown(fill(symbol.meaning, shown.facts), width="stretch")
