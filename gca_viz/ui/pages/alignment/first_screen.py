"""What the app opens on, computed before anybody comes."""

from __future__ import annotations

from gca_viz.experiments.recipe.first_screen import FIRST_SCREEN
from gca_viz.ui.parts.plan_board import PlanBoard
from gca_viz.ui.session.page_result import PageResult


def prepare() -> None:
    """Compute the plans of the first screen and the pictures of its board, which are kept for whoever opens it."""
    result = PageResult.of(FIRST_SCREEN)
    PlanBoard(result, list(result.names.values()))
