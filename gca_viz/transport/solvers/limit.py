"""The limit of Sinkhorn's iterations by the fastest way: plain steps, Newton steps, averaged steps."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from gca_viz.transport import memory
from gca_viz.transport.plans.diagnostics import CONVERGED, PASS_LIMIT, PRECISION_LIMIT
from gca_viz.transport.problem.problem import Problem
from gca_viz.transport.solvers.kernel import Kernel
from gca_viz.transport.solvers.run import Pace

#: passes over the kernel after which a search for the limit ends
MOST_PASSES = 10_000
_LONGEST_STEP = 8.0  # of a log-scaling in one Newton step: beyond, the quadratic model is not to be trusted
_STALLED = 5  # Newton steps without progress


@dataclass(eq=False)
class Limit:
    """Where the search for the limit ended: scalings, as the kernel writes them, and why."""

    u: Tensor
    v: Tensor
    row_marginal_error: float
    column_marginal_error: float
    stop_reason: str


def newton(kernel: Kernel, problem: Problem, v: Tensor, *, tol: float) -> Limit | None:
    """Minimise the dual over the columns' potentials, the rows' being set exactly, by truncated Newton steps.

    With ``P`` the plan, r its row sums and c its column sums, gradient and Hessian are ``c − ν·exp(−g/λ₂)`` and
    ``diag(c + asked·(1−τ₂)/τ₂) − Pᵀ diag(τ₁/r) P``; each step solves for the Newton direction by conjugate
    gradients, which needs two passes over the kernel an iteration and no other matrix.

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
    rows, columns = problem.rows, problem.columns
    digits = torch.finfo(v.dtype).eps

    def objective(x: Tensor, y: Tensor) -> tuple[Tensor, float]:
        row_mass = rows.log_asked(x).exp()  # the rows are exact
        return row_mass, float(row_mass.sum() - rows.conjugate(x) - columns.conjugate(y))

    u = kernel.update(rows, kernel.sums(rows, v))
    row_mass, value = objective(kernel.log(u), kernel.log(v))
    best, lowest, stalled = None, math.inf, 0
    while True:
        held = kernel.relative(u, v)
        if held is None:
            return None if best is None else best
        system = _Hessian(kernel, problem, held, row_mass, kernel.log(v))
        error = float(system.gradient.abs().sum() / torch.maximum(system.column_mass.sum(), system.asked.sum()))
        # Far from the limit the objective falls while the marginal error wanders; below rounding it tells nothing.
        least = max(1e-7, 30 * digits) * abs(lowest)
        progress = best is None or error < 0.7 * best.column_marginal_error or value < lowest - least
        stalled, lowest = 0 if progress else stalled + 1, min(lowest, value)
        reason = CONVERGED
        if error > tol:
            reason = PRECISION_LIMIT if error < math.sqrt(digits) else PASS_LIMIT
        if best is None or error < best.column_marginal_error:
            best = Limit(u, v, 0.0, error, reason)
        if not math.isfinite(best.column_marginal_error):
            return None
        if error <= tol or stalled >= _STALLED or kernel.work.count >= MOST_PASSES or not math.isfinite(error):
            return best
        forcing = max(min(0.1, math.sqrt(error)), 0.3 * tol / error)
        direction = conjugate_gradients(
            system,
            -system.gradient,
            forcing,
            preconditioner=system.diagonal(),
            scale=system.own,
            radius=_LONGEST_STEP,
        )
        slope, longest = memory.look(system.gradient @ direction, direction.abs().max())
        if longest == 0:  # flatter than the format can tell; a plain step goes on at least
            v = kernel.update(columns, kernel.sums(columns, u))
            u = kernel.update(rows, kernel.sums(rows, v))
            row_mass, value = objective(kernel.log(u), kernel.log(v))
            continue
        step = min(1.0, _LONGEST_STEP / longest)
        y, before = kernel.log(v), value
        for _ in range(20):
            v = kernel.start(y + step * direction)
            u = kernel.update(rows, kernel.sums(rows, v))
            row_mass, value = objective(kernel.log(u), kernel.log(v))
            # The objective itself is known to a few digits less than the format has.
            if value <= before + 1e-4 * step * slope + 30 * digits * abs(before):
                break
            step /= 2


