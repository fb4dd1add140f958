"""Ten iterations and their exact gradient in both views, of the loss ``−mean log P_ii``."""

from __future__ import annotations

import itertools
import math
from argparse import Namespace
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import normalize

import gca_viz
from benchmarks.transport.balanced import DTYPES
from benchmarks.transport.batches import Case
from benchmarks.transport.checks import as_torch
from benchmarks.transport.ott_peer import as_jax, precision, sees_device
from benchmarks.transport.race import OURS, cell, race, ratio
from benchmarks.transport.solvers import Solver
from benchmarks.transport.table import RaceTable

ITERATIONS = 10
GOAL = 2.5
LIBRARIES = ("torch", "POT", "geomloss", "OTT")
LARGEST_ERROR = {"f32": 1e-3, "f64": 1e-8}  # of the gradient, relative to the exact one

Loss = Callable[[Tensor, Tensor, float], Tensor]  # (z1, z2, ε) → loss


def gradient(options: Namespace) -> None:
    """Ten iterations forward, and back to both views; the goal is a ratio of 2.5."""
    solvers = _solvers()
    libraries = [name for name in LIBRARIES if any(solver.library == name for solver in solvers)]
    table = RaceTable("data", "type", "ε", "N", OURS, *libraries)
    for digits, data, epsilon, size in itertools.product(
        options.dtypes or ("f32", "f64"),
        options.data or ("clustered",),
        options.epsilons or (0.2,),
        options.sizes or (512, 1024, 2048),
    ):
        case = Case(data, size, epsilon, DTYPES[digits], device=options.device)
        raced = race(case, solvers, _wrong_gradient, options)
        best, bound = ratio(raced)
        cells = [cell(raced.get(name), options.seconds) for name in (OURS, *libraries)]
        table.race(data, digits, f"{epsilon:g}", str(size), *cells, ratio=best, bound=bound, goal=GOAL)
    table.close()


def _solvers() -> list[Solver]:
    solvers = [_by_autograd(OURS, "", our_loss), _by_autograd("torch", "log", _log_loss)]
    solvers.append(_by_autograd("torch", "scaling", scaling_loss))
    if find_spec("ot"):
        solvers += [_by_autograd("POT", name, pot_loss(method)) for name, method in POT_METHODS.items()]
    if find_spec("geomloss"):
        solvers.append(_by_autograd("geomloss", "", _geomloss_loss))
    if find_spec("ott"):
        solvers += [
            _ott_gradient("kernel", implicit=False),
            _ott_gradient("log", implicit=False),
            _ott_gradient("log", implicit=True),
        ]
    return solvers


def _by_autograd(library: str, name: str, loss: Loss) -> Solver:
    """A solver whose answer is the gradient that torch finds for a loss."""

    def prepare(case: Case, cap: float) -> Callable[[int], tuple[Tensor, ...]]:
        views = [view.clone().requires_grad_() for view in case.views]
        return lambda iterations: torch.autograd.grad(loss(*views, case.epsilon), views)

    return Solver(library, name, prepare, lambda case: [ITERATIONS])


def our_loss(z1: Tensor, z2: Tensor, epsilon: float) -> Tensor:
    return gca_viz.align(z1, z2, "gca-ince", epsilon=epsilon, iterations=ITERATIONS, tol=0, trace=False).loss


def _log_loss(z1: Tensor, z2: Tensor, epsilon: float) -> Tensor:
    """What anybody would write."""
    log_kernel, g = -cost_of(z1, z2) / epsilon, z1.new_zeros(len(z2))
    for _ in range(ITERATIONS):
        f = -torch.logsumexp(log_kernel + g, 1)
        g = -torch.logsumexp(log_kernel + f[:, None], 0)
    return -(log_kernel.diagonal() + f + g).mean()


def scaling_loss(z1: Tensor, z2: Tensor, epsilon: float) -> Tensor:
    """What anybody in a hurry would write."""
    kernel, v = (-cost_of(z1, z2) / epsilon).exp(), z1.new_ones(len(z2))
    for _ in range(ITERATIONS):
        u = 1 / (kernel @ v)
        v = 1 / (kernel.T @ u)
    return -(kernel.diagonal() * u * v).log().mean()


POT_METHODS = {"scaling": "sinkhorn", "log": "sinkhorn_log"}


def pot_loss(method: str) -> Loss:
    import ot

    def loss(z1: Tensor, z2: Tensor, epsilon: float) -> Tensor:
        marginal = z1.new_full((len(z1),), 1 / len(z1))
        # POT begins with the columns: the roles are swapped, so that ten iterations end at the same plan.
        cost = cost_of(z2, z1)
        plan = ot.sinkhorn(marginal, marginal, cost, epsilon, method, numItermax=ITERATIONS, stopThr=0, warn=False)
        return -(len(z1) * plan.diagonal()).log().mean()

    return loss


def _geomloss_loss(z1: Tensor, z2: Tensor, epsilon: float) -> Tensor:
    from geomloss import ot

    plan = ot.solve(cost_of(z1, z2), reg=epsilon, max_iter=ITERATIONS).plan
    return -(len(z1) * plan.diagonal()).log().mean()


def _ott_gradient(mode: str, implicit: bool) -> Solver:
    """OTT's gradient, compiled: unrolled, or by the implicit function theorem as if it had converged."""

    def prepare(case: Case, cap: float) -> Callable[[int], Any]:
        import jax
        from ott.geometry.geometry import Geometry
        from ott.problems.linear.linear_problem import LinearProblem
        from ott.solvers.linear.implicit_differentiation import ImplicitDiff
        from ott.solvers.linear.sinkhorn import Sinkhorn

        numpy, epsilon = jax.numpy, case.epsilon
        views = [as_jax(view) for view in case.views]

        def loss(z1: Any, z2: Any) -> Any:
            z1, z2 = (z / numpy.linalg.norm(z, axis=1, keepdims=True) for z in (z1, z2))
            cost = 1 - z2 @ z1.T  # OTT begins with the columns, too
            result = Sinkhorn(
                lse_mode=mode == "log",
                threshold=0.0,
                inner_iterations=ITERATIONS,
                min_iterations=ITERATIONS,
                max_iterations=ITERATIONS,
                implicit_diff=ImplicitDiff() if implicit else None,
            )(LinearProblem(Geometry(cost, epsilon=epsilon)))
            return -((result.f + result.g - cost.diagonal()) / epsilon).mean() - math.log(case.size)

        with precision(case):
            compiled = jax.jit(jax.grad(loss, (0, 1)))
            jax.block_until_ready(compiled(*views))

        def run(iterations: int) -> Any:
            with precision(case):
                return jax.block_until_ready(compiled(*views))

        return run

    return Solver(
        "OTT", f"{mode} {'implicit' if implicit else 'unrolled'}", prepare, lambda case: [ITERATIONS], sees_device
    )


def _wrong_gradient(answer: Any, solver: Solver, case: Case) -> str:
    """How far a gradient is from the one of double precision and plain torch, if too far."""
    views = [view.double().clone().requires_grad_() for view in case.views]
    exact = torch.cat(torch.autograd.grad(_log_loss(*views, case.epsilon), views))
    error = float((torch.cat([as_torch(part) for part in answer]).to(exact) - exact).norm() / exact.norm())
    return "" if error <= LARGEST_ERROR[case.digits] else f"gradient off by {100 * error:.2g} %"


def cost_of(z1: Tensor, z2: Tensor) -> Tensor:
    return 1 - normalize(z1, dim=1) @ normalize(z2, dim=1).T
