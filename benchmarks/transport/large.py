"""A batch whose plan does not fit: time and memory, each in a fresh process."""

from __future__ import annotations

from argparse import Namespace

from benchmarks.transport.fresh import OVERVIEW, TOP, measure
from benchmarks.transport.table import Table

ITERATIONS = 10
CAPS = {2000: 30.0, 200: 60.0}  # MB → seconds it may take
MB_IN_MIB = 1e6 / 2**20
EXACT = 1e-4


def large(options: Namespace) -> None:
    """N = 16,384 under a cap on memory: ten iterations, an overview of 512 × 512, the exact ten best partners."""
    table = Table(
        "N",
        "cap, MB",
        "seconds",
        "goal",
        "memory beside, MB",
        f"overview {OVERVIEW}",
        f"top {TOP}",
        "marginal error",
    )
    for size in options.sizes or (16_384,):
        for cap, goal in CAPS.items():
            found = measure("large", size, ITERATIONS, f"{cap * MB_IN_MIB:.0f}", options.device)
            used = found["mib"] / MB_IN_MIB
            table.row(
                str(size),
                str(cap),
                f"{found['seconds']:.1f}{_mark(found['seconds'] > goal)}",
                f"≤ {goal:g} s",
                f"{used:.0f}{_mark(used > cap)}",
                _verdict(found["overview_off"]),
                _verdict(found["partners_off"]),
                f"{found['marginal_error']:.1e}",
            )


def _verdict(error: float) -> str:
    return "exact" if error <= EXACT else f"off by {100 * error:.2g} %"


def _mark(missed: bool) -> str:
    return " **too much**" if missed else ""
