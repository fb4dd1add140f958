"""Classes and domains of a table: numbers from 0 and the names of these."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import numpy as np

from gca_viz.datasets.content import clean_text, distinct
from gca_viz.datasets.embeddings.meanings import Meanings, is_one_hot, per_row
from gca_viz.datasets.embeddings.table import Table
from gca_viz.labels import NO_LABEL, UNLABELLED, WORDS, numbered

_MOST = 25_000  # different ones; more are no classes that a page could list, ImageNet has 21,841
_LONGEST = 1000  # letters by which names are told apart
_NO_DOMAIN = "no domain"


def labels_of(table: Table, found: Meanings, rows: np.ndarray) -> tuple[np.ndarray, tuple[str, ...], list[str]]:
    """Classes of some rows from 0, −1 without label; their names; and sentences on what was assumed."""
    name, nothing = found.of.get("labels"), np.full(len(rows), UNLABELLED)
    if name is None:
        return nothing, (NO_LABEL,), []
    values, notes = table.arrays[name], []
    if is_one_hot(values):
        values = np.where(values.any(1), values.argmax(1), UNLABELLED)
        notes.append(f"{name} has one column per class, with a 1 in each row: its number is the class.")
    codes, kinds = numbered(per_row(values))
    given = table.arrays.get(found.of.get("class_names", ""), ())
    if kinds and all(type(kind) is int and 0 <= kind < len(given) for kind in kinds):
        kinds = [given[kind] or kind for kind in kinds]
        notes.append(f"The names of the classes are those in {found.of['class_names']}.")
    if len(kinds) > _MOST:
        return nothing, (NO_LABEL,), [f"{name} has {len(kinds):,} different values, too many for classes."]
    numbers, names = _named(codes[rows], kinds)
    if words := [text for text in names if text.lower() in WORDS]:
        said = " and ".join(map(repr, words[:3]))
        notes.append(f"Read as a class: {said}. If that means no label, leave these cells empty.")
    if without := int((numbers == UNLABELLED).sum()):
        notes.append(f"{without:,} samples have no label: they count for no class.")
        names = (*names, NO_LABEL)
    return numbers, names, notes


def domains_of(table: Table, found: Meanings, rows: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """Domains of some rows from 0, and their names; rows without one are a domain of their own."""
    if "domains" not in found.of:
        return np.zeros(len(rows), np.int64), ("embeddings",)
    codes, kinds = numbered(per_row(table.arrays[found.of["domains"]]))
    if len(kinds) > _MOST:
        return np.zeros(len(rows), np.int64), ("embeddings",)
    numbers, names = _named(codes[rows], kinds)
    if (numbers == UNLABELLED).any():
        names = (*names, _NO_DOMAIN)
        numbers = numbers % len(names)
    return numbers, names


def _named(codes: np.ndarray, kinds: Sequence[object]) -> tuple[np.ndarray, tuple[str, ...]]:
    """Numbers of those that occur, in their order, and names for people; spellings of one name are one."""
    used = np.unique(codes[codes != UNLABELLED])
    number = {NO_LABEL: UNLABELLED}  # as this program writes it
    new = np.full(len(kinds) + 1, UNLABELLED)  # the last is that of −1
    for kind in used.tolist():
        text = unicodedata.normalize("NFC", clean_text(kinds[kind], _LONGEST)) or "unnamed"
        new[kind] = number.setdefault(text, len(number) - 1)
    return new[codes], distinct(list(number)[1:])
