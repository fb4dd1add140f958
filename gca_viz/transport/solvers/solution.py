"""What solves a problem: the regime, its run, and how to read potentials, gradients, trace and plan from it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import torch
from torch import Tensor

from gca_viz.progress import ReportProgress
from gca_viz.transport.memory import blocks, look
from gca_viz.transport.plans.diagnostics import CONVERGED, ITERATION_LIMIT, PASS_LIMIT, Diagnostics
from gca_viz.transport.problem.problem import Problem
from gca_viz.transport.solvers.adjoint import Followed, at_limit, through_steps
from gca_viz.transport.solvers.kernel import Kernel, LogKernel, ScalingKernel
from gca_viz.transport.solvers.limit import MOST_PASSES, Limit, is_symmetric, symmetric
from gca_viz.transport.solvers.newton import newton
from gca_viz.transport.solvers.run import Run
from gca_viz.transport.solvers.sinkhorn import iterate
from gca_viz.transport.solvers.work_counter import WorkCounter

#: half steps that a trace on the way to the limit keeps, at most
TRACED_HALF_STEPS = 100


@dataclass(eq=False)
class Solution:
    """The end of a solve.

    Attributes:
        kernel: the kernel, as it was held at last.
        u, v: scalings of rows and columns, as the kernel writes them.
        run: the plain iterations.
        diagnostics: what was done.
    """

    kernel: Kernel
    u: Tensor
    v: Tensor
    run: Run
    diagnostics: Diagnostics

    @cached_property
    def log_scalings(self) -> tuple[Tensor, Tensor]:
        """(N,), (M,) log-scalings, without gradient."""
        return self.kernel.log(self.u), self.kernel.log(self.v)

    def differentiable(self, problem: Problem, cells: Tensor | None) -> Followed:
        """The same as functions of the cost and ε of ``problem``, and the energies of some cells with them."""
        if self.diagnostics.at_limit:
            return at_limit(problem, self.kernel, self.u, self.v, cells)
        return through_steps(problem, self.kernel, self.run, cells)

    def matrix(self) -> Tensor | None:
        """(N, M) the plan, written over the kernel, which is gone then; None if the kernel cannot hold it."""
        held, matrix = self.kernel.relative(self.u, self.v), self.kernel.matrix
        if held is None:
            return None
        u, v = held
        for part, scaling in blocks(matrix, u.unsqueeze(1)):
            part.mul_(scaling).mul_(v)
        return matrix

    def states(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """(T+1, N), (T+1, M) log-scalings and (T+1, N), (T+1, M) masses of every half step of the run."""
        run, kernel = self.run, self.kernel
        steps = torch.arange(run.half_steps + 1, device=self.u.device)
        log_u, log_v = kernel.log(torch.stack(run.u)), kernel.log(torch.stack(run.v))
        log_u, log_v = log_u[(steps + 1) // 2], log_v[steps // 2]
        # Sums are taken for the update that follows or precedes a state; only the start's columns need one more.
        row_sums = kernel.log(torch.stack(run.row_sums))[steps // 2]
        assert run.start_column_sums is not None  # as wherever a trace was asked for
        column_sums = kernel.log(torch.stack([run.start_column_sums, *run.column_sums]))[(steps + 1) // 2]
        return log_u, log_v, (log_u + row_sums).exp(), (log_v + column_sums).exp()


def find(
    problem: Problem,
    *,
    half_steps: float,
    tol: float,
    read_after: Literal["any", "row"],
    keep: bool,
    trace: bool,
    start: Tensor | None,
    progress: ReportProgress | None = None,
) -> Solution:
    """Solve, in the quickest arithmetic that holds.

    Args:
        problem: without empty rows and columns, cut off from autograd.
        half_steps: bound; infinity asks for the limit.
        tol, read_after, start: see :func:`gca_viz.transport.solvers.solver.solve`.
        keep: whether every half step is needed, for a trace or a gradient.
        trace: whether a trace is asked for: plain steps come first then, whatever follows.
        progress: called after each pass over the kernel; may raise to cancel.
    """
    work = WorkCounter(progress, half_steps + 2)
    solver = _Solver(problem, half_steps, tol, read_after, keep, trace, start)
    if ScalingKernel.fits(problem):
        kernel = ScalingKernel(problem, work)
        solution = solver(kernel)
        if kernel.in_range(solution.u, solution.v):
            return solution
    return solver(LogKernel(problem, work))


@dataclass(eq=False)
class _Solver:
    """The choice between plain, Newton and averaged steps; fields as in :func:`find`."""

    problem: Problem
    half_steps: float
    tol: float
    read_after: Literal["any", "row"]
    keep: bool
    trace: bool
    start: Tensor | None

    def __call__(self, kernel: Kernel) -> Solution:
        rows, columns = self.problem.rows, self.problem.columns
        limit = math.isinf(self.half_steps)
        # The gauge u → cu, v → v/c, on which a loss read after a row step depends, is that of plain steps.
        gauge = self.read_after == "row" and rows.hard and columns.hard
        if not limit or rows.free or columns.free or gauge:
            return self._plain(kernel)
        run = self._iterate(
            kernel,
            half_steps=TRACED_HALF_STEPS if self.trace else math.inf,
            start=None if self.trace else self.start,
            keep=self.trace,
            impatient=not self.trace,
        )
        if run.converged:
            end, why = self._end(kernel, run), "plain iterations converge quickly here"
            return self._solution(kernel, run, end, kernel.regime, why, at_limit=True)
        v = run.v[-1] if self.start is None or not self.trace else kernel.start(self.start)
        return self._solution(kernel, run, *self._beyond(kernel, run, v), at_limit=True, beyond=True)

    def _beyond(self, kernel: Kernel, run: Run, v: Tensor) -> tuple[Limit, str, str]:
        """The limit by a faster way than plain steps, that way, and why."""
        if is_symmetric(self.problem):
            limit = symmetric(kernel, self.problem, kernel.average(run.u[-1], run.v[-1]), tol=self.tol)
            if limit is not None:
                return limit, "symmetric", "rows and columns are the same, so that one potential is enough"
        limit = newton(kernel, self.problem, v, tol=self.tol)
        if limit is not None:
            why = f"plain iterations would need many more than the {run.half_steps // 2} taken"
            return limit, "newton", why
        rest = self._iterate(kernel, half_steps=MOST_PASSES, start=kernel.log(v), keep=False)
        return self._end(kernel, rest), kernel.regime, "the plan is too uneven for the number format"

    def _iterate(self, kernel: Kernel, **options: Any) -> Run:
        return iterate(kernel, self.problem, tol=self.tol, read_after=self.read_after, **options)

    def _plain(self, kernel: Kernel) -> Solution:
        half_steps = self.half_steps
        if math.isinf(half_steps):
            half_steps = MOST_PASSES - (self.read_after == "row")
        run = self._iterate(kernel, half_steps=half_steps, keep=self.keep)
        end, regime, why = self._end(kernel, run), kernel.regime, kernel.why
        if self.problem.rows.free and self.problem.columns.free:
            regime, why = "kernel", "both penalties are zero"
        return self._solution(kernel, run, end, regime, why)

    def _end(self, kernel: Kernel, run: Run) -> Limit:
        """Where plain steps ended."""
        rows, columns = self.problem.rows, self.problem.columns
        errors = (run.marginal_error, 0.0) if run.half_steps % 2 == 0 else (0.0, run.marginal_error)
        if run.half_steps == 0:
            run.start_column_sums = kernel.sums(columns, run.u[0])
            u, v = kernel.log(run.u[0]), kernel.log(run.v[0])
            row_error, column_error = look(
                rows.marginal_error(u, u + kernel.log(run.row_sums[0])),
                columns.marginal_error(v, v + kernel.log(run.start_column_sums)),
            )
            errors = row_error, column_error
        reason = PASS_LIMIT if math.isinf(self.half_steps) else ITERATION_LIMIT
        return Limit(run.u[-1], run.v[-1], *errors, CONVERGED if sum(errors) <= self.tol else reason)

    def _solution(
        self,
        kernel: Kernel,
        run: Run,
        end: Limit,
        regime: str,
        why: str,
        *,
        at_limit: bool = False,
        beyond: bool = False,
    ) -> Solution:
        if self.trace and run.start_column_sums is None:
            run.start_column_sums = kernel.sums(self.problem.columns, run.u[0])
        diagnostics = Diagnostics(
            regime=regime,
            why=why,
            half_steps=run.half_steps,
            passes=kernel.work.count,
            row_marginal_error=end.row_marginal_error,
            column_marginal_error=end.column_marginal_error,
            tol=self.tol,
            stop_reason=end.stop_reason,
            warm=at_limit and self.start is not None,
            at_limit=at_limit,
            beyond=beyond,
        )
        return Solution(kernel, end.u, end.v, run, diagnostics)
