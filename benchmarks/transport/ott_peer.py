"""OTT-JAX: compiled before the clock starts, once per size, precision and algorithm."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from benchmarks.transport.batches import Case
from benchmarks.transport.clock import TooSlow
from benchmarks.transport.solvers import Solver, thresholds

# Compiled code cannot be interrupted, so that the cap on seconds becomes one on iterations, by these rough costs.
NANOSECONDS_PER_CELL = {"kernel": 5.0, "log": 5.0}


def ott(mode: str, *, every: int, momentum: bool = False, anderson: bool = False) -> Solver:
    """OTT's Sinkhorn.

    Args:
        mode: ``"kernel"`` multiplies by a kernel made once, ``"log"`` sums exponentials.
        every: iterations between two looks at the violation.
        momentum, anderson: its two accelerations.
    """

    def prepare(case: Case, cap: float) -> Callable[[float], Any]:
        import jax

        per_iteration = 1e-9 * NANOSECONDS_PER_CELL[mode] * case.size**2
        iterations = 2 ** max(7, round(math.log2(cap / per_iteration)))
        solve = _jitted(mode == "log", every, iterations, momentum, anderson)
        cost, marginal = as_jax(case.cost), as_jax(case.marginal)

        def run(threshold: float) -> Any:
            with precision(case):
                plan, taken = jax.block_until_ready(solve(cost, marginal, case.epsilon, threshold))
            if taken >= iterations:
                raise TooSlow
            return plan

        run(math.inf)
        return run

    extra = [f"every {every}", *(["momentum"] if momentum else []), *(["Anderson"] if anderson else [])]
    return Solver("OTT", " ".join([mode, *extra]), prepare, thresholds, sees_device)


def as_jax(values: Any) -> Any:
    """A tensor as a jax array of the same precision, on jax's own device."""
    import jax

    # A run that was stopped at the cap must not go on in another thread.
    jax.config.update("jax_cpu_enable_async_dispatch", False)
    with jax.enable_x64(True):
        return jax.numpy.asarray(np.asarray(values.cpu()))


def precision(case: Case) -> Any:
    """A context in which jax's numbers have the case's precision by default."""
    import jax

    return jax.enable_x64(case.digits == "f64")


def sees_device(case: Case) -> bool:
    """Whether jax works on the case's device."""
    import jax

    return (jax.default_backend() == "gpu") == (case.device == "cuda")


@cache
def _jitted(log: bool, every: int, iterations: int, momentum: bool, anderson: bool) -> Callable[..., Any]:
    import jax
    from ott.geometry.geometry import Geometry
    from ott.problems.linear.linear_problem import LinearProblem
    from ott.solvers.linear.acceleration import AndersonAcceleration, Momentum
    from ott.solvers.linear.sinkhorn import Sinkhorn

    @jax.jit
    def solve(cost: Any, marginal: Any, epsilon: Any, threshold: Any) -> Any:
        # Given a cost alone, the kernel mode would make the kernel again in each step.
        kernel = None if log else jax.numpy.exp(-cost / epsilon)
        result = Sinkhorn(
            lse_mode=log,
            threshold=threshold,
            inner_iterations=every,
            max_iterations=iterations,
            momentum=Momentum(start=5 * every, error_threshold=1.0) if momentum else None,
            anderson=AndersonAcceleration(memory=5, ridge_identity=1e-5) if anderson else None,
        )(LinearProblem(Geometry(cost if log else None, kernel, epsilon=epsilon), a=marginal, b=marginal))
        if log:
            return result.matrix, result.n_iters
        u, v = result.scalings
        return u[:, None] * kernel * v, result.n_iters

    return solve
