"""Every check of a transport problem's inputs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from gca_viz.errors import InputError
from gca_viz.transport.memory import extremes
from gca_viz.transport.parameters import EPSILON
from gca_viz.transport.problem.convert import as_vector

if TYPE_CHECKING:
    from gca_viz.transport.problem.problem import Problem


def checked_cost(cost: Tensor) -> tuple[Tensor, float, float]:
    """The cost in a format to compute in, its smallest and its largest entry."""
    if not isinstance(cost, Tensor) or cost.ndim != 2 or 0 in cost.shape or not cost.dtype.is_floating_point:
        shape = tuple(cost.shape) if isinstance(cost, Tensor) else type(cost).__name__
        raise InputError(
            f"a cost of shape {shape}",
            "a cost is a non-empty 2-D tensor of floats",
            "Give a float tensor of shape (rows, columns)",
            parameter="cost",
        )
    lowest, highest = extremes(cost.detach())
    if not lowest > -math.inf:
        raise InputError(
            f"a cost with {'NaN' if math.isnan(lowest) else 'minus infinity'} in it",
            "costs must be numbers, or +inf to forbid a cell",
            "Check the embeddings the cost was made from",
            parameter="cost",
        )
    return cost.float() if cost.dtype.itemsize < 4 else cost, lowest, highest


def checked_epsilon(epsilon: Any, cost: Tensor) -> float | Tensor:
    if not (getattr(epsilon, "ndim", 0) or isinstance(epsilon, (Tensor, list, tuple))):
        return EPSILON.check(epsilon)
    epsilon = as_vector(epsilon, "epsilon")
    if epsilon.dtype == torch.bool:
        EPSILON.check(bool(epsilon.flatten()[:1].any()))
    if epsilon.numel() == 1:
        epsilon = epsilon.reshape(())
    if epsilon.shape not in ((), (cost.shape[0],)):
        raise InputError(
            f"epsilon of shape {tuple(epsilon.shape)}",
            f"epsilon is one number, or one per row ({cost.shape[0]})",
            "Give a number, or a tensor with one value per row of the plan",
            parameter="epsilon",
        )
    EPSILON.check(float(epsilon.detach().min()))
    EPSILON.check(float(epsilon.detach().max()))
    return epsilon.to(cost)


def checked_marginal(marginal: Any, name: str, length: int, default: float, cost: Tensor) -> Tensor:
    if marginal is None:
        return cost.new_full((length,), default)
    marginal = as_vector(marginal, name).detach().to(cost)
    if marginal.shape != (length,):
        raise InputError(
            f"{name} of shape {tuple(marginal.shape)}",
            f"{name} needs one value per {'row' if name == 'mu' else 'column'} of the plan: shape ({length},)",
            "Give as many values as the plan has, or leave it out for equal marginals",
            parameter=name,
        )
    usable = torch.isfinite(marginal) & (marginal >= 0)
    if not usable.all():
        first = int((~usable).nonzero()[0])
        raise InputError(
            f"{name}[{first}] = {float(marginal[first]):g}",
            f"{name} must be finite and not negative",
            "Use 0 to leave a sample out, 1 for a usual one",
            parameter=name,
        )
    if not torch.isfinite(marginal.sum()):
        raise InputError(
            f"{name} whose total is beyond {torch.finfo(marginal.dtype).max:.3g}",
            f"the total of {name} must be a number that {str(marginal.dtype).removeprefix('torch.')} holds",
            "Divide all marginals by the largest: only their ratios matter",
            parameter=name,
        )
    if not marginal.any():
        raise InputError(
            f"{name} that is zero everywhere",
            f"{name} must carry some mass",
            "Give at least one sample a positive marginal",
            parameter=name,
        )
    return marginal


def check_feasible(problem: Problem) -> None:
    """Each row must be able to send its mass to the columns it may reach, and the other way round."""
    hard = math.isinf(problem.lambda1) and math.isinf(problem.lambda2)
    sent, received = float(problem.mu.sum()), float(problem.nu.sum())
    if hard and abs(sent - received) > 1e-5 * max(sent, received):
        raise InputError(
            f"mu of total mass {sent:g} and nu of total mass {received:g}",
            "with both marginals fixed (lambda1 = lambda2 = inf) the totals must agree",
            "Scale one of them, or use a finite lambda (method 'gca-uot')",
            parameter="nu",
        )
    if problem.forbidden is None:
        return
    allowed = (~problem.forbidden).to(problem.mu.dtype)
    # A hard marginal needs room for all of its mass; a relaxed one only some cell to put mass in.
    row_room, column_room = (problem.mu, problem.nu) if hard else (problem.live_rows, problem.live_columns)
    sides = (
        ("row", "mu", problem.mu, problem.live_rows, allowed @ column_room.to(allowed.dtype)),
        ("column", "nu", problem.nu, problem.live_columns, row_room.to(allowed.dtype) @ allowed),
    )
    for side, name, marginal, live, room in sides:
        short = live & (marginal > room * (1 + 1e-5) if hard else room == 0)
        if short.any():
            worst = int(short.nonzero()[0])
            raise InputError(
                f"{side} {worst} with marginal {float(marginal[worst]):g}, where the cells it may use "
                f"have room for {float(room[worst]):g}",
                "no marginal may be larger than the sum of those it can be matched with"
                " (in the joint layout: of all the others)",
                f"Lower {name}[{worst}]" + (", or use a finite lambda (method 'gca-uot')" if hard else ""),
                parameter=name,
            )
