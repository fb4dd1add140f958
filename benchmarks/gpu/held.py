"""Ten iterations with the plan written out, and the way back to both views, as far as the card holds them."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import torch
from torch import Tensor

import gca_viz
from benchmarks.gpu.ceilings import bandwidth
from benchmarks.gpu.race import Run, race
from benchmarks.transport.batches import Case
from benchmarks.transport.gradient import ITERATIONS, POT_METHODS, cost_of, our_loss, pot_loss, scaling_loss
from benchmarks.transport.table import Table

OURS = "gca_viz"
EPSILON = 0.2
#: sizes of a plan and of a gradient beyond which jax asks for more memory than a card has beside the others
LARGEST_COMPILED = (16384, 4096)


def held(options: Namespace) -> None:
    """Ten iterations from embeddings (f32, ε = 0.2, d = 128): milliseconds (GiB at the peak). Plan written out, and
    loss with its gradient in both views. *limit*: 20 reads of the kernel at the speed of memory."""
    table = Table("N", "", "limit", OURS, "share of limit", "POT", "torch", "OTT", "best peer / ours")
    for size in options.sizes:
        case = Case("clustered", size, EPSILON, torch.float32, device="cuda")
        z1, z2 = case.views
        floor = 2 * ITERATIONS * 4 * size**2 / bandwidth()
        for name, makers in (("plan", _plans(z1, z2)), ("loss, gradient", _gradients(z1, z2))):
            raced = race(makers, options)
            ours, peers = raced[OURS], [of.seconds for key, of in raced.items() if key != OURS and not of.note]
            ratio = f"{min(peers) / ours.seconds:.2f}" if peers and not ours.note else "–"
            cells = [str(raced[key]) if key in raced else "–" for key in ("POT", "torch", "OTT")]
            share = "–" if ours.note else f"{(2 if name != 'plan' else 1) * floor / ours.seconds:.0%}"
            limit = f"{1e3 * (2 if name != 'plan' else 1) * floor:.2f}"
            table.row(f"{size:,}", name, limit, str(ours), share, *cells, ratio)


def _plans(z1: Tensor, z2: Tensor) -> dict[str, Callable[[], Run]]:
    makers: dict[str, Callable[[], Run]] = {OURS: lambda: lambda: _our_plan(z1, z2)}
    if find_spec("ot"):
        makers["POT"] = lambda: lambda: _pot_plan(z1, z2)
    makers["torch"] = lambda: lambda: _torch_plan(z1, z2)
    if find_spec("ott") and len(z1) <= LARGEST_COMPILED[0]:
        makers["OTT"] = lambda: _ott(z1, z2, gradient=False)
    return makers


def _gradients(z1: Tensor, z2: Tensor) -> dict[str, Callable[[], Run]]:
    views = [z.clone().requires_grad_() for z in (z1, z2)]

    def through(loss: Callable[[Tensor, Tensor, float], Tensor]) -> Run:
        return lambda: torch.autograd.grad(loss(*views, EPSILON), views)

    makers: dict[str, Callable[[], Run]] = {OURS: lambda: through(our_loss)}
    if find_spec("ot"):
        makers["POT"] = lambda: through(pot_loss(POT_METHODS["scaling"]))
    makers["torch"] = lambda: through(scaling_loss)
    if find_spec("ott") and len(z1) <= LARGEST_COMPILED[1]:
        makers["OTT"] = lambda: _ott(z1, z2, gradient=True)
    return makers


@torch.no_grad()
def _our_plan(z1: Tensor, z2: Tensor) -> Tensor:
    return gca_viz.align(z1, z2, epsilon=EPSILON, iterations=ITERATIONS, tol=0, trace=False).matrix


@torch.no_grad()
def _pot_plan(z1: Tensor, z2: Tensor) -> Any:
    import ot

    marginal = z1.new_full((len(z1),), 1 / len(z1))
    return ot.sinkhorn(
        marginal, marginal, cost_of(z1, z2), EPSILON, "sinkhorn", numItermax=ITERATIONS, stopThr=0, warn=False
    )


@torch.no_grad()
def _torch_plan(z1: Tensor, z2: Tensor) -> Tensor:
    """What anybody in a hurry would write."""
    kernel, v = (-cost_of(z1, z2) / EPSILON).exp(), z1.new_ones(len(z2))
    for _ in range(ITERATIONS):
        u = 1 / (kernel @ v)
        v = 1 / (kernel.T @ u)
    return u[:, None] * kernel * v


def _ott(z1: Tensor, z2: Tensor, *, gradient: bool) -> Run:
    """OTT, compiled: its kernel mode, unrolled for the gradient."""
    import jax
    from ott.geometry.geometry import Geometry
    from ott.problems.linear.linear_problem import LinearProblem
    from ott.solvers.linear.sinkhorn import Sinkhorn

    numpy = jax.numpy
    views = [jax.numpy.asarray(z.cpu().numpy()) for z in (z1, z2)]

    def solve(z1: Any, z2: Any) -> tuple[Any, Any]:
        z1, z2 = (z / numpy.linalg.norm(z, axis=1, keepdims=True) for z in (z1, z2))
        kernel = numpy.exp((z2 @ z1.T - 1) / EPSILON)  # OTT begins with the columns
        found = Sinkhorn(
            lse_mode=False,
            threshold=0.0,
            inner_iterations=ITERATIONS,
            min_iterations=ITERATIONS,
            max_iterations=ITERATIONS,
            implicit_diff=None,
        )(LinearProblem(Geometry(kernel_matrix=kernel, epsilon=EPSILON)))
        return kernel, found.scalings

    def plan(z1: Any, z2: Any) -> Any:
        kernel, (u, v) = solve(z1, z2)
        return u[:, None] * kernel * v

    def loss(z1: Any, z2: Any) -> Any:
        kernel, (u, v) = solve(z1, z2)
        return -numpy.log(len(views[0]) * u * kernel.diagonal() * v).mean()

    compiled = jax.jit(jax.grad(loss, (0, 1)) if gradient else plan)
    return lambda: jax.block_until_ready(compiled(*views))
