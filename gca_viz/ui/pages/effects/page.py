"""The page of parameter effects, put together from its panels."""

from __future__ import annotations

from functools import partial

from gca_viz.ui.pages.effects.calibration import calibration_panel
from gca_viz.ui.pages.effects.columns import columns_panel
from gca_viz.ui.pages.effects.noise import noise_lab
from gca_viz.ui.pages.effects.square import constraint_square
from gca_viz.ui.pages.effects.sweep import sweep_panel
from gca_viz.ui.parts.page import notices, tabs
from gca_viz.ui.parts.sidebar import sidebar
from gca_viz.ui.session import state
from gca_viz.ui.session.current_result import current_result


def effects() -> None:
    """Draw the page. Form and link come first: a long sweep leaves them in reach."""
    notices(state.notices())
    result = current_result(beside=False)
    sidebar(result.seconds)
    state.write_link()
    tabs("effect", {words: partial(draw, result) for words, draw in _TABS.items()})


_TABS = {
    "Constraint square": constraint_square,
    "Sweep": sweep_panel,
    "Calibration": calibration_panel,
    "More columns": columns_panel,
    "Noise lab": noise_lab,
}
