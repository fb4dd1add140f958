"""How often the interval of a weighed sub-sample holds the number of the whole plan."""

from __future__ import annotations

from argparse import Namespace

import numpy as np
import torch
from torch import Tensor

import gca_viz
from benchmarks.transport.table import Table
from gca_viz.experiments.plan.embedding_file import of_all
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.transport import StreamedPlan

ITERATIONS, SEEDS = 10, 40
EPSILONS, SIZES = (0.2, 0.1, 0.05), (256, 1024)
READ = ("loss", "matched_share")


def coverage(options: Namespace) -> None:
    """Eight draws of n pairs, weighed, for so many seeds (40): loss and pair mass of the whole plan, the means of
    the estimates and of their ±, and the share of the seeds whose ± holds the whole plan's number. *top-1*: of all
    rows, and the mean by 1,024 exact rows. Last the loss of mini-batches of n."""
    table = Table(
        "batch",
        "ε",
        "n",
        "loss",
        "weighed",
        "covered",
        "pair mass",
        "weighed",
        "covered",
        "top-1",
        "mean",
        "mini-batch loss",
    )
    for name, (z1, z2) in {"clusters": clusters(4096), "emoji, ince": bundled()}.items():
        for epsilon in EPSILONS:
            exact = gca_viz.align_streamed(z1, z2, epsilon=epsilon, iterations=ITERATIONS)
            for size in options.sizes or SIZES:
                _row(table, name, z1, z2, epsilon, size, exact, options.repeats or SEEDS)


def _row(
    table: Table,
    name: str,
    z1: Tensor,
    z2: Tensor,
    epsilon: float,
    size: int,
    exact: StreamedPlan,
    seeds: int,
) -> None:
    given = {"epsilon": epsilon, "iterations": ITERATIONS, "size": size}
    found = [gca_viz.sample_plan(z1, z2, seed=seed, exact_rows=1024, **given) for seed in range(seeds)]
    plain = gca_viz.sample_plan(z1, z2, weighed=False, **given)
    cells = []
    for read in READ:
        there, estimates = float(getattr(exact, read)), [getattr(plan, read) for plan in found]
        covered = np.mean([abs(value - there) <= margin for value, margin, _ in estimates])
        value, margin, _ = np.mean(estimates, 0)
        cells += [f"{there:.4g}", f"{value:.4g} ± {margin:.2g}", f"{100 * covered:.0f} %"]
    top1 = f"{float(exact.top1_rows):.3f}", f"{np.mean([plan.top1_rows.value for plan in found]):.3f}"
    table.row(f"{name}, N = {len(z1):,}", f"{epsilon:g}", f"{size:,}", *cells, *top1, f"{plain.loss.value:.4g}")


def clusters(samples: int, dimensions: int = 128) -> tuple[Tensor, Tensor]:
    """Two noisy views of points in forty clusters."""
    random = torch.Generator().manual_seed(0)
    draw = lambda rows: torch.randn(rows, dimensions, generator=random)  # noqa: E731
    base = draw(40)[torch.randint(40, (samples,), generator=random)] + 0.8 * draw(samples)
    return base + 0.45 * draw(samples), base + 0.45 * draw(samples)


def bundled() -> tuple[Tensor, Tensor]:
    """All emoji, by a small network that ships."""
    file = of_all(Recipe().with_values(encoder="ince"))
    return torch.from_numpy(file.z1), torch.from_numpy(file.z2)
