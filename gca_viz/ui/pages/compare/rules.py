"""How few rules say what a plan knows of the classes."""

from __future__ import annotations

import streamlit as st

from gca_viz.experiments.compare import steps
from gca_viz.experiments.compare.files import rules_csv
from gca_viz.report.rules_parts import CAPTION, rules_figure, rules_texts
from gca_viz.ui.elements.chart import chart
from gca_viz.ui.markdown import plain
from gca_viz.ui.pages.compare.compared import Compared
from gca_viz.ui.parts.file_buttons import file_button
from gca_viz.ui.parts.help import about
from gca_viz.ui.parts.widgets import control
from gca_viz.ui.session.cancellable import cancellable


def rules(result: Compared) -> None:
    """Draw the trees of all candidates with their front, and those of A and B in words."""
    results = result.compared
    frame = cancellable(
        "compare-rules",
        (result.recipe.data, result.recipe.views, results.candidates),
        lambda report_progress: steps.rules_of(results, progress=report_progress),
    )
    if frame is None:
        return
    if frame.empty:
        st.info("A tree names classes: it needs at least two of them in the batch.", icon=":material/info:")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with st.container(width=320):
            control("depth")
        about("rules")
    chart(rules_figure(result, frame), key="rules", alt="Accuracy of trees over the number of their rules")
    for column, (sentence, text) in zip(st.columns(2), rules_texts(result, frame), strict=True):
        with column:
            st.markdown(f"**{plain(sentence)}**")
            st.code(text, language=None)
    st.caption(CAPTION)
    file_button("Trees (CSV)", lambda: rules_csv(result), "rules.csv", "text/csv")
