"""How many rows a strip of a streamed plan should have."""

from __future__ import annotations

import math
import time
from argparse import Namespace

import torch

from benchmarks.transport.table import Table
from gca_viz.transport.problem.marginal import Marginal
from gca_viz.transport.streaming.block import Block, strip_rows
from gca_viz.transport.streaming.kernel import CosineKernel
from gca_viz.transport.streaming.workspace import Workspace

EPSILON, DIMENSIONS = 0.2, 128
HEIGHTS = (8, 64, 128, 256, 512)
CELLS = 6e7  # of a pass, or two strips: a part of the rows is enough


def strips(options: Namespace) -> None:
    """Nanoseconds of processor time per cell of a pass (f32, d = 128, one thread), by N and rows of a strip; least
    of so many passes (4), which take turns. In bold what align_streamed takes where memory allows."""
    table = Table("N", *(f"{height} rows" for height in HEIGHTS))
    for size in options.sizes or (16_384, 131_072, 1_000_000):
        random = torch.Generator().manual_seed(0)
        z = torch.nn.functional.normalize(torch.randn(size, DIMENSIONS, generator=random), dim=1)
        kernel, workspace, log_v = CosineKernel.of(z, z, EPSILON, joint=False), Workspace(), z.new_zeros(size)
        del z
        least = dict.fromkeys(HEIGHTS, math.inf)
        for _ in range(1 + (options.repeats or 4)):  # the first touches the memory
            for height in HEIGHTS:
                rows = min(size, max(2 * height, int(CELLS / size) // height * height))
                block = Block(kernel.of_rows(slice(0, rows)), height)
                start = time.process_time()
                block.sums(workspace, log_v, Marginal(1, log_v.new_ones(rows), 1.0))
                least[height] = min(least[height], (time.process_time() - start) / rows / size)
        ours = strip_rows(kernel, math.inf)
        cells = (f"{1e9 * seconds:.1f}" for seconds in least.values())
        marked = (f"**{cell}**" if height == ours else cell for height, cell in zip(HEIGHTS, cells, strict=True))
        table.row(f"{size:,}", *marked)
