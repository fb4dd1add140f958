"""The numbers of all that are compared, and which differ from A by more than chance."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from gca_viz.experiments.compare import steps
from gca_viz.experiments.plan.summary import NO_PAIRS
from gca_viz.report.compare_parts import table_caption, table_html
from gca_viz.ui.markdown import plain
from gca_viz.ui.pages.compare.compared import Compared
from gca_viz.ui.parts.help import about
from gca_viz.ui.session.cancellable import cancellable


def table(result: Compared) -> None:
    """Draw the table with its caption."""
    found = table_of(result)
    if found is None:
        return
    about("embedding-measures")
    st.html(table_html(found, result.labels, result.compared.pair[1].label))
    if result.plan.pairs_forbidden:
        st.caption(NO_PAIRS)
    st.caption(plain(table_caption(result.compared.kind)))


def table_of(result: Compared) -> pd.DataFrame | None:
    """The table, computed with a bar and a button that stops it; None if it was stopped."""
    recipe, results = result.recipe, result.compared
    return cancellable(
        "compare-table",
        (recipe.data, recipe.views, results.candidates),
        lambda report_progress: steps.table_of(results, progress=report_progress),
    )
