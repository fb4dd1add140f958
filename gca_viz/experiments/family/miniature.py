"""What a cell of the table shows of one loss on one batch, small enough to keep of all of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from gca_viz.errors import InputError
from gca_viz.experiments.caching.cache import cached
from gca_viz.experiments.plan import engine
from gca_viz.experiments.plan.result import PlanResult
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.geometry.plan_parts import pairing_of, target_of

if TYPE_CHECKING:
    from torch import Tensor

    from gca_viz.transport import Plan

#: cells along a side of a small matrix; of a larger one each shows the strongest of several
SIDE = 48
_BINS = 24


@dataclass(frozen=True, eq=False)
class Miniature:
    """One loss on one batch; rows and columns in the order of the page.

    Attributes:
        costs: (24,) share of the cells in each bin of the cost, from 0 to ``highest``.
        highest: largest cost that is not forbidden.
        kernel: (24,) the kernel at the middle of each bin, over its largest value there.
        plan, target: (S, S′) mass per cell over the largest; ``residual``: (S, S′) target − plan.
        row_mass, column_mass: (S,), (S′,) what rows send and columns receive, over the mean of μ and of ν.
        mu, nu: (S,), (S′,) what they should, over the same.
        loss: divergence of plan and target.
        pair_mass, class_mass: share of the mass on pairs (NaN where there are none) and within classes.
    """

    costs: np.ndarray
    highest: float
    kernel: np.ndarray
    plan: np.ndarray
    target: np.ndarray
    residual: np.ndarray
    row_mass: np.ndarray
    column_mass: np.ndarray
    mu: np.ndarray
    nu: np.ndarray
    loss: float
    pair_mass: float
    class_mass: float


def miniature_of(recipe: Recipe) -> Miniature:
    """The small pictures of a recipe's plan, computed or from the cache.

    Raises:
        InputError: the loss has no meaning on this batch.
    """
    return _miniature(_computed(recipe))


@cached(key=lambda recipe: engine.key_of(recipe.inputs, recipe.method))
def _miniature(recipe: Recipe) -> Miniature:
    plan = engine.plan_between(engine.embeddings_of(recipe.inputs), recipe.inputs, recipe.method, trace=False)
    found = PlanResult(recipe, plan, None, None, 0.0)
    rows, columns = found.row_order, found.column_order
    costs, highest, kernel = _kernel(plan)
    labels = engine.labels_of(recipe.inputs, recipe.method)
    paired = pairing_of(plan).paired
    inside = float(plan.false_negative_mass(labels)) if paired else float("nan")
    pairs = float(plan.matched_share) if paired else float("nan")
    means = float(plan.problem.mu.mean()), float(plan.problem.nu.mean())
    return Miniature(
        costs=costs,
        highest=highest,
        kernel=kernel,
        plan=_small(plan.matrix, rows, columns),
        target=_small(target_of(plan), rows, columns),
        residual=_small(target_of(plan) - plan.matrix, rows, columns),
        row_mass=_mean(plan.row_mass, rows) / means[0],
        column_mass=_mean(plan.column_mass, columns) / means[1],
        mu=_mean(plan.problem.mu, rows) / means[0],
        nu=_mean(plan.problem.nu, columns) / means[1],
        loss=float(plan.loss),
        pair_mass=pairs,
        class_mass=inside if np.isnan(pairs) else inside + pairs,
    )


def _kernel(plan: Plan) -> tuple[np.ndarray, float, np.ndarray]:
    """How often each cost is there, the largest of them, and the kernel over it."""
    cost = plan.problem.cost
    known = cost[torch.isfinite(cost)].cpu().double().numpy()
    highest = max(float(known.max(initial=0.0)), 1e-9)
    counts, edges = np.histogram(known.clip(0), bins=_BINS, range=(0.0, highest))
    middle = torch.from_numpy((edges[:-1] + edges[1:]) / 2)
    epsilon = plan.problem.epsilon_of_rows
    mean = float(epsilon.mean()) if torch.is_tensor(epsilon) else float(epsilon)
    energy = plan.problem.kernel.energy(middle, mean).numpy()
    return counts / max(1, counts.sum()), highest, np.exp(energy.min() - energy)


def _small(values: Tensor, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """A matrix in the order of the page, of each run of cells the one that is furthest from 0."""
    found: np.ndarray = values.detach().cpu().float().numpy()[np.ix_(rows, columns)]
    for axis in (0, 1):
        starts = _starts(found.shape[axis])
        high, low = (of.reduceat(found, starts, axis=axis) for of in (np.maximum, np.minimum))
        found = np.where(high >= -low, high, low)
    return found


def _mean(values: Tensor, rows: np.ndarray) -> np.ndarray:
    """Values along a side in the order of the page, the mean of each run."""
    found = values.detach().cpu().double().numpy()[rows]
    starts = _starts(len(found))
    means: np.ndarray = np.add.reduceat(found, starts) / np.diff([*starts, len(found)])
    return means


def _starts(count: int) -> np.ndarray:
    cells = min(count, SIDE)
    return np.arange(cells) * count // cells


def view_block(plan: Plan) -> np.ndarray:
    """(N, N) the mass from view 1 to view 2, over its sum: in it plans of both layouts can be compared.

    Raises:
        InputError: the columns are prototypes.
    """
    pairing = pairing_of(plan)
    if not pairing.paired:
        raise InputError(
            f"the {plan.problem.shape[1]} prototypes of a plan beside the samples of another",
            "two losses are compared from sample to sample",
            "Choose two whose columns are view 2; the workbench draws this one",
        )
    count = pairing.samples
    first = count if pairing.layout == "joint" else 0  # of view 2, behind which there may be a queue
    block: np.ndarray = plan.matrix.detach()[:count, first : first + count].cpu().double().numpy()
    share: np.ndarray = block / block.sum()
    return share


def block_of(recipe: Recipe) -> np.ndarray:
    """:func:`view_block` of a recipe's plan, computed or from the cache.

    Raises:
        InputError: the loss has no meaning on this batch.
    """
    return _block(_computed(recipe))


@cached(key=lambda recipe: engine.key_of(recipe.inputs, recipe.method))
def _block(recipe: Recipe) -> np.ndarray:
    return view_block(
        engine.plan_between(engine.embeddings_of(recipe.inputs), recipe.inputs, recipe.method, trace=False)
    )


def _computed(recipe: Recipe) -> Recipe:
    """The parts of a recipe that decide its plan."""
    return replace(
        Recipe(),
        data=recipe.data,
        views=recipe.views,
        encoder=recipe.encoder,
        method=recipe.method.alone,
    )
