"""Sweeps of one or two parameters: curves, maps, small plans, the paper's figures, and a CSV."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import streamlit as st

from gca_viz.datasets import order
from gca_viz.experiments import engine
from gca_viz.experiments.effects import applied, cannot, partial_tables, plan_at
from gca_viz.experiments.effects_axes import AXES
from gca_viz.experiments.effects_readings import EFFECT_READINGS
from gca_viz.experiments.effects_recipe import CORRUPTIONS, OWN
from gca_viz.experiments.effects_table import EffectTable
from gca_viz.experiments.effects_words import number, place_text, what_changed
from gca_viz.experiments.recipe import NOTHING, Recipe
from gca_viz.figures.effects import curve, heat_map, plan_pictures
from gca_viz.transport import METHODS
from gca_viz.ui import state
from gca_viz.ui.panels.effects_run import clickable, go_to, run, scale_of
from gca_viz.ui.panels.effects_square import axis_title
from gca_viz.ui.panels.result import Result
from gca_viz.ui.widgets import control

_SHOWN = 5
#: the paper's figures: title → fields as in a link, and what to know
PRESETS = {
    "Iterations × ε": {
        "method": "gca-ince",
        "axis": "iterations",
        "from": 1,
        "to": 11,
        "axis2": "eps",
        "from2": 0.1,
        "to2": 1.0,
        "points": 11,
        "reading": "compactness",
        "reading2": "class_vote",
        "seeds": 1,
    },
    "α − β": {
        "method": "gca-ince",
        "target": "domain",
        "axis": "gap",
        "from": OWN,
        "to": OWN,
        "axis2": NOTHING,
        "points": 11,
        "reading": "target_class_mass",
        "reading2": "target_domain_mass",
        "seeds": 3,
    },
}


def sweep_panel(result: Result) -> None:
    """Draw the form, and what it asks for."""
    recipe = result.recipe
    chosen = recipe.effects
    _form(recipe)
    if sentence := cannot(recipe, chosen.axes):
        st.info(sentence, icon=":material/info:")
        return
    bounds = ((chosen.low, chosen.high), (chosen.low2, chosen.high2))
    axes = {
        name: AXES[name].values(recipe, *bound, points=chosen.points)
        for name, bound in zip(chosen.axes, bounds, strict=False)
    }
    _ranges(axes)
    names = tuple(dict.fromkeys((*chosen.readings, "matched_share", "perplexity")))
    table = run(
        f"sweep {replace(recipe, display=type(recipe.display)())}",
        lambda told: partial_tables(recipe, axes, names, chosen.seeds, told),
        lambda partial: _figures(recipe, partial, click=False),
    )
    if table is None:
        return
    _figures(recipe, table, click=True)
    told = chosen.readings if len(axes) == 1 else chosen.readings[:1]
    others = [name for name in ("matched_share", "perplexity") if name not in told]
    with st.container(key="sweep-changed"):
        st.markdown(what_changed(table, (*told, *others) if len(axes) == 1 else told))
    st.caption(_caption(recipe, table))
    _small_plans(recipe, axes)
    st.download_button(
        "Numbers (CSV)",
        lambda: table.frame().to_csv(index=False, float_format="%.8g"),
        "sweep.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="file-sweep",
    )


def _form(recipe: Recipe) -> None:
    titles = {name: axis.title for name, axis in AXES.items()} | {NOTHING: "nothing else"}
    readings = {name: spec.title for name, spec in EFFECT_READINGS.items()} | {NOTHING: "nothing else"}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for key, names in (("axis", titles), ("axis2", titles), ("reading", readings), ("reading2", readings)):
            with st.container(width=210):
                control(key, titles=names)
        for key in ("points", "seeds"):
            with st.container(width=130):
                control(key)
        if "bad" in recipe.effects.axes:
            with st.container(width=210):
                control("bad", titles=CORRUPTIONS)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("Figures of the paper, on this batch:", width="content")
        for title, fields in PRESETS.items():
            st.button(title, key=f"preset-{title.split()[0]}", on_click=_preset, args=(fields,), type="tertiary")


def _preset(fields: dict) -> None:
    state.report(state.update(**fields))


def _ranges(axes: dict[str, tuple[float, ...]]) -> None:
    """Number boxes for the ends of each axis; they show the axis' own unless others were asked for."""
    with st.container(horizontal=True, key="effects-ranges"):
        for (name, values), keys in zip(axes.items(), (("from", "to"), ("from2", "to2")), strict=False):
            symbol = AXES[name].spec.symbol or AXES[name].spec.label
            for key, value, word in zip(keys, (values[0], values[-1]), ("from", "to"), strict=True):
                widget = f"range-{key}-{name}"
                if st.session_state.get(widget) != value:
                    st.session_state[widget] = float(value)
                st.number_input(
                    f"{symbol} {word}", key=widget, format="%.4g", width=130, on_change=_bound, args=(key, widget)
                )


