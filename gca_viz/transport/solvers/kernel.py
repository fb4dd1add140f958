"""A kernel held once and applied to scalings many times: the two arithmetics of Sinkhorn's iterations."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Protocol

import torch
from torch import Tensor

from gca_viz.transport.memory import (
    column_squares,
    empty,
    is_large,
    look,
    room,
    row_blocks,
    steps_between_looks,
    there_and_back,
)
from gca_viz.transport.problem.marginal import Marginal
from gca_viz.transport.problem.problem import Problem
from gca_viz.transport.solvers.work_counter import WorkCounter

# Largest |C|/ε at which the kernel and any product of it with the scalings stay in range.
_SAFE = {torch.float32: 44.0, torch.float64: 300.0}
# Largest scaling, and smallest is its inverse, that tells of no over- or underflow on the way to it.
_IN_RANGE = {dtype: torch.finfo(dtype).max ** 0.9 for dtype in _SAFE}
# Largest spread of the potentials from those absorbed: what the held kernel has rounded to zero cannot matter yet.
_DRIFT = {torch.float32: 30.0, torch.float64: 300.0}
_LOG_START = 2  # half steps before the first absorption
_MOST_FAILURES = 20


class Kernel(Protocol):
    """``exp(−E)``, of the Gibbs kernel ``exp(−C/ε)``, and the arithmetic of its scalings.

    Scalings are opaque to a solver: ``u`` itself in :class:`ScalingKernel`, ``log u`` in :class:`LogKernel`. The
    plan is ``u_i K_ij v_j``. Products leave their arguments alone.

    Attributes:
        regime: key of ``diagnostics.REGIMES`` for plain iterations with this kernel.
        why: why, in one sentence.
        work: counts how often the kernel is read.
        matrix: (N, M) the held matrix: the kernel itself, or with potentials absorbed.
    """

    regime: str
    why: str
    work: WorkCounter
    matrix: Tensor

    @property
    def log_kernel(self) -> Tensor:
        """(N, M) log of the kernel, for the Gibbs kernel ``−C/ε``."""

    def ones(self, marginal: Marginal) -> Tensor:
        """The scaling of a marginal that changes nothing."""

    def start(self, log_scaling: Tensor) -> Tensor:
        """A scaling from its log."""

    def log(self, scaling: Tensor) -> Tensor:
        """Its log."""

    def sums(self, marginal: Marginal, other: Tensor) -> Tensor:
        """``Σ_j K_ij v_j`` for the rows, ``Σ_i K_ij u_i`` for the columns, as a scaling is written."""

    def update(self, marginal: Marginal, sums: Tensor) -> Tensor:
        """The scaling that the marginal asks for, ``(μ/sums)^τ``."""

    def marginal_error(self, marginal: Marginal, scaling: Tensor, sums: Tensor) -> float:
        """Share of the mass in the wrong row (column)."""

    def average(self, one: Tensor, other: Tensor) -> Tensor:
        """Geometric mean of two scalings."""

    def relative(self, u: Tensor, v: Tensor) -> tuple[Tensor, Tensor] | None:
        """Linear scalings of the held matrix that give the plan, ``u_i·matrix_ij·v_j``; None if there are none."""

    def column_squares(self, weight: Tensor) -> Tensor:
        """(M,) ``Σ_i weight_i·matrix_ij²`` of the held matrix."""

    def linear(self, marginal: Marginal, others: Tensor, sums: Tensor) -> tuple[Tensor, Tensor] | None:
        """(T, M) scalings and (T, N) sums of the held matrix, ``sums = matrix·others``; None if there are none."""


class ScalingKernel:
    """The kernel as it is: the quickest arithmetic, for costs that are small in units of ε."""

    regime = "scaling"
    why = "the costs are small enough, in units of ε, for the number format"

    def __init__(self, problem: Problem, work: WorkCounter | None = None):
        self.work, self.problem = work or WorkCounter(), problem
        out, self._large = room(problem.shape, problem.cost), is_large(problem.cost)
        if out is None or not self._large:
            self.matrix = problem.write_log_kernel(out).exp_()
        else:
            self.matrix = out
            for rows in row_blocks(out):
                problem.write_log_kernel(out[rows], rows).exp_()
        self._transposed = self.matrix.T
        # Of a large kernel, a pass for the rows yields the columns' sums, too: (row sums, u, column sums).
        self._ahead: tuple[Tensor, Tensor, Tensor] | None = None

    @property
    def log_kernel(self) -> Tensor:
        return self.problem.log_kernel

    @staticmethod
    def fits(problem: Problem) -> bool:
        """Whether the kernel and its products stay in the range of the number format."""
        return problem.largest_score <= _SAFE[problem.cost.dtype]

    def ones(self, marginal: Marginal) -> Tensor:
        return torch.ones_like(marginal.masses)

    def start(self, log_scaling: Tensor) -> Tensor:
        return log_scaling.exp()

    def log(self, scaling: Tensor) -> Tensor:
        return scaling.log()

    def sums(self, marginal: Marginal, other: Tensor) -> Tensor:
        self.work()
        if marginal.dim == 0:
            ahead = self._ahead
            return ahead[2] if ahead is not None and other is ahead[1] else torch.mv(self._transposed, other)
        if not self._large or marginal.pooled:  # one total needs all sums before any scaling
            return torch.mv(self.matrix, other)
        self._ahead = there_and_back(self.matrix, other, lambda sums, rows: _scaling(marginal.of(rows), sums))
        return self._ahead[0]

    def update(self, marginal: Marginal, sums: Tensor) -> Tensor:
        ahead = self._ahead
        return ahead[1] if ahead is not None and sums is ahead[0] else _scaling(marginal, sums)

    def marginal_error(self, marginal: Marginal, scaling: Tensor, sums: Tensor) -> float:
        if marginal.free:
            return 0.0
        mass = scaling * sums
        if marginal.plan_mass is not None:
            return float(torch.dist(mass, marginal.masses, 1)) / marginal.plan_mass
        if marginal.pooled:
            return float(marginal.marginal_error(scaling.log(), mass.log()))
        asked = (
            marginal.masses if marginal.hard else marginal.masses * scaling.pow((marginal.tau - 1) / marginal.tau)
        )
        return float(torch.dist(mass, asked, 1) / torch.maximum(mass.sum(), asked.sum()))

    def average(self, one: Tensor, other: Tensor) -> Tensor:
        return (one * other).sqrt_()

    def relative(self, u: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        return u, v

    def column_squares(self, weight: Tensor) -> Tensor:
        self.work(2)
        return column_squares(self.matrix, weight) if self._large else torch.mv(self._squares.T, weight)

    @cached_property
    def _squares(self) -> Tensor:
        return self.matrix.square()

    def linear(self, marginal: Marginal, others: Tensor, sums: Tensor) -> tuple[Tensor, Tensor] | None:
        return others, sums

    def in_range(self, u: Tensor, v: Tensor) -> bool:
        """Whether nothing has over- or underflowed on the way to these scalings."""
        bound = _IN_RANGE[self.matrix.dtype]
        least_u, most_u, least_v, most_v = look(*u.aminmax(), *v.aminmax())
        return bool(1 / bound < least_u and most_u < bound and 1 / bound < least_v and most_v < bound)  # nor NaN


def _scaling(marginal: Marginal, sums: Tensor) -> Tensor:
    if marginal.pooled:
        return (marginal.masses.sum() / sums.sum()).expand(sums.shape)
    scaling = torch.div(marginal.masses, sums)
    return scaling if marginal.hard else scaling.pow_(marginal.tau)


class LogKernel:
    """The kernel with potentials absorbed, ``exp(log K + α_i + β_j)``, applied to logs of scalings.

    α and β make every row and column of the held matrix sum to about one, whatever ε is. Where the potentials have
    moved far from them, they are absorbed anew; where no absorption can hold them (some unbalanced problems with
    costs of hundreds of ε), sums are taken as logarithms of sums of exponentials.

    Source: Schmitzer, SIAM J. Sci. Comput. 2019, arXiv 1610.06519 (log-domain stabilisation).
    """

    why = "the costs are too large, in units of ε, for the kernel itself"

    def __init__(self, problem: Problem, work: WorkCounter | None = None):
        self.work = work or WorkCounter()
        self._log_kernel = problem.log_kernel.detach()
        self.matrix = empty(problem.shape, self._log_kernel)
        self.shifts: dict[int, Tensor] = {}
        self.regime, self.steps, self.failures = "stabilised", 0, 0

    @property
    def log_kernel(self) -> Tensor:
        return self._log_kernel

    def ones(self, marginal: Marginal) -> Tensor:
        return torch.zeros_like(marginal.masses)

    def start(self, log_scaling: Tensor) -> Tensor:
        return log_scaling

    def log(self, scaling: Tensor) -> Tensor:
        return scaling

    def sums(self, marginal: Marginal, other: Tensor) -> Tensor:
        self.work()
        self.steps += 1
        away = self._away(1 - marginal.dim, other)
        if away is None:
            return self._log_sum(marginal.dim, other)
        peak = away.max()
        product = torch.mv(self.matrix if marginal.dim else self.matrix.T, (away - peak).exp_())
        return product.log_().add_(peak).sub_(self.shifts[marginal.dim])

    def update(self, marginal: Marginal, sums: Tensor) -> Tensor:
        if marginal.pooled:
            return (marginal.log_masses.logsumexp(0) - sums.logsumexp(0)).expand(sums.shape)
        return sums.new_zeros(sums.shape) if marginal.free else marginal.tau * (marginal.log_masses - sums)

    def marginal_error(self, marginal: Marginal, scaling: Tensor, sums: Tensor) -> float:
        return 0.0 if marginal.free else float(marginal.marginal_error(scaling, scaling + sums))

    def average(self, one: Tensor, other: Tensor) -> Tensor:
        return (one + other) / 2

    def relative(self, u: Tensor, v: Tensor) -> tuple[Tensor, Tensor] | None:
        away_v = self._away(0, v)
        shifts = self.shifts
        away_u = None if away_v is None else self._away(1, u)
        if away_v is None or away_u is None:
            return None
        if self.shifts is not shifts:  # the rows have been absorbed after the columns
            away_v = v - self.shifts[0]
            if not self._near(away_v):
                return None
        peak = away_v.max()
        return away_u.add_(peak).exp_(), away_v.sub_(peak).exp_()

    def column_squares(self, weight: Tensor) -> Tensor:
        self.work(2)
        return column_squares(self.matrix, weight)

    def linear(self, marginal: Marginal, others: Tensor, sums: Tensor) -> tuple[Tensor, Tensor] | None:
        if not self.shifts:
            return None
        away = others - self.shifts[1 - marginal.dim]
        if not self._near(away):
            return None
        peak = away.amax(1, keepdim=True)
        return (away - peak).exp_(), (sums + self.shifts[marginal.dim] - peak).exp_()

    def _away(self, dim: int, log_scaling: Tensor) -> Tensor | None:
        """Log-scaling relative to what is absorbed; None if that is beyond what the held matrix can answer."""
        if self.regime == "log" or self.steps <= _LOG_START:
            return None
        every = steps_between_looks(log_scaling)  # iterations, of two half steps each
        for held in (bool(self.shifts), False):
            if not held:
                self._absorb(log_scaling if dim == 0 else -self._log_sum(0, log_scaling))
            away = log_scaling - self.shifts[dim]
            # Close to convergence potentials move slowly: on an accelerator not every step is worth a look.
            slow = held and self.steps > 16 and every > 1 and self.steps % (2 * every)
            if slow or self._near(away):
                return away
        # Early potentials may be too uneven and later ones not; those of some unbalanced problems always are.
        self.failures += 1
        if self.failures >= _MOST_FAILURES:
            self.regime = "log"
        return None

    def _near(self, away: Tensor) -> bool:
        return float((away.amax(-1) - away.amin(-1)).amax()) <= _DRIFT[away.dtype]

    def _absorb(self, log_v: Tensor) -> None:
        row = -self._log_sum(1, log_v)
        column = -self._log_sum(0, row)
        # Denormal numbers are far below what can matter, and fifty times slower to make and to multiply.
        least = math.log(torch.finfo(self.matrix.dtype).tiny) + 1
        torch.add(self.log_kernel, row[:, None], out=self.matrix).add_(column).clamp_min_(least).exp_()
        torch.threshold_(self.matrix, 1.01 * math.exp(least), 0)
        self.shifts = {1: row, 0: column}
        self.work(3)

    def _log_sum(self, dim: int, log_scaling: Tensor) -> Tensor:
        self.shifts = {}  # the matrix is overwritten
        buffer = torch.add(self.log_kernel, log_scaling.unsqueeze(1 - dim), out=self.matrix)
        peak = buffer.amax(dim, keepdim=True)
        # Beside the largest term, which is 1, one of e^−60 is nothing in either format.
        return buffer.sub_(peak).clamp_min_(-60).exp_().sum(dim).log_().add_(peak.squeeze(dim))
