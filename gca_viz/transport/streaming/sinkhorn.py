"""Plain Sinkhorn for a kernel that is read in tiles: one pass per full iteration."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import torch
from torch import Tensor

from gca_viz.transport.memory import look
from gca_viz.transport.plans.diagnostics import CONVERGED, ITERATION_LIMIT, PASS_LIMIT, PRECISION_LIMIT
from gca_viz.transport.problem.checks import check_room, room_of
from gca_viz.transport.problem.marginal import Marginal
from gca_viz.transport.problem.problem import Problem
from gca_viz.transport.streaming.block import step
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
class State:
    """Where the iterations are: enough to go on from, and at last what they end in.

    Attributes:
        log_u, log_v: (N,) log-scalings.
        half_steps: half steps taken.
        column_marginal_error: share of the mass in the wrong column; 0 after a column step.
        lowest, idle: the smallest of these errors so far, and passes since then.
        stop_reason: why the iterations ended, as far as known before the plan is read; empty while they go on.
    """

    log_u: Tensor
    log_v: Tensor
    half_steps: int = 0
    column_marginal_error: float = 0.0
    lowest: float = math.inf
    idle: int = 0
    stop_reason: str = ""

    @classmethod
    def at_start(cls, problem: StreamedProblem, log_v: Tensor | None = None) -> State:
        """log u = 0 and log v = 0, or another one; −∞ where a marginal is zero."""
        rows, columns = problem.rows, problem.columns
        zero = rows.masses.new_zeros(())
        log_u = torch.where(_live(rows), zero, -torch.inf)
        return cls(log_u, torch.where(_live(columns), zero if log_v is None else log_v, -torch.inf))


def iterate(
    tiles: Tiles,
    problem: StreamedProblem,
    state: State,
    *,
    limit: float,
    tol: float,
    read_after: Literal["any", "row"],
    begin: Callable[[], None],
    keep: Callable[[State], None],
) -> State:
    """Set rows and columns in turn.

    Args:
        tiles: the kernel.
        state: where to begin; one that has ended is returned as it is.
        limit: half steps at most; an unbounded run ends when it comes no closer or after 1000 passes.
        tol: stop where at most this share of the mass is in the wrong place.
        read_after: ``"row"`` stops after row steps only.
        begin: called before each pass.
        keep: called after each pass with where the iterations are.
    """
    columns = problem.columns
    wanted = _live(columns) if not columns.free else torch.zeros_like(state.log_v, dtype=torch.bool)
    while not state.stop_reason:
        if state.half_steps >= limit:
            state = replace(state, stop_reason=ITERATION_LIMIT)
        else:
            begin()
            state = _next(tiles, problem, state, wanted, limit, tol, read_after)
        keep(state)
    return state


def _next(
    tiles: Tiles, problem: StreamedProblem, state: State, wanted: Tensor, limit: float, tol: float, read_after: str
) -> State:
    """The state after a pass: after a row step and, if the run goes on, a column step."""
    rows, columns, steps = problem.rows, problem.columns, state.half_steps
    row_sums, log_u, column_sums = tiles.log_sums(state.log_v, rows, wanted)
    row_error, column_error = look(
        _marginal_error(rows, state.log_u, row_sums), _marginal_error(columns, state.log_v, column_sums)
    )
    if steps and read_after == "any" and row_error <= tol:
        return replace(state, stop_reason=CONVERGED)
    steps += 1
    nearer = column_error < state.lowest
    after = replace(
        state,
        log_u=log_u,
        half_steps=steps,
        column_marginal_error=column_error,
        lowest=column_error if nearer else state.lowest,
        idle=0 if nearer else state.idle + 1,
    )
    if (steps == 1 or read_after == "row") and column_error <= tol:
        return replace(after, stop_reason=CONVERGED)
    if limit == math.inf and (after.idle == _IDLE_PASSES or steps == 2 * _MOST_PASSES - 1):
        return replace(after, stop_reason=PRECISION_LIMIT if after.idle == _IDLE_PASSES else PASS_LIMIT)
    if steps == limit:
        return replace(after, stop_reason=ITERATION_LIMIT)
    log_v = step(columns, column_sums)
    return replace(after, log_v=log_v, half_steps=steps + 1, column_marginal_error=0.0)


def marginal_error(marginal: Marginal, log_scaling: Tensor, log_sums: Tensor) -> float:
    """Share of the mass in the wrong row (column), by its log-scalings and log sums."""
    return float(_marginal_error(marginal, log_scaling, log_sums))


def _marginal_error(marginal: Marginal, log_scaling: Tensor, log_sums: Tensor) -> Tensor:
    log_mass = torch.where(log_scaling > -torch.inf, log_scaling + log_sums, -torch.inf)
    return marginal.marginal_error(log_scaling, log_mass)


def _live(marginal: Marginal) -> Tensor:
    """(N,) False where a constrained marginal is zero."""
    return marginal.masses > (-1 if marginal.free else 0)
