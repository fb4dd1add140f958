"""Whether the plan is as sure as it is right, and at which temperature it would be."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from gca_viz.experiments.effects.calibrated import (
    Calibrated,
    calibrated_caption,
    calibrated_sentence,
    calibrated_tables,
)
from gca_viz.experiments.effects.ensembles import ENSEMBLES_CAPTION, ensembles_sentence
from gca_viz.experiments.effects.result import EffectsResult
from gca_viz.experiments.effects.words import place_text
from gca_viz.report.effects_parts import calibration_figures, ensemble_figures, ensemble_table
from gca_viz.transport.options import POOLS
from gca_viz.ui.elements.chart import chart
from gca_viz.ui.pages.effects.downloads import effects_downloads
from gca_viz.ui.pages.effects.growing_table import content_of, growing_table
from gca_viz.ui.pages.effects.plans import small_plans
from gca_viz.ui.parts.headings import section
from gca_viz.ui.parts.help import about
from gca_viz.ui.parts.tables import number_table
from gca_viz.ui.parts.widgets import control
from gca_viz.ui.session import state
from gca_viz.ui.session.cancellable import cancellable
from gca_viz.ui.session.page_result import PageResult


def calibration_panel(result: PageResult) -> None:
    """Draw the reliability diagram, the error over ε and the plans at both temperatures."""
    recipe = result.recipe
    table = growing_table(
        f"calibration {content_of(recipe)} {recipe.method}",
        partial(calibrated_tables, recipe),
        lambda table: None,  # half a range names no least
    )
    if table is None:
        return
    found = cancellable(
        "view-pairs",
        (content_of(recipe), recipe.method, recipe.effects.ensemble),
        lambda report_progress: Calibrated.of(recipe, table, report_progress),
    )
    if found is None:
        return
    with st.container(key="calibration-sentence"):
        st.markdown(calibrated_sentence(found))
    about("calibration")
    names = ("reliability", "calibration-error")
    for column, name, figure in zip(st.columns(2), names, calibration_figures(found), strict=True):
        with column:
            chart(figure, key=name)
    st.caption(calibrated_caption(found))
    places = {place_text("eps", epsilon): {"eps": epsilon} for epsilon, _ in found.plans.values()}
    small_plans(recipe, places, _go, key="calibration-plans")
    _ensembles(found)
    effects_downloads(EffectsResult(result, calibration=found))


def _ensembles(found: Calibrated) -> None:
    """Several view pairs pooled, where more than one is asked for."""
    section("Several view pairs")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        control("ensemble")
        control("pool", titles={name: f"{name}: {what}" for name, what in POOLS.items()})
    pooled = found.ensembles
    if pooled is None:
        st.caption("Choose more than one pair to see whether their plans together are surer, or more often right.")
        return
    with st.container(key="ensembles-sentence"):
        st.markdown(ensembles_sentence(pooled))
    for column, where, figure in zip(st.columns(2), pooled.epsilons, ensemble_figures(pooled), strict=True):
        with column:
            chart(figure, key=f"pooling-{where}")
    number_table(ensemble_table(pooled))
    st.caption(ENSEMBLES_CAPTION)


def _go(place: dict[str, Any]) -> None:
    state.report(state.update(**place))
