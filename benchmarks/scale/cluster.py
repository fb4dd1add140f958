"""What Ray adds to a task and to a pass, and what a second worker brings."""

from __future__ import annotations

import multiprocessing
import os
import signal
import statistics
import time
from argparse import Namespace
from collections.abc import Callable, Sequence
from itertools import pairwise

import torch

import gca_viz
from benchmarks.scale.coverage import clusters
from benchmarks.transport.table import Table
from gca_viz.cluster.executor import RayExecutor
from gca_viz.cluster.shards import RayShards
from gca_viz.experiments.effects.sweep import sweeps_as_tasks
from gca_viz.experiments.embedding_tiles import tiles_of
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.experiments.tasks import Task
from gca_viz.progress import ReportProgress
from gca_viz.transport import LocalShards

SAMPLES, ITERATIONS, BLOCKS = 16_384, 6, 8
AXES = {"eps": tuple(0.02 * 1.25**step for step in range(16)), "lambdas": (0.1, 1.0)}
NOTHING, SEEDS = 300, 8
#: tiles of 512 images that are embedded
TILES = 4


def cluster(options: Namespace) -> None:
    """Two workers of Ray on this machine; a ratio is of one worker's time by that of both, the least of some turns
    (3), on workers that are warm. *cold*: from the connection, which starts Ray, to the first plans of a sweep.
    *ratio at hand*: what two processes that share nothing bring just then, on a busy machine less than 2. *killed*:
    one of the two workers of a plan, in its third pass: the longest pass, and how much longer the plan takes. *what
    Ray adds*: a pass of one worker less one of a thread of this process, with the same blocks."""
    turns = options.repeats or 3
    _tasks(turns)
    _plan((options.sizes or [SAMPLES])[0], turns)


def _tasks(turns: int) -> None:
    table = Table("", "one worker", "two workers", "", "goal")
    begun = time.perf_counter()
    executor = RayExecutor("local", workers=2)
    try:
        next(executor.run(_sweep(0), progress=_tell_nobody))
        table.row("cold → first result", "", "", f"{time.perf_counter() - begun:.1f} s", "12 s")
        _all(executor, [*_sweep(0), *_tiles()[:2]])  # workers import, and read encoder and images
        nothing = [Task(f"{__name__}:nothing", "", ((("x", float(x)),),), ("y",), ("c",)) for x in range(NOTHING)]
        each = min(_seconds(lambda: _all(executor, nothing)) for _ in range(1 + turns)) / NOTHING
        table.row("a task that does nothing", "", f"{1e3 * each:.2f} ms", "", "2 ms")
        fresh = iter(range(1, 100))
        for what, tasks in {
            f"sweep, {32 * SEEDS} plans of N = 256": lambda: _sweep(next(fresh)),
            f"embedding, {TILES * 512:,} emoji": lambda: _tiles()[2 : 2 + TILES],
        }.items():
            one, two = [], []
            for _ in range(turns):
                for most, found in ((1, one), (4, two)):
                    executor._most = most  # one at a time is one worker's work, on workers that are both warm
                    given = tasks()
                    found.append(_seconds(lambda given=given: _all(executor, given)))
            _ratio(table, what, one, two, 1.8)
    finally:
        executor.close()
    table.row("ratio at hand", "", "", f"{at_hand():.2f} ×", "")


def _plan(samples: int, turns: int) -> None:
    table = Table(f"a pass of a plan, N = {samples:,}", "one worker", "two workers", "", "goal")
    z1, z2 = clusters(samples)
    with RayShards("local", 2, BLOCKS) as shards:
        here, one, two = [], [], []
        for _ in range(turns):
            here += _passes(z1, z2, LocalShards(1, BLOCKS))
            shards._workers = 1
            one += _passes(z1, z2, shards)
            shards._workers = 2
            two += _passes(z1, z2, shards)
        _ratio(table, f"{BLOCKS} blocks", one, two, 1.6)
        alone = min(here)
        more = 1e3 * (min(one) - alone)
        table.row("one thread here, and what Ray adds", f"{alone:.2f} s", "", f"{more:+.0f} ms", "60 ms")
        killed = _passes(z1, z2, shards, kill=True)
        piece, usual = min(one) / BLOCKS, statistics.median(two)
        more = sum(killed) - usual * len(killed)
        table.row("one of two workers killed", "", f"{max(killed):.2f} s", f"{more:+.1f} s", f"{piece + 5:.1f} s")
    table.row("ratio at hand", "", "", f"{at_hand():.2f} ×", "")


def _passes(z1: torch.Tensor, z2: torch.Tensor, on: gca_viz.transport.Shards, *, kill: bool = False) -> list[float]:
    """Seconds of each pass that iterates but the first, in which workers come."""
    begun: dict[str, float] = {}

    def tell(share: float, what: str) -> None:
        if what not in begun:
            begun[what] = time.perf_counter()
            if kill and what.startswith("Iteration 3"):
                os.kill(_workers()[0], signal.SIGKILL)

    gca_viz.align_streamed(z1, z2, iterations=ITERATIONS, memory=4000, on=on, progress=tell)
    times = list(begun.values())
    return [after - before for before, after in pairwise(times[1:])]


def _workers() -> list[int]:
    """Processes of this session that compute blocks."""
    import psutil

    ours = psutil.Process().children(recursive=True)
    return [process.pid for process in ours if "".join(process.cmdline()).startswith("ray::_Worker")]


def _tell_nobody(share: float, what: str) -> None:
    """No progress is shown."""


def nothing(task: Task, report_progress: ReportProgress) -> list[tuple[float]]:
    """A task without work."""
    return [(0.0,)] * len(task.places)


def _sweep(number: int) -> list[Task]:
    """Tasks of a seed each, of plans that no earlier turn had."""
    recipe = Recipe().with_values(n=256, seed=1000 * number)
    return [*sweeps_as_tasks({"": recipe}, AXES, ("loss", "matched_share"), SEEDS)]


def _tiles() -> list[Task]:
    return tiles_of(Recipe(), "cpu")


def _all(executor: RayExecutor, tasks: Sequence[Task]) -> None:
    for done in executor.run(tasks, progress=_tell_nobody):
        assert done.problem is None, done.problem


def _seconds(work: Callable[[], None]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def at_hand() -> float:
    """How much more two processes do than one at this moment, where they have nothing to do with each other."""
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        pool.map(_busy, [1, 1], 1)
        one = _seconds(lambda: [*pool.map(_busy, [4], 1)] and None)
        return 2 * one / _seconds(lambda: [*pool.map(_busy, [4, 4], 1)] and None)


def _busy(times: int) -> None:
    torch.set_num_threads(1)
    random = torch.Generator().manual_seed(0)
    square = torch.randn(1024, 1024, generator=random)
    for _ in range(25 * times):
        square @ square


def _ratio(table: Table, what: str, one: Sequence[float], two: Sequence[float], goal: float) -> None:
    first, second = min(one), min(two)
    table.row(what, f"{first:.2f} s", f"{second:.2f} s", f"{first / second:.2f} ×", f"{goal:g}")
