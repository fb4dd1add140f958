"""What was understood of something that a user brought."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import streamlit as st

from gca_viz.datasets import DataReport
from gca_viz.datasets.report import MOST_SHOWN
from gca_viz.ui.markdown import plain


def understood(report: DataReport, key: str = "bring-report") -> None:
    """Draw what was understood, and what was left out."""
    with st.container(border=True, key=key):
        st.markdown(f"**Understood as: {plain(report.kind)}**")
        st.html(facts_table(report.facts))
        for note in report.notes:
            st.info(plain(note), icon=":material/info:")
        if report.skipped:
            shown = [f"- {plain(what)}: {plain(why)}" for what, why in report.skipped[:MOST_SHOWN]]
            rest = len(report.skipped) - len(shown)
            st.warning(
                "\n".join(["Left out:", "", *shown, *([f"- and {rest:,} more"] if rest else [])]),
                icon=":material/warning:",
            )


def facts_table(facts: Mapping[str, str]) -> str:
    """Labels and texts side by side, as HTML."""
    rows = "".join(f"<dt>{escape(label)}</dt><dd>{escape(text)}</dd>" for label, text in facts.items())
    return f'<dl class="facts">{rows}</dl>'
