"""A plan: who is matched with whom; the kinds of plan, and how each came about."""

from __future__ import annotations

from abc import abstractmethod
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from html import escape

import torch
from torch import Tensor

from gca_viz.errors import InputError
from gca_viz.transport.plans.diagnostics import Diagnosed, Diagnostics, common_diagnostics
from gca_viz.transport.plans.divergence import Divergence
from gca_viz.transport.plans.plan_matrix import PlanMatrix
from gca_viz.transport.plans.readings import READINGS
from gca_viz.transport.plans.trace import Trace
from gca_viz.transport.problem.pairing import Pairing
from gca_viz.transport.problem.problem import Problem
from gca_viz.transport.problem.target import no_target, target_or_partners


class Plan(PlanMatrix, Diagnosed):
    """A transport plan; the mean of its :attr:`parts`, which for most methods is the plan itself.

    Attributes:
        problem: what was solved (of the first part).
        diagnostics: which regime ran, why, how far it got and why it stopped.
        trace: every half step, or None.
        divergence: distance from target to plan.
        pairing: whose partner is who, or None.
    """

    trace: Trace | None
    divergence: Divergence

    @property
    @abstractmethod
    def parts(self) -> tuple[ScaledPlan, ...]:
        """The plans of the form ``exp((f_i + g_j − C_ij)/ε)`` of which this is the mean."""

    @property
    @abstractmethod
    def f(self) -> Tensor:
        """(N,) potential of the rows in units of the cost."""

    @property
    @abstractmethod
    def g(self) -> Tensor:
        """(M,) potential of the columns in units of the cost."""

    @property
    @abstractmethod
    def loss_per_row(self) -> Tensor:
        """(N,) divergence of each row, which counts μ times; 0 for a row whose marginal is zero."""

    @abstractmethod
    def at(self, half_step: int) -> Plan:
        """The plan after ``half_step`` half steps; needs the trace. At ``last_step`` it is the plan itself.

        Raises:
            InputError: there is no trace, or it has no such half step.
        """

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
        plan, rows = self.detach(), ""
        for reading in (reading for reading in READINGS.values() if not reading.needs):
            if reading.of_pairs and self.pairs_forbidden:
                continue
            with suppress(InputError):  # a number of a target or a pairing that this plan lacks
                text = reading.text(reading.of(plan))
                rows += f"<tr><th title='{escape(reading.help)}'>{reading.label}</th><td>{text}</td></tr>"
        return f"<table><caption>{escape(repr(plan))}</caption>{rows}</table><p>{escape(str(plan.diagnostics))}</p>"

    @property
    def last_step(self) -> int:
        """Number of the plan itself on the way that its trace tells: of its last half step, or one more for a limit
        that lies beyond the half steps kept."""
        return self.half_steps + self.diagnostics.beyond

    @property
    def force(self) -> Tensor:
        """(N, M) (target − plan)·dE/dC: how strongly row and column attract (positive) or repel each other.

        With the Gibbs kernel it is (target − plan)/ε; other kernels have a slope of their own in each cell. The
        gradient of the KL loss, summed over rows, in the cost; exact after one row step, for one total, and at
        convergence for a target that meets the constraints, and the direction of it in between.
        """
        return self.divergence.force(self.residual_matrix, self.problem)

    @cached_property
    def loss(self) -> Tensor:
        """() sum of ``loss_per_row`` per unit of mass that the rows should send: their mean where μ = 1."""
        return self.loss_per_row.sum() / self.problem.total


