"""Images a second of the encoders that ship, on the GPU."""

from __future__ import annotations

import copy
from argparse import Namespace
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from benchmarks.embedding.__main__ import encoders, loop
from benchmarks.transport.clock import interleaved
from benchmarks.transport.table import Table
from gca_viz.datasets import load_dataset
from gca_viz.encoders import Encoder

IMAGES, AT_ONCE, CHECKED = 4096, 256, 64


def embedding(options: Namespace) -> None:
    """4,096 images of 64 px. *loop*: they are ready on the GPU, 256 at once; ``encode`` brings bytes from the CPU,
    resizes and normalises them. *off*: largest difference from the CPU's numbers, as a share of the largest."""
    emoji = load_dataset("emoji").images
    chosen = emoji[np.linspace(0, len(emoji) - 1, IMAGES).astype(int)]
    images = np.ascontiguousarray(chosen.transpose(0, 3, 1, 2))
    table = Table(
        "encoder",
        *(f"{name}, images/s" for name in ("loop", "loop in TF32", "encode")),
        "ratio",
        "off",
        "off in TF32",
    )
    for name, encoder in encoders().items():
        table.row(name, *_row(encoder, images, options))


def _row(encoder: Encoder, images: np.ndarray, options: Namespace) -> list[str]:
    there = replace(encoder, network=copy.deepcopy(encoder.network).cuda(), device="cuda")
    ready = loop(there, there.preprocess(torch.from_numpy(images).cuda()), AT_ONCE)

    def convolving(tf32: bool) -> Tensor:
        with torch.backends.cudnn.flags(enabled=True, allow_tf32=tf32):
            return ready()

    runs = {
        "loop": lambda: convolving(tf32=False),
        "tf32": lambda: convolving(tf32=True),
        "encode": lambda: there.encode(images),
    }
    exact = encoder.encode(images[:CHECKED])
    off = {
        name: float((run()[:CHECKED].cpu() - exact).abs().max() / exact.abs().max()) for name, run in runs.items()
    }
    seconds = interleaved(runs, options.repeats, options.seconds, "cuda")
    speeds = [f"{len(images) / seconds[name]:,.0f}" for name in runs]
    return [*speeds, f"{seconds['loop'] / seconds['encode']:.2f}", f"{off['encode']:.1e}", f"{off['tf32']:.1e}"]
