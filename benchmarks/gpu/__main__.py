"""``python -m benchmarks.gpu``: tests and tables, one after the other."""

from __future__ import annotations

import argparse
import inspect
import subprocess
import sys
import time
import warnings
from argparse import Namespace
from collections.abc import Callable
from datetime import date
from pathlib import Path

import torch

from benchmarks.gpu import ceilings, embedding, held, streamed
from benchmarks.transport import balanced, grids
from benchmarks.transport.__main__ import PACKAGES, installed_version

ROOT = Path(__file__).parents[2]


def tests(options: Namespace) -> None:
    """``tests/accelerator``: every door gives the CPU's numbers."""
    command = [sys.executable, "-m", "pytest", "tests/accelerator", "-q", "--no-header", "-p", "no:cacheprovider"]
    done = subprocess.run([*command, "-n", "6"], capture_output=True, text=True, cwd=ROOT)
    print("\n".join(done.stdout.strip().splitlines()[-12:]) if done.returncode else done.stdout.splitlines()[-1])


def tolerance(options: Namespace) -> None:
    """A balanced plan to a marginal error of 1e-4, from the cost: ours and every peer's, tuned and checked."""
    balanced.tolerance(
        Namespace(
            device="cuda",
            dtypes=["f32"],
            data=["clustered"],
            epsilons=[0.2],
            sizes=[size for size in (1024, 4096, 16384) if size <= max(options.sizes)],
            repeats=7,
            seconds=1.0,
            cap=2.0,
        )
    )


def sweep(options: Namespace) -> None:
    """128 plans of 50 iterations against a loop, and the constraint square of 441 plans."""
    grids.sweep(Namespace(device="cuda", dtypes=["f32"], sizes=[256], repeats=3, seconds=2.0, cap=8.0))


CASES: dict[str, Callable[[Namespace], None]] = {
    "tests": tests,
    "ceilings": ceilings.ceilings,
    "held": held.held,
    "streamed": streamed.streamed,
    "tolerance": tolerance,
    "embedding": embedding.embedding,
    "sweep": sweep,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=__doc__)
    parser.add_argument("cases", nargs="*", help=f"of {', '.join(CASES)}; by default all")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1024, 4096, 16384, 32768, 65536], help="N")
    parser.add_argument("--repeats", type=int, default=5, help="timed runs of each contender, in turns")
    parser.add_argument("--seconds", type=float, default=1.0, help="to spend on a contender's timed runs")
    parser.add_argument("--part", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if wrong := set(options.cases) - CASES.keys():
        parser.error(f"{', '.join(sorted(wrong))}: cases are {', '.join(CASES)}")
    if not torch.cuda.is_available():
        sys.exit("no GPU here: torch.cuda.is_available() says False")
    if options.part:
        warnings.simplefilter("ignore")  # peers warn of what the checks find
        (name,) = options.cases
        CASES[name](options)
        return
    memory = torch.cuda.get_device_properties(0).total_memory / 2**30
    print(f"{date.today()}, {torch.cuda.get_device_name()} ({memory:.0f} GiB), Python {sys.version.split()[0]}")
    print(", ".join(found for package in (*PACKAGES, "pykeops", "triton") if (found := installed_version(package))))
    for name in options.cases or CASES:
        print(f"\n## {name}\n\n{inspect.getdoc(CASES[name])}", flush=True)
        started, told = time.perf_counter(), _alone(name, options)
        print(f"\n({name}: {time.perf_counter() - started:.0f} s{told})", flush=True)


def _alone(name: str, options: Namespace) -> str:
    """Run a case in a process of its own, so that no library keeps the card's memory; how it ended."""
    numbers = [f"--repeats={options.repeats}", f"--seconds={options.seconds}", "--sizes", *map(str, options.sizes)]
    done = subprocess.run([sys.executable, "-m", "benchmarks.gpu", name, "--part", *numbers], cwd=ROOT)
    return f", ended with {done.returncode}" if done.returncode else ""


if __name__ == "__main__":
    main()
