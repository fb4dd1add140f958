"""Ours and the peers on one balanced problem; a peer that is not installed is left out."""

from __future__ import annotations

import math
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import torch

from benchmarks.transport.batches import Case
from benchmarks.transport.ott_peer import ott
from benchmarks.transport.race import OURS
from benchmarks.transport.solvers import Solver, counts, thresholds
from gca_viz.transport import Plan, Problem, solve

ENDLESS = 10_000_000  # iterations: the cap on seconds ends a run, not this
REGOT_LARGEST = 2048  # beyond, a run takes up to minutes, and compiled code cannot be interrupted


def ours() -> Solver:
    """This package, asked for the limit."""

    def prepare(case: Case, cap: float) -> Callable[[float], torch.Tensor]:
        return lambda tol: _solved(case, tol).matrix

    return Solver(OURS, "", prepare, lambda case: [case.tol], rows_of_one=True)


def our_report(case: Case) -> str:
    """How this package solves a case: its regime and how often it reads the kernel."""
    report = _solved(case, case.tol).diagnostics
    return f"{report.regime}, {report.passes}"


def pot(
    backend: str, method: str, *, last_resort: bool = False, from_views: bool = False, **options: Any
) -> Solver:
    """POT's ``ot.sinkhorn``; it looks at the L2 violation every ten (stabilised: ``print_period``) iterations.

    ``from_views`` has the cost computed within each run.
    """

    def prepare(case: Case, cap: float) -> Callable[[float], Any]:
        import ot

        cost, (z1, z2), marginal = case.cost, case.views, case.marginal
        if backend == "numpy":
            cost, z1, z2, marginal = cost.numpy(), z1.numpy(), z2.numpy(), marginal.numpy()

        def run(threshold: float) -> Any:
            return ot.sinkhorn(
                marginal,
                marginal,
                1 - z1 @ z2.T if from_views else cost,
                case.epsilon,
                method=method,
                numItermax=ENDLESS,
                stopThr=threshold,
                warn=False,
                **options,
            )

        return run

    name = " ".join(
        filter(None, [backend, method.removeprefix("sinkhorn").strip("_"), *map(str, options.values())])
    )
    return Solver("POT", name, prepare, thresholds, _on_cpu if backend == "numpy" else _anywhere, last_resort)


def geomloss() -> Solver:
    """geomloss's ``ot.solve``: annealed, and without a stop criterion, so that it is told the least iterations."""

    def prepare(case: Case, cap: float) -> Callable[[int], torch.Tensor]:
        from geomloss import ot

        def run(iterations: int) -> torch.Tensor:
            return ot.solve(case.cost, reg=case.epsilon, a=case.marginal, b=case.marginal, max_iter=iterations).plan

        return run

    return Solver("geomloss", "", prepare, counts)


def mdot(annealed: bool) -> Solver:
    """mdot-tnt's truncated Newton projection at the case's ε, or its mirror descent from ε = 1/16 down to it."""
    start = 16.0

    def prepare(case: Case, cap: float) -> Callable[[float], torch.Tensor]:
        from mdot_tnt.mdot import mdot as descend
        from mdot_tnt.truncated_newton import TruncatedNewtonProjector

        def project(threshold: float) -> torch.Tensor:
            log_marginal, scaled = case.marginal.log(), case.cost / case.epsilon
            projector = TruncatedNewtonProjector(device=case.device, dtype=case.dtype)
            error = torch.tensor(threshold, dtype=case.dtype, device=case.device)
            u, v, *_ = projector.project(
                scaled, log_marginal, log_marginal, error, log_marginal.clone(), log_marginal.clone()
            )
            return torch.exp(u[:, None] + v - scaled)

        def anneal(threshold: float) -> torch.Tensor:
            power = math.log(math.log(case.size) / threshold) / math.log(1 / case.epsilon)
            u, v, sharpness, *_ = descend(
                case.marginal, case.marginal, case.cost, 1 / case.epsilon, gamma_i=start, p=power
            )
            return torch.exp(u[:, None] + v - sharpness * case.cost)

        return anneal if annealed else project

    if annealed:
        return Solver("mdot", "annealed", prepare, thresholds, lambda case: 1 / case.epsilon > start)
    return Solver("mdot", "", prepare, thresholds)


def regot(method: str) -> Solver:
    """regot's second-order methods, compiled, in double precision only; they look at an L2 norm."""

    def prepare(case: Case, cap: float) -> Callable[[float], Any]:
        import numpy as np
        import regot as library

        algorithm = getattr(library, f"sinkhorn_{method}")
        cost, marginal = np.asfortranarray(case.cost.numpy()), case.marginal.numpy()
        return lambda threshold: algorithm(cost, marginal, marginal, case.epsilon, threshold, 2000).plan

    def fits(case: Case) -> bool:
        return _on_cpu(case) and case.digits == "f64" and case.size <= REGOT_LARGEST

    return Solver("regot", method, prepare, thresholds, fits)


def flash_sinkhorn() -> Solver:
    """flash-sinkhorn's Triton kernels: single precision, from the points; half a squared distance is 1 − cos."""

    def prepare(case: Case, cap: float) -> Callable[[float], torch.Tensor]:
        from flash_sinkhorn.sinkhorn_solvers import sinkhorn_flashstyle_alternating

        z1, z2 = case.views

        def run(threshold: float) -> torch.Tensor:
            f, g = sinkhorn_flashstyle_alternating(
                z1,
                z2,
                case.marginal,
                case.marginal,
                eps=case.epsilon,
                n_iters=ENDLESS,
                cost_scale=0.5,
                allow_tf32=False,
                threshold=threshold,
                ott_convention=True,
            )
            return torch.exp((f[:, None] + g - case.cost) / case.epsilon)

        return run

    return Solver(
        "flash-sinkhorn", "", prepare, thresholds, lambda case: case.device == "cuda" and case.digits == "f32"
    )


def installed() -> list[Solver]:
    """Every solver whose library can be imported, ours first."""
    # The second-order methods first: the others are not waited for where these are far ahead.
    offers = {
        "mdot_tnt": [mdot(annealed=False), mdot(annealed=True)],
        "regot": [regot("ssns"), regot("splr")],
        "ot": [
            pot("numpy", "sinkhorn"),
            pot("torch", "sinkhorn"),
            pot("numpy", "sinkhorn_stabilized", print_period=10),
            pot("torch", "sinkhorn_stabilized", print_period=10),
            pot("torch", "sinkhorn_stabilized", print_period=100),
            pot("numpy", "sinkhorn_log", last_resort=True),
            pot("torch", "sinkhorn_log", last_resort=True),
        ],
        "geomloss": [geomloss()],
        "ott": [
            ott("kernel", every=5),
            ott("log", every=5),
            ott("log", every=10, momentum=True),
            ott("log", every=10, anderson=True),
        ],
        "flash_sinkhorn": [flash_sinkhorn()],
    }
    return [ours(), *(solver for module, group in offers.items() if find_spec(module) for solver in group)]


def _solved(case: Case, tol: float) -> Plan:
    return solve(Problem(case.cost, case.epsilon), iterations=math.inf, tol=tol, trace=False)


def _anywhere(case: Case) -> bool:
    return True


def _on_cpu(case: Case) -> bool:
    return case.device == "cpu"
