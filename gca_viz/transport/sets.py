"""Two sets of embeddings without pairs: how far apart they are, and what labels one lends the other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from gca_viz.errors import InputError
from gca_viz.progress import ReportProgress
from gca_viz.transport.memory import memory_for
from gca_viz.transport.method import HELD
from gca_viz.transport.options import HOLD
from gca_viz.transport.parameters import EPSILON
from gca_viz.transport.plans.plan import ScaledPlan
from gca_viz.transport.problem.convert import as_codes
from gca_viz.transport.problem.cost import as_sets, cosine_cost
from gca_viz.transport.problem.problem import Problem
from gca_viz.transport.solvers.solver import solve


def set_distance(a: Any, b: Any, epsilon: float = EPSILON.default) -> Tensor:
    """How far apart two sets of embeddings are: the Sinkhorn divergence of their directions.

    ``set_distance(z[style == 0], z[style == 1])`` is 0 for one and the same set and positive else. It is
    ``OT(a, b) − OT(a, a)/2 − OT(b, b)/2`` with ``OT = min ⟨C, P⟩ + ε·KL(P ‖ α ⊗ β)``, all samples of a set of equal
    weight and each set of mass 1.

    Args:
        a, b: (N, d), (M, d) floats; rows are normalised here. N and M may differ.
        epsilon: temperature > 0, in units of the cost, 1 − cosine.

    Returns:
        () a tensor, 0 up to rounding or above, with a gradient in ``a`` and ``b`` (of first order).

    Raises:
        InputError: sets that do not fit each other, or ε out of bounds.

    Source: Feydy et al., AISTATS 2019.
    """
    epsilon, (a, b) = EPSILON.check(epsilon), as_sets(a, b)
    with torch.autocast(a.device.type, enabled=False), memory_for(max(len(a), len(b)), a):
        between, within_a, within_b = (_transport(x, y, epsilon) for x, y in ((a, b), (a, a), (b, b)))
    return between - (within_a + within_b) / 2


def set_distances(
    sets: Sequence[Any], epsilon: float = EPSILON.default, progress: ReportProgress | None = None
) -> Tensor:
    """:func:`set_distance` of each of several sets and each other, (G, G), without gradient; 0 on the diagonal.

    Args:
        sets: G of (N, d) floats.
        epsilon: temperature > 0, in units of the cost, 1 − cosine.
        progress: called with the share done and what is being done; may raise to cancel.
    """
    report_progress = progress or (lambda share, what: None)
    found = torch.zeros(len(sets), len(sets), dtype=torch.float64)
    cells = [(i, j) for i in range(len(sets)) for j in range(i + 1)]
    with torch.no_grad():
        for done, (i, j) in enumerate(cells):
            report_progress(done / len(cells), "Comparing sets")
            a, b = as_sets(sets[i], sets[j])
            with torch.autocast(a.device.type, enabled=False), memory_for(max(len(a), len(b)), a):
                found[i, j] = found[j, i] = _transport(a, b, EPSILON.check(epsilon)).double()
    own = found.diagonal() / 2
    return (found - own[:, None] - own).fill_diagonal_(0)


def transfer(
    a: Any,
    b: Any,
    labels: Any,
    epsilon: float = EPSILON.default,
    *,
    hold: str = "both",
    exclude_pairs: bool = False,
) -> Tensor:
    """Labels of one set carried to another by the plan between them.

    ``transfer(photos, sketches, classes).argmax(1)`` are the classes of the sketches as the plan sees them.

    Args:
        a, b: (N, d), (M, d) floats; rows are normalised here.
        labels: (N,) class of each row of ``a``, numbers or strings; who has none lends none.
        epsilon: temperature > 0, in units of the cost, 1 − cosine.
        hold: ``"both"`` for the balanced plan, ``"rows"`` or ``"columns"`` for the soft-max of one side.
        exclude_pairs: whether row i of ``a`` may send nothing to row i of ``b``, where both show one sample.

    Returns:
        (M, classes) shares of the labelled mass that each row of ``b`` receives, classes in ascending order; NaN
        for a row that receives none. No gradient.

    Raises:
        InputError: sets that do not fit each other, labels that are not one per row of ``a`` or none at all, ε out
            of bounds, or pairs to exclude where both sets are not of one size of at least 2.
    """
    epsilon, hold, (a, b) = EPSILON.check(epsilon), HOLD.check(hold), as_sets(a, b)
    if hold not in ("rows", "columns", "both"):
        raise InputError(
            f"hold = {hold!r} to hand labels on",
            "rows, columns or both must hold their mass",
            "Use hold='both' for the balanced plan",
            parameter="hold",
        )
    codes = as_codes(labels, "labels")
    codes = (codes.squeeze(1) if codes.shape == (len(a), 1) else codes).to(a.device)
    if codes.shape != (len(a),) or bool((codes < 0).all()):
        raise InputError(
            "labels that are all missing" if codes.shape == (len(a),) else f"labels of shape {tuple(codes.shape)}",
            f"labels must be one class for each of the {len(a)} rows of a, and some must be known",
            "Give the classes of the first set",
            parameter="labels",
        )
    if exclude_pairs and (len(a) != len(b) or len(a) < 2):
        raise InputError(
            f"pairs to exclude between {len(a)} and {len(b)} samples",
            "both sets must have the same number of rows, at least 2, row i of both showing sample i",
            "Leave exclude_pairs out",
            parameter="exclude_pairs",
        )
    with torch.no_grad(), torch.autocast(a.device.type, enabled=False), memory_for(max(len(a), len(b)), a):
        cost = cosine_cost(a, b)
        if exclude_pairs:
            cost = cost.masked_fill(torch.eye(len(a), dtype=torch.bool, device=a.device), torch.inf)
        plan = _limit(cost, epsilon, *HELD[hold]).matrix
        known = codes >= 0
        votes = plan.new_zeros(int(codes.max()) + 1, len(b)).index_add_(0, codes[known], plan[known]).T
        return (votes / votes.sum(1, keepdim=True)).to(a)


def _transport(a: Tensor, b: Tensor, epsilon: float) -> Tensor:
    """() ``min ⟨C, P⟩ + ε·KL(P ‖ α ⊗ β)`` of two sets of mass 1."""
    cost = cosine_cost(a, b)
    with torch.no_grad():
        plan = _limit(cost, epsilon)
        share = plan.matrix / len(a)
        # The dual value, whose error is of second order in that of the plan: potentials are those of the reference
        # measure K and row mass 1, and so lack the logarithms of the weights.
        weights = epsilon * math.log(len(b))
        value = plan.f.mean() + plan.g.mean() + weights - epsilon * (share.sum() - 1)
    share, value = share.to(cost), value.to(cost)
    return value + (share * (cost - cost.detach())).sum()  # by the envelope theorem the plan is the gradient


def _limit(cost: Tensor, epsilon: float, lambda1: float = math.inf, lambda2: float = math.inf) -> ScaledPlan:
    tol = 1e-12 if cost.dtype == torch.float64 else 1e-6
    return solve(Problem(cost, epsilon, lambda1, lambda2), iterations=math.inf, tol=tol, trace=False)
