"""The matrices: the board of linked pictures, fed from a result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import streamlit as st

from gca_viz.experiments import engine
from gca_viz.experiments.cache import cached
from gca_viz.experiments.readout import column_text, moved_mass
from gca_viz.experiments.recipe import DataRecipe, EncoderRecipe, MethodRecipe, ViewsRecipe
from gca_viz.transport import METHODS, Plan
from gca_viz.ui import board, selection, state
from gca_viz.ui.panels.about import about
from gca_viz.ui.panels.result import Result
from gca_viz.ui.widgets import control
from gca_viz.views import VIEWS

_KEY = "board"


def matrices(result: Result) -> None:
    """Draw the matrices with their controls."""
    toolbar = st.container(horizontal=True, vertical_alignment="bottom")
    with toolbar:
        names = _picture_names(result)
        control("show", options=list(names), titles=names, kind=_pills)
        control("order", kind=st.segmented_control)
        control("scale", kind=st.segmented_control)
        about("matrices")
    panels = _panels(result)
    if not panels:
        st.info("Choose at least one picture above.", icon=":material/grid_off:")
        return
    recipe = result.recipe
    board.show(
        _board_batch(recipe.data, recipe.views, recipe.encoder, without_numbers(recipe.method)),
        [
            plan_frames(METHODS[name].title, plan, target=target)
            for target, (name, plan) in enumerate(result.names.items())
        ],
        panels,
        key=_KEY,
        step=result.step,
        pick=result.pick,
        order=result.row_order,
        groups=row_groups(result),
        marked=marked_rows(result),
        scale=board.Scale(log=recipe.display.scale == "log"),
    )


def take_over_actions(key: str = _KEY) -> None:
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
        samples = engine.batch_of((state.last_good() or state.recipe()).data).size  # of what was on screen
        selection.choose_group(row % samples for row in actions["group"] or ())


def _picture_names(result: Result) -> dict[str, str]:
    method = result.recipe.method
    pair = {"reference": f"Plan {method.reference}", "plan": f"Plan {method.name}", "difference": "Difference"}
    if len(result.names) == 1:
        pair = {"plan": f"Plan {method.name}"}
    return {"cost": "Cost", "kernel": "Kernel"} | pair | {"target": "Target", "residual": "Target − plan"}


def _pills(label: str, options: list[str], **settings) -> None:
    st.pills(label, options, selection_mode="multi", **settings)


def _panels(result: Result) -> list[board.Panel]:
    """The chosen pictures, each titled by a statement; those that need a second plan drop out without one."""
    method, reference = result.recipe.method.name, result.recipe.method.reference
    plan = result.shown(result.plan)
    beside = None if result.reference is None else result.shown(result.reference)
    shown: list[board.Panel] = []
    for kind in result.recipe.display.panels:
        if kind == "reference" and beside is not None:
            shown.append(board.Panel("plan", _statement(reference, beside), plan=len(result.names) - 1))
        elif kind == "difference" and beside is not None and len(result.names) == 2:
            title = f"{method} − {reference}: {100 * moved_mass(plan, beside):.0f} % moved"
            shown.append(board.Panel("difference", title, plan=0, minus=1))
        elif kind == "plan":
            shown.append(board.Panel("plan", _statement(method, plan)))
        elif kind in ("cost", "kernel", "target", "residual"):
            shown.append(board.Panel(kind, _FIXED_TITLES[kind].format(method=method)))
    return shown


_FIXED_TITLES = {
    "cost": "Cost C = 1 − cosine",
    "kernel": "Kernel exp(−C/ε): before any constraint",
    "target": "Target: who should be matched",
    "residual": "Target − {method}: the force",
}


def _statement(name: str, plan: Plan) -> str:
    if plan.last_step == 0:
        return f"{name}: the kernel"
    return f"{name}: columns receive {column_text(plan)}"


def plan_frames(title: str, plan: Plan, *, target: int = 0, cost: int = 0) -> board.PlanFrames:
    """A plan at every half step, for the board; ``target`` and ``cost`` are places in its batch."""
    f, g = (
        np.stack([_held(states.cpu().numpy(), plan.last_step + 1) for states in potentials])
        for potentials in zip(*(part.potentials for part in plan.parts), strict=True)
    )
    problem = plan.problem
    return board.PlanFrames(
        title,
        float(problem.epsilon),
        f,
        g,
        labels=_labels(plan),
        target=target,
        cost=cost,
        row_mass=problem.mu.cpu().numpy(),
        column_mass=problem.nu.cpu().numpy(),
    )


def _labels(plan: Plan) -> list[str]:
    """What each step on the way to the plan did."""
    longest = max(plan.parts, key=lambda part: part.last_step)
    return ["kernel", *longest.trace.sides[1:], *(["limit"] if plan.report.beyond else [])]


def _held(values: np.ndarray, length: int) -> np.ndarray:
    """A trace made as long as the longest by repeating its last state."""
    return np.concatenate([values, np.repeat(values[-1:], length - len(values), 0)])


def without_numbers(method: MethodRecipe) -> MethodRecipe:
    """The part of a method's recipe that decides cost and targets, so that moving ε packs nothing anew."""
    kept = ("name", "reference", "layout", "target", "alpha", "beta", "share", "target_temperature")
    return replace(MethodRecipe(), **{name: getattr(method, name) for name in kept})


