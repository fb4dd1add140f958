"""Rows of a plan that the square regularises: each is the nearest point of a simplex, found by sorting."""

from __future__ import annotations

from typing import Any

from gca_viz.errors import InputError
from gca_viz.transport.plans.diagnostics import CONVERGED, Diagnostics
from gca_viz.transport.plans.sparse_plan import SparsePlan, least_score
from gca_viz.transport.problem.pairing import Pairing
from gca_viz.transport.problem.problem import Problem

#: samples of a sparse plan, at most
MOST_SAMPLES = 1024


def check_size(pairing: Pairing) -> None:
    """Raise :class:`InputError` for more samples than a sparse plan is made of."""
    if pairing.members > MOST_SAMPLES:
        raise InputError(
            f"a sparse plan of {pairing.members:,} samples",
            f"it sorts every row, of at most {MOST_SAMPLES:,} samples",
            "Use a smaller batch, or the method 'ince'",
            parameter="method",
        )


def solve_sparse(problem: Problem, **of_plan: Any) -> SparsePlan:
    """Each row's minimum of ``⟨C_i, p⟩ + ε/2·|p|²`` over all p ≥ 0 of sum 1, times its μ.

    Args:
        problem: rows hard, columns free, with the Gibbs kernel.
        of_plan: ``target``, ``divergence``, ``pairing`` and ``cost_name`` of the plan.

    Source: Martins & Astudillo, ICML 2016, arXiv 1602.02068.
    """
    log_u = -least_score(problem.log_kernel)
    diagnostics = Diagnostics(
        regime="sparse",
        why="the square of the plan stands in the place of its entropy",
        half_steps=0,
        passes=1,
        row_marginal_error=0.0,
        column_marginal_error=0.0,
        tol=0.0,
        stop_reason=CONVERGED,
        at_limit=True,
    )
    target = of_plan.pop("target")
    return SparsePlan(
        problem=problem,
        log_u=log_u,
        log_v=log_u.new_zeros(problem.shape[1]),
        diagnostics=diagnostics,
        given_target=target,
        **of_plan,
    )
