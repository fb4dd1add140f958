"""``python -m benchmarks.embedding``: images a second, ``encode`` against a plain loop over the network."""

from __future__ import annotations

import argparse
import copy
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from benchmarks.embedding import overlap
from benchmarks.transport.__main__ import installed_version, machine
from benchmarks.transport.clock import interleaved
from benchmarks.transport.table import Table
from gca_viz.datasets import load_dataset
from gca_viz.encoders import Encoder, load_encoder
from gca_viz.encoders.checkpoints.torchvision_resnet import ResNetShape, TorchvisionResNet

BATCH = 64
HALVES = {"bfloat16": torch.bfloat16, "float16": torch.float16}
GOAL, FARTHEST = 0.9, 1e-2


def encoders() -> dict[str, Encoder]:
    """The encoders by name: those that ship, and a common one with random weights."""
    shape = ResNetShape(blocks=(2, 2, 2, 2), expansion=1, width=64, inner=64, groups=1, kernel=3, padding=1)
    resnet = Encoder(
        name="ResNet-18",
        network=TorchvisionResNet(shape).eval(),
        output="backbone",
        input_size=32,
        mean=(0.5,) * 3,
        std=(0.25,) * 3,
        content_id="",
    )
    return {
        "ince, 32 px": load_encoder("ince"),
        "ResNet-18 (CIFAR stem), 32 px": resnet,
        "EfficientNet-Lite0, 112 px": load_encoder("efficientnet-lite0"),
        "EfficientNet-Lite0, 224 px": load_encoder("efficientnet-lite0-224"),
    }


def loop(encoder: Encoder, x: Tensor, batch: int = BATCH) -> Callable[[], Tensor]:
    """A plain loop over batches of images that are ready for the network."""
    model = encoder.network.backbone if encoder.output == "backbone" else encoder.network

    @torch.no_grad()
    def run() -> Tensor:
        return torch.cat([model(x[start : start + batch]) for start in range(0, len(x), batch)])

    return run


def in_type(encoder: Encoder, x: Tensor, dtype: torch.dtype) -> Callable[[], Tensor]:
    """The same loop with weights and images of another type."""
    return loop(replace(encoder, network=copy.deepcopy(encoder.network).to(dtype)), x.to(dtype))


def moved(z: Tensor, exact: Tensor) -> float:
    """Largest change of a cosine between two embeddings."""
    z, exact = F.normalize(z.float()), F.normalize(exact)
    return (z @ z.T - exact @ exact.T).abs().max().item()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.embedding", description=__doc__)
    parser.add_argument("--images", type=int, default=256, help="how many, of 64 px")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--repeats", type=int, default=5, help="timed runs of each, in turns")
    parser.add_argument("--seconds", type=float, default=8.0, help="to spend on the timed runs of each")
    options = parser.parse_args()
    emoji = load_dataset("emoji").images
    chosen = emoji[np.linspace(0, len(emoji) - 1, options.images).astype(int)]
    images = np.ascontiguousarray(chosen.transpose(0, 3, 1, 2))
    print(f"{date.today()}, {machine('cpu')}, {installed_version('torch')}, load {os.getloadavg()[0]:.1f}")
    print(
        f"{options.images} images of 64 px (bytes), medians. The loop gets images that are ready, {BATCH} at once;"
    )
    print(f"`encode` prepares them, in batches of its own. Ratio: the time of the loop by that (goal {GOAL:g}).")
    table = Table(
        "threads",
        "encoder",
        "loop, images/s",
        "encode, images/s",
        "ratio",
        "of which preparation",
        *(f"{name}: speed, cosines move by" for name in HALVES),
    )
    for threads in options.threads:
        torch.set_num_threads(threads)
        for name, encoder in encoders().items():
            table.row(str(threads), name, *row(encoder, images, options.repeats, options.seconds))
    overlap.main(options.images, options.repeats, options.seconds)


def row(encoder: Encoder, images: np.ndarray, repeats: int, seconds: float) -> list[str]:
    """The cells of an encoder."""
    x = encoder.preprocess(torch.from_numpy(images))
    runs = {
        "loop": loop(encoder, x),
        "encode": lambda: encoder.encode(images),
        "preparation": lambda: encoder.preprocess(torch.from_numpy(images)),
        **{half: in_type(encoder, x, dtype) for half, dtype in HALVES.items()},
    }
    first = {name: run() for name, run in runs.items()}  # warm
    assert torch.allclose(first["loop"], first["encode"], atol=1e-4)
    times = interleaved(runs, repeats, seconds)
    ratio = times["loop"] / times["encode"]
    cells = [f"{len(images) / times[name]:,.0f}" for name in ("loop", "encode")]
    cells.append(f"{ratio:.2f}" if ratio < GOAL else f"**{ratio:.2f}**")
    cells.append(f"{times['preparation'] / times['encode']:.0%}")
    for half in HALVES:
        change = moved(first[half], first["loop"])
        cells.append(
            f"{times['loop'] / times[half]:.2f} ×, {change:.4f}{' (too far)' if change > FARTHEST else ''}"
        )
    return cells


if __name__ == "__main__":
    main()
