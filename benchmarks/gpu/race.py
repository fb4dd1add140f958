"""Contenders on one batch: their medians in turns, and the memory that each needs at its peak."""

from __future__ import annotations

import gc
import math
import sys
from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass

import torch

from benchmarks.transport.clock import interleaved, seconds_of
from benchmarks.transport.table import milliseconds

Run = Callable[[], object]


@dataclass(frozen=True)
class Raced:
    """What a contender needs: seconds, and GiB beside what was there before; or why it has neither."""

    seconds: float = math.nan
    memory: float = math.nan
    note: str = ""

    def __str__(self) -> str:
        if self.note:
            return self.note
        return milliseconds(self.seconds) + ("" if math.isnan(self.memory) else f" ({self.memory:.2f})")


def race(makers: dict[str, Callable[[], Run]], options: Namespace) -> dict[str, Raced]:
    """Name → what each contender needs, those that run out of memory or fail with their note.

    Args:
        makers: name → what prepares a run, outside the clock. The memory of those whose name begins with ``OTT``
            is jax's own and unknown here.
    """
    runs: dict[str, Run] = {}
    found: dict[str, Raced] = {}
    for name, make in makers.items():
        try:
            run = make()
            run()  # warm: what is compiled or loaded once
            torch.cuda.synchronize()
            torch.cuda.reset_peak_memory_stats()
            before = torch.cuda.memory_allocated()
            seconds = seconds_of(run, "cuda")[0]
            peak = (torch.cuda.max_memory_allocated() - before) / 2**30
            found[name] = Raced(seconds, math.nan if name.startswith("OTT") else peak)
            runs[name] = run
        except Exception as failure:  # a library's own words for "no"
            print(f"{name}: {failure}", file=sys.stderr)
            found[name] = Raced(note="memory" if "memory" in str(failure).lower() else type(failure).__name__)
        gc.collect()
        torch.cuda.empty_cache()
    medians = interleaved(runs, options.repeats, options.seconds, "cuda") if runs else {}
    return {name: Raced(medians.get(name, of.seconds), of.memory, of.note) for name, of in found.items()}