class _Hessian:
    """Gradient and Hessian of the dual in the columns' log-scalings, at one plan."""

    def __init__(self, kernel: Kernel, problem: Problem, held: tuple[Tensor, Tensor], row_mass: Tensor, y: Tensor):
        rows, columns = problem.rows, problem.columns
        self.kernel, self.matrix, (u, self.v) = kernel, kernel.matrix, held
        self.column_mass = self.v * torch.mv(self.matrix.T, u)
        kernel.work()
        self.asked = columns.log_asked(y).exp()
        self.gradient = self.column_mass - self.asked
        self.weight = u * u * rows.tau / row_mass
        self.own = self.column_mass
        if not columns.hard:
            self.own = self.own + self.asked * ((1 - columns.tau) / columns.tau)

    def __call__(self, direction: Tensor) -> Tensor:
        self.kernel.work(2)
        *_, back = memory.there_and_back(
            self.matrix, self.v * direction, lambda carried, rows: carried * self.weight[rows]
        )
        return self.own * direction - back.mul_(self.v)

    def diagonal(self) -> Tensor:
        """Its diagonal, bounded from below: for a sharp plan it is far from that of the column masses."""
        shared = self.kernel.column_squares(self.weight).mul_(self.v * self.v)
        return torch.maximum(self.own - shared, 1e-3 * self.own)


def conjugate_gradients(
    apply: Callable[[Tensor], Tensor],
    right: Tensor,
    relative: float,
    *,
    preconditioner: Tensor,
    scale: Tensor,
    radius: float = math.inf,
    most: int = 300,
) -> Tensor:
    """Solve ``apply(x) = right`` for a symmetric, positive semi-definite map.

    Args:
        apply: the map.
        right: (N,) right-hand side.
        relative: stop where the L1 norm of the remainder is below this share of the right-hand side's.
        preconditioner: (N,) positive diagonal close to the map's.
        scale: (N,) size of the terms that the map's diagonal is the difference of: a curvature below the rounding
            of these is none, and the solution ends there.
        radius: stop, too, where an entry of the solution becomes larger.
        most: iterations, at most.
    """
    every = memory.steps_between_looks(right)
    digits, tiny = torch.finfo(right.dtype).eps, torch.finfo(right.dtype).tiny
    solution = torch.zeros_like(right)
    rest = right
    bound = relative * right.abs().sum()
    scaled = rest / preconditioner
    direction, power = scaled, rest @ scaled
    for iteration in range(1, most + 1):
        image = apply(direction)
        curvature, rounding = direction @ image, digits * (direction.square() @ scale)
        length = torch.where(curvature > rounding, power / curvature, 0)
        solution = solution + length * direction
        rest = rest - length * image
        if iteration % every == 0 and bool(
            (rest.abs().sum() <= bound) | (solution.abs().amax() > radius) | (length == 0)
        ):
            break
        scaled = rest / preconditioner
        before, power = power, rest @ scaled
        direction = scaled + (power / before.clamp_min(tiny)) * direction
    return solution


def symmetric(kernel: Kernel, problem: Problem, v: Tensor, *, tol: float) -> Limit | None:
    """Average each step with the one before, with one scaling for rows and columns: ``u ← √(u·(μ/Ku)^τ)``.

    For a symmetric cost and equal marginals and penalties, the joint layout's, the two scalings agree in the limit.
    Plain steps swing from rows to columns and back and may need thousands of iterations.

    Args:
        kernel: the kernel of the problem.
        problem: one that :func:`is_symmetric`, both marginals constrained.
        v: the scaling to start from.
        tol: share of the mass in the wrong row or column to stop at.

    Returns:
        The limit, or None where these steps are slow, too.

    Source: Knight, Ruiz & Uçar, SIAM J. Matrix Anal. 2014; Feydy et al., AISTATS 2019, arXiv 1810.08278.
    """
    rows, pace = problem.rows, Pace(tol / 2)
    every = memory.steps_between_looks(v)
    u, step = v, 0
    while True:
        sums = kernel.sums(rows, u)
        if step % every == 0:
            error = kernel.marginal_error(rows, u, sums)
            if 2 * error <= tol:
                return Limit(u, u, error, error, CONVERGED)
            if pace.slow(error, every) or not math.isfinite(error):
                return None
        u = kernel.average(u, kernel.update(rows, sums))
        step += 1


def is_symmetric(problem: Problem) -> bool:
    """Whether rows and columns are the same: cost, marginals and penalties (ε per row excepted)."""
    rows, columns = problem.rows, problem.columns
    square = problem.shape[0] == problem.shape[1]
    if (
        not square
        or problem.lambda1 != problem.lambda2
        or (isinstance(problem.epsilon, Tensor) and problem.epsilon.ndim)
    ):
        return False
    if not torch.equal(rows.masses, columns.masses):
        return False
    cost = problem.scaled_energy
    # A glance at one row first: most costs are not symmetric, and the whole comparison is a slow pass.
    largest = max(1.0, problem.largest_score * float(problem.mean_epsilon))
    near = 8 * torch.finfo(cost.dtype).eps * largest
    return all(
        torch.allclose(rows, columns, rtol=0.0, atol=near)
        for rows, columns in ((cost[0], cost[:, 0]), (cost, cost.T))
    )
