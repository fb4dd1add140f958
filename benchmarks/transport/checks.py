"""Whether a plan is the answer: its marginals, and that it is a scaled kernel."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from benchmarks.transport.batches import Case
from benchmarks.transport.solvers import Solver

SLACK = 1.01  # a plan may miss the tolerance by rounding
LARGEST_STRAIN = 0.01
QUADRUPLES = 20_000
SMALLEST = 1e-30  # of the largest entry: below, single precision has no digits left


def wrong_plan(answer: Any, solver: Solver, case: Case) -> str:
    """What is wrong with a plan, or nothing: its violation, or that it is the plan of another problem."""
    plan = as_torch(answer)
    error = violation(plan, case.size if solver.rows_of_one else 1.0)
    if not error <= SLACK * case.tol:
        return f"error {error:.0e}"
    return "another plan" if strain(plan, case) > LARGEST_STRAIN else ""


def as_torch(plan: Any) -> Tensor:
    """A peer's plan as a tensor, where and as precise as it is."""
    return plan.detach() if isinstance(plan, Tensor) else torch.from_numpy(np.array(plan))


def violation(plan: Tensor, mass: float = 1.0) -> float:
    """Larger L1 distance of the two marginals from equal ones, as a share of the mass."""
    size = len(plan)
    rows, columns = (plan.sum(side, dtype=torch.float64) / mass for side in (1, 0))
    return float(torch.maximum((rows - 1 / size).abs().sum(), (columns - 1 / size).abs().sum()))


def strain(plan: Tensor, case: Case) -> float:
    """How far a plan is from the form ``u_i K_ij v_j``, in units of its logarithm; 0 for an exact one.

    With the right marginals, only the optimal plan has that form. It is read off random quadruples of cells:
    ``log P + C/ε`` is a sum of a row's and a column's number, so that its mixed difference vanishes.
    """
    generator = torch.Generator().manual_seed(0)
    i, k, j, m = torch.randint(0, len(plan), (4, QUADRUPLES), generator=generator)
    smallest = SMALLEST * float(plan.max())
    corners, kept = [], torch.ones(QUADRUPLES, dtype=torch.bool)
    for row, column in ((i, j), (k, m), (i, m), (k, j)):
        entry, cost = (matrix[row, column].cpu().double() for matrix in (plan, case.cost))
        kept &= entry > smallest
        corners.append(entry.log() + cost / case.epsilon)
    mixed = corners[0] + corners[1] - corners[2] - corners[3]
    return float(mixed[kept].abs().max()) if kept.any() else float("inf")
