"""What page and report say of what training noted: a sentence of each candidate, and a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from gca_viz.experiments.compare.course import COURSE, course_sentences
from gca_viz.metric import Metric

CAPTION = (
    "From the cards of the checkpoints, on all held-out images of their data, not on this batch; in brackets 95 % "
    "intervals with other held-out images. Each is one training: another seed may say otherwise."
)


def course_words(frame: pd.DataFrame) -> list[str]:
    """Who, and what was found; see :func:`gca_viz.experiments.compare.course.course_frame`."""
    return [f"{label}: {sentence}" for label, sentence in course_sentences(frame).items()]


def course_table(frame: pd.DataFrame) -> pd.DataFrame:
    """A row per candidate in plain text: value and interval of each number that some of them has."""
    rows = list(dict.fromkeys(frame.contender))
    table = pd.DataFrame(
        "–", index=rows, columns=[of.label for name, of in COURSE.items() if name in set(frame.measure)]
    )
    for row in frame.to_dict("records"):
        metric = COURSE[str(row["measure"])]
        table.loc[str(row["contender"]), metric.label] = _text(metric, row)
    return table


def course_html(frame: pd.DataFrame) -> str:
    """The table as HTML, fit for a narrow place."""
    html = course_table(frame).to_html(classes="pair-numbers", border=0, justify="left")
    return html.replace("<th></th>", "<td></td>", 1)


def _text(metric: Metric, row: Mapping[Any, Any]) -> str:
    value, low, high = (metric.text(float(row[name])).replace("-", "−") for name in ("value", "low", "high"))
    return value if low == "–" else f"{value} ({low} to {high})"
