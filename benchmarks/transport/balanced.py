"""A balanced plan to a tolerance, ours and every peer's: an easy grid and a slow one."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Iterator

import torch

from benchmarks.transport.batches import Case
from benchmarks.transport.checks import wrong_plan
from benchmarks.transport.clock import read_seconds
from benchmarks.transport.peers import installed, our_report
from benchmarks.transport.race import OURS, cell, race, ratio
from benchmarks.transport.table import RaceTable, milliseconds

DTYPES = {"f32": torch.float32, "f64": torch.float64}
TOLERANCES = {"f32": 1e-4, "f64": 1e-6}
CUDA_SIZES = (1024, 4096, 16384, 32768)
LIBRARIES = ("POT", "geomloss", "OTT", "mdot", "regot", "flash-sinkhorn")

Grid = dict[str, tuple[float, ...]]  # data → temperatures


def tolerance(options: Namespace) -> None:
    """Temperatures of daily use; the goal is a ratio of 1.5, and of 3 from N = 4096 on."""
    epsilons = (0.05, 0.2, 0.5, 1.0)
    grid = {"random": epsilons, "clustered": epsilons}
    _compare(options, grid, ("f32", "f64"), (128, 512, 2048, 4096), lambda case: 3.0 if case.size >= 4096 else 1.5)


def slow(options: Namespace) -> None:
    """Low temperatures, where plain iterations creep; the goal is a ratio of 4."""
    grid = {"clustered": (0.05, 0.02, 0.01), "random": (0.01, 0.005)}
    _compare(options, grid, ("f64",), (512, 2048), lambda case: 4.0)


def _compare(
    options: Namespace, grid: Grid, dtypes: tuple[str, ...], sizes: tuple[int, ...], goal: Callable[[Case], float]
) -> None:
    solvers = installed()
    libraries = [name for name in LIBRARIES if any(solver.library == name for solver in solvers)]
    table = RaceTable("data", "type", "ε", "N", "gca_viz", "regime, passes", "one read of K", *libraries)
    for case in cases(options, grid, dtypes, sizes):
        raced = race(case, solvers, wrong_plan, options)
        best, bound = ratio(raced)
        table.race(
            case.data,
            case.digits,
            f"{case.epsilon:g}",
            str(case.size),
            cell(raced[OURS], options.seconds),
            our_report(case),
            milliseconds(read_seconds(case.size**2, case.dtype, case.device)),
            *(cell(raced.get(name), options.seconds) for name in libraries),
            ratio=best,
            bound=bound,
            goal=goal(case),
        )
    table.close()


def cases(options: Namespace, grid: Grid, dtypes: tuple[str, ...], sizes: tuple[int, ...]) -> Iterator[Case]:
    """What is asked for on the command line; of what is not, the case's own."""
    if options.device == "cuda":
        sizes = CUDA_SIZES
    for digits in options.dtypes or dtypes:
        for data in options.data or grid:
            for epsilon in options.epsilons or grid[data]:
                for size in options.sizes or sizes:
                    yield Case(data, size, epsilon, DTYPES[digits], TOLERANCES[digits], options.device)
