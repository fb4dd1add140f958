"""Numbers of all candidates, and which of them differ from A by more than chance."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pandas as pd

from gca_viz.experiments.compare.plan_measures import PLAN_MEASURES
from gca_viz.geometry.bootstrap import paired
from gca_viz.geometry.measures import MEASURES
from gca_viz.metric import Estimate, Metric
from gca_viz.transport import READINGS

BETTER, WORSE, HIGHER, LOWER, ALIKE = "better", "worse", "higher", "lower", "≈"
_SIGNS = {BETTER: "▲", WORSE: "▼", HIGHER: "↑", LOWER: "↓"}
_ROUNDING = 1e-6  # of the larger number: single precision, and no difference

#: name → number of the table, those of the plans first
ROWS: Mapping[str, Metric] = MappingProxyType({name: READINGS[name] for name in PLAN_MEASURES} | dict(MEASURES))

Estimates = Mapping[str, Estimate | None]


def compared(estimates: Mapping[str, Estimates], *, losses_alike: bool = True) -> pd.DataFrame:
    """One row per candidate and number, beside the first candidate, A.

    Args:
        estimates: label → name in :data:`ROWS` → estimate, all from the same draws of samples; None where it has no
            meaning.
        losses_alike: whether the losses are of one kind; if not, none is better.

    Returns:
        Columns ``contender``, ``measure``, ``value``, ``low``, ``high`` (95 %), ``difference``, ``difference_low``,
        ``difference_high`` (from A, paired) and ``verdict``: better, worse, higher, lower, ≈, or empty for A and
        where a number is missing.
    """
    first = next(iter(estimates))
    rows = []
    for label, numbers in estimates.items():
        for name, estimate in numbers.items():
            row: dict[str, Any] = {"contender": label, "measure": name}
            if estimate is not None:
                row |= {"value": estimate.value, "low": estimate.low, "high": estimate.high}
            base = estimates[first].get(name)
            if label != first and estimate is not None and base is not None:
                difference = paired(base, estimate)
                sense = "" if name == "loss" and not losses_alike else ROWS[name].sense
                row |= {
                    "difference": difference.value,
                    "difference_low": difference.low,
                    "difference_high": difference.high,
                    "verdict": verdict(difference, sense, max(abs(base.value), abs(estimate.value))),
                }
            rows.append(row)
    return pd.DataFrame(rows, columns=_COLUMNS).fillna({"verdict": ""})


def verdict(difference: Estimate, sense: str, size: float) -> str:
    """What a difference is worth: nothing, unless its whole interval lies on one side of 0.

    Args:
        difference: from A, see :func:`gca_viz.geometry.bootstrap.paired`.
        sense: see :class:`gca_viz.metric.Metric`.
        size: of the numbers; what is below a millionth of it is rounding.
    """
    least = _ROUNDING * size
    if not (difference.low > least or difference.high < -least):
        return ALIKE
    way = HIGHER if difference.low > 0 else LOWER
    if not sense:
        return way
    return BETTER if way == sense else WORSE


def mark(verdict: str) -> str:
    """A verdict as tables write it, e.g. ``▲ better``; ≈ stands alone."""
    return f"{_SIGNS[verdict]} {verdict}" if verdict in _SIGNS else verdict


_COLUMNS = (
    "contender",
    "measure",
    "value",
    "low",
    "high",
    "difference",
    "difference_low",
    "difference_high",
    "verdict",
)
