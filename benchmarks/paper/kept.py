"""What the tables have already, so that an experiment that grew trains what is new alone."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from scipy import stats

from benchmarks.paper.paired import Effect, quantile

_ENDS = ("effect", "low", "high", "low_other_images", "high_other_images")


def kept_effects(path: Path, experiment: str) -> dict[str, Effect]:
    """Claim → its effect as the table of claims has it; the p-value is that of its interval, before any correction.

    Args:
        path: of the table.
        experiment: whose rows.
    """
    return {row["claim"]: _effect(row) for row in _rows(path) if row["experiment"] == experiment}


def kept_points(path: Path) -> dict[tuple[str, str, str], dict[str, object]]:
    """Panel, curve and place → the line of a figure's table."""
    numbers = ("mean", "low", "high")
    return {
        (row["panel"], row["curve"], row["x"]): dict(row) | {name: float(row[name]) for name in numbers}
        for row in _rows(path)
    }


def _effect(row: Mapping[str, str]) -> Effect:
    mean, low, high, *wide = (float(row[name]) if row[name] else math.nan for name in _ENDS)
    seeds = int(row["seeds"])
    error = (high - low) / 2 / quantile(seeds)
    p = float(2 * stats.t.sf(abs(mean) / error, seeds - 1)) if error else float(mean == 0)
    return Effect(mean, low, high, p, *wide)


def _rows(path: Path) -> Sequence[Mapping[str, str]]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
