"""Columns that are nobody's partner: a queue beside the batch, and prototypes in its place."""

from __future__ import annotations

import streamlit as st

from gca_viz.experiments.effects.more_columns import (
    columns_caption,
    columns_sentence,
    more_columns,
    prototypes_sentence,
)
from gca_viz.experiments.effects.result import EffectsResult
from gca_viz.experiments.plan import engine
from gca_viz.report.columns_parts import prototype_figures, queue_curves, queue_plans
from gca_viz.ui.elements.chart import chart
from gca_viz.ui.pages.effects.downloads import effects_downloads
from gca_viz.ui.parts.help import about
from gca_viz.ui.parts.prototypes import prototypes_control
from gca_viz.ui.parts.widgets import control
from gca_viz.ui.session.cancellable import cancellable
from gca_viz.ui.session.page_result import PageResult


def columns_panel(result: PageResult) -> None:
    """Draw curves over the queue, both plans beside the longest, and codes and plan of prototypes."""
    recipe = result.recipe
    with st.container(horizontal=True, vertical_alignment="bottom", key="columns-controls"):
        control("queue")
        prototypes_control()
        about("columns")
    found = cancellable(
        "columns",
        (
            engine.key_of(recipe.inputs),
            recipe.method.epsilon,
            recipe.method.queue,
            recipe.method.prototypes,
            recipe.method.prototypes_from,
        ),
        lambda report_progress: more_columns(recipe, report_progress),
    )
    if found is None:
        return
    with st.container(key="columns-sentence"):
        st.markdown(columns_sentence(found))
    for column, (name, figure) in zip(st.columns(3), queue_curves(found).items(), strict=True):
        with column:
            chart(figure, key=f"queue-{name}")
    for column, (title, figure) in zip(st.columns(2), queue_plans(found).items(), strict=True):
        with column:
            st.markdown(f"**Held: {title}**")
            chart(figure, key=f"queue-plan-{title}", alt=f"Plan beside a queue, held: {title}")
    st.markdown(prototypes_sentence(found))
    for column, (title, figure) in zip(st.columns(2), prototype_figures(found).items(), strict=True):
        with column:
            st.markdown(f"**{title[0].upper()}{title[1:]}**")
            chart(figure, key=f"prototypes-{title}", alt=f"Samples against prototypes: {title}")
    st.caption(columns_caption(found))
    effects_downloads(EffectsResult(result, columns=found))
