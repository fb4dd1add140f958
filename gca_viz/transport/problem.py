"""The transport problem: cost, temperature, marginals and how strictly they hold; every check of them."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from gca_viz.errors import InputError
from gca_viz.transport.convert import as_tensor
from gca_viz.transport.parameters import EPSILON, LAMBDA1, LAMBDA2
from gca_viz.transport.side import Side


@dataclass(frozen=True, eq=False)
class Problem:
    """min over P of ``ε·KL(P‖K) + λ₁·KL(P1‖μ) + λ₂·KL(Pᵀ1‖ν)`` with ``K = exp(−C/ε)``.

    ``λ = ∞`` is a hard constraint, ``λ = 0`` none; the four combinations are the corners of the constraint
    square (τ₁, τ₂), ``τ = λ/(λ+ε)``. The reference measure is K itself. Source: Chen et al., NeurIPS 2024,
    arXiv 2502.20141; unbalanced updates after Chizat et al., Math. Comp. 2018.

    Args:
        cost: (N, M) float tensor; +∞ forbids a cell. Half precision is computed in float32.
        epsilon: temperature > 0, in units of the cost: a number, a 0-d tensor, or one value per row (N,).
            With ε per row the kernel is ``exp(−C_ij/ε_i)``, and the mean ε̄ takes ε's place for the columns.
        lambda1, lambda2: penalty of the row and of the column marginal, in units of the cost, 0 … ∞.
        mu, nu: (N,), (M,) non-negative marginals, constants to autograd; by default one per row, and the same
            total spread evenly over the columns.

    Raises:
        InputError: any of these is out of bounds, does not fit, or makes the problem infeasible.
    """

    cost: Tensor
    epsilon: float | Tensor
    lambda1: float = math.inf
    lambda2: float = math.inf
    mu: Tensor | None = None
    nu: Tensor | None = None

    def __post_init__(self) -> None:
        cost, lowest = _checked_cost(self.cost)
        object.__setattr__(self, "cost", cost)
        object.__setattr__(self, "lowest_cost", lowest)
        rows, columns = cost.shape
        default = self.mu is None and self.nu is None
        mu = _check_marginal(self.mu, "mu", rows, 1.0, self.cost)
        checked = {
            "epsilon": _check_epsilon(self.epsilon, self.cost),
            "lambda1": LAMBDA1.check(self.lambda1),
            "lambda2": LAMBDA2.check(self.lambda2),
            "mu": mu,
            "nu": _check_marginal(self.nu, "nu", columns, float(mu.sum()) / columns, self.cost),
        }
        for name, value in checked.items():
            object.__setattr__(self, name, value)
        object.__setattr__(self, "all_live", default or bool(self.live_rows.all() and self.live_columns.all()))
        if not default or self.forbidden is not None:
            self._check_feasible()

    @property
    def shape(self) -> tuple[int, int]:
        """(N, M)."""
        return tuple(self.cost.shape)

    @property
    def requires_grad(self) -> bool:
        """Whether autograd follows the cost or ε."""
        return self.cost.requires_grad or (isinstance(self.epsilon, Tensor) and self.epsilon.requires_grad)

    @property
    def mean_epsilon(self) -> float | Tensor:
        """ε, or the mean of the ε of the rows that may carry mass."""
        if not isinstance(self.epsilon, Tensor):
            return self.epsilon
        return self.epsilon[self.live_rows].mean() if self.epsilon.ndim else self.epsilon

    @property
    def _epsilon_of_rows(self) -> float | Tensor:
        """ε in a shape that divides a matrix."""
        return self.epsilon[:, None] if getattr(self.epsilon, "ndim", 0) else self.epsilon

    @property
    def tau1(self) -> float | Tensor:
        """``λ₁/(λ₁+ε)``: 1 for a hard row constraint, 0 for none; (N,) if ε is per row."""
        return _tau(self.lambda1, self.epsilon)

    @property
    def tau2(self) -> float | Tensor:
        """``λ₂/(λ₂+ε̄)``: 1 for a hard column constraint, 0 for none."""
        return _tau(self.lambda2, self.mean_epsilon)

    @cached_property
    def log_kernel(self) -> Tensor:
        """(N, M) ``−C/ε``; −∞ where the cost is +∞."""
        epsilon = self._epsilon_of_rows
        if self.forbidden is None:
            return self.cost / -epsilon
        # Zero in place of ∞, so that no 0·∞ enters the gradient of a learnt ε.
        return (self.cost.masked_fill(self.forbidden, 0) / -epsilon).masked_fill(self.forbidden, -torch.inf)

    def fill_log_kernel(self, out: Tensor, rows: slice) -> Tensor:
        """Write some rows of ``log_kernel`` into those of ``out``, without autograd."""
        epsilon = self._epsilon_of_rows
        epsilon = epsilon.detach()[rows] if getattr(epsilon, "ndim", 0) else epsilon
        return torch.div(self.cost.detach()[rows], -epsilon, out=out[rows])

    @cached_property
    def forbidden(self) -> Tensor | None:
        """(N, M) True where the cost is +∞; None if no cell is."""
        return torch.isinf(self.cost.detach()) if math.isinf(self.highest_cost) else None

    @cached_property
    def highest_cost(self) -> float:
        """Largest cost, forbidden cells included."""
        return float(self.cost.detach().amax())

    @cached_property
    def largest_score(self) -> float:
        """Largest |C|/ε of a cell that may have mass."""
        highest = self.highest_cost
        if self.forbidden is not None:
            highest = float(self.cost.detach().masked_fill(self.forbidden, -torch.inf).amax())
        epsilon = float(self.epsilon.min()) if isinstance(self.epsilon, Tensor) else self.epsilon
        return max(abs(self.lowest_cost), abs(highest)) / epsilon

    @cached_property
    def live_rows(self) -> Tensor:
        """(N,) False where a constrained marginal is zero, so that the row must be empty."""
        return self.mu > 0 if self.lambda1 > 0 else torch.ones_like(self.mu, dtype=torch.bool)

    @cached_property
    def live_columns(self) -> Tensor:
        """(M,) False where a constrained marginal is zero, so that the column must be empty."""
        return self.nu > 0 if self.lambda2 > 0 else torch.ones_like(self.nu, dtype=torch.bool)

    @cached_property
    def reach(self) -> Tensor | None:
        """(N, M) False where no plan can have mass (infinite cost, zero marginal); None if every cell can."""
        reach = None if self.forbidden is None else ~self.forbidden
        if self.all_live:
            return reach
        live = self.live_rows[:, None] & self.live_columns
        return live if reach is None else live & reach

    @cached_property
    def rows(self) -> Side:
        """The rows with their marginal."""
        return Side(1, self.mu, self.tau1)

    @cached_property
    def columns(self) -> Side:
        """The columns with their marginal."""
        return Side(0, self.nu, self.tau2)

    @cached_property
    def core(self) -> Problem:
        """The problem of the rows and columns that may carry mass; itself if all may."""
        if self.all_live:
            return self
        rows, columns = self.live_rows, self.live_columns
        epsilon = self.epsilon[rows] if getattr(self.epsilon, "ndim", 0) else self.epsilon
        cost = self.cost[rows][:, columns]
        return Problem(cost, epsilon, self.lambda1, self.lambda2, self.mu[rows], self.nu[columns])

    def expected_score(self, target: Tensor) -> Tensor:
        """(N,) ``−Σ_j T_ij·C_ij/ε``, the log-kernel summed over a target; forbidden cells left out."""
        cost = self.cost if self.forbidden is None else self.cost.masked_fill(self.forbidden, 0)
        return (target * cost).sum(1) / -self.epsilon

    def dual(self, log_u: Tensor, log_v: Tensor, gained: Tensor) -> Tensor:
        """Dual objective in units of the cost, 0 for the kernel; each half step raises it.

        Args:
            log_u: (…, N), log_v: (…, M) potentials divided by ε.
            gained: (…) mass of the plan minus mass of the kernel.
        """
        return self.mean_epsilon * (self.rows.conjugate(log_u) + self.columns.conjugate(log_v) - gained)

    def detach(self) -> Problem:
        """The same problem, cut off from autograd."""
        if not self.requires_grad:
            return self
        twin = copy.copy(self)
        derived = ("rows", "columns", "core")  # they hold τ, and so ε
        twin.__dict__.clear()
        for name, value in self.__dict__.items():
            if name not in derived:
                twin.__dict__[name] = value.detach() if isinstance(value, Tensor) else value
        return twin

    def _check_feasible(self) -> None:
        """Each row must be able to send its mass to the columns it may reach, and the other way round."""
        hard = math.isinf(self.lambda1) and math.isinf(self.lambda2)
        sent, received = float(self.mu.sum()), float(self.nu.sum())
        if hard and abs(sent - received) > 1e-5 * max(sent, received):
            raise InputError(
                f"mu of total mass {sent:g} and nu of total mass {received:g}",
                "with both marginals fixed (lambda1 = lambda2 = inf) the totals must agree",
                "Scale one of them, or use a finite lambda (method 'gca-uot')",
                parameter="nu",
            )
        if self.forbidden is None:
            return
        allowed = (~self.forbidden).to(self.mu.dtype)
        # A hard marginal needs room for all of its mass; a relaxed one only some cell to put mass in.
        row_room, column_room = (self.mu, self.nu) if hard else (self.live_rows, self.live_columns)
        sides = (
            ("row", "mu", self.mu, self.live_rows, allowed @ column_room.to(allowed.dtype)),
            ("column", "nu", self.nu, self.live_columns, row_room.to(allowed.dtype) @ allowed),
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


def within(reach: Tensor | None, values: Tensor) -> Tensor:
    """Values of the cells within reach, 0 (and no gradient) elsewhere."""
    return values if reach is None else torch.where(reach, values, 0)


def _tau(penalty: float, epsilon: float | Tensor) -> float | Tensor:
    if math.isinf(penalty):
        return 1.0
    return penalty / (penalty + epsilon) if penalty > 0 else 0.0


def _checked_cost(cost: Tensor) -> tuple[Tensor, float]:
    if not isinstance(cost, Tensor) or cost.ndim != 2 or 0 in cost.shape or not cost.dtype.is_floating_point:
        shape = tuple(cost.shape) if isinstance(cost, Tensor) else type(cost).__name__
        raise InputError(
            f"a cost of shape {shape}",
            "a cost is a non-empty 2-D tensor of floats",
            "Give a float tensor of shape (rows, columns)",
            parameter="cost",
        )
    lowest = float(cost.detach().amin())  # NaN wins over every number
    if not lowest > -math.inf:
        raise InputError(
            f"a cost with {'NaN' if math.isnan(lowest) else 'minus infinity'} in it",
            "costs must be numbers, or +inf to forbid a cell",
            "Check the embeddings the cost was made from",
            parameter="cost",
        )
    return cost.float() if cost.dtype in (torch.float16, torch.bfloat16) else cost, lowest


def _check_epsilon(epsilon: Any, cost: Tensor) -> float | Tensor:
    if not isinstance(epsilon, Tensor):
        if not getattr(epsilon, "ndim", 0):
            return EPSILON.check(epsilon)
        epsilon = as_tensor(epsilon, "epsilon")
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


def _check_marginal(marginal: Any, name: str, length: int, default: float, cost: Tensor) -> Tensor:
    if marginal is None:
        return cost.new_full((length,), default)
    marginal = as_tensor(marginal, name).detach().to(cost)
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
    if not marginal.any():
        raise InputError(
            f"{name} that is zero everywhere",
            f"{name} must carry some mass",
            "Give at least one sample a positive marginal",
            parameter=name,
        )
    return marginal
