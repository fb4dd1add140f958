"""``python -m benchmarks.paper.cost``: what a training step costs under each method, beside the peers' NT-Xent."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from unittest.mock import MagicMock

import pandas as pd
import plotly.graph_objects as go
import torch
from torch import Tensor, nn

from benchmarks.paper.report import write
from benchmarks.transport.clock import interleaved
from gca_viz.experiments.train.networks import NETWORKS
from gca_viz.palette import CLASSES, REFERENCE
from gca_viz.transport import align

SIZES = (256, 512, 1024)
LARGEST_OF_PML = 256
OURS = ("ince", "simclr", "clip", "byol", "rince", "gca-ince", "gca-rince", "gca-uot", "iot", "iot-uni")
EPSILON, WIDTH = 0.2, 64
GOAL_LOSS, GOAL_SHARE = 1.5, 0.03


def peers(size: int) -> dict[str, Callable[[Tensor, Tensor], Tensor]]:
    """NT-Xent as others wrote it, where it fits into memory."""
    # Losses of lightly that are not used here import torchvision, which needs a build that fits torch's.
    for name in ("torchvision", "torchvision.ops"):
        sys.modules.setdefault(name, MagicMock())
    from lightly.loss import NTXentLoss as Lightly
    from pytorch_metric_learning.losses import NTXentLoss as MetricLearning

    lightly, metric = Lightly(temperature=EPSILON), MetricLearning(temperature=EPSILON)

    def of_pml(z1: Tensor, z2: Tensor) -> Tensor:
        labels = torch.arange(len(z1)).repeat(2)
        return metric(torch.cat([z1, z2]), labels)

    found = {"lightly NT-Xent": lightly}
    # It compares every positive pair with every negative one: 4 GB at 512, 34 GB at 1024.
    return found | ({"pytorch-metric-learning NT-Xent": of_pml} if size <= LARGEST_OF_PML else {})


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.paper.cost", description=__doc__)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=10.0)
    options = parser.parse_args()
    torch.set_num_threads(1)
    rows = []
    for size in SIZES:
        runs = {
            name: loss_of(loss, size)
            for name, loss in {**peers(size), **{name: ours(name) for name in OURS}}.items()
        }
        check(size)
        for run in runs.values():
            run()
        times = interleaved(runs, options.repeats, options.seconds)
        whole = interleaved(steps(size), max(3, options.repeats // 3), options.seconds)
        peer = min(times[name] for name in peers(size))
        for name in runs:
            rows.append(
                {
                    "batch": size,
                    "loss": name,
                    "loss forward and backward, ms": 1e3 * times[name],
                    "of the faster peer": times[name] / peer,
                    "of a whole step": times[name] / (whole["network"] + times[name]),
                    "whole step, ms": 1e3 * (whole["network"] + times[name]),
                }
            )
    table = pd.DataFrame(rows)
    drawn = go.Figure()
    for number, size in enumerate(SIZES):
        part = table[table.batch == size]
        drawn.add_bar(
            x=part.loss, y=part["of the faster peer"], name=f"batch {size}", marker={"color": CLASSES[number]}
        )
    drawn.add_hline(GOAL_LOSS, line={"dash": "dot", "color": REFERENCE})
    drawn.update_yaxes(title="time of the loss over the faster peer's NT-Xent", rangemode="tozero")
    sinkhorn = table[table.loss == "gca-ince"]
    ratios = ", ".join(
        f"{ratio:.2f} at {size}" for size, ratio in zip(sinkhorn.batch, sinkhorn["of the faster peer"], strict=True)
    )
    shares = ", ".join(
        f"{share:.1%} at {size}" for size, share in zip(sinkhorn.batch, sinkhorn["of a whole step"], strict=True)
    )
    write(
        "cost",
        table,
        table,
        drawn,
        "What a training step costs",
        "python -m benchmarks.paper.cost",
        f"Forward and backward of the loss on embeddings of width {WIDTH}, one thread, float32, medians of runs "
        "that "
        "take turns; whole step: with forward and backward of the small ResNet on both views of 32 px. GCA-INCE "
        "with 10 "
        f"iterations takes {ratios} of the faster peer's NT-Xent, which is a loss over twice the rows (goal "
        f"{GOAL_LOSS}), and {shares} of a "
        f"whole step (goal {GOAL_SHARE:.0%}).",
    )


def ours(name: str) -> Callable[[Tensor, Tensor], Tensor]:
    """The loss of a method of this package."""
    return lambda z1, z2: align(z1, z2, name, epsilon=EPSILON, trace=False).loss


def embeddings(size: int) -> tuple[Tensor, Tensor]:
    """Partners that are alike, as in training."""
    draw = torch.Generator().manual_seed(0)
    z1 = torch.randn(size, WIDTH, generator=draw)
    return z1.requires_grad_(), (z1.detach() + 0.5 * torch.randn(size, WIDTH, generator=draw)).requires_grad_()


def loss_of(loss: Callable[[Tensor, Tensor], Tensor], size: int) -> Callable[[], None]:
    """Forward and backward of a loss."""
    z1, z2 = embeddings(size)

    def run() -> None:
        z1.grad = z2.grad = None
        loss(z1, z2).backward()

    return run


def check(size: int) -> None:
    """The peers compute what ``simclr`` does, but for the constant that the cost adds."""
    z1, z2 = embeddings(size)
    own = ours("simclr")(z1, z2)
    for name, loss in peers(size).items():
        assert torch.isclose(own, loss(z1, z2), rtol=1e-4), name


def steps(size: int) -> dict[str, Callable[[], None]]:
    """Forward and backward of the small network on both views of a batch, without a loss."""
    network: nn.Module = NETWORKS["small-resnet"]().to(memory_format=torch.channels_last)
    x = torch.rand(2 * size, 3, 32, 32).to(memory_format=torch.channels_last)

    def run() -> None:
        network.zero_grad()
        with torch.autocast("cpu", torch.bfloat16):
            z = network(x)
        z.float().sum().backward()

    run()
    return {"network": run}


if __name__ == "__main__":
    main()
