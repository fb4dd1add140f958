"""The plans of A and B on one colour scale, and their difference."""

from __future__ import annotations

import streamlit as st

from gca_viz.experiments.plan.summary import moved_mass, pair_text
from gca_viz.metric import percent
from gca_viz.transport import Plan
from gca_viz.ui.elements import board
from gca_viz.ui.pages.compare.compared import Compared
from gca_viz.ui.parts.help import about
from gca_viz.ui.parts.recipe_board import show_board
from gca_viz.ui.parts.widgets import control

BOARD = "compare-board"
_CELLS = 2_000_000  # of 4 bytes


def plans(result: Compared) -> None:
    """Draw the matrices with their controls."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        control("order", kind=st.segmented_control)
        control("scale", kind=st.segmented_control)
        about("matrices")
    results, (first, second) = result.compared, result.compared.pair
    a, b = result.shown(first.plan), result.shown(second.plan)
    show_board(
        BOARD,
        result,
        {f"{side} {member.label}": member.plan for side, member in zip("AB", results.pair, strict=True)},
        [
            board.Panel("plan", _statement("A", first.label, a), plan=0),
            board.Panel("plan", _statement("B", second.label, b), plan=1),
            board.Panel("difference", f"B − A: {percent(moved_mass(b, a))} of the mass moved", plan=1, minus=0),
        ],
        sent=[results.members[number].plan for number in _sent(result)],
    )


def _statement(side: str, label: str, plan: Plan) -> str:
    return f"{side} {label}: {pair_text(plan)}"


def _sent(result: Compared) -> tuple[int, ...]:
    """Whose costs go to the browser: all, so that another B sends frames only, or A and B where that is much."""
    count = len(result.compared.members)
    cells = count * result.plan.matrix.numel()
    return tuple(range(count)) if cells <= _CELLS else (0, result.compared.second)
