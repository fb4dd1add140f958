"""Many plans of one batch: a grid of temperatures and penalties against a loop, and the constraint square."""

from __future__ import annotations

import itertools
import math
from argparse import Namespace
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
import torch
from torch import Tensor

from benchmarks.transport.balanced import DTYPES
from benchmarks.transport.batches import Case
from benchmarks.transport.fresh import measure
from benchmarks.transport.race import OURS, cell, race, ratio
from benchmarks.transport.solvers import Solver
from benchmarks.transport.table import RaceTable, Table
from gca_viz.transport.sweeps.sweep import sweep as our_sweep

EPSILONS = tuple(np.geomspace(0.05, 5, 16).tolist())
PENALTIES = (0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 20.0, math.inf)
ITERATIONS = 50
GOAL = 5.0
LIBRARIES = ("POT", "geomloss")
LARGEST_ERROR = {"f32": 1e-4, "f64": 1e-8}  # of a share of mass
POINTS = 21
SQUARE_GOAL = "≤ 0.5 s, < 400 MiB"

PlanOf = Callable[[Any, float, float], Any]  # (ε, λ) → plan


def sweep(options: Namespace) -> None:
    """128 plans of 50 iterations against a loop (goal: a ratio of 5), and the square of 441 plans.

    Ours reads eight numbers of every plan, the peers one, the share of mass on the pairs; all shares are compared.
    """
    solvers = _solvers()
    libraries = [name for name in LIBRARIES if any(solver.library == name for solver in solvers)]
    table = RaceTable("plans", "type", "N", OURS, *libraries)
    sizes, dtypes = options.sizes or (256,), options.dtypes or ("f32", "f64")
    for digits, size in itertools.product(dtypes, sizes):
        case = Case("clustered", size, min(EPSILONS), DTYPES[digits], device=options.device)
        raced = race(case, solvers, _wrong_shares, options)
        best, bound = ratio(raced)
        cells = [cell(raced.get(name), options.seconds) for name in (OURS, *libraries)]
        plans = f"{len(EPSILONS)} ε × {len(PENALTIES)} λ"
        table.race(plans, digits, str(size), *cells, ratio=best, bound=bound, goal=GOAL)
    table.close()

    square = Table("plans", "type", "N", "iterations", "first, s", "again, s", "memory beside, MiB", "goal")
    for digits, size, iterations in itertools.product(dtypes, sizes, (10, ITERATIONS)):
        dtype = str(DTYPES[digits]).removeprefix("torch.")
        found = measure("square", size, POINTS, iterations, dtype, options.device)
        times = [f"{found[name]:.2f}" for name in ("cold", "warm")]
        square.row(
            f"{found['plans']}", digits, str(size), str(iterations), *times, f"{found['mib']:.0f}", SQUARE_GOAL
        )


def _solvers() -> list[Solver]:
    solvers = [Solver(OURS, "", _prepare_ours, _only_setting)]
    if find_spec("ot"):
        solvers += [_loop("POT", backend, _pot_plan, backend == "numpy") for backend in ("numpy", "torch")]
    if find_spec("geomloss"):
        solvers.append(_loop("geomloss", "", _geomloss_plan, False))
    return solvers


def _prepare_ours(case: Case, cap: float) -> Callable[[int], Tensor]:
    grid = {"epsilon": EPSILONS, "lambda1": PENALTIES}
    return lambda iterations: our_sweep(*case.views, **grid, iterations=iterations, tol=0).values["matched_share"]


def _loop(library: str, name: str, plan_of: Callable[..., Any], as_numpy: bool) -> Solver:
    """A solver whose answer is (16, 8) shares of mass on the pairs, from one plan after the other."""

    def prepare(case: Case, cap: float) -> Callable[[int], list]:
        cost, ones = case.cost, torch.ones_like(case.marginal)
        if as_numpy:
            cost, ones = cost.numpy(), ones.numpy()

        def run(iterations: int) -> list:
            plans = (plan_of(cost, ones, *place, iterations) for place in itertools.product(EPSILONS, PENALTIES))
            return [float(plan.diagonal().sum() / plan.sum()) for plan in plans]

        return run

    def fits(case: Case) -> bool:
        return case.device == "cpu" or not as_numpy

    return Solver(library, name, prepare, _only_setting, fits)


def _pot_plan(cost: Any, ones: Any, epsilon: float, penalty: float, iterations: int) -> Any:
    from ot.unbalanced import sinkhorn_unbalanced

    return sinkhorn_unbalanced(
        ones, ones, cost, epsilon, penalty, reg_type="entropy", numItermax=iterations, stopThr=0
    )


def _geomloss_plan(cost: Tensor, ones: Tensor, epsilon: float, penalty: float, iterations: int) -> Tensor:
    from geomloss import ot

    unbalanced = None if math.isinf(penalty) else penalty
    # Its reference a bᵀ is one everywhere with these marginals: the same problem.
    return ot.solve(cost, reg=epsilon, a=ones, b=ones, unbalanced=unbalanced, max_iter=iterations).plan


def _only_setting(case: Case) -> list[int]:
    return [ITERATIONS]


def _wrong_shares(answer: Any, solver: Solver, case: Case) -> str:
    """How far the shares of mass on the pairs are from those of a plain loop in double precision, if too far."""
    shares = torch.as_tensor(answer, dtype=torch.float64).reshape(len(EPSILONS), len(PENALTIES))
    error = float((shares - _exact_shares(case)).abs().max())
    return "" if error <= LARGEST_ERROR[case.digits] else f"share off by {error:.0e}"


def _exact_shares(case: Case) -> Tensor:
    cost = case.cost.cpu().double()
    shares = cost.new_empty(len(EPSILONS), len(PENALTIES))
    for (row, epsilon), (column, penalty) in itertools.product(enumerate(EPSILONS), enumerate(PENALTIES)):
        kernel, v = (-cost / epsilon).exp(), cost.new_ones(len(cost))
        power = 1 / (1 + epsilon / penalty)
        for _ in range(ITERATIONS):
            u = (kernel @ v) ** -power
            v = (kernel.T @ u) ** -power
        pairs = u * kernel.diagonal() * v
        shares[row, column] = pairs.sum() / (u @ kernel @ v)
    return shares
