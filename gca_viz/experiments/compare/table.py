"""Numbers of all candidates, and which of them differ from A by more than chance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from gca_viz.experiments.compare.plan_measures import PLAN_MEASURES
from gca_viz.geometry.bootstrap import Estimate, paired
from gca_viz.geometry.measures import MEASURES, Measure
from gca_viz.transport import READINGS

BETTER, WORSE, HIGHER, LOWER, ALIKE = "better", "worse", "higher", "lower", "≈"
_SIGNS = {BETTER: "▲", WORSE: "▼", HIGHER: "↑", LOWER: "↓"}
_ROUNDING = 1e-6  # of the larger number: single precision, and no difference
_WISHED = {
    "matched_share": 1,
    "top1_rows": 1,
    "top1_columns": 1,
    "loss": -1,
    "knn_class": 1,
    "linear_class": 1,
    "silhouette": 1,
    "hubness": -1,
}


@dataclass(frozen=True)
class Row:
    """A number of the table.

    Attributes:
        name, title, help: of the measure or reading.
        wished: 1 if more is better, −1 if less is, 0 where that depends on what one wants (of all embeddings, a
            collapsed one has the best alignment).
        measure: how values are written, and what a batch must have.
        of_plan: whether it is read from the plan.
    """

    name: str
    title: str
    help: str
    wished: int
    measure: Measure
    of_plan: bool

    def text(self, value: float) -> str:
        """A value as the table writes it; a missing one is a dash."""
        return "–" if not np.isfinite(value) else self.measure.text(Estimate(value, value, value))


def _of_plan(name: str) -> Row:
    reading = READINGS[name]
    needs = "two classes" if reading.needs == "labels" else "two samples"
    measure = Measure(name, reading.title, reading.help, lambda *_: None, needs, reading.unit == "share")
    return Row(name, reading.title, reading.help, _WISHED.get(name, 0), measure, True)


#: name → row, plans first
ROWS: Mapping[str, Row] = MappingProxyType(
    {name: _of_plan(name) for name in PLAN_MEASURES}
    | {
        name: Row(name, measure.title, measure.help, _WISHED.get(name, 0), measure, False)
        for name, measure in MEASURES.items()
    }
)

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
            row = {"contender": label, "measure": name}
            if estimate is not None:
                row |= {"value": estimate.value, "low": estimate.low, "high": estimate.high}
            base = estimates[first].get(name)
            if label != first and estimate is not None and base is not None:
                difference = paired(base, estimate)
                wished = 0 if name == "loss" and not losses_alike else ROWS[name].wished
                row |= {
                    "difference": difference.value,
                    "difference_low": difference.low,
                    "difference_high": difference.high,
                    "verdict": verdict(difference, wished, max(abs(base.value), abs(estimate.value))),
                }
            rows.append(row)
    return pd.DataFrame(rows, columns=_COLUMNS).fillna({"verdict": ""})


def verdict(difference: Estimate, wished: int, size: float) -> str:
    """What a difference is worth: nothing, unless its whole interval lies on one side of 0.

    Args:
        difference: from A, see :func:`gca_viz.geometry.bootstrap.paired`.
        wished: see :class:`Row`.
        size: of the numbers; what is below a millionth of it is rounding.
    """
    least = _ROUNDING * size
    if not (difference.low > least or difference.high < -least):
        return ALIKE
    sign = 1 if difference.low > 0 else -1
    if wished == 0:
        return HIGHER if sign > 0 else LOWER
    return BETTER if sign == wished else WORSE


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
