"""Plain Sinkhorn steps of a small problem on the CPU, where calling an operation costs more than its arithmetic."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from gca_viz.transport.problem.problem import Problem
from gca_viz.transport.solvers.kernel import Kernel, ScalingKernel
from gca_viz.transport.solvers.run import Pace, Run

#: cells of the largest kernel that counts as small: its products take as long as calling them
_MOST_CELLS = 2**18


def is_small(kernel: Kernel, problem: Problem) -> bool:
    """Whether :func:`iterate_small` is made for it: a small kernel on the CPU itself, and both marginals hard."""
    small = isinstance(kernel, ScalingKernel) and kernel.matrix.numel() <= _MOST_CELLS and kernel.matrix.is_cpu
    return small and problem.rows.hard and problem.columns.hard


def iterate_small(
    kernel: Kernel, problem: Problem, *, half_steps: float, tol: float, start: Tensor | None, impatient: bool
) -> Run:
    """The steps of :func:`gca_viz.transport.solvers.sinkhorn.iterate`, to the last bit, written in place.

    Products are torch's; quotients and distances of their vectors are numpy's, which starts several times faster,
    on the same memory.

    Args:
        kernel, problem: that :func:`is_small`.
        half_steps: at least 1.
        tol, start, impatient: see there.
    """
    matrix, work, mv, divide = kernel.matrix, kernel.work, torch.mv, np.divide
    transposed, mass, total = matrix.T, problem.total, np.add.reduce
    mu = problem.mu.numpy()
    nu = mu if problem.nu is problem.mu else problem.nu.numpy()
    (n, m), kind = matrix.shape, mu.dtype
    a, b, of_rows, of_columns = np.empty(n, kind), np.empty(m, kind), np.empty(n, kind), np.empty(m, kind)
    u, v, row_sums, column_sums = map(torch.from_numpy, (a, b, of_rows, of_columns))
    if start is None:
        b.fill(1)
    else:
        torch.exp(start, out=v)
    run, pace, step = Run([u], [v], [row_sums], [column_sums]), Pace(tol), 0
    with np.errstate(all="ignore"):  # what overflows is seen at the end, as in torch
        while True:
            mv(matrix, v, out=row_sums)
            work()
            if step:
                error = float(total(np.abs(a * of_rows - mu))) / mass
                run.converged = error <= tol
                run.slow = impatient and not run.converged and pace.slow(error, 1)
                if run.converged or run.slow or step >= half_steps or not math.isfinite(error):
                    break
            divide(mu, of_rows, a)
            step += 1
            mv(transposed, u, out=column_sums)
            work()
            if step == 1 or step >= half_steps:
                error = float(total(np.abs(b * of_columns - nu))) / mass
                run.converged = error <= tol
                if run.converged or step >= half_steps or not math.isfinite(error):
                    break
            divide(nu, of_columns, b)
            step += 1
    run.half_steps, run.marginal_error = step, error
    return run
