"""What torch does to a tile in five passes over memory, in one: for CUDA, where Triton comes with torch."""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor
from triton.language.extra import libdevice

_AT_ONCE, _WARPS = 4096, 8  # columns of a row that a program reads at once, and how many warps share them


def exp_from_peak(logits: Tensor, lowest: float, least: float) -> Tensor:
    """In place ``exp(max(logits − peak, least))`` of each row, and its peak, which is no lower than ``lowest``.

    Args:
        logits: (rows, N) float32 on CUDA, without gaps in a row.
        lowest, least: numbers that float32 holds.
    """
    peaks = logits.new_empty(len(logits))
    with torch.cuda.device(logits.device):
        _exp_from_peak[(len(logits),)](
            logits, peaks, logits.stride(0), logits.shape[1], lowest, least, AT_ONCE=_AT_ONCE, num_warps=_WARPS
        )
    return peaks


@triton.jit  # type: ignore[untyped-decorator]  # Triton has no types, and compiles this function itself
def _exp_from_peak(logits, peaks, stride, count, lowest, least, AT_ONCE: tl.constexpr):  # type: ignore[no-untyped-def]
    start = logits + tl.program_id(0).to(tl.int64) * stride
    columns = tl.arange(0, AT_ONCE)
    largest = tl.full([AT_ONCE], lowest, tl.float32)
    for first in range(0, count, AT_ONCE):
        inside = first + columns < count
        largest = tl.maximum(largest, tl.load(start + first + columns, mask=inside, other=float("-inf")))
    peak = tl.max(largest, 0)
    tl.store(peaks + tl.program_id(0), peak)
    for first in range(0, count, AT_ONCE):
        inside = first + columns < count
        below = tl.load(start + first + columns, mask=inside, other=0.0) - peak
        tl.store(start + first + columns, libdevice.exp(tl.maximum(below, least)), mask=inside)
