"""The board of a lesson: matrices of a small batch whose cells carry numbers and thumbnails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from gca_viz.experiments.recipe.recipe import NOTHING, Recipe
from gca_viz.transport import METHODS, Plan
from gca_viz.ui.elements import board
from gca_viz.ui.markdown import plain
from gca_viz.ui.pages.learn import link
from gca_viz.ui.pages.learn.lesson import Lesson
from gca_viz.ui.parts.plan_board import PlanBoard
from gca_viz.ui.session.page_result import PageResult

#: of a matrix in CSS pixels, so that picture and question stand on one slide
SIDE = 430


def key(lesson: Lesson | str) -> str:
    """The key of a lesson's board."""
    return f"learn-board-{lesson if isinstance(lesson, str) else lesson.name}"


def take_over(lesson: Lesson) -> None:
    """Let the settings say which cell the user picked on the board since the last run."""
    actions = board.unseen(key(lesson))
    if "pick" in actions:
        link.pick(lesson, tuple(actions["pick"]) if actions["pick"] else None)


def result_of(recipe: Recipe) -> PageResult:
    """The result of a recipe, without a second plan; computed once per recipe."""
    return PageResult.of(replace(recipe, method=replace(recipe.method, reference=NOTHING)))


def names_of(recipe: Recipe) -> tuple[list[str], list[str]]:
    """What the images of the rows are called, and those of the columns."""
    result = result_of(recipe)
    rows, columns = ([result.name(k, view) for k in range(len(result.batch))] for view in (0, 1))
    return rows, columns


def draw_board(
    lesson: str,
    result: PageResult,
    panels: Sequence[board.Panel],
    *,
    pick: tuple[int, int],
    plans: Sequence[Plan] | None = None,
    groups: Sequence[board.Group] = (),
    log: bool = False,
    maximum: float | None = None,
) -> None:
    """Draw it.

    Args:
        lesson: its name.
        result: whose images and names.
        panels: the matrices, left to right.
        pick: the outlined cell.
        plans: what the panels show; by default the result's own.
        groups: of its rows; by default classes or domains, if the recipe sorts by them.
        log, maximum: see :func:`gca_viz.ui.elements.board.show`.
    """
    plans = plans or [result.plan]
    drawn, title = PlanBoard(result, plans), METHODS[result.recipe.method.name].title
    board.show(
        drawn.batch,
        # Without the half steps to it: the lesson's control walks them, where there is something to walk.
        [drawn.still(title, plan) for plan in plans],
        panels,
        key=key(lesson),
        pick=pick,
        order=result.row_order,
        groups=groups or [board.Group(group.name, group.size, group.number) for group in result.row_groups],
        scale=board.Scale(log=log, maximum=maximum),
        max_side=SIDE,
    )
    if credits := [credit for view, k in enumerate(pick) if (credit := result.credit(k, view))]:
        st.caption("Images of the outlined cell: " + " · ".join(map(plain, dict.fromkeys(credits))))


def cell_in(plan: Plan, picked: tuple[int, int] | None, otherwise: tuple[int, int]) -> tuple[int, int]:
    """The picked cell if the plan has it, else another."""
    rows, columns = plan.problem.shape
    return picked if picked is not None and picked[0] < rows and picked[1] < columns else otherwise
