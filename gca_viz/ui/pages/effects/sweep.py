"""Sweeps of one or two parameters: curves, maps, small plans, the paper's figures, and a CSV."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import streamlit as st

from gca_viz.cluster.server import server_executor
from gca_viz.errors import InputError
from gca_viz.experiments.effects.axes import AXES
from gca_viz.experiments.effects.result import EffectsResult, sweep_readings
from gca_viz.experiments.effects.sweep import applied, cannot, partial_tables
from gca_viz.experiments.effects.table import EffectTable
from gca_viz.experiments.effects.words import missing
from gca_viz.experiments.metrics.plans import EFFECT_READINGS
from gca_viz.experiments.recipe.effects import CORRUPTIONS, OWN, SHOWN_AS
from gca_viz.experiments.recipe.recipe import NOTHING, Recipe
from gca_viz.figures.effects import CONFIG
from gca_viz.report.effects_parts import sweep_caption, sweep_changed, sweep_figure, sweep_places
from gca_viz.ui.elements.chart import chart, clickable_chart
from gca_viz.ui.markdown import plain
from gca_viz.ui.pages.effects.downloads import effects_downloads
from gca_viz.ui.pages.effects.growing_table import content_of, growing_table
from gca_viz.ui.pages.effects.plans import small_plans
from gca_viz.ui.parts.help import about
from gca_viz.ui.parts.widgets import control
from gca_viz.ui.session import state
from gca_viz.ui.session.page_result import PageResult

#: the paper's figures: title → fields as in a link, and what to know
PRESETS = {
    "Iterations × ε": {
        "method": "gca-ince",
        "axis": "iterations",
        "low": 1,
        "high": 11,
        "axis2": "eps",
        "low2": 0.1,
        "high2": 1.0,
        "points": 11,
        "reading": "compactness",
        "reading2": "class_vote",
        "seeds": 1,
    },
    "α − β": {
        "method": "gca-ince",
        "target": "domain",
        "axis": "gap",
        "low": OWN,
        "high": OWN,
        "axis2": NOTHING,
        "points": 11,
        "reading": "target_class_mass",
        "reading2": "target_domain_mass",
        "seeds": 3,
    },
}


def sweep_panel(result: PageResult) -> None:
    """Draw the form, and what it asks for."""
    recipe = result.recipe
    chosen = recipe.effects
    _form(recipe)
    if sentence := cannot(recipe, chosen.axes):
        st.info(sentence, icon=":material/info:")
        return
    axes = _axes(recipe)
    _ranges(axes)
    table = growing_table(
        f"sweep {content_of(recipe)} {recipe.method} {replace(chosen, shown_as=SHOWN_AS.default)}",
        lambda report_progress: partial_tables(
            recipe, axes, sweep_readings(recipe), chosen.seeds, report_progress, executor=server_executor()
        ),
        lambda partial: _figures(result, partial, click=False),
    )
    if table is None:
        return
    _figures(result, table, click=True)
    with st.container(key="sweep-changed"):
        st.markdown(sweep_changed(recipe, table))
    where = "A click on a point makes it the current recipe; the dashed line or the dot is where that is now."
    st.caption(f"{sweep_caption(recipe, table)} {where}")
    small_plans(recipe, sweep_places(axes), _go, key="small-plans")
    effects_downloads(EffectsResult(result, sweep=table))


def _form(recipe: Recipe) -> None:
    titles = {name: axis.title for name, axis in AXES.items()} | {NOTHING: "nothing else"}
    readings = {name: metric.label for name, metric in EFFECT_READINGS.items()} | {NOTHING: "nothing else"}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for key, names in (("axis", titles), ("axis2", titles), ("reading", readings), ("reading2", readings)):
            with st.container(width=210):
                control(key, titles=names)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("Figures of the paper, on this batch:", width="content")
        for title, fields in PRESETS.items():
            st.button(title, key=f"preset-{title.split()[0]}", on_click=_preset, args=(fields,), type="tertiary")
        about("sweep")


def _axes(recipe: Recipe) -> dict[str, tuple[float, ...]]:
    """Name → values; an axis whose bounds make no sense says so and has its own."""
    chosen, axes = recipe.effects, {}
    for name, bounds in zip(chosen.axes, ((chosen.low, chosen.high), (chosen.low2, chosen.high2)), strict=False):
        try:
            axes[name] = AXES[name].values(recipe, *bounds, points=chosen.points)
        except InputError as error:
            st.error(plain(f"{error} The usual range is shown."), icon=":material/error:")
            axes[name] = AXES[name].values(recipe, points=chosen.points)
    return axes


def _preset(fields: Mapping[str, Any]) -> None:
    state.report(state.update(**fields))


def _ranges(axes: dict[str, tuple[float, ...]]) -> None:
    """The ends of each axis, the axis' own unless others were asked for; how many points and seeds."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="effects-ranges"):
        for (name, values), keys in zip(axes.items(), (("low", "high"), ("low2", "high2")), strict=False):
            symbol = AXES[name].spec.symbol or AXES[name].spec.label
            for key, value, word in zip(keys, (values[0], values[-1]), ("from", "to"), strict=True):
                widget = f"range-{key}-{name}"
                if st.session_state.get(widget) != value:
                    st.session_state[widget] = float(value)
                st.number_input(
                    f"{symbol} {word}", key=widget, format="%.4g", width=130, on_change=_bound, args=(key, widget)
                )
        for key in ("points", "seeds"):
            with st.container(width=130):
                control(key)
        if "corrupted_share" in axes:
            with st.container(width=210):
                control("bad", titles=CORRUPTIONS)
        if len(axes) == 2:
            control("shown", kind=st.segmented_control)


def _bound(key: str, widget: str) -> None:
    typed = st.session_state.get(widget)
    if typed is not None:
        state.report(state.update(**{key: typed}))


def _figures(result: PageResult, table: EffectTable, *, click: bool) -> None:
    """One figure per reading, side by side."""
    readings = result.recipe.effects.readings
    for column, reading in zip(st.columns(len(readings)), readings, strict=True):
        with column:
            if np.isnan(table.values[reading]).all():
                st.info(missing(reading), icon=":material/info:")
                continue
            figure = sweep_figure(result, table, reading)
            if click:
                alt = f"{EFFECT_READINGS[reading].label} against {' and '.join(table.axes)}"
                clickable_chart(
                    figure, f"sweep-{reading.replace('_', '-')}", lambda point: _chosen(table, point), alt
                )
            else:
                chart(figure, key=f"growing-{reading}-{table.done}", config=CONFIG)


def _chosen(table: EffectTable, point: Mapping[str, Any]) -> None:
    axes = list(table.axes.items())
    if len(axes) == 2:
        place = {name: values[round(point[side])] for (name, values), side in zip(axes, "xy", strict=True)}
    else:
        ((name, values),) = axes
        place = {name: min(values, key=lambda value: abs(value - point["x"]))}
    _go(place)


def _go(place: dict[str, float]) -> None:
    state.change(applied(state.recipe(), place))