def _bound(key: str, widget: str) -> None:
    typed = st.session_state.get(widget)
    if typed is not None:
        state.report(state.update(**{key: typed}))


def _figures(recipe: Recipe, table: EffectTable, *, click: bool) -> None:
    """One figure per reading, side by side."""
    readings = recipe.effects.readings
    for column, reading in zip(st.columns(len(readings)), readings, strict=True):
        with column:
            if np.isnan(table.values[reading]).all():
                st.info(f"{EFFECT_READINGS[reading].title} needs at least two classes.", icon=":material/info:")
                continue
            figure = _figure(recipe, table, reading)
            if click:
                alt = f"{EFFECT_READINGS[reading].title} against {' and '.join(table.axes)}"
                clickable(figure, f"sweep-{reading.replace('_', '-')}", lambda point: _chosen(table, point), alt)
            else:
                st.plotly_chart(figure)


def _figure(recipe: Recipe, table: EffectTable, reading: str):
    spec = EFFECT_READINGS[reading]
    names = {"title": axis_title(reading), "text": spec.text, "share": spec.unit == "share"}
    scales = [scale_of(name, values) for name, values in table.axes.items()]
    current = [AXES[name].read(recipe) for name in table.axes]
    if len(scales) == 1:
        return curve(scales[0], table.mean(reading), *table.band(reading), current=current[0], **names)
    there = [] if None in current else [tuple(current)]
    return heat_map(*scales, table.mean(reading), current=there, **names)


def _chosen(table: EffectTable, point: dict) -> None:
    axes = list(table.axes.items())
    if len(axes) == 2:
        place = {name: values[round(point[side])] for (name, values), side in zip(axes, "xy", strict=True)}
    else:
        ((name, values),) = axes
        place = {name: min(values, key=lambda value: abs(value - point["x"]))}
    _go(place)


def _go(place: dict[str, float]) -> None:
    go_to(applied(state.recipe(), place))


def _caption(recipe: Recipe, table: EffectTable) -> str:
    words = [EFFECT_READINGS[reading].help for reading in recipe.effects.readings]
    words.append("A click on a point makes it the current recipe.")
    words.append(
        f"The band goes from the lowest to the highest of {table.seeds} seeds of batch and views."
        if table.seeds > 1
        else "One seed of batch and views."
    )
    words.append("The embeddings stay as they are: nothing is trained.")
    if {"alpha", "beta", "gap"} & set(table.axes):
        words.append(
            "The plan does not ask for the target, so that without training only target and loss change; "
            "what a trained encoder makes of it is another experiment."
        )
    if {"lambda1", "lambda2", "lambdas", "tau1", "tau2"} & set(table.axes) and recipe.method.name != "gca-uot":
        words.append(f"{METHODS[recipe.method.name].title} fixes its constraints: the sweep is that of GCA-UOT.")
    return " ".join(words)


def _small_plans(recipe: Recipe, axes: dict[str, tuple[float, ...]]) -> None:
    """Some plans of the sweep in one colour scale, each with a button that goes there."""
    if len(axes) == 1:
        ((name, values),) = axes.items()
        picked = dict.fromkeys(
            np.linspace(0, len(values) - 1, min(_SHOWN, len(values))).round().astype(int).tolist()
        )
        places = [{name: values[index]} for index in picked]
    else:
        places = [dict(zip(axes, ends, strict=True)) for ends in product(*((v[0], v[-1]) for v in axes.values()))]
    plans = [plan_at(recipe, place) for place in places]
    rows = [_ordered(recipe, place) for place in places]
    pictures = plan_pictures(
        [plan.matrix.cpu().numpy()[np.ix_(row, row)] for plan, row in zip(plans, rows, strict=True)]
    )
    st.markdown("**Plans on the way, in one colour scale.** A button goes there.")
    with st.container(horizontal=True, gap="small", key="small-plans"):
        for place, plan, picture in zip(places, plans, pictures, strict=True):
            text = ", ".join(place_text(name, value) for name, value in place.items())
            with st.container(width=160, gap=None):
                st.image(picture, width=144, alt=f"Plan at {text}")
                st.caption(f"pair mass {100 * float(plan.matched_share):.0f} %")
                key = "-".join(number(value) for value in place.values())
                st.button(text, key=f"plan-{key}", on_click=_go, args=(place,), type="tertiary")


def _ordered(recipe: Recipe, place: dict[str, float]) -> np.ndarray:
    """Display position → row of the plan."""
    cell = applied(recipe, place)
    samples = order(engine.batch_of(cell.data), cell.display.order)
    count = len(samples)
    joint = len(plan_at(recipe, place).matrix) > count
    return np.stack([samples, samples + count], 1).ravel() if joint else samples
