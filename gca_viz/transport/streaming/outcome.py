"""What a streamed plan comes to: its diagnostics, and the loss of each row."""

from __future__ import annotations

import torch
from torch import Tensor

from gca_viz.transport.plans.diagnostics import CONVERGED, Diagnostics
from gca_viz.transport.plans.divergence import Divergence
from gca_viz.transport.plans.plan import ScaledPlan
from gca_viz.transport.problem.problem import Problem
from gca_viz.transport.streaming.sinkhorn import State, StreamedProblem, marginal_error
from gca_viz.transport.streaming.tiles import Tiles


def diagnostics_of(
    tiles: Tiles, problem: StreamedProblem, run: State, log_row_mass: Tensor, tol: float
) -> Diagnostics:
    """The diagnostics of a run; what is left of the marginal error is known when the plan is read."""
    exact = run.half_steps % 2 == 1  # rows hold exactly after a row step, columns after a column step
    row_error = 0.0 if exact else marginal_error(problem.rows, run.log_u, log_row_mass - run.log_u)
    return Diagnostics(
        regime="streaming",
        why="the memory holds " + ("the kernel" if tiles.held else f"{tiles.height} of its rows"),
        half_steps=run.half_steps,
        passes=tiles.passes,
        row_marginal_error=row_error,
        column_marginal_error=run.column_marginal_error,
        tol=tol,
        stop_reason=CONVERGED if row_error + run.column_marginal_error <= tol else run.stop_reason,
    )


def loss_per_row(
    divergence: Divergence,
    problem: StreamedProblem,
    log_u: Tensor,
    log_pair: Tensor,
    log_row_mass: Tensor,
    diagnostics: Diagnostics,
) -> Tensor:
    """(N,) divergence from the plan in which all columns but the partner's are merged into one."""
    live, mu = problem.live_rows, problem.rows.masses
    log_pair, log_sum = log_pair - log_u, log_row_mass - log_u
    log_rest = log_sum + torch.log1p(-(log_pair - log_sum).clamp_max(0).exp())
    log_rest = log_rest.clamp_min(torch.finfo(log_rest.dtype).min)  # an empty rest is a cell within reach, too
    log_kernel = torch.where(live[:, None], torch.stack([log_pair, log_rest], 1), 0)
    merged = ScaledPlan(
        problem=Problem(-log_kernel, 1.0, 0.0, 0.0, mu),
        log_u=log_u,
        log_v=log_kernel.new_zeros(2),
        diagnostics=diagnostics,
        divergence=divergence,
        given_target=torch.stack([mu, torch.zeros_like(mu)], 1),
    )
    return torch.where(live, merged.loss_per_row, 0)
