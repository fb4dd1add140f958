"""What is forgotten and how far clients drift apart: numbers of all that are compared, and sentences."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import pandas as pd

from gca_viz.experiments.compare.candidates import Candidate
from gca_viz.experiments.compare.noted import estimate_in, readings_of
from gca_viz.metric import Estimate, Metric, percent

_METRICS = (
    Metric(
        "forgetting",
        "Forgetting",
        "share",
        "Mean over earlier styles of their best accuracy (nearest neighbours, class) minus the last; below 0 where "
        "later styles help.",
        sense="lower",
    ),
    Metric(
        "client_cka",
        "Client drift, CKA",
        "",
        "How alike the embeddings of two clients are before the average, linear CKA, mean over pairs and rounds: 1 "
        "is no drift.",
        sense="higher",
    ),
    Metric(
        "client_distance",
        "Client drift, distance of weights",
        "share",
        "How far clients’ weights lie from their average over its length, mean over rounds.",
        sense="lower",
    ),
)
#: name in a card → what training noted, as a number
COURSE: Mapping[str, Metric] = MappingProxyType({metric.name: metric for metric in _METRICS})
#: clients whose embeddings are at least so alike hardly drift
HARDLY = 0.95
_COLUMNS = ("contender", "measure", "value", "low", "high")


def course_frame(candidates: Sequence[Candidate]) -> pd.DataFrame:
    """A row per candidate and number that its training noted; empty where none noted any.

    Returns:
        Columns ``contender``, ``measure`` (of :data:`COURSE`), ``value``, and its 95 % interval with other held-out
        images, ``low`` and ``high``; NaN where the card has none.
    """
    rows = []
    for candidate in candidates:
        card = readings_of(candidate.encoder.name)
        for name in COURSE:
            found = _estimate(card, name)
            if math.isfinite(found.value):
                rows.append((candidate.label, name, found.value, found.low, found.high))
    return pd.DataFrame(rows, columns=_COLUMNS)


def course_sentences(frame: pd.DataFrame) -> dict[str, str]:
    """What was found, by candidate.

    Args:
        frame: of :func:`course_frame`.
    """
    found = {}
    for label, rows in frame.groupby("contender", sort=False):
        of = {
            str(row["measure"]): Estimate(float(row["value"]), float(row["low"]), float(row["high"]))
            for row in rows.to_dict("records")
        }
        said = [_forgotten(of["forgetting"])] if "forgetting" in of else []
        found[str(label)] = " ".join([*said, *_drifted(of)])
    return found


def _estimate(card: Mapping[str, Any], name: str) -> Estimate:
    """Of rounds their mean, where it is told."""
    return estimate_in(card, name, "_mean" if f"{name}_mean" in card else "")


def _forgotten(found: Estimate) -> str:
    place = "below" if found.value >= 0 else "above"
    what = f"on earlier styles the accuracy is {_points(abs(found.value))} points {place} its best before"
    if not math.isfinite(found.low):
        return f"{what[0].upper()}{what[1:]}; the card has no interval, so that chance is not ruled out."
    between = f"forgotten: {_points(found.value)}, {_points(found.low)} to {_points(found.high)}"
    if found.low > 0:
        return f"Something is forgotten: {what} ({between})."
    if found.high < 0:
        return f"Nothing is forgotten, and later styles help: {what} ({between})."
    return f"Nothing is forgotten here that could be told from chance: {what} ({between})."


def _drifted(of: Mapping[str, Estimate]) -> list[str]:
    said = []
    if "client_cka" in of:
        cka = of["client_cka"]
        known = math.isfinite(cka.low)
        hardly = (cka.low if known else cka.value) >= HARDLY
        between = f", {cka.low:.3f} to {cka.high:.3f}" if known else ""
        said.append(
            f"Clients {'hardly drift' if hardly else 'drift'} apart: before each average the CKA of two clients’ "
            f"embeddings is {cka.value:.3f}{between}, where 1 is no drift."
        )
    if "client_distance" in of:
        said.append(
            f"Their weights lie {percent(of['client_distance'].value, 1)} of their length from the average."
        )
    return said


def _points(share: float) -> str:
    return f"{100 * share:.1f}".replace("-", "−")
