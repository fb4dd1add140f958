"""Plain Sinkhorn for a kernel that is read in tiles: one pass per full iteration."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import torch
from torch import Tensor

from gca_viz.transport.memory import look
from gca_viz.transport.plans.diagnostics import CONVERGED, ITERATION_LIMIT, PASS_LIMIT, PRECISION_LIMIT
from gca_viz.transport.problem.checks import check_room, room_of
from gca_viz.transport.problem.marginal import Marginal
from gca_viz.transport.problem.problem import Problem
from gca_viz.transport.streaming.tiles import Tiles

#: passes after which an unbounded run ends, and passes without progress that show the limit of precision
_MOST_PASSES, _IDLE_PASSES = 1000, 10


@dataclass(frozen=True, eq=False)
class StreamedProblem:
    """A transport problem without its cost: temperature and marginals, checked as those of a problem are.

    Attributes:
        epsilon, mean_epsilon: temperature, a number or one per row, and its mean.
        rows, columns: the two marginals.
        live_rows: (N,) False where a row must be empty.
    """

    epsilon: float | Tensor
    mean_epsilon: float | Tensor
    rows: Marginal
    columns: Marginal
    live_rows: Tensor

    @classmethod
    def of(
        cls,
        size: int,
        epsilon: Any,
        lambda1: float,
        lambda2: float,
        mu: Any,
        nu: Any,
        *,
        like: Tensor,
        joint: bool,
    ) -> StreamedProblem:
        """The problem of ``size`` rows and columns, in the number format and on the device of ``like``.

        Raises:
            InputError: as for :class:`gca_viz.transport.Problem`.
        """
        epsilon = epsilon.detach() if isinstance(epsilon, Tensor) else epsilon
        # Each marginal has a problem in which the other is merged into one: no check needs more of the other.
        by_row = Problem(like.new_zeros(size, 1), epsilon, lambda1, lambda2, mu)
        total, mean_epsilon = by_row.mu.sum()[None], by_row.mean_epsilon
        by_column = Problem(like.new_zeros(1, size), mean_epsilon, lambda1, lambda2, total, nu)
        if joint:  # every row sends its mass to all but itself, and the other way round
            penalties = by_row.lambda1, by_row.lambda2
            rows, columns = room_of(by_row.mu, by_column.nu, penalties)
            check_room("mu", by_row.mu, penalties, columns.sum() - columns)
            check_room("nu", by_column.nu, penalties, rows.sum() - rows)
        return cls(by_row.epsilon, mean_epsilon, by_row.rows, by_column.columns, by_row.live_rows)

    def limit(self, iterations: float, read_after: Literal["any", "row"]) -> float:
        """Half steps within which the plan is reached: fewer where a marginal is free."""
        if self.columns.free:
            return 0 if self.rows.free else 1
        if self.rows.free and read_after == "any":
            return 2
        return 2 * iterations - (read_after == "row")


@dataclass(frozen=True, eq=False)
class Run:
    """The state that the iterations end in.

    Attributes:
        log_u, log_v: (N,) log-scalings.
        half_steps: half steps taken.
        column_marginal_error: share of the mass in the wrong column; 0 after a column step.
        stop_reason: why the iterations ended, as far as known before the plan is read.
    """

    log_u: Tensor
    log_v: Tensor
    half_steps: int
    column_marginal_error: float
    stop_reason: str


def iterate(
    tiles: Tiles,
    problem: StreamedProblem,
    *,
    limit: float,
    tol: float,
    read_after: Literal["any", "row"],
    begin: Callable[[], None],
) -> Run:
    """Set rows and columns in turn, from log u = log v = 0.

    Args:
        tiles: the kernel.
        limit: half steps at most; an unbounded run ends when it comes no closer or after 1000 passes.
        tol: stop where at most this share of the mass is in the wrong place.
        read_after: ``"row"`` stops after row steps only.
        begin: called before each pass.
    """
    rows, columns = problem.rows, problem.columns
    log_u, log_v = (
        torch.where(_live(marginal), marginal.masses.new_zeros(()), -torch.inf) for marginal in (rows, columns)
    )
    wanted = _live(columns) if not columns.free else torch.zeros_like(log_v, dtype=torch.bool)
    step, remaining, lowest, idle, reason = 0, 0.0, math.inf, 0, ITERATION_LIMIT
    while step < limit:
        begin()
        row_sums, next_u, column_sums = tiles.log_sums(log_v, partial(_row_step, rows, log_u), wanted)
        row_error, column_error = look(
            _marginal_error(rows, log_u, row_sums), _marginal_error(columns, log_v, column_sums)
        )
        if step and read_after == "any" and row_error <= tol:
            reason = CONVERGED
            break
        log_u, step = next_u, step + 1
        remaining = column_error
        if (step == 1 or read_after == "row") and remaining <= tol:
            reason = CONVERGED
            break
        idle, lowest = (0, remaining) if remaining < lowest else (idle + 1, lowest)
        if limit == math.inf and (idle == _IDLE_PASSES or step == 2 * _MOST_PASSES - 1):
            reason = PRECISION_LIMIT if idle == _IDLE_PASSES else PASS_LIMIT
            break
        if step < limit:
            log_v, step, remaining = _set(columns, log_v, column_sums), step + 1, 0.0
    return Run(log_u, log_v, step, remaining, reason)


def marginal_error(marginal: Marginal, log_scaling: Tensor, log_sums: Tensor) -> float:
    """Share of the mass in the wrong row (column), by its log-scalings and log sums."""
    return float(_marginal_error(marginal, log_scaling, log_sums))


def _marginal_error(marginal: Marginal, log_scaling: Tensor, log_sums: Tensor) -> Tensor:
    log_mass = torch.where(log_scaling > -torch.inf, log_scaling + log_sums, -torch.inf)
    return marginal.marginal_error(log_scaling, log_mass)


def _live(marginal: Marginal) -> Tensor:
    """(N,) False where a constrained marginal is zero."""
    return marginal.masses > (-1 if marginal.free else 0)


def _row_step(rows: Marginal, log_u: Tensor, index: slice, log_sums: Tensor) -> Tensor:
    """The log-scalings that the rows of a tile take."""
    return _set(rows, log_u[index], log_sums, index)


def _set(marginal: Marginal, log_scaling: Tensor, log_sums: Tensor, index: slice = slice(None)) -> Tensor:
    """The log-scalings that some rows (columns) take for given sums; −∞ where they must be empty."""
    if marginal.free:
        return log_scaling
    log_masses = marginal.log_masses[index]
    return torch.where(log_masses > -torch.inf, marginal.tau_of(index) * (log_masses - log_sums), -torch.inf)
