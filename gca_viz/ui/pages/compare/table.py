"""The numbers of all that are compared, and which differ from A by more than chance."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from gca_viz.experiments.compare import steps
from gca_viz.experiments.compare.files import course_csv
from gca_viz.experiments.plan.summary import NO_PAIRS
from gca_viz.report.compare_parts import table_caption, table_html
from gca_viz.report.course_parts import CAPTION, course_table, course_words
from gca_viz.ui.markdown import plain
from gca_viz.ui.pages.compare.compared import Compared
from gca_viz.ui.parts.file_buttons import file_button
from gca_viz.ui.parts.help import about
from gca_viz.ui.parts.tables import number_table
from gca_viz.ui.session.cancellable import cancellable


def table(result: Compared) -> None:
    """Draw the table with its caption."""
    found = table_of(result)
    if found is None:
        return
    about("embedding-measures")
    st.html(table_html(found, result.labels, result.compared.pair[1].label))
    if result.plan.without_pairs:
        st.caption(NO_PAIRS)
    st.caption(plain(table_caption(result.compared.kind)))
    _course(result)


def _course(result: Compared) -> None:
    """What the trainings of the candidates noted of forgetting and drift; nothing where none did."""
    frame = steps.course_of(result.compared)
    if frame.empty:
        return
    st.markdown("**Noted in training**")
    for words in course_words(frame):
        st.markdown(plain(words))
    number_table(course_table(frame))
    st.caption(CAPTION)
    file_button("Noted in training (CSV)", lambda: course_csv(result), "course.csv", "text/csv")


def table_of(result: Compared) -> pd.DataFrame | None:
    """The table, computed with a bar and a button that stops it; None if it was stopped."""
    recipe, results = result.recipe, result.compared
    return cancellable(
        "compare-table",
        (recipe.data, recipe.views, results.candidates),
        lambda report_progress: steps.table_of(results, progress=report_progress),
    )
