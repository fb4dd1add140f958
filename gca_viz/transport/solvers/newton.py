"""The limit of Sinkhorn's iterations by truncated Newton steps on the dual."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from gca_viz.transport import memory
from gca_viz.transport.plans.diagnostics import CONVERGED, PASS_LIMIT, PRECISION_LIMIT
from gca_viz.transport.problem.marginal import Marginal
from gca_viz.transport.problem.problem import Problem
from gca_viz.transport.solvers.conjugate import conjugate_gradients
from gca_viz.transport.solvers.kernel import Kernel
from gca_viz.transport.solvers.limit import MOST_PASSES, Limit

_LONGEST_STEP = 8.0  # of a log-scaling in one Newton step: beyond, the quadratic model is not to be trusted
_STALLED = 5  # Newton steps without progress
_MOST_HALVINGS = 20
_QUADRATIC = 1e3  # a step's error by the square of the one before: a guess, of which waiting alone depends
_FINE = 1e-9  # marginal error to reach by a step for which single precision has too few digits
_WORTH = 2**16  # cells of a plan from which reading half of its bytes is felt
_EVEN = 1e-6  # smallest by largest mass
_LONG = 60  # passes for a direction beyond which it has too few, too
_NOTHING = 1e-18  # of the mean mass of a column: a curvature has no digits for it
_NEAR = 10.0  # log-scalings


def newton(kernel: Kernel, problem: Problem, v: Tensor, *, tol: float) -> Limit | None:
    """Minimise the dual over the columns' potentials, the rows' being set exactly, by truncated Newton steps.

    With ``P`` the plan, r its row sums and c its column sums, gradient and Hessian are ``c − ν·exp(−g/λ₂)`` and
    ``diag(c + asked·(1−τ₂)/τ₂) − Pᵀ diag(τ₁/r) P``; each step solves for the Newton direction by conjugate
    gradients, which needs two passes over one matrix an iteration. A direction needs few digits: that matrix is in
    single precision on the CPU, for large plans whose marginals are hard and even, until the error is small, a
    direction takes long or a step does not help.

    Args:
        kernel: the kernel of the problem.
        problem: both marginals constrained, none with an empty row or column.
        v: the columns' scaling to start from.
        tol: share of the mass in the wrong column to stop at.

    Returns:
        The limit, or None where the kernel cannot hold the plan (its regime ``"log"``).

    Source: semi-dual and Hessian as in Cuturi & Peyré, SIAM Review 2018; truncation at a trust radius after
    Steihaug, SIAM J. Numer. Anal. 1983.
    """
    digits = torch.finfo(v.dtype).eps
    lazy = memory.steps_between_looks(v) > 1
    place, hessian = _Place.of(kernel, problem, v), _Hessian(kernel, problem)
    best, lowest, stalled, halvings, expected = None, math.inf, 0, 0, math.inf
    while place is not None:
        # On an accelerator a step that is not meant to reach the tolerance is followed at once by the next
        # direction, and what came of it is read beside the first number of that.
        ahead = lazy and not halvings and expected > tol
        direction = hessian.direction(place, tol) if ahead else None
        value, error, accepted, longest = place.outcome.numbers
        if not accepted and halvings < _MOST_HALVINGS:
            assert place.step is not None  # as the start is accepted
            place, halvings = place.step.halved().taken(), halvings + 1
            continue
        halvings = 0
        if longest == 0:  # flatter than the format can tell; a plain step goes on at least
            columns = problem.columns
            place = _Place.of(kernel, problem, kernel.update(columns, kernel.sums(columns, place.u)))
            continue
        # Far from the limit the objective falls while the marginal error wanders; below rounding it tells nothing.
        least = max(1e-7, 30 * digits) * abs(lowest)
        progress = best is None or error < 0.7 * best.column_marginal_error or value < lowest - least
        stalled, lowest = 0 if progress else stalled + 1, min(lowest, value)
        reason = CONVERGED
        if error > tol:
            reason = PRECISION_LIMIT if error < math.sqrt(digits) else PASS_LIMIT
        if best is None or error < best.column_marginal_error:
            best = Limit(place.u, place.v, 0.0, error, reason)
        if not math.isfinite(best.column_marginal_error):
            return None
        if error <= tol or stalled >= _STALLED or kernel.work.count >= MOST_PASSES or not math.isfinite(error):
            return best
        if direction is None:
            direction = hessian.direction(place, tol)
        expected = max(error * min(0.1, math.sqrt(error)), 0.3 * tol, _QUADRATIC * error**2)
        hessian.exact |= stalled > 0 or expected < _FINE
        place = place.towards(direction).taken()
    return best


@dataclass(frozen=True, eq=False)
class _Place:
    """A point of the dual: the columns' scaling, the rows' that is exact for it, and how good they are.

    Attributes:
        kernel, problem: whose dual it is.
        u, v: scalings, as the kernel writes them; ``held`` those of the kernel's matrix.
        x, y: their logs.
        row_mass, column_mass: sums of the plan.
        asked: (M,) what the columns' sums should be.
        value: 0-d objective.
        error: 0-d share of the mass in the wrong column.
        step: that led here, if any.
    """

    kernel: Kernel
    problem: Problem
    u: Tensor
    v: Tensor
    held: tuple[Tensor, Tensor]
    x: Tensor
    y: Tensor
    row_mass: Tensor
    column_mass: Tensor
    asked: Tensor
    value: Tensor
    error: Tensor
    step: _Step | None

    @classmethod
    def of(cls, kernel: Kernel, problem: Problem, v: Tensor, step: _Step | None = None) -> _Place | None:
        """None where the kernel cannot hold the plan."""
        rows, columns = problem.rows, problem.columns
        u = kernel.update(rows, kernel.sums(rows, v))
        held = kernel.relative(u, v)
        if held is None:
            return None
        x, y = kernel.log(u), kernel.log(v)
        row_mass = rows.log_asked(x).exp()  # the rows are exact
        asked = columns.log_asked(y).exp()
        column_mass = held[1] * torch.mv(kernel.matrix.T, held[0])
        kernel.work()
        value = row_mass.sum() - rows.conjugate(x) - columns.conjugate(y)
        error = (column_mass - asked).abs().sum() / torch.maximum(column_mass.sum(), asked.sum())
        return cls(kernel, problem, u, v, held, x, y, row_mass, column_mass, asked, value, error, step)

    @cached_property
    def gradient(self) -> Tensor:
        """(M,) of the dual in the columns' log-scalings."""
        return self.column_mass - self.asked

    @cached_property
    def outcome(self) -> memory.Awaited:
        """Objective, error, whether the step that led here may be taken, and its longest entry."""
        longest = torch.ones_like(self.value) if self.step is None else self.step.longest
        return memory.Awaited(self.value, self.error, self.accepted, longest)

    @cached_property
    def accepted(self) -> Tensor:
        """0-d, whether the step that led here lowers the objective."""
        return torch.ones_like(self.value, dtype=torch.bool) if self.step is None else self.value <= self.step.bound

    def towards(self, direction: Tensor) -> _Step:
        """A step in a direction, as long as the quadratic model is to be trusted."""
        longest = direction.abs().amax()
        return _Step(self, direction, longest, (_LONGEST_STEP / longest).clamp_max(1))


