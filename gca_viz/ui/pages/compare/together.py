"""What all that are compared reach together, and which pairs gain."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from gca_viz.experiments.compare import steps
from gca_viz.experiments.compare.files import together_csv
from gca_viz.experiments.compare.together import together_sentence
from gca_viz.report.together_parts import CAPTION, gain_figures, gain_table
from gca_viz.ui.elements.chart import clickable_chart
from gca_viz.ui.markdown import plain
from gca_viz.ui.pages.compare.compared import Compared
from gca_viz.ui.parts.file_buttons import file_button
from gca_viz.ui.parts.help import about
from gca_viz.ui.parts.tables import number_table
from gca_viz.ui.session import state
from gca_viz.ui.session.cancellable import cancellable


def together(result: Compared) -> None:
    """Draw the sentence, the table, and a scatter per number that is averaged; a click makes a member B."""
    results = result.compared
    found = cancellable(
        "together",
        (result.recipe.data, result.recipe.views, results.candidates),
        lambda report_progress: steps.together_of(results, progress=report_progress),
    )
    if found is None:
        return
    if not found.gains:
        st.info(
            "Nothing can be averaged here: the probe needs two classes and several encoders, the plans need pairs "
            "that may be matched. Choose other data or another target.",
            icon=":material/info:",
        )
        return
    st.markdown(f"**{plain(together_sentence(found))}**")
    about("together")
    number_table(gain_table(found))
    figures = list(gain_figures(result, found))
    for start in range(0, len(figures), 2):
        for column, of in zip(st.columns(2), figures[start : start + 2], strict=False):
            with column:
                st.markdown(f"**{plain(of.sentence)}**")
                clickable_chart(of.figure, of.key, lambda point: _go(result, point["customdata"]), of.sentence)
    st.caption(f"{CAPTION} Ringed: A and B; a click on a pair makes its other member B.")
    file_button("Pairs (CSV)", lambda: together_csv(result), "together.csv", "text/csv")


def _go(result: Compared, pair: Sequence[str]) -> None:
    """B becomes the one of the two that is not A, the second first."""
    labels = result.labels
    chosen = next((labels.index(label) for label in reversed(pair) if labels.index(label)), None)
    if chosen is not None:
        state.report(state.update(**{"with": result.compared.candidates[chosen].name}))
