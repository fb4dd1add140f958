"""Clocks: runs that take turns, a limit for those that do not end, and how fast memory can be read."""

from __future__ import annotations

import gc
import random
import signal
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch

Run = Callable[[], object]


class TooSlow(Exception):
    """A run that went on for longer than it may."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise ``TooSlow`` at the next Python instruction after so many seconds."""

    def stop(*_: object) -> None:
        raise TooSlow

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def synchronise(device: str) -> None:
    """Wait for the device, where it works behind the clock's back."""
    if device == "cuda":
        torch.cuda.synchronize()


def seconds_of(run: Run, device: str = "cpu") -> tuple[float, object]:
    """Wall seconds of one run, and what it returned."""
    synchronise(device)
    start = time.perf_counter()
    result = run()
    synchronise(device)
    return time.perf_counter() - start, result


def interleaved(runs: dict[str, Run], repeats: int, seconds: float, device: str = "cpu") -> dict[str, float]:
    """Median wall seconds of runs that are warm already and take turns in a random order.

    Args:
        runs: name → what to time.
        repeats: rounds.
        seconds: a run that has used up so much leaves before the rounds are over.
    """
    times: dict[str, list[float]] = {name: [] for name in runs}
    order, names = random.Random(0), list(runs)
    gc.collect()
    gc.disable()
    try:
        for _ in range(repeats):
            order.shuffle(names)
            for name in names:
                if sum(times[name]) < seconds:
                    times[name].append(seconds_of(runs[name], device)[0])
    finally:
        gc.enable()
    return {name: statistics.median(measured) for name, measured in times.items()}


def read_seconds(count: int, dtype: torch.dtype, device: str = "cpu") -> float:
    """Least wall seconds that reading so many numbers once takes here: the floor of any pass over a kernel."""
    numbers = torch.ones(count, dtype=dtype, device=device)
    kernels = (lambda: torch.dot(numbers, numbers), lambda: numbers.sum())
    return min(seconds_of(kernel, device)[0] for kernel in kernels for _ in range(7))
