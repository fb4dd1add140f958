"""The one door of the engine: picks a regime, runs it, and tells which."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from gca_viz.progress import ReportProgress
from gca_viz.transport.parameters import HALF_STEPS, ITERATIONS, TOLERANCE
from gca_viz.transport.plans.divergence import KL, Divergence
from gca_viz.transport.plans.plan import Plan, ScaledPlan
from gca_viz.transport.plans.trace import Trace
from gca_viz.transport.problem.pairing import Pairing
from gca_viz.transport.problem.problem import Problem
from gca_viz.transport.solvers.solution import find
from gca_viz.transport.solvers.warm_start import warm_start


def solve(
    problem: Problem,
    *,
    iterations: float = 10,
    tol: float = 1e-6,
    half_steps: int | None = None,
    read_after: Literal["any", "row"] = "any",
    trace: bool = True,
    start: Plan | tuple[Plan, Plan] | None = None,
    progress: ReportProgress | None = None,
    target: Tensor | None = None,
    divergence: Divergence | None = None,
    pairing: Pairing | None = None,
    cost_name: str = "cosine",
) -> ScaledPlan:
    """Solve a transport problem: block coordinate ascent on its dual (Sinkhorn's iterations), or find its limit.

    From ``f = g = 0``, in turn, with ``LSE`` the log of a sum of exponentials::

        f ← τ₁·ε·(log μ − LSE_j (g_j − C_ij)/ε)        g ← τ₂·ε·(log ν − LSE_i (f_i − C_ij)/ε)

    A finite number of iterations is just that: plain Sinkhorn, in the quickest arithmetic that is safe. With
    ``iterations=math.inf`` the limit is asked for, and found by plain steps, by Newton steps or, where rows and
    columns are the same, by averaged steps, whichever is fastest. ``plan.diagnostics`` says which, and why.

    The result is differentiable in the cost and in ε, once: through every half step taken, or by the implicit
    function theorem at the limit. Rows and columns whose constrained marginal is zero stay empty.

    Args:
        problem: what to solve.
        iterations: bound on full iterations, two half steps each; ``math.inf`` for the limit.
        tol: stop earlier where at most this share of the mass is in the wrong row or column; asked after half step
            1 and after each full iteration (on an accelerator after every eighth).
        half_steps: bound on half steps, in place of ``iterations``; 0 gives the kernel.
        read_after: ``"row"`` ends on a row step only, after 2·iterations − 1 half steps at most (for RINCE).
        trace: whether to keep the potentials and marginals of every half step; of the first 100 on the way to the
            limit, always those of plain Sinkhorn.
        start: a plan of the same columns, or two at different ε, whose potentials the search for the limit starts
            from; the answer is the same within ``tol``. No effect on a finite number of iterations.
        progress: called after each pass over the kernel with the share done and what is being done; may raise to
            cancel.
        target, divergence, pairing, cost_name: handed on to the plan; they do not touch the iterations. With a
            pairing and no target, the target is each row's partner.

    Returns:
        The plan. Not converged is a flag on it (``plan.converged``, ``plan.diagnostics``), never an error.

    Raises:
        InputError: ``iterations``, ``half_steps`` or ``tol`` out of bounds, or a ``start`` of another shape.
    """
    tol = TOLERANCE.check(tol)
    if half_steps is not None:
        bound = HALF_STEPS.check(half_steps)
    else:
        bound = 2 * ITERATIONS.check(iterations) - (read_after == "row")
    if problem.rows.free and problem.columns.free:
        bound = 0  # nothing is constrained: the kernel is the plan
    differentiable = torch.is_grad_enabled() and problem.requires_grad
    core, whole = problem.core, problem.all_live
    log_start = warm_start(problem, start)
    solution = find(
        core.detach(),
        half_steps=bound,
        tol=tol,
        read_after=read_after,
        keep=trace or differentiable,
        trace=trace,
        start=log_start if log_start is None else log_start[problem.live_columns],
        progress=progress,
    )
    states = solution.states() if trace else None
    rows, columns = (None, None) if whole else (problem.live_rows, problem.live_columns)
    history = None
    if states is not None:
        log_u, log_v, row_mass, column_mass = states
        history = Trace(
            problem=problem.detach(),
            log_u=_among(log_u, rows, -torch.inf),
            log_v=_among(log_v, columns, -torch.inf),
            row_mass=_among(row_mass, rows, 0),
            column_mass=_among(column_mass, columns, 0),
            given_target=target,
            pairing=pairing,
        )
    energy = None
    if differentiable:
        partners = pairing.partner if pairing is not None and pairing.paired and whole else None
        log_u, log_v, energy = solution.differentiable(core, partners)
    else:
        log_u, log_v = solution.log_scalings
    return ScaledPlan(
        problem=problem,
        log_u=_among(log_u, rows, -torch.inf),
        log_v=_among(log_v, columns, -torch.inf),
        diagnostics=solution.diagnostics,
        divergence=divergence or KL(),
        given_target=target,
        pairing=pairing,
        cost_name=cost_name,
        trace=history,
        dense=solution.matrix() if whole and not differentiable else None,
        energy_of_partners=energy,
    )


def _among(values: Tensor, live: Tensor | None, empty: float) -> Tensor:
    """``values`` of the live entries (last dimension) among all, the others ``empty``; None is all."""
    if live is None:
        return values
    full = values.new_full((*values.shape[:-1], len(live)), empty)
    full[..., live] = values
    return full
