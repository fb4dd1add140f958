"""The constraint square: a number of the plan over (τ₁, τ₂), and the way to each of its points."""

from __future__ import annotations

import numpy as np
import streamlit as st

from gca_viz.experiments import engine
from gca_viz.experiments.effects.axes import as_unbalanced, layout_of
from gca_viz.experiments.effects.readings import EFFECT_READINGS, Samples
from gca_viz.experiments.effects.sweep import partial_tables
from gca_viz.experiments.effects.table import EffectTable
from gca_viz.experiments.effects.words import number, what_changed
from gca_viz.experiments.recipe import Recipe
from gca_viz.figures.effects import CONFIG, Scale, heat_map
from gca_viz.transport import METHODS
from gca_viz.ui.panels.about import about
from gca_viz.ui.panels.effects.plans import small_plans
from gca_viz.ui.panels.effects.run import clickable, content_of, run
from gca_viz.ui.panels.result import Result
from gca_viz.ui.square import CORNERS, current_taus, go
from gca_viz.ui.widgets import control

POINTS = 21
TAUS = tuple(round(step / (POINTS - 1), 3) for step in range(POINTS))
_READ = ((0, 1), (1, 1), (0, 0), (1, 0))  # as they lie in the square, row by row


def constraint_square(result: Result) -> None:
    """Draw the square, its sentence, and number boxes that go where a click goes."""
    recipe = result.recipe
    readings = {name: spec.title for name, spec in EFFECT_READINGS.items() if spec.batched}
    chosen = recipe.effects.reading
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with st.container(width=240):
            control("reading", options=list(readings), titles=readings)
        _tau_boxes(recipe)
        control("shown", kind=st.segmented_control)
        about("constraint-square")
    base = as_unbalanced(recipe)
    names = tuple(dict.fromkeys((chosen, "matched_share", "perplexity")))
    axes = {"tau1": TAUS, "tau2": TAUS}
    table = run(
        f"square {content_of(base)} {base.method} {names}",
        lambda told: partial_tables(base, axes, names, progress=told),
        lambda partial: st.plotly_chart(_figure(result, partial), key=f"growing-{partial.done}", config=CONFIG),
    )
    if table is None:
        return
    left, right = st.columns([3, 2])
    with left:
        clickable(
            _figure(result, table),
            "square",
            lambda point: go({"tau1": TAUS[round(point["x"])], "tau2": TAUS[round(point["y"])]}),
            f"{EFFECT_READINGS[chosen].title} over the constraint square",
        )
    names_of = CORNERS[layout_of(recipe.method)]
    with right:
        corners = {
            names_of[tau].replace("<br>", " "): dict(zip(axes, map(float, tau), strict=True)) for tau in _READ
        }
        small_plans(base, corners, go, key="square-plans")
    start, end = names_of[0, 0], names_of[1, 1]
    others = [name for name in ("matched_share", "perplexity") if name != chosen]
    with st.container(key="square-changed"):
        st.markdown(what_changed(table, (chosen, *others), {start: (0, 0), end: (-1, -1)}))
    st.caption(
        f"{EFFECT_READINGS[chosen].help} Each of the {POINTS} × {POINTS} cells is a plan of this batch at "
        f"ε = {number(recipe.method.epsilon)} and at most {number(recipe.method.iterations)} iterations; "
        "τ = λ/(λ + ε) says how strictly rows (τ₁) and columns (τ₂) hold their mass. A click on a cell goes there."
        + _about_loss(recipe)
    )


def _about_loss(recipe: Recipe) -> str:
    method = METHODS[recipe.method.name]
    if recipe.effects.reading != "loss" or as_unbalanced(recipe) is recipe or method.divergence.__name__ == "KL":
        return ""
    return f" The loss is the KL divergence, not that of {method.title}."


def _figure(result: Result, table: EffectTable):
    recipe = result.recipe
    values, options = shown_values(result, table, recipe.effects.reading)
    return heat_map(
        Scale("τ₁ = λ₁/(λ₁ + ε), rows", TAUS),
        Scale("τ₂ = λ₂/(λ₂ + ε), columns", TAUS),
        values,
        marks=CORNERS[layout_of(recipe.method)],
        current=current_taus(recipe),
        **options,
    )


def shown_values(result: Result, table: EffectTable, reading: str) -> tuple[np.ndarray, dict]:
    """What a map shows, and how: the reading, or how far it is from that of the recipe's own plan."""
    spec, values = EFFECT_READINGS[reading], table.mean(reading)
    options = {"title": axis_title(reading), "text": spec.text, "share": spec.unit == "share"}
    if result.recipe.effects.shown_as == "value":
        return values, options
    parts = result.recipe.data, result.recipe.views
    samples = Samples(result.batch.labels, result.domains, engine.embeddings_of(*parts, result.recipe.encoder).z2)
    title = f"{options['title']} − the recipe’s"
    return values - spec.read(result.plan, samples), options | {"title": title, "diverging": True}


def axis_title(reading: str) -> str:
    """A reading with its unit, as an axis says it; shares are written as per cent."""
    spec = EFFECT_READINGS[reading]
    return f"{spec.title} ({spec.unit})" if spec.unit not in ("", "share") else spec.title


def _tau_boxes(recipe: Recipe) -> None:
    """The keyboard's way into the square."""
    place = current_taus(recipe)[0]
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
    typed = [st.session_state.get(f"square-tau{number_}") for number_ in (1, 2)]
    if None not in typed:
        go(dict(zip(("tau1", "tau2"), typed, strict=True)))
