"""The way from the table to the workbench: a press asks for it, and the next run of the page goes there."""

from __future__ import annotations

import streamlit as st

from gca_viz.experiments.recipe.recipe import NOTHING, Recipe
from gca_viz.transport import METHODS
from gca_viz.ui.session import state

_ASKED = "family-opened"


def go_if_asked() -> None:
    """Leave for the workbench where the last press asked for it; a press itself cannot move the page."""
    if st.session_state.pop(_ASKED, False):
        st.switch_page("gca_viz/ui/pages/alignment/alignment.py")


def open_in_workbench(recipe: Recipe) -> None:
    """Make a loss that of the workbench, with another beside it that has matrices of the same shape."""
    method = recipe.method
    usual: tuple[str, ...] = state.recipe().method.reference, "ince", "gca-ince"
    if method.columns_are != "views":
        usual = ("gca-ince",)  # of the same queue or prototypes; InfoNCE of these is the loss itself
    others = [METHODS[name] for name in usual if name in METHODS and name != method.name]
    fitting = (of.name for of in others if method.own_layout in of.layouts and of.columns == "views")
    state.change(recipe.with_values(vs=next(fitting, NOTHING)))
    st.session_state[_ASKED] = True
