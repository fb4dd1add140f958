"""The board of matrices as the recipe wants it, and what is done on it back into the recipe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gca_viz.experiments.plan import engine
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.transport import Plan
from gca_viz.ui.elements import board
from gca_viz.ui.parts.plan_board import PlanBoard
from gca_viz.ui.session import selection, state
from gca_viz.ui.session.page_result import MatrixSide, PageResult


def show_board(
    key: str,
    result: PageResult,
    plans: Mapping[str, Plan],
    panels: Sequence[board.Panel],
    *,
    sent: Sequence[Plan] | None = None,
    live: Mapping[str, Any] | None = None,
    apart: bool = False,
) -> board.Batch:
    """Draw plans at the half step, in the order and scale, with the pick and the group of the recipe.

    Args:
        key: of the board.
        result: whose samples and recipe.
        plans: title → plan; panels name them by their place.
        panels: the matrices, left to right.
        sent: plans whose costs and targets go to the browser; by default those of ``plans``.
        live, apart: see :func:`gca_viz.ui.elements.board.show`.

    Returns:
        What the browser keeps of them.
    """
    drawn = PlanBoard(result, list(plans.values()) if sent is None else sent)
    board.show(
        drawn.batch,
        [drawn.frames(title, plan) for title, plan in plans.items()],
        panels,
        key=key,
        step=result.step,
        pick=result.pick,
        order=result.row_order,
        groups=[board.Group(group.name, group.size, group.number) for group in result.row_groups],
        marked=_marked(result, "row"),
        columns=_along_columns(result),
        scale=board.Scale(log=result.recipe.display.scale == "log"),
        live=live,
        apart=apart,
    )
    return drawn.batch


def take_over_actions(key: str) -> None:
    """Let the recipe say what the user did on the matrices since the last run: half step, picked cell, group.

    Args:
        key: of the board.
    """
    actions = board.unseen(key)
    if "step" in actions:
        state.update(t=actions["step"])
    if "pick" in actions:
        row, column = actions["pick"] or (-1, -1)
        state.update(i=row, j=column)
    if "group" in actions:
        samples = engine.batch_of((state.last_good() or Recipe()).data).size  # of what was on screen
        selection.choose_group(row % samples for row in actions["group"] or ())


def _along_columns(result: PageResult) -> board.Along | None:
    """What stands along the columns; None where it is what stands along the rows."""
    if result.recipe.method.columns_are == "views":
        return None
    groups = [board.Group(group.name, group.size, group.number) for group in result.column_groups]
    return board.Along(result.column_order, groups, _marked(result, "column"))


def _marked(result: PageResult, side: MatrixSide) -> np.ndarray:
    """Rows, or columns, that show the chosen samples, in whichever view."""
    samples = getattr(result.pairing, f"{side}_sample").cpu().numpy()
    return np.flatnonzero(np.isin(samples, selection.group(result.batch.size)))
