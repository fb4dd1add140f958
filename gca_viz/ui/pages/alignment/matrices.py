"""The matrices: the board of linked pictures, fed from a result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import streamlit as st
import torch

from gca_viz.experiments.plan.summary import column_text, moved_mass
from gca_viz.experiments.recipe.recipe import MethodRecipe
from gca_viz.metric import percent
from gca_viz.transport import BCE, Plan
from gca_viz.transport.options import SAMPLE
from gca_viz.transport.plans.sparse_plan import SparsePlan
from gca_viz.ui.elements import board
from gca_viz.ui.parts.browser_plans import followed
from gca_viz.ui.parts.help import about
from gca_viz.ui.parts.recipe_board import show_board
from gca_viz.ui.parts.widgets import control
from gca_viz.ui.session import state
from gca_viz.ui.session.follow import follower, stays
from gca_viz.ui.session.page_result import PageResult

BOARD = "board"
_KEPT = "batch"
#: in the session: ids of what a browser must have of the batch, and the batch itself until that is drawn
_IDS, _BATCH = "batch-ids", "batch-to-keep"


def toolbar() -> None:
    """Draw the controls of the matrices."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        names = _picture_names(state.recipe().method)
        control("show", options=list(names), titles=names, kind=_pills)
        control("order", kind=st.segmented_control)
        control("scale", kind=st.segmented_control)
        about("matrices")


def toolbar_says() -> list[bool]:
    """Which controls of the toolbar are as they were drawn; their names are those of the form."""
    return [state.widget_key(key) in st.session_state for key in ("show", "order", "scale")]


def matrices(result: PageResult) -> None:
    """Draw the matrices, but for what the browser keeps of their batch."""
    panels = _panels(result)
    if not panels:
        st.session_state[_IDS] = None
        st.info("Choose at least one picture above.", icon=":material/grid_off:")
        return
    plans = {result.titles[name]: plan for name, plan in result.names.items()}
    batch = show_board(BOARD, result, plans, panels, live=followed(result), apart=True)
    st.session_state[_IDS] = batch.samples.id, batch.cost.id, batch.targets.id
    if not stays(_KEPT):
        st.session_state[_BATCH] = batch


def _kept_says() -> object:
    """What the browser must have by now, and all that may change it: some kernels are of another cost at each ε."""
    method = state.recipe().method
    plans = [plan for plan in (method, method.beside) if plan is not None]
    usual = all(plan.composition.on_the_square and plan.own_by == SAMPLE.default for plan in plans)
    return st.session_state[_IDS], None if usual else method


@follower(_KEPT, _kept_says)
def keep_batch() -> None:
    """Let the browser keep the batch, after the matrices."""
    if (batch := st.session_state.pop(_BATCH, None)) is not None:
        board.keep(batch, key=BOARD)


def _picture_names(method: MethodRecipe) -> dict[str, str]:
    pair = {"reference": f"Plan {method.beside_label}", "plan": f"Plan {method.name}", "difference": "Difference"}
    if method.beside is None:
        pair = {"plan": f"Plan {method.name}"}
    return (
        {"cost": "Cost", "kernel": "Kernel"}
        | pair
        | {"target": "Target", "residual": "Target − plan", "force": "Force"}
    )


def _pills(label: str, options: list[str], **settings: Any) -> None:
    st.pills(label, options, selection_mode="multi", **settings)


def _panels(result: PageResult) -> list[board.Panel]:
    """The chosen pictures, each titled by a statement; those that need a second plan drop out without one."""
    method, reference = result.recipe.method.name, result.recipe.method.beside_label
    plan = result.shown(result.plan)
    beside = None if result.reference is None else result.shown(result.reference)
    shown: list[board.Panel] = []
    for kind in result.recipe.display.panels:
        if kind == "reference" and beside is not None:
            shown.append(board.Panel("plan", _statement(reference, beside), plan=len(result.names) - 1))
        elif kind == "difference" and beside is not None and len(result.names) == 2:
            title = f"{method} − {reference}: {percent(moved_mass(plan, beside))} moved"
            shown.append(board.Panel("difference", title, plan=0, minus=1))
        elif kind == "plan":
            shown.append(board.Panel("plan", _statement(method, plan)))
        else:
            titles = _FIXED_TITLES.items()
            words_of = {"method": method} | _words_of(plan)
            shown += [board.Panel(fixed, words.format(**words_of)) for fixed, words in titles if fixed == kind]
    return shown


_FIXED_TITLES: Mapping[Literal["cost", "kernel", "target", "residual", "force"], str] = {
    "cost": "Cost {cost}",
    "kernel": "Kernel {kernel}: before any constraint",
    "target": "Target: who should be matched",
    "residual": "Residual: target − {method}",
    "force": "Force: (target − {method}){slope}",
}


def _words_of(plan: Plan) -> dict[str, str]:
    """What cost and kernel of a plan are."""
    kernel, epsilon = plan.problem.kernel, plan.problem.epsilon
    cosines = plan.parts[0].cost_name == "cosine"
    per_row = isinstance(epsilon, torch.Tensor) and epsilon.ndim > 0
    gibbs = f"exp(−C/ε{'ᵢ' * per_row})"
    return {
        "cost": f"C = {'1 − cosine' if cosines else 'half the squared distance'}",
        "slope": f"/ε{'ᵢ' * per_row}" if kernel.is_gibbs or isinstance(plan.divergence, BCE) else " · dE/dC",
        "kernel": (gibbs if kernel.is_gibbs else f"exp(−E) of the {kernel.name} kernel")
        + ("" if plan.problem.log_weights is None else ", weighed"),
    }


def _statement(name: str, plan: Plan) -> str:
    if plan.last_step == 0 and not isinstance(plan, SparsePlan):
        return f"{name}: the kernel"
    return f"{name}: columns receive {column_text(plan)}"
