"""The two kinds of plan: a scaled kernel, and the mean of two of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from gca_viz.errors import InputError
from gca_viz.transport.plans.diagnostics import Diagnostics, common_diagnostics
from gca_viz.transport.plans.plan import Plan, no_target
from gca_viz.transport.problem.pairing import Pairing
from gca_viz.transport.problem.problem import Problem
from gca_viz.transport.problem.target import target_or_partners

if TYPE_CHECKING:
    from gca_viz.transport.plans.divergence import Divergence
    from gca_viz.transport.plans.trace import Trace


@dataclass(frozen=True, eq=False, repr=False)
class ScaledPlan(Plan):
    """A plan of the form ``u_i K_ij v_j``, the kernel with scaled rows and columns: what ``solve`` returns.

    Attributes:
        log_u, log_v: (N,), (M,) log-scalings, which are the potentials divided by ε.
        given_target: the target, or None for the partners of the pairing, which are written out only if asked for.
        dense: (N, M) the plan itself, where the solver wrote it out.
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
        if self.given_target is None and self.pairing is None:
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
        return self if self.diagnostics.beyond and half_step == self.last_step else trace.plan(half_step)

    def detach(self) -> ScaledPlan:
        return replace(
            self,
            problem=self.problem.detach(),
            log_u=self.log_u.detach(),
            log_v=self.log_v.detach(),
            given_target=None if self.given_target is None else self.given_target.detach(),
        )


@dataclass(frozen=True, eq=False, repr=False)
class MeanPlan(Plan):
    """The mean of two plans of one batch, and of their losses: rows only and columns only, for CLIP.

    ``f`` is that of the first part and ``g`` that of the second. It keeps no trace of its own: each part has one.
    """

    parts: tuple[ScaledPlan, ScaledPlan]
    trace = None

    @property
    def problem(self) -> Problem:
        return self.parts[0].problem

    @property
    def target(self) -> Tensor | None:
        return self.parts[0].target

    @property
    def divergence(self) -> Divergence:
        return self.parts[0].divergence

    @property
    def pairing(self) -> Pairing | None:
        return self.parts[0].pairing

    @property
    def f(self) -> Tensor:
        return self.parts[0].f

    @property
    def g(self) -> Tensor:
        return self.parts[1].g

    @property
    def diagnostics(self) -> Diagnostics:
        return common_diagnostics([part.diagnostics for part in self.parts])

    @cached_property
    def log_matrix(self) -> Tensor:
        return self.matrix.log()

    @cached_property
    def matrix(self) -> Tensor:
        return (self.parts[0].matrix + self.parts[1].matrix) / 2

    @cached_property
    def loss_per_row(self) -> Tensor:
        return (self.parts[0].loss_per_row + self.parts[1].loss_per_row) / 2

    def at(self, half_step: int) -> MeanPlan:
        return MeanPlan(tuple(part.at(min(half_step, part.last_step)) for part in self.parts))

    def detach(self) -> MeanPlan:
        return MeanPlan(tuple(part.detach() for part in self.parts))