@cached(4)
def _board_batch(data: DataRecipe, views: ViewsRecipe, encoder: EncoderRecipe, method: MethodRecipe) -> board.Batch:
    result = Result.of(replace(state.Recipe(), data=data, views=views, encoder=encoder, method=method))
    return packed(result, result.plan.cost.cpu().numpy(), list(result.names.values()))


def packed(result: Result, cost: np.ndarray, plans: Sequence[Plan]) -> board.Batch:
    """The batch of a result for the board.

    Args:
        result: whose samples, views and layout it has.
        cost: (N, N), or (K, N, N) for several encoders.
        plans: whose targets are packed, in their order.
    """
    pairing, dataset = result.plan.pairing, result.batch.dataset
    pictures = engine.pictures_of(result.recipe.data, result.recipe.views)
    sides = {}
    for side in ("row", "column"):
        samples = getattr(pairing, f"{side}_sample").cpu().numpy()
        view = getattr(pairing, f"{side}_view").cpu().numpy()
        suffix = [""] * len(view) if pairing.layout == "cross" else [f" (view {number + 1})" for number in view]
        sides[side] = (
            [result.batch.names[sample] + end for sample, end in zip(samples, suffix, strict=True)],
            [dataset.class_names[result.batch.labels[sample]] for sample in samples],
            [dataset.domain_names[result.domains[v, s]] for v, s in zip(view, samples, strict=True)],
            np.stack([pictures[v][s] for v, s in zip(view, samples, strict=True)]),
        )
    row, column = sides["row"], sides["column"]
    return board.pack_batch(
        cost,
        partner=pairing.partner.cpu().numpy(),
        names=row[0],
        classes=row[1],
        domains=row[2],
        column_names=column[0],
        column_classes=column[1],
        column_domains=column[2],
        targets=[plan.target.cpu().numpy() for plan in plans],
        row_images=row[3],
        column_images=column[3],
        axes=_axes(result),
    )


def _axes(result: Result) -> tuple[str, str]:
    """What rows and columns are."""
    if result.plan.pairing.layout != "cross":
        return "both views", "both views"
    words = VIEWS[result.recipe.views.preset].words and result.batch.embeddings is None
    return ("view 1, image", "view 2, text") if words else ("view 1", "view 2")


def marked_rows(result: Result) -> np.ndarray:
    """Rows that show the chosen samples, in whichever view."""
    samples = result.plan.pairing.row_sample.cpu().numpy()
    return np.flatnonzero(np.isin(samples, selection.group(result.batch.size)))


def row_groups(result: Result) -> list[board.Group]:
    """Blocks of rows of one class or domain, in the order on screen."""
    return [board.Group(name, rows) for name, rows in result.row_groups]
