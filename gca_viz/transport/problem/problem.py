"""The transport problem: cost, temperature, marginals and how strictly they hold; every check of them."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from gca_viz.transport.kernels import GIBBS, KernelFunction
from gca_viz.transport.memory import extremes
from gca_viz.transport.parameters import LAMBDA1, LAMBDA2
from gca_viz.transport.problem.checks import (
    check_distances,
    check_feasible,
    checked_cost,
    checked_epsilon,
    checked_marginal,
    live,
)
from gca_viz.transport.problem.marginal import Marginal
from gca_viz.transport.problem.precision import fitting_dtype


@dataclass(frozen=True, eq=False)
class _Checked:
    """What a problem holds: checked, and in one number format."""

    cost: Tensor
    scaled_energy: Tensor
    epsilon: float | Tensor
    lambda1: float
    lambda2: float
    mu: Tensor
    nu: Tensor
    kernel: KernelFunction
    one_total: bool
    log_weights: Tensor | None
    total: float
    weighted: bool
    lowest_cost: float
    highest_cost: float
    largest_score: float
    all_live: bool


class Problem(_Checked):
    """min over P of ``ε·KL(P‖K) + λ₁·KL(P1‖μ) + λ₂·KL(Pᵀ1‖ν)`` with ``K = exp(−E(C; ε))``, usually ``exp(−C/ε)``.

    ``λ = ∞`` is a hard constraint, ``λ = 0`` none; the four combinations are the corners of the constraint
    square (τ₁, τ₂), ``τ = λ/(λ+ε)``. The reference measure is K itself. With ``one_total`` all cells together hold
    the total mass of μ, and rows and columns nothing of their own. Source: Chen et al., NeurIPS 2024,
    arXiv 2502.20141; unbalanced updates after Chizat et al., Math. Comp. 2018.

    Args:
        cost: (N, M) float tensor; +∞ forbids a cell. Half precision is computed in float32, and single precision in
            float64 where ε is so small that it would not tell scores apart
            (:mod:`gca_viz.transport.problem.precision`).
        epsilon: temperature > 0, in units of the cost: a number, a 0-d tensor, or one value per row (N,).
            With ε per row the kernel is ``exp(−C_ij/ε_i)``, and the mean ε̄ takes ε's place for the columns.
        lambda1, lambda2: penalty of the row and of the column marginal, in units of the cost, 0 … ∞.
        mu, nu: (N,), (M,) non-negative marginals, constants to autograd; by default one per row, and the same
            total spread evenly over the columns.
        kernel: how a cost becomes a weight; kernels of distances need costs ≥ 0.
        one_total: whether the whole plan shares one total; the penalties are 0 then.
        log_weights: (N, M) log of a weight of each cell that multiplies the kernel, a constant to autograd: the
            reference measure is ``w·K`` then.

    Attributes:
        scaled_energy: (N, M) ``ε·(E(C; ε) − log w)``, the cost that the solver sees; the cost itself for the Gibbs
            kernel without weights.
        total: total mass of μ.
        weighted: whether any row's mass is other than 1.
        lowest_cost, highest_cost: smallest and largest cost, forbidden cells included.
        largest_score: largest |E| of a cell that may have mass.
        all_live: whether no row and no column must be empty.

    Raises:
        InputError: any of these is out of bounds, does not fit, or makes the problem infeasible.
    """

    def __init__(
        self,
        cost: Tensor,
        epsilon: Any,
        lambda1: float = math.inf,
        lambda2: float = math.inf,
        mu: Any = None,
        nu: Any = None,
        *,
        kernel: KernelFunction = GIBBS,
        one_total: bool = False,
        log_weights: Tensor | None = None,
    ):
        cost, lowest, highest = checked_cost(cost)
        rows, columns = cost.shape
        row_masses = checked_marginal(mu, "mu", rows, 1.0, cost)
        total = float(rows) if mu is None else float(row_masses.sum())
        epsilon = checked_epsilon(epsilon, cost)
        penalties = (0.0, 0.0) if one_total else (LAMBDA1.check(lambda1), LAMBDA2.check(lambda2))
        same = mu is None and nu is None and rows == columns
        column_masses = row_masses if same else checked_marginal(nu, "nu", columns, total / columns, cost)
        largest_score = _largest_score(cost, lowest, highest, epsilon)
        if log_weights is not None:
            largest_score += float(log_weights.abs().max())
        dtype = fitting_dtype(cost, largest_score)
        if cost.dtype != dtype:
            cost, row_masses, column_masses = cost.to(dtype), row_masses.to(dtype), column_masses.to(dtype)
        epsilon = epsilon.to(dtype) if isinstance(epsilon, Tensor) else epsilon
        scaled_energy = cost
        if not kernel.is_gibbs:
            check_distances(kernel.name, kernel.of_distances, lowest)
            scaled_energy = _scaled_energy(kernel, cost, highest, epsilon)
        if log_weights is not None:
            log_weights = log_weights.detach().to(dtype)
            rows_epsilon = epsilon[:, None] if isinstance(epsilon, Tensor) and epsilon.ndim else epsilon
            scaled_energy = scaled_energy - rows_epsilon * log_weights
        if scaled_energy is not cost:
            largest_score = _largest_score(scaled_energy, *extremes(scaled_energy.detach()), epsilon)
        super().__init__(
            cost=cost,
            scaled_energy=scaled_energy,
            epsilon=epsilon,
            lambda1=penalties[0],
            lambda2=penalties[1],
            mu=row_masses,
            nu=column_masses,
            kernel=kernel,
            one_total=one_total,
            log_weights=log_weights,
            total=total,
            weighted=mu is not None and bool((row_masses != 1).any()),
            lowest_cost=lowest,
            highest_cost=highest,
            largest_score=largest_score,
            all_live=(mu is None and nu is None)
            or bool(live(row_masses, penalties[0]).all() and live(column_masses, penalties[1]).all()),
        )
        if mu is not None or nu is not None or math.isinf(highest):
            check_feasible(self.mu, self.nu, penalties, self.forbidden)

    def with_cost(self, cost: Tensor) -> Problem:
        """The same problem at another cost."""
        return self._of(cost, self.epsilon, self.mu, self.nu, self.log_weights)

    def _of(
        self, cost: Tensor, epsilon: float | Tensor, mu: Tensor, nu: Tensor, log_weights: Tensor | None
    ) -> Problem:
        return Problem(
            cost,
            epsilon,
            self.lambda1,
            self.lambda2,
            mu,
            nu,
            kernel=self.kernel,
            one_total=self.one_total,
            log_weights=log_weights,
        )

    @property
    def shape(self) -> tuple[int, int]:
        """(N, M)."""
        rows, columns = self.cost.shape
        return rows, columns

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
    def epsilon_of_rows(self) -> float | Tensor:
        """ε in a shape that divides a matrix."""
        return self.epsilon[:, None] if isinstance(self.epsilon, Tensor) and self.epsilon.ndim else self.epsilon

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
        """(N, M) ``log w − E(C; ε)``, usually ``−C/ε``; −∞ where the cost is +∞."""
        epsilon = self.epsilon_of_rows
        if self.forbidden is None:
            return self.scaled_energy / -epsilon
        # Zero in place of ∞, so that no 0·∞ enters the gradient of a learnt ε.
        return (self.scaled_energy.masked_fill(self.forbidden, 0) / -epsilon).masked_fill(
            self.forbidden, -torch.inf
        )

    def write_log_kernel(self, out: Tensor | None, rows: slice | None = None) -> Tensor:
        """Write ``log_kernel``, or some rows of it, into ``out`` or anew, without autograd."""
        energy, epsilon = self.scaled_energy.detach(), self.epsilon_of_rows
        if isinstance(epsilon, Tensor):
            epsilon = epsilon.detach()[rows] if epsilon.ndim and rows is not None else epsilon.detach()
        return torch.div(energy if rows is None else energy[rows], -epsilon, out=out)

    def log_kernel_at(self, epsilon: float) -> Tensor:
        """(N, M) the log kernel at another temperature and without weights, a constant to autograd."""
        return _scaled_energy(self.kernel, self.cost.detach(), self.highest_cost, epsilon) / -epsilon

    @property
    def slope(self) -> Tensor:
        """(N, M) dE/dC, which turns the residual T − P into a force: 1/ε for the Gibbs kernel; 0 where C = +∞."""
        if self.forbidden is None:
            return self.kernel.slope(self.cost, self.epsilon_of_rows)
        return self.kernel.slope(self.cost.masked_fill(self.forbidden, 0), self.epsilon_of_rows).masked_fill(
            self.forbidden, 0
        )

    @cached_property
    def forbidden(self) -> Tensor | None:
        """(N, M) True where the cost is +∞; None if no cell is."""
        return torch.isinf(self.cost.detach()) if math.isinf(self.highest_cost) else None

    @cached_property
    def live_rows(self) -> Tensor:
        """(N,) False where a constrained marginal is zero, so that the row must be empty."""
        return live(self.mu, self.lambda1)

    @cached_property
    def live_columns(self) -> Tensor:
        """(M,) False where a constrained marginal is zero, so that the column must be empty."""
        return live(self.nu, self.lambda2)

    @cached_property
    def reach(self) -> Tensor | None:
        """(N, M) False where no plan can have mass (infinite cost, zero marginal); None if every cell can."""
        reach = None if self.forbidden is None else ~self.forbidden
        if self.all_live:
            return reach
        both = self.live_rows[:, None] & self.live_columns
        return both if reach is None else both & reach

    @cached_property
    def rows(self) -> Marginal:
        """The rows with their marginal."""
        if self.one_total:
            return Marginal(1, self.mu, 1.0, self.total, pooled=True)
        return Marginal(1, self.mu, self.tau1, self._fixed_mass)

    @cached_property
    def columns(self) -> Marginal:
        """The columns with their marginal."""
        return Marginal(0, self.nu, self.tau2, self._fixed_mass)

    @property
    def _fixed_mass(self) -> float | None:
        """The plan's mass after any half step, where both marginals are hard."""
        return self.total if math.isinf(self.lambda1) and math.isinf(self.lambda2) else None

    @property
    def core(self) -> Problem:
        """The problem of the rows and columns that may carry mass; itself if all may."""
        if self.all_live:
            return self
        rows, columns = self.live_rows, self.live_columns
        epsilon = self.epsilon[rows] if isinstance(self.epsilon, Tensor) and self.epsilon.ndim else self.epsilon
        cost = self.cost[rows][:, columns]
        weights = None if self.log_weights is None else self.log_weights[rows][:, columns]
        return self._of(cost, epsilon, self.mu[rows], self.nu[columns], weights)

    def expected_score(self, target: Tensor) -> Tensor:
        """(N,) ``−Σ_j T_ij·E_ij``, the log-kernel summed over a target; forbidden cells left out."""
        cost = self.scaled_energy
        cost = cost if self.forbidden is None else cost.masked_fill(self.forbidden, 0)
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
        derived = ("rows", "columns")  # they hold τ, and so ε
        twin.__dict__.clear()
        for name, value in self.__dict__.items():
            if name not in derived:
                twin.__dict__[name] = value.detach() if isinstance(value, Tensor) else value
        return twin


