"""A plan: who is matched with whom, and everything that can be read from it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import suppress
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from gca_viz.errors import InputError
from gca_viz.transport.plans.diagnostics import Diagnostics
from gca_viz.transport.problem.pairing import Pairing
from gca_viz.transport.problem.problem import Problem

if TYPE_CHECKING:
    from gca_viz.transport.plans.divergence import Divergence
    from gca_viz.transport.plans.scaled_plan import ScaledPlan
    from gca_viz.transport.plans.trace import Trace


class Plan(ABC):
    """A transport plan; the mean of its :attr:`parts`, which for most methods is the plan itself.

    Attributes:
        parts: the plans of the form ``exp((f_i + g_j − C_ij)/ε)`` of which this is the mean.
        problem: what was solved (of the first part).
        f, g: (N,), (M,) potentials of rows and of columns in units of the cost.
        diagnostics: which regime ran, why, how far it got and why it stopped.
        trace: every half step, or None.
        target: (N, M) who should be matched with whom, or None.
        divergence: distance from target to plan.
        pairing: whose partner is who, or None.
        matrix: (N, M) mass from each row to each column.
        log_matrix: (N, M) natural log of the plan; −∞ where no mass may be.
        loss_per_row: (N,) divergence of each row, which counts μ times; 0 for a row whose marginal is zero.
    """

    parts: tuple[ScaledPlan, ...]
    problem: Problem
    f: Tensor
    g: Tensor
    diagnostics: Diagnostics
    trace: Trace | None
    target: Tensor | None
    divergence: Divergence
    pairing: Pairing | None
    matrix: Tensor
    log_matrix: Tensor
    loss_per_row: Tensor

    @abstractmethod
    def at(self, half_step: int) -> Plan:
        """The plan after ``half_step`` half steps; needs the trace. At ``last_step`` it is the plan itself."""

    @abstractmethod
    def detach(self) -> Plan:
        """The same plan, cut off from autograd."""

    def __repr__(self) -> str:
        rows, columns = self.problem.shape
        loss = "" if self.target is None else f", loss {float(self.loss.detach()):.4g}"
        return (
            f"{type(self).__name__}({rows} × {columns}, mass {float(self.mass.detach()):.4g}{loss}, "
            f"{self.stop_reason} after {self.half_steps} half steps ({self.diagnostics.regime}), marginal "
            f"error {self.marginal_error:.1e})"
        )

    def _repr_html_(self) -> str:
        """What a notebook shows: the numbers that can be read without labels, and what the solver did."""
        from gca_viz.transport.plans.readings import READINGS  # which are read from plans

        plan, rows = self.detach(), ""
        for reading in (reading for reading in READINGS.values() if not reading.needs):
            if reading.of_pairs and self.pairs_forbidden:
                continue
            with suppress(InputError):  # a number of a target or a pairing that this plan lacks
                text = reading.text(reading.of(plan))
                rows += f"<tr><th title='{escape(reading.help)}'>{reading.label}</th><td>{text}</td></tr>"
        return f"<table><caption>{escape(repr(plan))}</caption>{rows}</table><p>{escape(str(plan.diagnostics))}</p>"

    @property
    def cost(self) -> Tensor:
        """(N, M) cost."""
        return self.problem.cost

    @property
    def kernel(self) -> Tensor:
        """(N, M) Gibbs kernel ``exp(−C/ε)``, from which every plan starts."""
        return self.problem.log_kernel.exp()

    @property
    def half_steps(self) -> int:
        """Half steps taken."""
        return self.diagnostics.half_steps

    @property
    def last_step(self) -> int:
        """Number of the plan itself on the way that its trace tells: of its last half step, or one more for a limit
        that lies beyond the half steps kept."""
        return self.half_steps + self.diagnostics.beyond

    @property
    def converged(self) -> bool:
        """Whether the marginals are within tolerance."""
        return self.diagnostics.converged

    @property
    def marginal_error(self) -> float:
        """Share of the mass in the wrong row or column."""
        return self.diagnostics.marginal_error

    @property
    def residual(self) -> float:
        """The marginal error, under its name in tables, links and earlier scripts."""
        return self.marginal_error

    @property
    def report(self) -> Diagnostics:
        """The diagnostics, under their name in earlier scripts."""
        return self.diagnostics

    @property
    def stop_reason(self) -> str:
        """Why the solver ended."""
        return self.diagnostics.stop_reason

    @cached_property
    def row_mass(self) -> Tensor:
        """(N,) mass that each row sends."""
        return self.matrix.sum(1)

    @cached_property
    def column_mass(self) -> Tensor:
        """(M,) mass that each column receives."""
        return self.matrix.sum(0)

    @property
    def mass(self) -> Tensor:
        """() total mass."""
        return self.row_mass.sum()

    @cached_property
    def loss(self) -> Tensor:
        """() sum of ``loss_per_row`` per unit of mass that the rows should send: their mean where μ = 1."""
        return self.loss_per_row.sum() / self.problem.total

    @property
    def residual_matrix(self) -> Tensor:
        """(N, M) target minus plan: positive where more mass is wanted, negative where less is."""
        return self._target - self.matrix

    @property
    def force(self) -> Tensor:
        """(N, M) (target − plan)/ε: how strongly row and column attract (positive) or repel each other.

        The gradient of the KL loss, summed over rows, in the cost; exact after one row step and at convergence
        for a target that meets the constraints, and the direction of it in between.
        """
        epsilon = self.problem.epsilon
        return self.residual_matrix / (epsilon[:, None] if getattr(epsilon, "ndim", 0) else epsilon)

    @property
    def row_entropy(self) -> Tensor:
        """(N,) entropy in nats of where each row sends its mass; 0 for an empty row."""
        return _entropy(self.matrix, self.row_mass[:, None]).sum(1)

    @property
    def perplexity_per_row(self) -> Tensor:
        """(N,) number of columns that a row effectively spreads over, ``exp(row_entropy)``."""
        return self.row_entropy.exp()

    @property
    def perplexity(self) -> Tensor:
        """() their mean: how many columns a row spreads over."""
        return self.perplexity_per_row.mean()

    @property
    def row_error(self) -> Tensor:
        """() half the L1 distance of the row masses from μ, each of total mass 1."""
        return misplaced(self.row_mass, self.problem.mu)

    @property
    def column_error(self) -> Tensor:
        """() half the L1 distance of the column masses from ν, each of total mass 1."""
        return misplaced(self.column_mass, self.problem.nu)

    @property
    def entropy(self) -> Tensor:
        """() entropy in nats of the whole plan, taken as a distribution over pairs."""
        return _entropy(self.matrix, self.mass).sum()

    @cached_property
    def pairs_forbidden(self) -> bool:
        """Whether no row may send mass to its partner, as the target ``"relation"`` has it."""
        if self.pairing is None or self.problem.forbidden is None:
            return False
        return pairs_forbidden(self.problem.forbidden, self.pairing)

    @property
    def matched_share(self) -> Tensor:
        """() share of the mass that goes to partners; NaN where they are forbidden."""
        return self._of_pairs(self._share(self._pairing.partner_mask))

    @property
    def top1_rows(self) -> Tensor:
        """() share of rows that send most to their partner; NaN where it is forbidden."""
        return self._of_pairs(self._hits(1, self._pairing.partner))

    @property
    def top1_columns(self) -> Tensor:
        """() share of columns that receive most from their partner; NaN where it is forbidden."""
        return self._of_pairs(self._hits(0, self._pairing.partner.argsort()))

    def false_negative_mass(self, labels: Any) -> Tensor:
        """() share of the mass that goes to another sample of the same class.

        Args:
            labels: (N,) class per sample (or (2, N), per view), numbers or strings.
        """
        rows, columns = self._pairing.spread(labels, "labels")
        return self._share((rows[:, None] == columns) & ~self._pairing.partner_mask)

    def same_domain_mass(self, domains: Any) -> Tensor:
        """() share of the mass that stays within a domain, partners included.

        Args:
            domains: (N,) domain per sample (or (2, N), per view), numbers or strings.
        """
        rows, columns = self._pairing.spread(domains, "domains")
        return self._share(rows[:, None] == columns)

    @property
    def _target(self) -> Tensor:
        if self.target is None:
            raise no_target()
        return self.target

    @property
    def _pairing(self) -> Pairing:
        if self.pairing is None:
            raise InputError(
                "a plan without a pairing",
                "this number needs to know whose partner is who",
                "Make the plan with align(), or give solve() a pairing",
                parameter="pairing",
            )
        return self.pairing

    def _hits(self, dim: int, partner: Tensor) -> Tensor:
        """() share of rows (columns) with most mass at their partner; an empty one has none."""
        largest, best = self.log_matrix.detach().max(dim)
        return ((best == partner) & (largest > -torch.inf)).to(self.cost.dtype).mean()

    def _of_pairs(self, number: Tensor) -> Tensor:
        return torch.full_like(number, torch.nan) if self.pairs_forbidden else number

    def _share(self, mask: Tensor) -> Tensor:
        return torch.where(mask, self.matrix, 0).sum() / self.mass


def pairs_forbidden(forbidden: Tensor, pairing: Pairing) -> bool:
    """Whether every row's partner is among the (N, M) forbidden cells."""
    return bool(forbidden.gather(1, pairing.partner[:, None]).all())


def misplaced(mass: Tensor, marginal: Tensor) -> Tensor:
    """(…) share of a mass (…, N) that would have to change rows (columns) to be spread as a marginal (N,) is."""
    return (mass / mass.sum(-1, keepdim=True) - marginal / marginal.sum()).abs().sum(-1) / 2


def no_target() -> InputError:
    """The error of asking a plan without a target for its loss."""
    return InputError(
        "a plan without a target",
        "loss and target − plan need to know who should be matched with whom",
        "Make the plan with align(), or give solve() a target",
        parameter="target",
    )


def target_entropy(target: Tensor) -> Tensor:
    """(N,) ``−Σ_j T log T`` of each row of a target, with 0·log 0 = 0; a target is a constant to autograd."""
    return torch.special.entr(target).sum(1)


def _entropy(mass: Tensor, total: Tensor) -> Tensor:
    """``−p log p`` with ``p = mass/total``; 0, with gradient 0, where there is no mass."""
    share = mass / torch.where(total > 0, total, 1)
    return torch.special.entr(torch.where(share > 0, share, 1))
