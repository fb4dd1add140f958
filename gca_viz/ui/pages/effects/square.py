"""The constraint square: a number of the plan over (τ₁, τ₂), and the way to each of its points."""

from __future__ import annotations

import numpy as np
import streamlit as st

from gca_viz.experiments.effects.result import EffectsResult, square_tables
from gca_viz.experiments.effects.square import as_unbalanced, taus_of
from gca_viz.experiments.effects.table import EffectTable
from gca_viz.experiments.effects.words import missing
from gca_viz.experiments.metrics.plans import EFFECT_READINGS, batched
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.report.effects_parts import corner_places, shown_values, square_caption, square_changed
from gca_viz.ui.elements.square import go, heat_control
from gca_viz.ui.pages.effects.downloads import effects_downloads
from gca_viz.ui.pages.effects.growing_table import content_of, growing_table
from gca_viz.ui.pages.effects.plans import small_plans
from gca_viz.ui.parts.help import about
from gca_viz.ui.parts.widgets import control
from gca_viz.ui.session.page_result import PageResult


def constraint_square(result: PageResult) -> None:
    """Draw the square, its sentence, and number boxes that go where a click goes."""
    recipe = result.recipe
    readings = {name: metric.label for name, metric in EFFECT_READINGS.items() if batched(name)}
    chosen = recipe.effects.reading
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with st.container(width=240):
            control("reading", options=list(readings), titles=readings)
        _tau_boxes(recipe)
        control("shown", kind=st.segmented_control)
        about("constraint-square")
    base = as_unbalanced(recipe)
    table = growing_table(
        f"square {content_of(base)} {base.method} {chosen}",
        lambda report_progress: square_tables(recipe, report_progress),
        lambda partial: _heat(result, partial, f"growing-{partial.done}"),
    )
    if table is None:
        return
    left, right = st.columns([3, 2])
    with left:
        _heat(result, table, "square")
    with right:
        small_plans(base, corner_places(recipe), go, key="square-plans")
    with st.container(key="square-changed"):
        st.markdown(square_changed(recipe, table))
    st.caption(
        f"{square_caption(recipe)} A click on a cell goes there; drag the dot, or move it with the arrow keys."
    )
    effects_downloads(EffectsResult(result, square=table))


def _heat(result: PageResult, table: EffectTable, key: str) -> None:
    if np.isnan(table.values[result.recipe.effects.reading]).all():
        st.info(missing(result.recipe.effects.reading), icon=":material/info:")
        return
    values, options = shown_values(result, table, result.recipe.effects.reading)
    heat_control(
        values, key, title=options["title"], text=options["text"], diverging=options.get("diverging", False)
    )


def _tau_boxes(recipe: Recipe) -> None:
    """The keyboard's way into the square."""
    place = taus_of(recipe)[0]
    for number_, (tau, side) in enumerate(zip(place, ("rows", "columns"), strict=True), 1):
        key, value = f"square-tau{number_}", float(np.round(tau, 3))
        if st.session_state.get(key) != value:
            st.session_state[key] = value
        st.number_input(
            f"τ{'₁₂'[number_ - 1]}, {side}",
            0.0,
            1.0,
            step=0.05,
            format="%.3g",
            key=key,
            width=150,
            on_change=_typed,
        )


def _typed() -> None:
    first, second = (st.session_state.get(f"square-tau{number}") for number in (1, 2))
    if first is not None and second is not None:
        go({"tau1": first, "tau2": second})
