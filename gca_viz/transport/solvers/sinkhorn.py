"""Plain Sinkhorn: half step by half step, in whichever arithmetic the kernel has."""

from __future__ import annotations

import math
from typing import Literal

from torch import Tensor

from gca_viz.transport import memory
from gca_viz.transport.problem.problem import Problem
from gca_viz.transport.solvers.kernel import Kernel
from gca_viz.transport.solvers.run import Pace, Run
from gca_viz.transport.solvers.small import is_small, iterate_small


def iterate(
    kernel: Kernel,
    problem: Problem,
    *,
    half_steps: float,
    tol: float,
    start: Tensor | None = None,
    read_after: Literal["any", "row"] = "any",
    impatient: bool = False,
    keep: bool = True,
) -> Run:
    """Set rows and columns in turn.

    Args:
        kernel: the kernel of the problem.
        problem: with no empty rows or columns.
        half_steps: how many, at most.
        tol: stop where at most this share of the mass is in the wrong place. Asked after half step 1, which solves
            problems with one free marginal, and after each full iteration; on an accelerator, where neither is
            free, after each eighth that is not one of the last eight.
        start: (M,) log-scaling of the columns to start from; 0 if left out.
        read_after: ``"row"`` asks after row steps only.
        impatient: give up where the decay so far predicts more than ``PATIENCE`` further iterations.
        keep: whether to keep all states, or the last only.
    """
    if not keep and half_steps >= 1 and read_after == "any" and is_small(kernel, problem):
        return iterate_small(kernel, problem, half_steps=half_steps, tol=tol, start=start, impatient=impatient)
    rows, columns = problem.rows, problem.columns
    v = kernel.ones(columns) if start is None else kernel.start(start)
    run = Run([kernel.ones(rows)], [v])
    pace = Pace(tol)
    every = memory.steps_between_looks(v)
    early = every == 1 or rows.free or columns.free
    sides = (rows, run.u, run.v, run.row_sums), (columns, run.v, run.u, run.column_sums)
    while True:
        step = run.half_steps
        marginal, own, other, sums_of = sides[step % 2]
        # One pass over the kernel gives the mass the plan has for this marginal and this marginal's next scaling.
        sums = kernel.sums(marginal, other[-1])
        if not keep:
            sums_of.clear()
        sums_of.append(sums)
        asked = step % 2 == 1 if read_after == "row" else step == 1 or (step and step % 2 == 0)
        due = early if step <= 2 else step // 2 % every == 0 and (every == 1 or step + 2 * every <= half_steps)
        if step >= half_steps or (asked and due):
            run.marginal_error = kernel.marginal_error(marginal, own[-1], sums)
            run.converged = run.marginal_error <= tol
            run.slow = impatient and not run.converged and step > 1 and pace.slow(run.marginal_error, every)
            if run.converged or run.slow or step >= half_steps or not math.isfinite(run.marginal_error):
                return run
        if not keep:
            own.clear()
        own.append(kernel.update(marginal, sums))
        run.half_steps += 1
