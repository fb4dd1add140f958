"""From embeddings to a plan: ``align`` with all its checks, against POT with the cost of the same ones."""

from __future__ import annotations

import math
from argparse import Namespace
from collections.abc import Callable

import torch

from benchmarks.transport.balanced import Grid, cases
from benchmarks.transport.batches import Case
from benchmarks.transport.checks import wrong_plan
from benchmarks.transport.peers import pot
from benchmarks.transport.race import OURS, cell, race, ratio
from benchmarks.transport.solvers import Solver
from benchmarks.transport.table import RaceTable
from gca_viz.transport import align

TRACED = "with its trace"
SMALLEST_GOAL, GOAL = 1.2, 1.5


def door(options: Namespace) -> None:
    """From rows of length 1 to a plan, ours in one call and POT's of their cost; the goal is 1.5, at N = 128 1.2.

    *With its trace*, as it is by default, the plan keeps every half step, too.
    """
    solvers = [_ours(OURS, trace=False), _ours(TRACED, trace=True)]
    solvers += [pot(backend, "sinkhorn", from_views=True) for backend in ("numpy", "torch")]
    epsilons = (0.1, 0.2, 0.5)
    grid: Grid = {"random": epsilons, "clustered": epsilons}
    table = RaceTable("data", "type", "ε", "N", OURS, TRACED, "POT", "ratio with its trace")
    for case in cases(options, grid, ("f32",), (128, 256, 512, 1024, 2048, 4096)):
        raced = race(case, solvers, wrong_plan, options)
        traced = raced.pop(TRACED)
        best, bound = ratio(raced)
        with_trace, _ = ratio({OURS: traced, "POT": raced["POT"]})
        table.race(
            case.data,
            case.digits,
            f"{case.epsilon:g}",
            str(case.size),
            *(cell(result, options.seconds) for result in (raced[OURS], traced, raced["POT"])),
            f"{with_trace:.2f}",
            ratio=best,
            bound=bound,
            goal=SMALLEST_GOAL if case.size <= 128 else GOAL,
        )
    table.close()


def _ours(library: str, trace: bool) -> Solver:
    """``align``, asked for the limit."""

    def prepare(case: Case, cap: float) -> Callable[[float], torch.Tensor]:
        z1, z2 = case.views
        asked = {"epsilon": case.epsilon, "iterations": math.inf, "trace": trace}
        return lambda tol: align(z1, z2, tol=tol, **asked).matrix

    return Solver(library, "", prepare, lambda case: [case.tol], rows_of_one=True)
