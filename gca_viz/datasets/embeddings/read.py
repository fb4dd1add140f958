"""A data set made of embeddings: which rows can be used, what is known of each, and what the user is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from gca_viz.datasets.cards import word_cards
from gca_viz.datasets.content import clean_text, content_id
from gca_viz.datasets.dataset import Dataset
from gca_viz.datasets.embeddings.files import table_of
from gca_viz.datasets.embeddings.groups import domains_of, labels_of
from gca_viz.datasets.embeddings.meanings import EXAMPLE, Meanings, per_row, recognised
from gca_viz.datasets.embeddings.table import MOST_COLUMNS, Table
from gca_viz.datasets.report import DataReport, counts_text, duplicates
from gca_viz.errors import InputError
from gca_viz.labels import UNLABELLED, numbered
from gca_viz.settings.limits import DATASET_BYTES, SAMPLES, WIDTH

_NAMED = 8
_BLOCK = 4096  # rows that are looked at together
_NOT_FINITE = "a number in it is missing or not finite"
_ZERO = "all its numbers are zero, so that it has no direction"


def read_embeddings(
    source: Path | Sequence[tuple[str, bytes]], *, name: str | None = None
) -> tuple[Dataset, DataReport]:
    """Make a data set of the embeddings in a file, or in several that belong together (``z1.npy``, ``z2.npy``).

    Wanted are two matrices of equal shape, ``z1`` and ``z2``, whose rows of equal number are partners; or one,
    ``z``, with a column ``partner`` that holds the number of each row's partner. Beside them may stand ``labels``,
    ``domains`` (numbers or text), ``names`` (or ``text``) and ``images`` (thumbnails, uint8 N × H × W × 3). What
    else has one number or text per row is kept as a column of the table. Rows that are not finite or have length
    zero are left out and listed. What no label is, :func:`gca_viz.labels.numbered` says.

    Args:
        source: a path, or names and contents of files.
        name: of the data set; by default that of the first file.

    Returns:
        The data set, and the report on it.

    Raises:
        InputError: a file that cannot be read, is above a limit, or holds no such arrays; arrays that do not fit.
    """
    files = [(source.name, _read(source))] if isinstance(source, Path) else list(source)
    table = _together(files)
    found = recognised(table)
    rows = _pairs(found, table)
    usable, skipped = _usable(rows)
    z1, z2, first = _kept(rows.z1, usable), _kept(rows.z2, usable), rows.first[usable]
    labels, class_names, label_notes = labels_of(table, found, first)
    domains, domain_names = domains_of(table, found, first)
    names = _texts(table, found, first)
    images, second_images = _images(table, found, first, rows.second[usable])
    columns, column_notes = _columns(table, found, first)
    name = name or Path(files[0][0]).stem
    dataset = Dataset(
        name=name,
        title=f"Embeddings {name}",
        images=word_cards(names, labels) if images is None else images,
        labels=labels,
        class_names=class_names,
        domains=domains,
        domain_names=domain_names,
        identities=np.arange(len(first)),
        names=names,
        held_out=np.ones(len(first), bool),
        content_id=content_id(z1, z2, labels, domains),
        attribution=("your own data",) * len(domain_names),
        second_images=second_images,
        embeddings=(z1, z2),
        columns=columns,
    )
    facts = {
        "Pairs": f"{len(first):,}",
        "Numbers per embedding": f"{z1.shape[1]:,}",
        "Classes": counts_text(dataset.class_names, labels) if "labels" in found.of else "none given",
        "Domains": counts_text(domain_names, domains) if "domains" in found.of else "none given",
        "Names": "given" if "names" in found.of else "row numbers",
        "Other columns": ", ".join(columns) or "none",
        "Thumbnails": "given" if "images" in found.of else "none: a card with the name stands for each",
        "Duplicates": f"{duplicates(z1, z2):,} pairs repeat an earlier one",
        "Memory": f"{(z1.nbytes + z2.nbytes + dataset.images.nbytes) / 1e6:,.1f} MB",
    }
    notes = [*table.notes, *found.notes, *rows.notes, *_looks_odd(z1, z2), *label_notes, *column_notes]
    return dataset, DataReport(rows.kind, facts, tuple(skipped), tuple(dict.fromkeys(notes)))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            f"no readable file {path}", "a file of embeddings is needed", "Check the path", parameter="embeddings"
        ) from error


def _together(files: Sequence[tuple[str, bytes]]) -> Table:
    """What several files hold."""
    tables = [(file, table_of(file, content)) for file, content in files]
    together, where = Table(), dict[str, str]()
    for file, table in tables:
        for name in table.arrays:
            if name in where and where[name] != file:
                raise InputError(
                    f"an array {name} in {where[name]} and another in {file}",
                    "files that belong together hold different arrays",
                    "Name one z1 and the other z2, or bring one file: " + EXAMPLE,
                    parameter="embeddings",
                )
            where[name] = file
        together.arrays |= table.arrays
        together.left_out |= table.left_out
        together.unusable |= table.unusable
        together.further += table.further
        together.notes += table.notes
    return together


@dataclass(frozen=True)
class _Pairs:
    """Two matrices of partners, the rows of the file that each came from, and row → why it cannot be used."""

    kind: str
    z1: np.ndarray
    z2: np.ndarray
    first: np.ndarray
    second: np.ndarray
    why: Mapping[int, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def _pairs(found: Meanings, table: Table) -> _Pairs:
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
        return _Pairs("two views, rows of equal number are partners", z1, z2, rows, rows, why)
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
    return _Pairs("one matrix and a column partner", z[rows], z2, rows, partner[rows], why, notes)


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


def _usable(rows: _Pairs) -> tuple[np.ndarray, list[tuple[str, str]]]:
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


def _kept(z: np.ndarray, usable: np.ndarray) -> np.ndarray:
    """Some rows; all of them without a copy."""
    return z if len(usable) == len(z) else z[usable]


def _looks_odd(z1: np.ndarray, z2: np.ndarray) -> list[str]:
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


def _texts(table: Table, found: Meanings, rows: np.ndarray) -> tuple[str, ...]:
    if "names" not in found.of:
        return tuple(f"row {row}" for row in rows)
    texts = per_row(table.arrays[found.of["names"]])[rows].tolist()
    return tuple(
        f"row {row}" if text is None or text != text else clean_text(text) or f"row {row}"
        for text, row in zip(texts, rows.tolist(), strict=True)
    )


def _columns(table: Table, found: Meanings, rows: np.ndarray) -> tuple[dict[str, np.ndarray], list[str]]:
    """What else the file says of each row, as numbers or texts; and a sentence on what it says that is neither."""
    known = {*found.names, *found.of.values()}
    columns: dict[str, np.ndarray] = {}
    others, further = [_with(clean_text(name), why) for name, why in table.left_out.items()], table.further
    for name, values in table.arrays.items():
        if name in known:
            continue
        flat, title = per_row(values), clean_text(name)
        if flat.shape != (found.rows,) or flat.dtype.kind not in "biufO" or not title:
            others.append(title or "an array without a name")
        elif len(columns) == MOST_COLUMNS:
            further += 1
        elif flat.dtype.kind == "O":
            columns[title] = _text_column(flat[rows])
        else:
            columns[title] = flat[rows].astype(np.float64)
    notes = []
    if others:
        more = f" and {len(others) - _NAMED:,} more" if len(others) > _NAMED else ""
        notes.append(f"Not used, for it has no number or text per row: {', '.join(others[:_NAMED])}{more}.")
    if further:
        notes.append(f"Of the other columns the first {MOST_COLUMNS} are kept; {further:,} more are not.")
    return columns, notes


def _with(name: str, why: str) -> str:
    return f"{name} ({why})" if why else name


def _text_column(values: np.ndarray) -> np.ndarray:
    """Numbers where all that is there is a number, else texts, each different one once in memory."""
    things = values.tolist()
    if all(thing is None or isinstance(thing, (int, float)) for thing in things):
        return np.array([np.nan if thing is None else thing for thing in things], np.float64)
    once: dict[object, str] = {}
    for thing in things:
        if thing not in once:
            once[thing] = "" if thing is None else clean_text(thing)
    return np.array([once[thing] for thing in things], object)


def _images(
    table: Table, found: Meanings, first: np.ndarray, second: np.ndarray
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Thumbnails of both views; of the second only where a view has its own rows."""
    if "images" not in found.of:
        return None, None
    values = table.arrays[found.of["images"]]
    if values.ndim == 4 and values.shape[1] == 3 and values.shape[3] != 3:
        values = values.transpose(0, 2, 3, 1)
    if values.ndim == 3 or values.shape[3] == 1:
        values = np.repeat(values.reshape(*values.shape[:3], 1), 3, 3)
    DATASET_BYTES.check(values[:1].nbytes * len(first), found.of["images"])
    values = values[..., :3]
    return values[first], None if np.array_equal(first, second) else values[second]
