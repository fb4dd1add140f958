"""One side of a problem, the rows or the columns: its marginal, and how strictly it holds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Side:
    """The rows or the columns of a problem.

    Attributes:
        dim: dimension that a sum for this side runs over: 1 for the rows, 0 for the columns.
        marginal: (N,) marginal μ (or ν).
        tau: ``λ/(λ+ε)``, 1 for a hard constraint, 0 for none; (N,) if ε is per row.
        mass: total mass of the plan after any half step, where both sides are hard; else None.
    """

    dim: int
    marginal: Tensor
    tau: float | Tensor
    mass: float | None = None

    @property
    def hard(self) -> bool:
        """Whether the marginal holds exactly."""
        return not isinstance(self.tau, Tensor) and self.tau == 1

    @property
    def free(self) -> bool:
        """Whether nothing is asked of this side."""
        return not isinstance(self.tau, Tensor) and self.tau == 0

    @cached_property
    def log_marginal(self) -> Tensor:
        """(N,) log μ."""
        return self.marginal.log()

    def of(self, entries: slice) -> Side:
        """Some of its rows (columns)."""
        tau = self.tau[entries] if getattr(self.tau, "ndim", 0) else self.tau
        return Side(self.dim, self.marginal[entries], tau, self.mass)

    def log_asked(self, log_scaling: Tensor) -> Tensor:
        """(…, N) log of the mass that optimality asks for, ``μ·exp(−f/λ)``: μ itself for λ = ∞."""
        if self.hard:
            return self.log_marginal
        moved = torch.where(self.log_marginal > -torch.inf, log_scaling, 0)
        return self.log_marginal - moved * ((1 - self.tau) / self.tau)

    def residual(self, log_scaling: Tensor, log_mass: Tensor) -> Tensor:
        """(…) L1 distance of the masses from what optimality asks, divided by the larger of the two totals.

        Args:
            log_scaling: (…, N) ``f/ε``.
            log_mass: (…, N) log of the plan's row (column) sums.
        """
        if self.free:
            return log_mass.new_zeros(log_mass.shape[:-1])
        asked = self.log_asked(log_scaling)
        # From the largest entry, so that a plan too small to exponentiate does not pass for a converged one.
        peak = torch.maximum(log_mass, asked).amax(-1, keepdim=True)
        mass, asked = (log_mass - peak).exp(), (asked - peak).exp()
        return (mass - asked).abs().sum(-1) / torch.maximum(mass.sum(-1), asked.sum(-1))

    def conjugate(self, log_scaling: Tensor) -> Tensor:
        """(…) this side's part of the dual objective in units of ε, ``−(λ/ε)·Σ μ·(exp(−f/λ) − 1)``.

        It is ``Σ μ·f/ε`` for λ = ∞ and 0 for λ = 0; empty rows add nothing.
        """
        if self.free:
            return log_scaling.new_zeros(log_scaling.shape[:-1])
        log_scaling = torch.where(self.marginal > 0, log_scaling, 0)
        if self.hard:
            return (self.marginal * log_scaling).sum(-1)
        ratio = self.tau / (1 - self.tau)
        return -(ratio * self.marginal * torch.expm1(-log_scaling / ratio)).sum(-1)