def within(reach: Tensor | None, values: Tensor) -> Tensor:
    """Values of the cells within reach, 0 (and no gradient) elsewhere."""
    return values if reach is None else torch.where(reach, values, 0)


def _scaled_energy(kernel: KernelFunction, cost: Tensor, highest: float, epsilon: float | Tensor) -> Tensor:
    """``ε·E(C; ε)``; +∞ where the cost is, and no gradient there."""
    epsilon = epsilon[:, None] if isinstance(epsilon, Tensor) and epsilon.ndim else epsilon
    if math.isfinite(highest) or kernel.is_gibbs:
        return kernel.scaled_energy(cost, epsilon)
    forbidden = torch.isinf(cost.detach())
    return kernel.scaled_energy(cost.masked_fill(forbidden, 0), epsilon).masked_fill(forbidden, torch.inf)


def _tau(penalty: float, epsilon: float | Tensor) -> float | Tensor:
    if math.isinf(penalty):
        return 1.0
    return penalty / (penalty + epsilon) if penalty > 0 else 0.0


def _largest_score(cost: Tensor, lowest: float, highest: float, epsilon: float | Tensor) -> float:
    """Largest |C|/ε of a cell that may have mass."""
    if math.isinf(highest):
        cost = cost.detach()
        highest = float(cost.masked_fill(torch.isinf(cost), -torch.inf).amax())
    return max(abs(lowest), abs(highest)) / float(
        epsilon.detach().min() if isinstance(epsilon, Tensor) else epsilon
    )
