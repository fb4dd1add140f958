"""How alike all that are compared are."""

from __future__ import annotations

import streamlit as st

from gca_viz.experiments.compare import steps
from gca_viz.figures.compare import alike_matrix
from gca_viz.report.compare_parts import ALIKE_HELP, ALIKE_TITLES
from gca_viz.ui.elements.chart import clickable_chart
from gca_viz.ui.pages.compare.compared import Compared
from gca_viz.ui.session import state
from gca_viz.ui.session.cancellable import cancellable


def alike(result: Compared) -> None:
    """Draw a heat map for each way to be alike; a click on a cell makes its column B."""
    results = result.compared
    found = cancellable(
        "alike",
        (result.recipe.data, result.recipe.views, results.candidates),
        lambda report_progress: steps.alike_of(results, progress=report_progress),
    )
    if found is None:
        return
    names = list(found)
    columns = [column for _ in range(0, len(names), 2) for column in st.columns(2)]
    for column, name in zip(columns, names, strict=False):
        matrix = found[name]
        with column:
            off = matrix.to_numpy()[0, results.second]
            st.markdown(f"**{ALIKE_TITLES[name]}: {off:.2f} between A and B**")
            clickable_chart(
                alike_matrix(matrix, title=ALIKE_TITLES[name], current=(0, results.second)),
                f"alike-{name.replace('_', '-')}",
                lambda point: _go(result, point["customdata"]),
                f"{ALIKE_TITLES[name]} of all that are compared",
            )
    words = "; ".join(f"**{ALIKE_TITLES[name]}**: {ALIKE_HELP[name]}" for name in found)
    st.caption(
        f"{words}. 1: the same. Framed: A with B; a click on a cell makes its candidate B. "
        "Kornblith et al., ICML 2019 (CKA)."
    )


def _go(result: Compared, cell: list[int]) -> None:
    """B becomes the one of the cell's two that is not A, the column first."""
    chosen = next((number for number in reversed(cell) if number), None)
    if chosen is not None:
        state.report(state.update(**{"with": result.compared.candidates[chosen].name}))
