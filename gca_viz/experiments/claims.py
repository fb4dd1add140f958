"""What was asked of the paper's claims and what came out: the table that ships in ``data/paper/``."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from urllib.parse import parse_qsl

from gca_viz.datasets.bundled.atlas import data_folder, read
from gca_viz.errors import InputError

SHOWN, NOT_SHOWN, REFUTED = "shown", "not shown", "refuted"
VERDICTS = (SHOWN, NOT_SHOWN, REFUTED)
_NUMBERS = ("effect", "low", "high")
_WHOLE = ("comparisons", "seeds")


@dataclass(frozen=True)
class Claim:
    """A line of the table.

    Attributes:
        experiment: which of the paper's, by the name of its page in ``docs/paper/``.
        claim: a sentence that is so or not.
        source: where it is said.
        verdict: one of :data:`VERDICTS`.
        effect: by how much it is so; below 0 it is the other way round.
        low, high: its 95 % interval; NaN where there is none, as with one seed.
        unit: of these three.
        comparisons: for how many the verdict is corrected.
        seeds: trainings of each side.
        data, encoder: on what.
        command: that makes the numbers again.
        link: query of the address that opens the workbench in this setting.
        figure: name of the table of points in ``data/paper/``; empty where there is none.
    """

    experiment: str
    claim: str
    source: str
    verdict: str
    effect: float
    low: float
    high: float
    unit: str
    comparisons: int
    seeds: int
    data: str
    encoder: str
    command: str
    link: str
    figure: str

    @property
    def query(self) -> dict[str, str]:
        """The link's keys and values."""
        return dict(parse_qsl(self.link.removeprefix("?"), keep_blank_values=True))


#: of ``claims.csv``; a file may have more
COLUMNS = tuple(field.name for field in fields(Claim))


@lru_cache(maxsize=1)
def claims() -> tuple[Claim, ...]:
    """The table, in the order of its file; raises :class:`InputError` where that is missing or damaged."""
    try:
        found = tuple(map(_claim, _rows("claims")))
    except (KeyError, ValueError) as error:
        raise InputError(
            f"data/paper/claims.csv, of which a line cannot be read ({error})",
            f"its columns are {', '.join(COLUMNS)}",
            "Restore data/ from the repository",
        ) from error
    return found


def points_of(figure: str) -> Sequence[Mapping[str, str | float]]:
    """The points of an experiment's figure; none where there is no such table.

    Returns:
        ``panel``, ``curve``, ``x`` (a number where all are), ``measure``, ``mean``, ``low``, ``high`` of each.
    """
    if not figure or not (data_folder() / "paper" / f"{figure}.csv").is_file():
        return []
    rows = _rows(figure)
    numbers = {name: _as_numbers([row[name] for row in rows]) for name in ("x", "mean", "low", "high")}
    return [row | {name: values[place] for name, values in numbers.items()} for place, row in enumerate(rows)]


def _rows(name: str) -> list[dict[str, str]]:
    text = read(data_folder() / "paper" / f"{name}.csv").decode("utf-8")
    return list(csv.DictReader(text.splitlines()))


def _claim(row: Mapping[str, str]) -> Claim:
    if row["verdict"] not in VERDICTS:
        raise ValueError(f"verdict = {row['verdict']!r}")
    numbers = {name: float(row[name] or math.nan) for name in _NUMBERS}
    whole = {name: int(row[name]) for name in _WHOLE}
    return Claim(**{**{name: row[name] for name in COLUMNS}, **numbers, **whole})  # type: ignore[arg-type]


def _as_numbers(texts: Sequence[str]) -> Sequence[str | float]:
    try:
        return [float(text) if text else math.nan for text in texts]
    except ValueError:
        return texts
