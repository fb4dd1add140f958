"""Columns that are nobody's partner: a queue beside the batch (MoCo), and prototypes in place of view 2 (SwAV)."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import pandas as pd
import torch
from torch import Tensor

from gca_viz.experiments.effects.words import number
from gca_viz.experiments.plan import engine
from gca_viz.experiments.recipe.method import CENTRES, OF_FILE
from gca_viz.experiments.recipe.recipe import DataRecipe, Recipe
from gca_viz.geometry.plan_parts import target_of
from gca_viz.metric import percent
from gca_viz.progress import ReportProgress
from gca_viz.transport import Plan, align
from gca_viz.transport.problem.target import target_entropy

#: where the prototypes of a recipe come from → what a caption says of it
_ORIGINS = {
    CENTRES: "Prototypes are centres of k-means of both views; SwAV learns them.",
    OF_FILE: "Prototypes are those that the encoder’s file brings, as they were learnt.",
}
#: what is held → the method that holds it, and what a figure calls it
HELD = {"rows": ("ince", "rows (MoCo)"), "both": ("gca-ince", "rows and columns (Sinkhorn)")}


@dataclass(frozen=True, eq=False)
class Prototypes:
    """Assignments of a batch to prototypes.

    Attributes:
        codes: (N, K) target, the codes of view 2.
        plan: (N, K) row soft-max of view 1, with that target.
        loss: SwAV's loss, one way: mean cross-entropy of the codes and the plan.
        agreement: share of rows that send most to the prototype with the largest part of their code.
        used: how many prototypes the codes effectively use, exp of the entropy of their column sums.
    """

    codes: Tensor
    plan: Plan
    loss: float
    agreement: float
    used: float


@dataclass(frozen=True, eq=False)
class MoreColumns:
    """What further columns do to the plan of a batch.

    Attributes:
        queue: the images of the longest queue, none of them in the batch.
        table: a row per length of the queue and per what is held: loss, pair mass, row top-1, mass of the queue.
        plans: what is held → the plan beside the longest queue.
        prototypes: the batch against K prototypes.
    """

    recipe: Recipe
    queue: DataRecipe
    table: pd.DataFrame
    plans: dict[str, Plan]
    prototypes: Prototypes

    def at(self, held: str, length: int) -> pd.Series:
        """The numbers at one length."""
        rows = self.table[(self.table.held == held) & (self.table.queue == length)]
        return rows.iloc[0]


def more_columns(recipe: Recipe, progress: ReportProgress | None = None) -> MoreColumns:
    """Put a queue of further images, and prototypes, where the columns are.

    ``more_columns(Recipe().with_values(queue=256)).table``

    Args:
        recipe: data, views, encoder, ε, ``queue`` and ``prototypes`` count, ``prototypes_from``; the
            plans are those of InfoNCE and of Sinkhorn's limit in the cross layout, whatever its method.
        progress: called with the share done and what is being done; may raise to cancel.

    Raises:
        InputError: a queue longer than what there is beside the batch, more prototypes than embeddings, or none in
            the encoder's file.
    """
    report_progress = progress or (lambda share, what: None)
    queue = engine.queue_of(recipe.inputs, recipe.method.queue)
    pair = engine.embeddings_of(recipe.inputs, progress=lambda share, what: report_progress(0.3 * share, what))
    others = engine.embeddings_of(
        replace(recipe.inputs, data=queue),
        progress=lambda share, what: report_progress(0.3 + 0.3 * share, what),
    ).z2
    lengths = [0, *(2**k for k in range(3, 20) if 2**k < len(others)), len(others)]
    rows, plans = [], {}
    for done, length in enumerate(lengths):
        report_progress(0.6 + 0.3 * done / len(lengths), "Solving with a queue")
        for held, (method, _) in HELD.items():
            plan = align(
                pair.z1,
                pair.z2,
                method,
                epsilon=recipe.method.epsilon,
                iterations=math.inf,
                trace=False,
                queue=others[:length] if length else None,
            )
            rows.append({"queue": length, "held": held, **_read(plan)})
            plans[held] = plan
    report_progress(0.9, "Assigning to prototypes")
    found = MoreColumns(recipe, queue, pd.DataFrame(rows), plans, _prototypes(pair.z1, pair.z2, recipe))
    report_progress(1.0, "Done")
    return found


def columns_sentence(found: MoreColumns) -> str:
    """What the queue changes, in numbers."""
    length = int(found.table.queue.max())
    none, rows, both = found.at("rows", 0), found.at("rows", length), found.at("both", length)
    return (
        f"Beside {length} further columns the loss of InfoNCE goes from {number(none.loss)} to {number(rows.loss)} "
        f"and row top-1 from {percent(none.top1_rows)} to {percent(rows.top1_rows)}. The target wants nothing "
        f"there, and {percent(rows.queue_mass)} of the mass goes there; under Sinkhorn all columns receive alike, "
        f"so that the queue takes {percent(both.queue_mass)}, and row top-1 goes from "
        f"{percent(found.at('both', 0).top1_rows)} to {percent(both.top1_rows)}."
    )


def prototypes_sentence(found: MoreColumns) -> str:
    """How samples are assigned to prototypes, in numbers."""
    of = found.prototypes
    count = of.codes.shape[1]
    return (
        f"Against {count} prototypes SwAV’s loss is {number(of.loss)}: {percent(of.agreement)} of the rows send "
        f"most to the prototype of their other view, and the codes use {of.used:.1f} of the {count}."
    )


def columns_caption(found: MoreColumns) -> str:
    """What the figures show, and where the further columns come from."""
    return (
        "The queue is view 2 of images that are drawn at random from where the batch is drawn, none of its own "
        "among them, in the embedding of this encoder; MoCo’s comes from a slowly following copy of the network. "
        "Plans are those at this ε, of InfoNCE and of Sinkhorn’s limit, whatever the method of the sidebar. "
        f"{_ORIGINS[found.recipe.method.prototypes_from]} Codes are Sinkhorn’s plan of view 2 at "
        "ε 0.05 after three iterations, samples last, and the plan is the row soft-max of view 1."
    )


def _read(plan: Plan) -> dict[str, float]:
    rows = plan.problem.shape[0]
    beside = plan.matrix[:, rows:].sum() / plan.mass
    return {
        "loss": float(plan.loss),
        "matched_share": float(plan.matched_share),
        "top1_rows": float(plan.top1_rows),
        "queue_mass": float(beside),
    }


def _prototypes(z1: Tensor, z2: Tensor, recipe: Recipe) -> Prototypes:
    prototypes = engine.prototypes_of(recipe.inputs, recipe.method)
    plan = align(z1, z2, "swav", epsilon=recipe.method.epsilon, prototypes=prototypes, trace=False)
    target = target_of(plan)
    shares = target.sum(0) / target.sum()
    return Prototypes(
        codes=target,
        plan=plan,
        loss=float(plan.loss + target_entropy(target).mean()),
        agreement=float((plan.matrix.argmax(1) == target.argmax(1)).double().mean()),
        used=float(torch.special.entr(shares).sum().exp()),
    )
