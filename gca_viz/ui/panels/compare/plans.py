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
from gca_viz.ui.panels.matrices import marked_rows, packed, plan_frames, row_groups
from gca_viz.ui.widgets import control

BOARD = "compare-board"


def plans(result: Compared) -> None:
    """Draw the matrices with their controls."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        control("order", kind=st.segmented_control)
        control("scale", kind=st.segmented_control)
        about("matrices")
    lineup = result.lineup
    first, second = lineup.pair
    a, b = result.shown(first.plan), result.shown(second.plan)
    one = lineup.contenders[0].encoder == lineup.contenders[lineup.second].encoder
    parts = [
        part
        for number in (0, lineup.second)
        for part in (lineup.contenders[number].encoder, lineup.contenders[number].method)
    ]
    board.show(
        _batch(result.recipe.data, result.recipe.views, *parts, result=result),
        [
            plan_frames(f"A {first.label}", first.plan),
            plan_frames(f"B {second.label}", second.plan, target=1, cost=0 if one else 1),
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


@cached(4)
def _batch(
    data: DataRecipe,
    views: ViewsRecipe,
    encoder_a: EncoderRecipe,
    method_a: MethodRecipe,
    encoder_b: EncoderRecipe,
    method_b: MethodRecipe,
    *,
    result: Compared,
) -> board.Batch:
    both = [entry.plan for entry in result.lineup.pair]
    costs = [plan.cost.cpu().numpy() for plan in (both[:1] if encoder_a == encoder_b else both)]
    return packed(result, np.stack(costs), both)
