"""Potentials to start from, out of plans of problems nearby."""

from __future__ import annotations

import torch
from torch import Tensor

from gca_viz.errors import InputError
from gca_viz.transport.plans.plan import Plan
from gca_viz.transport.problem.problem import Problem


def warm_start(problem: Problem, start: Plan | tuple[Plan, Plan] | None) -> Tensor | None:
    """(M,) log-scaling of the columns to start from, or None.

    One plan lends its potential g in units of the cost. Two at different ε are extrapolated: ``g/ε`` is taken to be
    linear in ``1/ε``.

    Raises:
        InputError: a plan of another number of columns.
    """
    if start is None:
        return None
    plans = tuple(start) if isinstance(start, (list, tuple)) else (start,)
    if len(plans) > 2 or not all(isinstance(plan, Plan) for plan in plans):
        raise InputError(
            f"a start of type {type(start).__name__}",
            "a start is a plan, or two plans at different ε",
            "Leave it out, or give what align() returned for this batch",
            parameter="start",
        )
    for plan in plans:
        if plan.problem.shape[1] != problem.shape[1]:
            raise InputError(
                f"a start with {plan.problem.shape[1]} columns for a problem with {problem.shape[1]}",
                "a start is the plan of a problem of the same shape",
                "Leave it out, or give the plan of this batch at another ε or λ",
                parameter="start",
            )
    if not plans:
        return None
    with torch.no_grad():
        inverse = 1 / float(problem.mean_epsilon)
        points = [
            (1 / epsilon, _finite(plan.g / epsilon).to(problem.cost))
            for plan in plans
            for epsilon in (float(plan.problem.mean_epsilon),)
        ]
        (at, log_v), *others = points
        if others and others[0][0] != at:
            ((second_at, second),) = others
            return log_v + (inverse - at) / (second_at - at) * (second - log_v)
        return log_v * (inverse / at)


def _finite(log_scaling: Tensor) -> Tensor:
    """Columns that were empty start from 0."""
    return torch.where(torch.isfinite(log_scaling), log_scaling, 0)
