"""The square on the page: an element of its own, since Streamlit has no control of two dimensions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from gca_viz.errors import InputError
from gca_viz.experiments.effects.square import CORNERS, apart, can_move, taus_of
from gca_viz.experiments.recipe.recipe import AUTO, Recipe
from gca_viz.figures.heat import heat_picture
from gca_viz.palette import css
from gca_viz.ui.elements.chart import is_dark
from gca_viz.ui.elements.modules import program, style
from gca_viz.ui.elements.square.places import go
from gca_viz.ui.session import state

_HERE = Path(__file__).parent
_KEY = "tau-square"


def constraint_control() -> None:
    """Draw the square with a dot for the recipe's constraints; a click, a drag or arrow keys move it."""
    _mount(_KEY, {"why": can_move(state.recipe().with_values(hold=AUTO))})


def heat_control(
    values: np.ndarray, key: str, *, title: str, text: Callable[[float], str], diverging: bool = False
) -> None:
    """Draw the square over a number of the plans in it; the dot goes from cell to cell.

    A method whose constraints cannot move becomes GCA-UOT, whose plans these are.

    Args:
        values: (C, C) over τ₁ and τ₂, at equal steps from 0 to 1; NaN is left clear.
        key: Streamlit key.
        title: of the number, with its unit.
        text: how a person writes one.
        diverging: colours centred at 0, for differences.
    """
    picture = heat_picture(values, diverging=diverging, dark=is_dark())
    written = [[text(value) if np.isfinite(value) else "not yet" for value in column] for column in values.tolist()]
    heat = {"image": picture.address, "scale": picture.scale, "title": title, "texts": written}
    _mount(key, {"why": "", "heat": heat | {"low": text(picture.low), "high": text(picture.high), "name": key}})


def _mount(key: str, more: Mapping[str, Any]) -> None:
    recipe = state.recipe()
    names = CORNERS[recipe.method.own_layout]
    _component()(
        key=key,
        data={
            # Tuples: whether a list is a table Streamlit asks pandas, and the first page waits for its import.
            "dots": tuple(taus_of(recipe)),
            "apart": _apart(recipe),
            "corners": tuple((*corner, name.split("<br>")) for corner, name in names.items()),
            "at": ((st.session_state.get(key) or {}).get("place") or {}).get("at", 0),
            **more,
        },
        on_place_change=lambda: _moved(key, more["why"]),
    )


def _apart(recipe: Recipe) -> str:
    """Where the plan is if not on the square; the page itself says what is wrong with dials that do not fit."""
    try:
        return apart(recipe)
    except InputError:
        return ""


def _moved(key: str, why: str) -> None:
    place, recipe = (st.session_state.get(key) or {}).get("place"), state.recipe()
    if not place or why:
        return
    wanted = {name: min(1.0, max(0.0, float(place[name]))) for name in ("tau1", "tau2")}
    if _apart(recipe) or [tuple(wanted.values())] != _rounded(recipe):
        go(wanted)
        st.rerun()  # the whole page, of which the square may be a part by itself


def _rounded(recipe: Recipe) -> list[tuple[float, ...]]:
    return [tuple(round(tau, 3) for tau in place) for place in taus_of(recipe)]


@cache
def _component() -> Callable[..., Any]:
    sheet = css() + style(_HERE / "square.css")
    return st.components.v2.component("gca_viz.tau_square", js=program(_HERE / "element.js"), css=sheet)