@dataclass(frozen=True, eq=False)
class _Step:
    """A step that may be taken: ``length·direction`` from its origin."""

    origin: _Place
    direction: Tensor
    longest: Tensor
    length: Tensor

    def taken(self) -> _Place | None:
        """Where it leads."""
        origin = self.origin
        v = origin.kernel.start(origin.y + self.length * self.direction)
        return _Place.of(origin.kernel, origin.problem, v, self)

    def halved(self) -> _Step:
        return replace(self, length=self.length / 2)

    @property
    def bound(self) -> Tensor:
        """What the objective must not exceed; it is itself known to a few digits less than the format has."""
        origin, digits = self.origin, torch.finfo(self.direction.dtype).eps
        slope = origin.gradient @ self.direction
        return origin.value + 1e-4 * self.length * slope + 30 * digits * origin.value.abs()


def _even(*marginals: Marginal) -> bool:
    """Whether all masses are known beforehand and of about one size."""
    ends = [of.masses.aminmax() for of in marginals]
    return all(of.hard for of in marginals) and all(low > _EVEN * high for low, high in ends)


class _Hessian:
    """The Hessian of the dual, ``own − Pᵀ diag(τ₁/r) P``, from the kernel or from a plan in single precision."""

    def __init__(self, kernel: Kernel, problem: Problem):
        self.kernel, self.rows, self.columns = kernel, problem.rows, problem.columns
        #: whether to count in the format of the problem, and not in single precision
        self.exact = (
            problem.cost.dtype == torch.float32
            or problem.cost.numel() < _WORTH
            or memory.steps_between_looks(problem.cost) > 1
            or not _even(self.rows, self.columns)
        )
        self.single: _Single | None = None

    def direction(self, place: _Place, tol: float) -> Tensor:
        """(M,) the Newton direction at a place, to fewer digits the further that is from the limit.

        Args:
            place: what came of the step that led there may be unread yet.
            tol: error to reach in the end.
        """
        kernel, before = self.kernel, self.kernel.work.count
        (u, v), matrix, gradient, own, unit = place.held, kernel.matrix, place.gradient, place.column_mass, 1.0
        if not self.columns.hard:
            own = own + place.asked * ((1 - self.columns.tau) / self.columns.tau)
        if self.exact:
            weight = u * u * self.rows.tau / place.row_mass
            squares = kernel.column_squares(weight).mul_(v * v)
        else:
            if self.single is None or not self.single.is_near(place):
                self.single = _Single(place, None if self.single is None else self.single.matrix)
            matrix, unit = self.single.matrix, self.single.unit
            u, v = self.single.scalings(place)
            gradient, own = (gradient / unit).float(), (own / unit).float()
            weight = u * u * (unit / place.row_mass).float()
            squares = self.single.column_squares(weight).mul_(v * v)

        def apply(x: Tensor) -> Tensor:
            kernel.work(2)
            *_, back = memory.there_and_back(matrix, v * x, lambda carried, rows: carried * weight[rows])
            return own * x - back.mul_(v)

        error, outcome = place.error, place.outcome
        wanted = (error > tol) & place.accepted  # a direction from there

        def goes_on(flag: Any) -> bool:
            return bool(flag if outcome.read else outcome.beside(flag & wanted))

        direction = conjugate_gradients(
            apply,
            -gradient,
            error.sqrt().clamp_max(0.1).maximum(0.3 * tol / error).to(own.dtype),
            # For a sharp plan it is far from that of the column masses.
            preconditioner=torch.maximum(own - squares, 1e-3 * own),
            scale=own,
            radius=_LONGEST_STEP,
            read=goes_on,
        )
        self.exact |= kernel.work.count > before + _LONG
        return direction.to(place.y.dtype)


