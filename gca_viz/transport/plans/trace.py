"""Every half step of a solve: potentials and marginals, from which the rest follows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from gca_viz.transport.problem.pairing import Pairing
from gca_viz.transport.problem.problem import Problem, within
from gca_viz.transport.problem.target import no_target, target_entropy, target_or_partners


@dataclass(frozen=True, eq=False, repr=False)
class Trace:
    """The states of a solve; index 0 is the start (the kernel), index t the state after t half steps.

    Cut off from autograd. Odd half steps set the rows, even ones the columns.

    Attributes:
        log_u, log_v: (T+1, N), (T+1, M) potentials divided by ε.
        row_mass, column_mass: (T+1, N), (T+1, M) marginals of the plan.
        given_target: of the solve that it belongs to, as its ``problem`` and its ``pairing``.
    """

    problem: Problem
    log_u: Tensor
    log_v: Tensor
    row_mass: Tensor
    column_mass: Tensor
    given_target: Tensor | None
    pairing: Pairing | None

    def __len__(self) -> int:
        """Number of states, T + 1."""
        return len(self.log_u)

    def __repr__(self) -> str:
        return f"Trace({len(self) - 1} half steps of {self.log_u.shape[1]} × {self.log_v.shape[1]})"

    @property
    def steps(self) -> tuple[str, ...]:
        """(T+1) what each half step set: ``"start"``, then ``"row"``, ``"column"``, … in turn, or ``"total"``."""
        rows = "total" if self.problem.one_total else "row"
        return ("start", *(rows if t % 2 else "column" for t in range(1, len(self))))

    @property
    def f(self) -> Tensor:
        """(T+1, N) row potentials in units of the cost."""
        return self.log_u * self.problem.epsilon

    @property
    def g(self) -> Tensor:
        """(T+1, M) column potentials in units of the cost."""
        return self.log_v * self.problem.mean_epsilon

    @property
    def target(self) -> Tensor | None:
        """(N, M) who should be matched with whom, or None."""
        return target_or_partners(self.given_target, self.pairing, self.problem)

    @property
    def mass(self) -> Tensor:
        """(T+1) total mass."""
        return self.row_mass.sum(1)

    @property
    def row_marginal_error(self) -> Tensor:
        """(T+1) share of the mass in the wrong row: 0 after a row step."""
        return self.problem.rows.marginal_error(self.log_u, self.row_mass.log())

    @property
    def column_marginal_error(self) -> Tensor:
        """(T+1) share of the mass in the wrong column: 0 after a column step."""
        return self.problem.columns.marginal_error(self.log_v, self.column_mass.log())

    @property
    def marginal_error(self) -> Tensor:
        """(T+1) sum of the two, which the tolerance is compared with."""
        return self.row_marginal_error + self.column_marginal_error

    @property
    def dual(self) -> Tensor:
        """(T+1) dual objective in units of the cost, 0 at the start; no half step lowers it."""
        return self.problem.dual(self.log_u, self.log_v, self.mass - self.mass[0])

    @cached_property
    def kl(self) -> Tensor:
        """(T+1) KL(target ‖ plan) per unit of the rows' mass, from the potentials alone.

        From half step 1 on, while both marginals are hard and the target meets them, no half step raises it. The
        first may: the kernel has another mass, which this divergence does not count.
        """
        target = self.target
        if target is None:
            raise no_target()
        target = within(self.problem.reach, target)
        fixed = self.problem.expected_score(target).sum() + target_entropy(target).sum()
        rows = torch.where(self.problem.live_rows, self.log_u, 0) @ target.sum(1)
        columns = torch.where(self.problem.live_columns, self.log_v, 0) @ target.sum(0)
        return -(fixed + rows + columns) / self.problem.total
