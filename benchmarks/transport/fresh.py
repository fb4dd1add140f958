"""Time and memory of one job in a process of its own: ``measure`` starts it, this module's command line is it."""

from __future__ import annotations

import ctypes
import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from benchmarks.transport.batches import BATCHES
from benchmarks.transport.clock import seconds_of
from gca_viz.transport.streaming.align import align_streamed
from gca_viz.transport.sweeps.sweep import constraint_square, sweep

WARM_RUNS = 5
SQUARE_EPSILON = 0.1
LARGE_EPSILON = 0.2
OVERVIEW, TOP = 512, 10
CHECKED_ROWS = 64
SMALL = 64  # samples of the run that loads what is loaded lazily

Measured = dict[str, float]


def measure(job: str, *arguments: object) -> Measured:
    """Run a job of this module in a fresh process.

    Args:
        job: a key of ``JOBS``.
        arguments: its arguments, all numbers or words.
    """
    command = [sys.executable, "-m", "benchmarks.transport.fresh", job, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2])
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[2:])} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def square(size: str, points: str, iterations: str, dtype: str, device: str) -> Measured:
    """The constraint square of one batch, read in numbers."""
    z1, z2 = _views("clustered", int(size), dtype, device)
    grid = constraint_square(SQUARE_EPSILON, int(points))

    def run(rows: int):
        return sweep(z1[:rows], z2[:rows], **grid, iterations=int(iterations), tol=0)

    run(SMALL)
    with peak_memory(device) as memory:
        cold, result = seconds_of(lambda: run(len(z1)), device)
    warm = [seconds_of(lambda: run(len(z1)), device)[0] for _ in range(WARM_RUNS)]
    return memory | {"cold": cold, "warm": statistics.median(warm), "plans": result.done}


def large(size: str, iterations: str, memory_mib: str, device: str) -> Measured:
    """A plan that is never held: overview and best partners; the peak is that beside the inputs."""
    z1, z2 = _views("clustered", int(size), "float32", device)

    def run(rows: int):
        return align_streamed(
            z1[:rows],
            z2[:rows],
            epsilon=LARGE_EPSILON,
            iterations=int(iterations),
            tol=0,
            overview=OVERVIEW,
            top=TOP,
            memory=float(memory_mib),
        )

    run(SMALL)
    with peak_memory(device) as memory:
        seconds, plan = seconds_of(lambda: run(len(z1)), device)
    rows = torch.arange(0, len(z1), max(1, len(z1) // CHECKED_ROWS), device=z1.device)
    exact = (
        plan.log_u.double()[rows, None]
        + plan.log_v.double()
        + (z1[rows].double() @ z2.double().T - 1) / LARGE_EPSILON
    ).exp()
    best = exact.topk(TOP).values
    found = exact.gather(1, plan.partners.indices[rows])
    return memory | {
        "seconds": seconds,
        "marginal_error": plan.marginal_error,
        "partners_off": float(((found - best).abs() / best).max()),
        "overview_off": abs(float(plan.overview.double().sum()) / len(z1) - 1),
    }


JOBS: dict[str, Callable[..., Measured]] = {"square": square, "large": large}


@contextmanager
def peak_memory(device: str) -> Iterator[Measured]:
    """``{"mib": …}``, filled at the end with the peak of memory in use beyond what was at the start.

    On the CPU resident memory (Linux with glibc only); on CUDA what torch allocates there.
    """
    found: Measured = {}
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
    else:
        ctypes.CDLL(None).malloc_trim(0)  # what was freed counts as free
        Path("/proc/self/clear_refs").write_text("5")  # and the peak so far is forgotten
        before = _status("VmRSS")
    yield found
    found["mib"] = ((torch.cuda.max_memory_allocated() if device == "cuda" else _status("VmHWM")) - before) / 2**20


def _status(field: str) -> int:
    """Bytes of a field of this process's status."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(field))
    return 1024 * int(line.split()[1])


def _views(data: str, size: int, dtype: str, device: str) -> list[torch.Tensor]:
    return [view.to(device, getattr(torch, dtype)) for view in BATCHES[data](size)]


if __name__ == "__main__":
    torch.set_num_threads(1)
    print(json.dumps(JOBS[sys.argv[1]](*sys.argv[2:])))
