"""What the card can do: the floors that every time is read against."""

from __future__ import annotations

from argparse import Namespace
from functools import cache

import torch

from benchmarks.transport.clock import interleaved, read_seconds
from benchmarks.transport.table import Table

_NUMBERS = 2**30  # 4 GiB: many times the cache
_SIDE = 8192


@cache
def bandwidth() -> float:
    """Bytes a second at which memory is read."""
    return 4 * _NUMBERS / read_seconds(_NUMBERS, torch.float32, "cuda")


def ceilings(options: Namespace) -> None:
    """Reading memory, copying it (bytes read and written), and a product of matrices in single precision."""
    numbers = torch.randn(_NUMBERS // 2, device="cuda")
    copy, square = torch.empty_like(numbers), torch.randn(_SIDE, _SIDE, device="cuda")
    runs = {"copy": lambda: copy.copy_(numbers), "product": lambda: square @ square}
    for run in runs.values():
        run()
    times = interleaved(runs, options.repeats, options.seconds, "cuda")
    table = Table("read, TB/s", "copy, TB/s", "product, TFLOP/s")
    table.row(
        f"{bandwidth() / 1e12:.2f}",
        f"{2 * numbers.nbytes / times['copy'] / 1e12:.2f}",
        f"{2 * _SIDE**3 / times['product'] / 1e12:.0f}",
    )
