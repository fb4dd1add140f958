"""The page of parameter effects, put together from its panels."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from gca_viz.experiments.effects.sweep import unread
from gca_viz.experiments.metrics.plans import EFFECT_READINGS
from gca_viz.experiments.recipe.effects import EffectsRecipe
from gca_viz.experiments.recipe.recipe import NOTHING
from gca_viz.ui.pages.effects.calibration import calibration_panel
from gca_viz.ui.pages.effects.columns import columns_panel
from gca_viz.ui.pages.effects.noise import noise_lab
from gca_viz.ui.pages.effects.square import constraint_square
from gca_viz.ui.pages.effects.sweep import sweep_panel
from gca_viz.ui.parts.page import notices, tabs
from gca_viz.ui.parts.sidebar import sidebar
from gca_viz.ui.parts.widgets import control
from gca_viz.ui.session import state
from gca_viz.ui.session.current_result import current_result
from gca_viz.ui.session.page_result import PageResult


def effects() -> None:
    """Draw the page. Form and link come first: a long sweep leaves them in reach."""
    notices(state.notices())
    result = current_result(beside=False)
    sidebar(result.seconds)
    state.write_link()
    tabs("effect", {words: partial(_panel, words, draw, result) for words, draw in _TABS.items()})


def _panel(words: str, draw: Callable[[PageResult], None], result: PageResult) -> None:
    """Draw one, or say why a plan whose columns are prototypes has nothing there."""
    if sentence := unread(result.recipe, _read_by(words, result.recipe.effects)):
        titles = {name: of.label for name, of in EFFECT_READINGS.items()} | {NOTHING: "nothing else"}
        for key in _CHOOSE.get(words, ()):
            control(key, titles=titles)
        st.info(f"{sentence}.", icon=":material/info:")
        return
    draw(result)


def _read_by(words: str, chosen: EffectsRecipe) -> tuple[str, ...]:
    """The metrics that a tab reads."""
    always = {"Calibration": ("ece",), "Noise lab": ("matched_share",), "Constraint square": (chosen.reading,)}
    return chosen.readings if words == "Sweep" else always.get(words, ())


#: tab → the fields that choose its metrics
_CHOOSE = {"Constraint square": ("reading",), "Sweep": ("reading", "reading2")}
_TABS = {
    "Constraint square": constraint_square,
    "Sweep": sweep_panel,
    "Calibration": calibration_panel,
    "More columns": columns_panel,
    "Noise lab": noise_lab,
}
