"""``python -m benchmarks.scale CASE``: the table of one case."""

from __future__ import annotations

import argparse
import inspect
import os
from datetime import date

import torch

from benchmarks.scale import cluster, coverage, hall, strips
from benchmarks.transport.__main__ import machine

CASES = {"cluster": cluster.cluster, "hall": hall.hall, "strips": strips.strips, "coverage": coverage.coverage}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("case", choices=CASES)
    parser.add_argument("--sizes", type=int, nargs="+", help="N, or n of a sub-sample; by default the case's own")
    parser.add_argument("--repeats", type=int, help="by default the case's own")
    options = parser.parse_args()
    torch.set_num_threads(1)
    print(f"{date.today()}, {machine('cpu')}, load {os.getloadavg()[0]:.1f} at the start")
    print(f"\n## {options.case}\n\n{inspect.getdoc(CASES[options.case])}")
    CASES[options.case](options)


if __name__ == "__main__":
    main()
