"""What a search for the limit ends with, and the limit of problems whose rows and columns are the same."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from gca_viz.transport import memory
from gca_viz.transport.plans.diagnostics import CONVERGED
from gca_viz.transport.problem.problem import Problem
from gca_viz.transport.solvers.kernel import Kernel
from gca_viz.transport.solvers.run import Pace

#: passes over the kernel after which a search for the limit ends
MOST_PASSES = 10_000


@dataclass(eq=False)
class Limit:
    """Where the search for the limit ended: scalings, as the kernel writes them, and why."""

    u: Tensor
    v: Tensor
    row_marginal_error: float
    column_marginal_error: float
    stop_reason: str


def symmetric(kernel: Kernel, problem: Problem, v: Tensor, *, tol: float) -> Limit | None:
    """Average each step with the one before, with one scaling for rows and columns: ``u ← √(u·(μ/Ku)^τ)``.

    For a symmetric cost and equal marginals and penalties, the joint layout's, the two scalings agree in the limit.
    Plain steps swing from rows to columns and back and may need thousands of iterations.

    Args:
        kernel: the kernel of the problem.
        problem: one that :func:`is_symmetric`, both marginals constrained.
        v: the scaling to start from.
        tol: share of the mass in the wrong row or column to stop at.

    Returns:
        The limit, or None where these steps are slow, too.

    Source: Knight, Ruiz & Uçar, SIAM J. Matrix Anal. 2014; Feydy et al., AISTATS 2019, arXiv 1810.08278.
    """
    rows, pace = problem.rows, Pace(tol / 2)
    every = memory.steps_between_looks(v)
    u, step = v, 0
    while True:
        sums = kernel.sums(rows, u)
        if step % every == 0:
            error = kernel.marginal_error(rows, u, sums)
            if 2 * error <= tol:
                return Limit(u, u, error, error, CONVERGED)
            if pace.slow(error, every) or not math.isfinite(error):
                return None
        u = kernel.average(u, kernel.update(rows, sums))
        step += 1


def is_symmetric(problem: Problem) -> bool:
    """Whether rows and columns are the same: cost, marginals and penalties (ε per row excepted)."""
    rows, columns = problem.rows, problem.columns
    square = problem.shape[0] == problem.shape[1]
    if (
        not square
        or problem.lambda1 != problem.lambda2
        or (isinstance(problem.epsilon, Tensor) and problem.epsilon.ndim)
    ):
        return False
    if not torch.equal(rows.masses, columns.masses):
        return False
    cost = problem.scaled_energy
    # A glance at one row first: most costs are not symmetric, and the whole comparison is a slow pass.
    largest = max(1.0, problem.largest_score * float(problem.mean_epsilon))
    near = 8 * torch.finfo(cost.dtype).eps * largest
    return all(
        torch.allclose(rows, columns, rtol=0.0, atol=near)
        for rows, columns in ((cost[0], cost[:, 0]), (cost, cost.T))
    )
