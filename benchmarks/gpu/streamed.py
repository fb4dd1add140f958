"""Plans that are never written out: an iteration of ours, with the kernel held and without, and of the peers."""

from __future__ import annotations

import math
from argparse import Namespace
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec

import torch
from torch import Tensor

import gca_viz
from benchmarks.gpu.ceilings import bandwidth
from benchmarks.gpu.race import Run, race
from benchmarks.transport.batches import Case
from benchmarks.transport.clock import interleaved
from benchmarks.transport.table import Table, milliseconds

EPSILON = 0.2
FEW, MANY = 2, 10  # iterations; what both share, such as reading the plan, is no part of an iteration
LITTLE = 1200.0  # MiB: the default

Iterations = Callable[[int], object]
OURS, TILES = "ours, kernel held", f"ours, {LITTLE:g} MiB"


def streamed(options: Namespace) -> None:
    """One full iteration (rows, then columns; f32, ε = 0.2, d = 128), milliseconds: the difference of ten and two,
    by eight. *read*: the kernel read once; *product*: its cosines counted once in 32 bits. *by the limit*: divided
    by two reads where the kernel is held, else by a product. *whole*: ten iterations, and for ours every number,
    the overview and the ten best partners of each row; GiB at the peak in brackets."""
    table = Table("", "N", "read", "product", "an iteration", "by the limit", "whole")
    sizes = [size for size in options.sizes if size >= 16384]
    for name, make in _contenders().items():
        for size in sizes:
            z1, z2 = Case("clustered", size, EPSILON, torch.float32, device="cuda").views
            read, product = 4 * size**2 / bandwidth(), _product_seconds(z1, z2, options)
            run = make(z1, z2)
            raced = race({f"{name}, {count}": partial(_counted, run, count) for count in (FEW, MANY)}, options)
            few, many = raced.values()
            one = (many.seconds - few.seconds) / (MANY - FEW)
            limit = 2 * read if name == OURS else product
            cells = ("–", "–") if math.isnan(one) else (milliseconds(one), f"{one / limit:.2f}")
            table.row(name, f"{size:,}", milliseconds(read), milliseconds(product), *cells, str(many))


def _counted(run: Iterations, count: int) -> Run:
    return partial(run, count)


def _product_seconds(z1: Tensor, z2: Tensor, options: Namespace) -> float:
    """Of the cosines of all pairs, in strips that are overwritten."""
    height = min(len(z1), 2**28 // (4 * len(z1)))
    out = z1.new_empty(height, len(z1))

    def run() -> None:
        for start in range(0, len(z1), height):
            torch.mm(z1[start : start + height], z2.T, out=out[: len(z1) - start])

    run()
    return interleaved({"": run}, options.repeats, options.seconds, "cuda")[""]


def _contenders() -> dict[str, Callable[[Tensor, Tensor], Iterations]]:
    """Name → what makes of two views what takes so many iterations."""
    found: dict[str, Callable[[Tensor, Tensor], Iterations]] = {
        OURS: lambda z1, z2: partial(_ours, z1, z2, 1.3 * 4 * len(z1) ** 2 / 2**20 + 2000),
        TILES: lambda z1, z2: partial(_ours, z1, z2, LITTLE),
    }
    if find_spec("flash_sinkhorn"):
        found["flash-sinkhorn"] = _flash
    if find_spec("pykeops"):
        found["KeOps"] = _keops
    return found


def _ours(z1: Tensor, z2: Tensor, memory: float, count: int) -> object:
    return gca_viz.align_streamed(z1, z2, epsilon=EPSILON, iterations=count, tol=0, memory=memory)


def _flash(z1: Tensor, z2: Tensor) -> Iterations:
    from flash_sinkhorn.sinkhorn_solvers import sinkhorn_flashstyle_alternating

    weights = z1.new_full((len(z1),), 1 / len(z1))
    return lambda count: sinkhorn_flashstyle_alternating(
        z1, z2, weights, weights, eps=EPSILON, n_iters=count, cost_scale=0.5, allow_tf32=False
    )


def _keops(z1: Tensor, z2: Tensor) -> Iterations:
    """What geomloss does online: a symbolic matrix, and its log-sum-exps by KeOps."""
    from pykeops.torch import Vi, Vj

    scaled = z1 / EPSILON

    def run(count: int) -> Tensor:
        g = z1.new_zeros(len(z2), 1)
        for _ in range(count):
            f = -((Vi(scaled) * Vj(z2)).sum(-1) + Vj(g)).logsumexp(1)
            g = -((Vi(z2) * Vj(scaled)).sum(-1) + Vj(f)).logsumexp(1)
        return g

    return run
