"""Every check of a transport problem's inputs."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from gca_viz.errors import InputError
from gca_viz.transport.memory import extremes, look
from gca_viz.transport.parameters import EPSILON
from gca_viz.transport.problem.convert import as_vector

#: a cost below 0 by no more than this is one of 0
_ROUNDING = 1e-4


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


def check_distances(kernel: str, of_distances: bool, lowest: float) -> None:
    """A kernel of distances needs costs ≥ 0, up to rounding."""
    if of_distances and lowest < -_ROUNDING:
        raise InputError(
            f"a cost of {lowest:g} for the kernel {kernel!r}",
            "this kernel is a function of distances, which are not negative",
            "Add a constant to the cost, or use kernel='gibbs'",
            parameter="cost",
        )


def checked_epsilon(epsilon: Any, cost: Tensor) -> float | Tensor:
    """A number, or a tensor of one value or one per row in the format of the cost."""
    if not (getattr(epsilon, "ndim", 0) or isinstance(epsilon, (Tensor, list, tuple))):
        return EPSILON.check(epsilon)
    values = as_vector(epsilon, "epsilon")
    if values.dtype == torch.bool:
        EPSILON.check(bool(values.flatten()[:1].any()))
    if values.numel() == 1:
        values = values.reshape(())
    if values.shape not in ((), (cost.shape[0],)):
        raise InputError(
            f"epsilon of shape {tuple(values.shape)}",
            f"epsilon is one number, or one per row ({cost.shape[0]})",
            "Give a number, or a tensor with one value per row of the plan",
            parameter="epsilon",
        )
    for end in look(values.detach().min(), values.detach().max()):
        EPSILON.check(end)
    return values.to(cost)


def checked_marginal(marginal: Any, name: str, length: int, default: float, cost: Tensor) -> Tensor:
    """(length,) masses in the format of the cost; where none are given, each is ``default``."""
    if marginal is None:
        return cost.new_full((length,), default)
    masses = as_vector(marginal, name).detach().to(cost)
    if masses.shape != (length,):
        raise InputError(
            f"{name} of shape {tuple(masses.shape)}",
            f"{name} needs one value per {'row' if name == 'mu' else 'column'} of the plan: shape ({length},)",
            "Give as many values as the plan has, or leave it out for equal marginals",
            parameter=name,
        )
    usable = torch.isfinite(masses) & (masses >= 0)
    all_usable, total_finite, some = look(usable.all(), torch.isfinite(masses.sum()), masses.any())
    if not all_usable:
        first = int((~usable).nonzero()[0])
        raise InputError(
            f"{name}[{first}] = {float(masses[first]):g}",
            f"{name} must be finite and not negative",
            "Use 0 to leave a sample out, 1 for a usual one",
            parameter=name,
        )
    if not total_finite:
        raise InputError(
            f"{name} whose total is beyond {torch.finfo(masses.dtype).max:.3g}",
            f"the total of {name} must be a number that {str(masses.dtype).removeprefix('torch.')} holds",
            "Divide all marginals by the largest: only their ratios matter",
            parameter=name,
        )
    if not some:
        raise InputError(
            f"{name} that is zero everywhere",
            f"{name} must carry some mass",
            "Give at least one sample a positive marginal",
            parameter=name,
        )
    return masses


def check_feasible(mu: Tensor, nu: Tensor, penalties: tuple[float, float], forbidden: Tensor | None) -> None:
    """Each row must be able to send its mass to the columns it may reach, and the other way round."""
    hard = all(map(math.isinf, penalties))
    sent, received = look(mu.sum(), nu.sum())
    if hard and abs(sent - received) > 1e-5 * max(sent, received):
        raise InputError(
            f"mu of total mass {sent:g} and nu of total mass {received:g}",
            "with both marginals fixed (lambda1 = lambda2 = inf) the totals must agree",
            "Scale one of them, or use a finite lambda (method 'gca-uot')",
            parameter="nu",
        )
    if forbidden is None:
        return
    allowed = (~forbidden).to(mu.dtype)
    rows, columns = room_of(mu, nu, penalties)
    check_room("mu", mu, penalties, allowed @ columns)
    check_room("nu", nu, penalties, rows @ allowed)


def live(marginal: Tensor, penalty: float) -> Tensor:
    """(N,) False where a constrained marginal is zero, so that the row (column) must be empty."""
    return marginal > 0 if penalty > 0 else torch.ones_like(marginal, dtype=torch.bool)


def room_of(mu: Tensor, nu: Tensor, penalties: tuple[float, float]) -> tuple[Tensor, Tensor]:
    """(N,), (M,) what a row takes of each column's mass at most, and a column of each row's.

    A hard marginal needs room for all of its mass; a relaxed one only some cell to put mass in.
    """
    if all(map(math.isinf, penalties)):
        return mu, nu
    return live(mu, penalties[0]).to(mu.dtype), live(nu, penalties[1]).to(nu.dtype)


def check_room(name: str, marginal: Tensor, penalties: tuple[float, float], room: Tensor) -> None:
    """Each row (``"mu"``) or column (``"nu"``) must find room for its mass in the cells it may use."""
    hard = all(map(math.isinf, penalties))
    side, penalty = ("row", penalties[0]) if name == "mu" else ("column", penalties[1])
    short = live(marginal, penalty) & (marginal > room * (1 + 1e-5) if hard else room == 0)
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