@dataclass(frozen=True, eq=False, repr=False)
class ScaledPlan(Plan):
    """A plan of the form ``u_i K_ij v_j``, the kernel with scaled rows and columns: what ``solve`` returns.

    Attributes:
        log_u, log_v: (N,), (M,) log-scalings, which are the potentials divided by ε.
        given_target: the target, or None for the partners of the pairing, which are written out only if asked for.
        dense: (N, M) the plan itself, where the solver wrote it out.
        cost_name: what the cost was made of, a name in ``COSTS``: forces on points ask for it.
        energy_of_partners: (N,) the problem's ``scaled_energy`` between partners, where autograd follows it.
    """

    problem: Problem
    log_u: Tensor
    log_v: Tensor
    diagnostics: Diagnostics
    divergence: Divergence
    given_target: Tensor | None = None
    pairing: Pairing | None = None
    trace: Trace | None = None
    dense: Tensor | None = None
    cost_name: str = "cosine"
    energy_of_partners: Tensor | None = None

    @property
    def parts(self) -> tuple[ScaledPlan, ...]:
        return (self,)

    @property
    def f(self) -> Tensor:
        return self.log_u * self.problem.epsilon

    @property
    def g(self) -> Tensor:
        return self.log_v * self.problem.mean_epsilon

    @cached_property
    def log_matrix(self) -> Tensor:
        return self.log_u[:, None] + self.problem.log_kernel + self.log_v

    @cached_property
    def matrix(self) -> Tensor:
        return self.log_matrix.exp() if self.dense is None else self.dense

    @cached_property
    def target(self) -> Tensor | None:
        return target_or_partners(self.given_target, self.pairing, self.problem)

    @cached_property
    def loss_per_row(self) -> Tensor:
        if self.given_target is None and (self.pairing is None or not self.pairing.paired):
            raise no_target()
        loss = self.divergence.per_row(self, self.given_target)
        return loss if self.problem.all_live else torch.where(self.problem.live_rows, loss, 0)

    @property
    def potentials(self) -> tuple[Tensor, Tensor]:
        """(S, N), (S, M) f and g of every state 0 … ``last_step``: the trace's, and a limit's own beyond it."""
        f, g = self._trace.f, self._trace.g
        if self.diagnostics.beyond:
            f, g = torch.cat([f, self.f.detach()[None]]), torch.cat([g, self.g.detach()[None]])
        return f, g

    @property
    def _trace(self) -> Trace:
        if self.trace is None:
            raise InputError(
                "a plan without a trace",
                "earlier half steps are only known where a trace was kept",
                "Solve with trace=True",
                parameter="trace",
            )
        return self.trace

    def at(self, half_step: int) -> ScaledPlan:
        trace = self._trace
        if self.diagnostics.beyond and half_step == self.last_step:
            return self
        last = len(trace) - 1
        if not 0 <= half_step <= last:
            raise InputError(
                f"half step {half_step}",
                f"this plan took {last} half steps: 0 (the kernel) to {last}",
                "Choose one of them, or solve with more iterations",
                parameter="half_step",
            )
        errors = trace.row_marginal_error[half_step], trace.column_marginal_error[half_step]
        return replace(
            self,
            problem=trace.problem,
            log_u=trace.log_u[half_step],
            log_v=trace.log_v[half_step],
            diagnostics=self.diagnostics.at(half_step, *map(float, errors)),
            trace=None,
            dense=None,
        )

    def detach(self) -> ScaledPlan:
        return replace(
            self,
            problem=self.problem.detach(),
            log_u=self.log_u.detach(),
            log_v=self.log_v.detach(),
            given_target=None if self.given_target is None else self.given_target.detach(),
            energy_of_partners=None,
        )


@dataclass(frozen=True, eq=False, repr=False)
class MeanPlan(Plan):
    """The mean of two plans of one batch, and of their losses: rows only and columns only, for CLIP.

    ``f`` is that of the first part and ``g`` that of the second. It keeps no trace of its own: each part has one.
    """

    first: ScaledPlan
    second: ScaledPlan
    problem: Problem
    diagnostics: Diagnostics
    divergence: Divergence
    pairing: Pairing | None
    trace: None = None

    @classmethod
    def of(cls, first: ScaledPlan, second: ScaledPlan) -> MeanPlan:
        """Their mean; what both have in common is the first's."""
        diagnostics = common_diagnostics((first.diagnostics, second.diagnostics))
        return cls(first, second, first.problem, diagnostics, first.divergence, first.pairing)

    @property
    def parts(self) -> tuple[ScaledPlan, ...]:
        return self.first, self.second

    @property
    def f(self) -> Tensor:
        return self.first.f

    @property
    def g(self) -> Tensor:
        return self.second.g

    @property
    def target(self) -> Tensor | None:
        return self.first.target

    @cached_property
    def log_matrix(self) -> Tensor:
        return self.matrix.log()

    @cached_property
    def matrix(self) -> Tensor:
        return (self.first.matrix + self.second.matrix) / 2

    @cached_property
    def loss_per_row(self) -> Tensor:
        return (self.first.loss_per_row + self.second.loss_per_row) / 2

    def at(self, half_step: int) -> MeanPlan:
        return MeanPlan.of(*(part.at(min(half_step, part.last_step)) for part in self.parts))

    def detach(self) -> MeanPlan:
        return MeanPlan.of(self.first.detach(), self.second.detach())
