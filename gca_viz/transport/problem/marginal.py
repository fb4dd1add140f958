"""A marginal of a problem: the mass that the rows or the columns should have, and how strictly it holds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor


@dataclass(eq=False)  # a frozen one takes five times as long to make, and each plan makes two
class Marginal:
    """The marginal of the rows or of the columns.

    Attributes:
        dim: dimension that its sums run over: 1 for the rows, 0 for the columns.
        masses: (N,) μ (or ν).
        tau: ``λ/(λ+ε)``, 1 for a hard constraint, 0 for none; (N,) if ε is per row.
        plan_mass: total mass of the plan after any half step, where both marginals are hard; else None.
        pooled: whether they hold their total only, all together: then all have one scaling.
    """

    dim: int
    masses: Tensor
    tau: float | Tensor
    plan_mass: float | None = None
    pooled: bool = False

    @cached_property
    def hard(self) -> bool:
        """Whether the marginal holds exactly."""
        return not isinstance(self.tau, Tensor) and self.tau == 1

    @cached_property
    def free(self) -> bool:
        """Whether nothing is asked of this marginal."""
        return not isinstance(self.tau, Tensor) and self.tau == 0

    @cached_property
    def log_masses(self) -> Tensor:
        """(N,) log μ."""
        return self.masses.log()

    def of(self, entries: slice) -> Marginal:
        """Some of its rows (columns)."""
        return replace(self, masses=self.masses[entries], tau=self.tau_of(entries))

    def tau_of(self, entries: slice) -> float | Tensor:
        """τ of some of its rows (columns)."""
        return self.tau[entries] if isinstance(self.tau, Tensor) and self.tau.ndim else self.tau

    def log_asked(self, log_scaling: Tensor) -> Tensor:
        """(…, N) log of the mass that optimality asks for, ``μ·exp(−f/λ)``: μ itself for λ = ∞."""
        if self.hard:
            return self.log_masses
        moved = torch.where(self.log_masses > -torch.inf, log_scaling, 0)
        return self.log_masses - moved * ((1 - self.tau) / self.tau)

    def marginal_error(self, log_scaling: Tensor, log_mass: Tensor) -> Tensor:
        """(…) L1 distance of the masses from what optimality asks, divided by the larger of the two totals.

        Args:
            log_scaling: (…, N) ``f/ε``.
            log_mass: (…, N) log of the plan's row (column) sums.
        """
        if self.free:
            return log_mass.new_zeros(log_mass.shape[:-1])
        asked = self.log_asked(log_scaling)
        if self.pooled:
            wrong = log_mass.logsumexp(-1) - asked.logsumexp(-1)
            return -torch.expm1(-wrong.abs())
        # From the largest entry, so that a plan too small to exponentiate does not pass for a converged one.
        peak = torch.maximum(log_mass, asked).amax(-1, keepdim=True)
        mass, asked = (log_mass - peak).exp(), (asked - peak).exp()
        return (mass - asked).abs().sum(-1) / torch.maximum(mass.sum(-1), asked.sum(-1))

    def conjugate(self, log_scaling: Tensor) -> Tensor:
        """(…) its part of the dual objective in units of ε, ``−(λ/ε)·Σ μ·(exp(−f/λ) − 1)``.

        It is ``Σ μ·f/ε`` for λ = ∞ and 0 for λ = 0; empty rows add nothing.
        """
        if self.free:
            return log_scaling.new_zeros(log_scaling.shape[:-1])
        log_scaling = torch.where(self.masses > 0, log_scaling, 0)
        if self.hard:
            return (self.masses * log_scaling).sum(-1)
        ratio = self.tau / (1 - self.tau)
        return -(ratio * self.masses * torch.expm1(-log_scaling / ratio)).sum(-1)
