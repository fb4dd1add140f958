"""What a large plan, or a sub-sample of it, will cost: counted, and timed on a few of its strips."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import torch

from gca_viz.transport.memory import memory_for
from gca_viz.transport.parameters import EPSILON, ITERATIONS, TOLERANCE
from gca_viz.transport.streaming.block import Block, strip_rows
from gca_viz.transport.streaming.parameters import MEMORY, OVERVIEW, TOP
from gca_viz.transport.streaming.prepared import Prepared
from gca_viz.transport.streaming.shards import TILES_OF_A_WORKER
from gca_viz.transport.streaming.workspace import Workspace

#: of one H100 at 128 dimensions, on paper: 40 bytes and 258 operations a cell, as tiles are computed
GPU_SECONDS_PER_CELL = 20e-12
#: seconds that measuring goes on for, at most two strips more
_SECONDS = 0.5


@dataclass(frozen=True)
class Forecast:
    """What a plan will cost one worker of this machine.

    Attributes:
        rows: of the plan, and its columns.
        passes: over its cells to iterate; infinite where that is not known before.
        seconds_per_cell, reading_per_cell: of a pass that iterates, and of the one that reads the plan.
    """

    rows: int
    passes: float
    seconds_per_cell: float
    reading_per_cell: float

    @property
    def cells(self) -> int:
        """Of the plan."""
        return self.rows**2

    @property
    def seconds(self) -> float:
        """All passes, on one core or card that holds no kernel: at most."""
        return self.cells * (self.passes * self.seconds_per_cell + self.reading_per_cell)

    @property
    def gpu_seconds(self) -> float:
        """All passes on cards, by a model and not by a measurement: :data:`GPU_SECONDS_PER_CELL`."""
        return self.cells * (self.passes + 1) * GPU_SECONDS_PER_CELL

    def seconds_of_sample(self, pairs: int, size: int, draws: int, exact_rows: int) -> float:
        """What weighed sub-samples of ``size`` of so many pairs take, with their halves and the exact rows."""
        rows = min(size, pairs) * self.rows // pairs
        of_draws = 1.5 * draws * rows**2 * (self.passes * self.seconds_per_cell + self.reading_per_cell)
        return of_draws + (2 * rows + min(exact_rows, self.rows)) * self.rows * self.seconds_per_cell


@torch.no_grad()
def forecast(
    z1: Any,
    z2: Any,
    method: str = "gca-ince",
    *,
    memory: float = MEMORY.default,
    epsilon: Any = EPSILON.default,
    iterations: float | None = ITERATIONS.default,
    tol: float = TOLERANCE.default,
    **given: Any,
) -> Forecast:
    """What :func:`gca_viz.align_streamed` with these arguments will cost, by a pass over a few strips of rows.

    Raises:
        InputError: what that would raise before it begins.
    """
    given |= {"epsilon": epsilon, "iterations": iterations, "tol": tol}
    prepared = Prepared.of(z1, z2, method, given)
    size, top = prepared.size, min(int(TOP.default), prepared.size)
    room = prepared.room(memory, top, min(int(OVERVIEW.default), size))
    with torch.autocast(prepared.z1.device.type, enabled=False), memory_for(size, prepared.z1):
        kernel = prepared.kernel()
        height = strip_rows(kernel, room / TILES_OF_A_WORKER)
        block, workspace = Block(kernel.of_rows(slice(0, height)), height), Workspace()
        problem, partner = prepared.problems[0], prepared.pairing.partner[:height]
        log_v, log_u = torch.zeros_like(problem.columns.masses), partner.new_zeros(height, dtype=kernel.rows.dtype)
        edge = math.ceil(size / min(int(OVERVIEW.default), size))

        def iterate() -> None:
            block.sums(workspace, log_v, problem.rows.of(slice(0, height)))

        def read() -> None:
            many = len(prepared.problems)
            block.read(workspace, (log_v,) * many, edge, top, {}, (log_u,) * many, partner, {})

        cells = height * size
        passes = sum(math.ceil(limit / 2) if limit < math.inf else math.inf for limit in prepared.limits)
        return Forecast(size, passes, _seconds(iterate) / cells, _seconds(read) / cells)


def _seconds(work: Callable[[], None]) -> float:
    """Least wall seconds that it takes, warm."""
    work()
    least, begun = math.inf, perf_counter()
    while perf_counter() - begun < _SECONDS or least == math.inf:
        start = perf_counter()
        work()
        least = min(least, perf_counter() - start)
    return least