class _Single:
    """The plan of a place in single precision, in units of a column's mean mass, and those of places nearby."""

    def __init__(self, place: _Place, buffer: Tensor | None):
        (u, v), held = place.held, place.kernel.matrix
        self.x, self.y, self.unit = place.x, place.y, float(place.column_mass.mean())
        self.work = place.kernel.work
        self.matrix = memory.empty(held.shape, held.new_empty(0, dtype=torch.float32)) if buffer is None else buffer
        for rows in memory.small_blocks(held):
            block = (held[rows] * (u[rows, None] / self.unit)).mul_(v)
            # Denormal numbers are slow to make and to multiply.
            self.matrix[rows] = torch.threshold_(block, _NOTHING, 0)
        self.work(2)

    def is_near(self, place: _Place) -> bool:
        """Whether nothing that was too small for the format has become large."""
        moved = place.x - self.x, place.y - self.y
        return all(float(away.abs().amax()) < _NEAR for away in moved)

    def scalings(self, place: _Place) -> tuple[Tensor, Tensor]:
        """Those of the matrix that give the plan of another place."""
        return (place.x - self.x).exp_().float(), (place.y - self.y).exp_().float()

    def column_squares(self, weight: Tensor) -> Tensor:
        """(M,) ``Σ_i weight_i·matrix_ij²``."""
        self.work()
        total = torch.zeros_like(self.matrix[0])
        for rows in memory.small_blocks(self.matrix):
            total.addmv_(self.matrix[rows].square().T, weight[rows])
        return total
