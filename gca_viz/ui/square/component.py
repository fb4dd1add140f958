"""The square on the page: an element of its own, since Streamlit has no control of two dimensions."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from gca_viz.experiments.effects.axes import can_move, layout_of
from gca_viz.experiments.recipe import Recipe
from gca_viz.ui import state
from gca_viz.ui.square.places import CORNERS, current_taus, go

_HERE = Path(__file__).parent
_KEY = "tau-square"


def constraint_control() -> None:
    """Draw the square with a dot for the recipe's constraints; a click, a drag or arrow keys move it."""
    recipe = state.recipe()
    names = CORNERS[layout_of(recipe.method)]
    _component()(
        key=_KEY,
        data={
            "dots": [list(place) for place in current_taus(recipe)],
            "corners": [[*corner, name.split("<br>")] for corner, name in names.items()],
            "why": can_move(recipe),
            "at": _last_action(),
        },
        on_place_change=_moved,
    )


def _last_action() -> float:
    """When the user last moved the dot, by the browser's clock, so that an older answer does not throw it back."""
    return ((st.session_state.get(_KEY) or {}).get("place") or {}).get("at", 0)


def _moved() -> None:
    place = (st.session_state.get(_KEY) or {}).get("place")
    if not place or can_move(recipe := state.recipe()):
        return
    wanted = {name: min(1.0, max(0.0, float(place[name]))) for name in ("tau1", "tau2")}
    if [tuple(wanted.values())] != _rounded(recipe):
        go(wanted)


def _rounded(recipe: Recipe) -> list[tuple[float, ...]]:
    return [tuple(round(tau, 3) for tau in place) for place in current_taus(recipe)]


@cache
def _component() -> Callable[..., Any]:
    read = {kind: (_HERE / f"square.{kind}").read_text("utf-8") for kind in ("js", "css")}
    return st.components.v2.component("gca_viz.tau_square", **read)
