"""The plans of A and B on one colour scale, and their difference."""

from __future__ import annotations

import numpy as np
import streamlit as st

from gca_viz.experiments.cache import cached
from gca_viz.experiments.readout import moved_mass
from gca_viz.experiments.recipe import DataRecipe, EncoderRecipe, MethodRecipe, ViewsRecipe
from gca_viz.transport import Plan
from gca_viz.ui import board
from gca_viz.ui.panels.about import about
from gca_viz.ui.panels.compare.compared import Compared
from gca_viz.ui.panels.matrices import marked_rows, packed, plan_frames, row_groups, without_numbers
from gca_viz.ui.widgets import control

BOARD = "compare-board"
_CELLS = 2_000_000  # of 4 bytes


def plans(result: Compared) -> None:
    """Draw the matrices with their controls."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        control("order", kind=st.segmented_control)
        control("scale", kind=st.segmented_control)
        about("matrices")
    lineup, (first, second) = result.lineup, result.lineup.pair
    a, b = result.shown(first.plan), result.shown(second.plan)
    packed_ones = _packed_ones(result)
    contenders = [lineup.contenders[number] for number in packed_ones]
    parts = [part for contender in contenders for part in (contender.encoder, without_numbers(contender.method))]
    encoders = list(dict.fromkeys(contender.encoder for contender in contenders))
    places = [packed_ones.index(number) for number in (0, lineup.second)]
    board.show(
        _batch(result.recipe.data, result.recipe.views, *parts, result=result, which=packed_ones),
        [
            plan_frames(
                f"{side} {entry.label}", entry.plan, target=place, cost=encoders.index(contenders[place].encoder)
            )
            for side, entry, place in zip("AB", lineup.pair, places, strict=True)
        ],
        [
            board.Panel("plan", _statement("A", first.label, a), plan=0),
            board.Panel("plan", _statement("B", second.label, b), plan=1),
            board.Panel("difference", f"B − A: {100 * moved_mass(b, a):.0f} % of the mass moved", plan=1, minus=0),
        ],
        key=BOARD,
        step=result.step,
        pick=result.pick,
        order=result.row_order,
        groups=row_groups(result),
        marked=marked_rows(result),
        scale=board.Scale(log=result.recipe.display.scale == "log"),
    )


def _statement(side: str, label: str, plan: Plan) -> str:
    return f"{side} {label}: {100 * float(plan.matched_share):.0f} % of the mass on the pairs"


def _packed_ones(result: Compared) -> tuple[int, ...]:
    """Whose costs go to the browser: all, so that another B sends frames only, or A and B where that is much."""
    count = len(result.lineup.entries)
    cells = count * result.plan.problem.shape[0] ** 2
    return tuple(range(count)) if cells <= _CELLS else (0, result.lineup.second)


@cached(4)
def _batch(
    data: DataRecipe,
    views: ViewsRecipe,
    *parts: EncoderRecipe | MethodRecipe,
    result: Compared,
    which: tuple[int, ...],
) -> board.Batch:
    costs = {result.lineup.contenders[number].encoder: result.lineup.entries[number].plan.cost for number in which}
    plans = [result.lineup.entries[number].plan for number in which]
    return packed(result, np.stack([cost.cpu().numpy() for cost in costs.values()]), plans)
