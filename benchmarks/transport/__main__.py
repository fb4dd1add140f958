"""``python -m benchmarks.transport CASE``: the table of one case, or of all of them one after the other."""

from __future__ import annotations

import argparse
import inspect
import os
import platform
import warnings
from datetime import date
from importlib.metadata import PackageNotFoundError, version

import torch

from benchmarks.transport import balanced, door, gradient, grids, large, losses
from benchmarks.transport.batches import BATCHES
from gca_viz.cores import cores

CASES = {
    "door": door.door,
    "tolerance": balanced.tolerance,
    "slow": balanced.slow,
    "gradient": gradient.gradient,
    "sweep": grids.sweep,
    "large": large.large,
    "losses": losses.losses,
}
PACKAGES = ("torch", "numpy", "POT", "geomloss", "ott-jax", "jax", "mdot-tnt", "regot", "flash-sinkhorn")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.transport", description=__doc__)
    parser.add_argument("case", choices=[*CASES, "all"])
    parser.add_argument("--sizes", type=int, nargs="+", help="N; by default the case's own")
    parser.add_argument("--epsilons", type=float, nargs="+", help="temperatures; by default the case's own")
    parser.add_argument("--dtypes", nargs="+", choices=balanced.DTYPES, help="by default the case's own")
    parser.add_argument("--data", nargs="+", choices=BATCHES, help="by default the case's own")
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--repeats", type=int, default=15, help="timed runs of each algorithm, in turns")
    parser.add_argument("--seconds", type=float, default=3.0, help="to spend on an algorithm's timed runs")
    parser.add_argument("--cap", type=float, default=20.0, help="seconds after which a run is stopped")
    parser.add_argument("--quick", action="store_true", help="a look: N = 256, 3 repeats, 2 seconds at most")
    options = parser.parse_args()
    if options.quick:
        options.sizes = options.sizes or [256]
        options.repeats, options.seconds, options.cap = 3, 0.5, 2.0
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")  # peers warn of what the checks find
    print(f"{date.today()}, {machine(options.device)}, load {os.getloadavg()[0]:.1f} at the start")
    print(", ".join(found for package in PACKAGES if (found := installed_version(package))))
    print("Medians in milliseconds, one thread; the ratio is the best peer's time by ours.")
    for name in CASES if options.case == "all" else [options.case]:
        print(f"\n## {name}\n\n{inspect.getdoc(CASES[name])}")
        CASES[name](options)


def machine(device: str) -> str:
    """What ran the numbers."""
    if device == "cuda":
        return torch.cuda.get_device_name()
    return f"{cores()} cores ({platform.machine()}), Python {platform.python_version()}"


def installed_version(package: str) -> str:
    """``"name 1.2.3"``, or nothing where it is not installed."""
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return ""


if __name__ == "__main__":
    main()
