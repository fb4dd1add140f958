"""Plain Sinkhorn: half step by half step, in whichever arithmetic the kernel has."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

from torch import Tensor

from gca_viz.transport import memory
from gca_viz.transport.problem.problem import Problem
from gca_viz.transport.solvers.kernel import Kernel

#: full iterations beyond which a faster regime is worth its start
PATIENCE = 25


@dataclass(eq=False)
class Run:
    """The states of plain iterations, as the kernel writes scalings.

    Attributes:
        u, v: scalings of the rows and of the columns; entry k after k full iterations.
        row_sums, column_sums: ``K v`` and ``Kᵀ u`` of each update, and of the pass that only measured.
        start_column_sums: ``Kᵀ 1``, where somebody asked for it.
        half_steps: half steps taken.
        marginal_error: share of the mass in the wrong place at the end, on the marginal not just set; the other is
            exact.
        converged: whether it is within tolerance.
        slow: whether the iterations were given up because many more would be needed.
    """

    u: list[Tensor]
    v: list[Tensor]
    row_sums: list[Tensor] = field(default_factory=list)
    column_sums: list[Tensor] = field(default_factory=list)
    start_column_sums: Tensor | None = None
    half_steps: int = 0
    marginal_error: float = math.inf
    converged: bool = False
    slow: bool = False


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


class Pace:
    """Predicts from the decay of the marginal error whether plain iterations are slow."""

    def __init__(self, tol: float):
        self.tol = max(tol, 1e-16)
        self.errors: list[float] = []

    def slow(self, error: float, iterations: int) -> bool:
        """Note a marginal error, ``iterations`` after the one before; whether too many more would be needed."""
        self.errors.append(error)
        if len(self.errors) < 4:
            return False
        decay = math.log(max(error, 1e-300) / self.errors[-3]) / (2 * iterations)
        return decay >= 0 or math.log(self.tol / error) / decay > PATIENCE
