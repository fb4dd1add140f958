"""Pairs of embeddings: who is whose partner, and which of them have a direction in both views."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from gca_viz.datasets.content import clean_text
from gca_viz.datasets.embeddings.meanings import EXAMPLE, Meanings, per_row
from gca_viz.datasets.embeddings.table import Table
from gca_viz.errors import InputError
from gca_viz.labels import UNLABELLED, numbered
from gca_viz.settings.limits import SAMPLES, WIDTH

_BLOCK = 4096  # rows that are looked at together
_NOT_FINITE = "a number in it is missing or not finite"
_ZERO = "all its numbers are zero, so that it has no direction"


@dataclass(frozen=True)
class Pairs:
    """Two matrices of partners, the rows of the file that each came from, and row → why it cannot be used."""

    kind: str
    z1: np.ndarray
    z2: np.ndarray
    first: np.ndarray
    second: np.ndarray
    why: Mapping[int, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def pairs_of(found: Meanings, table: Table) -> Pairs:
    """The partners: two matrices row by row, or one with a column that says who is whose.

    Raises:
        InputError: matrices of different shapes, or one without a column of partners.
    """
    views, names = found.views, found.names
    if len(views) == 1 and views[0].ndim == 3:
        views, names = tuple(views[0] if len(views[0]) == 2 else views[0].swapaxes(0, 1)), names * 2
    matrices = [_matrix(view, name) for view, name in zip(views, names, strict=True)]
    why = {row: text for name in names for row, text in table.unusable.get(name, {}).items()}
    if len(matrices) == 2:
        z1, z2 = matrices
        if z1.shape != z2.shape:
            raise InputError(
                f"{names[0]} of shape {z1.shape} and {names[1]} of shape {z2.shape}",
                "both views have one row per sample and one width",
                "Bring the same samples in the same order in both",
                parameter="embeddings",
            )
        rows = np.arange(len(z1))
        return Pairs("two views, rows of equal number are partners", z1, z2, rows, rows, why)
    z = matrices[0]
    if "partner" not in found.of:
        raise InputError(
            f"one matrix {names[0]} of shape {z.shape} without a column partner",
            "a plan needs two views",
            f"Bring both, {EXAMPLE}, or a column partner with the number of each row's partner",
            parameter="embeddings",
        )
    partner, alone = _partner(per_row(table.arrays[found.of["partner"]]), len(z))
    rows = np.arange(len(z))
    notes: tuple[str, ...] = ()
    why |= dict.fromkeys(alone.tolist(), "it has no partner")
    if not len(alone) and (partner[partner] == rows).all() and (partner != rows).all():
        rows = rows[rows < partner]
        notes = ("Every partner's partner is the row itself: each pair is used once, the earlier row as view 1.",)
    z2 = z[partner[rows]]
    z2[np.isin(rows, alone)] = np.nan
    why = {
        place: why.get(a) or why[b]
        for place, (a, b) in enumerate(zip(rows.tolist(), partner[rows].tolist(), strict=True))
        if a in why or b in why
    }
    return Pairs("one matrix and a column partner", z[rows], z2, rows, partner[rows], why, notes)


def _matrix(array: np.ndarray, name: str) -> np.ndarray:
    """An array as float32 (N, d)."""
    SAMPLES.check(len(array), name)
    WIDTH.check(array.shape[1], name)
    with np.errstate(over="ignore"):  # what single precision cannot hold becomes infinite, and is listed
        return np.ascontiguousarray(array, np.float32)


def _partner(values: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The row of each row's partner, its own where there is none; and the rows without."""
    codes, kinds = numbered(values)
    if not all(isinstance(kind, int) and 0 <= kind < count for kind in kinds):
        wrong = next(kind for kind in kinds if not isinstance(kind, int) or not 0 <= kind < count)
        raise InputError(
            f"partner with values such as {clean_text(wrong)}",
            f"a partner is the number of a row, 0 to {count - 1}",
            "Number the rows from 0, in the order of the file",
            parameter="partner",
        )
    alone = codes == UNLABELLED
    partner = np.where(alone, np.arange(count), np.array([*kinds, 0], np.int64)[codes])
    return partner, np.flatnonzero(alone)


def usable_pairs(rows: Pairs) -> tuple[np.ndarray, list[tuple[str, str]]]:
    """Numbers of the pairs that have a direction in both views, and why each other was left out."""
    finite, pointing = np.empty((2, len(rows.z1)), bool)
    for start in range(0, len(rows.z1), _BLOCK):
        some = slice(start, start + _BLOCK)
        finite[some] = np.isfinite(rows.z1[some]).all(1) & np.isfinite(rows.z2[some]).all(1)
        pointing[some] = rows.z1[some].any(1) & rows.z2[some].any(1)
    numbers = rows.first if len(rows.first) == len(rows.z1) else np.arange(len(rows.z1))
    skipped = [(f"pair {numbers[k]}", rows.why.get(k, _NOT_FINITE)) for k in np.flatnonzero(~finite).tolist()]
    skipped += [(f"pair {numbers[k]}", _ZERO) for k in np.flatnonzero(finite & ~pointing).tolist()]
    usable = np.flatnonzero(finite & pointing)
    if not len(usable):
        raise InputError(
            f"{len(rows.z1)} pairs, none of which is finite and not zero ({': '.join(skipped[0])})",
            "at least one pair of usable embeddings is needed",
            f"Check how they were computed and saved: {EXAMPLE}",
            parameter="embeddings",
        )
    return usable, skipped


def kept(z: np.ndarray, usable: np.ndarray) -> np.ndarray:
    """Some rows; all of them without a copy."""
    return z if len(usable) == len(z) else z[usable]


def oddities(z1: np.ndarray, z2: np.ndarray) -> list[str]:
    """A sentence on each thing that looks odd about the embeddings of both views."""
    notes = []
    if len(z1) == 1:
        notes.append("There is one pair only: its plan is a single cell.")
    elif _all_equal(z1, z1[:1]) and _all_equal(z2, z1[:1]):
        notes.append("All embeddings are the same: the encoder has collapsed, and every plan of it is flat.")
    if len(z1) > 1 and _all_equal(z1, z2):
        notes.append("Both views are the same numbers: every cosine of a pair is 1.")
    if z1.shape[1] <= 3:
        notes.append(f"There are {z1.shape[1]} numbers per embedding: if this is a map, bring what it was made of.")
    return notes


def _all_equal(z: np.ndarray, other: np.ndarray) -> bool:
    blocks = range(0, len(z), _BLOCK)
    return all((z[k : k + _BLOCK] == (other if len(other) == 1 else other[k : k + _BLOCK])).all() for k in blocks)
