"""A data set made of embeddings: which rows can be used, what is known of each, and what the user is told."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from gca_viz.datasets.cards import word_cards
from gca_viz.datasets.content import clean_text, content_id
from gca_viz.datasets.dataset import Dataset
from gca_viz.datasets.embeddings.files import table_of
from gca_viz.datasets.embeddings.folder import folder_table
from gca_viz.datasets.embeddings.groups import domains_of, labels_of
from gca_viz.datasets.embeddings.meanings import EXAMPLE, Meanings, per_row, recognised
from gca_viz.datasets.embeddings.pairs import kept, oddities, pairs_of, usable_pairs
from gca_viz.datasets.embeddings.table import MOST_COLUMNS, Table
from gca_viz.datasets.report import DataReport, counts_text, duplicates
from gca_viz.errors import InputError
from gca_viz.settings.limits import DATASET_BYTES, EMBEDDING_BYTES, SAMPLES, lifted

_NAMED = 8


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
        source: a path, or names and contents of files. Of a folder with ``z1.npy`` and ``z2.npy`` the embeddings
            stay on disk, however many they are, and rows are read when they are asked for.
        name: of the data set; by default that of the first file.

    Returns:
        The data set, and the report on it.

    Raises:
        InputError: a file that cannot be read, is above a limit, or holds no such arrays; arrays that do not fit.
    """
    if isinstance(source, Path) and source.is_dir():
        with lifted(SAMPLES, EMBEDDING_BYTES):
            return _dataset_of(folder_table(source), name or source.resolve().name)
    files = [(source.name, _read(source))] if isinstance(source, Path) else list(source)
    return _dataset_of(_together(files), name or Path(files[0][0]).stem)


def _dataset_of(table: Table, name: str) -> tuple[Dataset, DataReport]:
    found = recognised(table)
    rows = pairs_of(found, table)
    usable, skipped = usable_pairs(rows)
    z1, z2, first = kept(rows.z1, usable), kept(rows.z2, usable), rows.first[usable]
    labels, class_names, label_notes = labels_of(table, found, first)
    domains, domain_names = domains_of(table, found, first)
    names = _texts(table, found, first)
    images, second_images = _images(table, found, first, rows.second[usable])
    columns, column_notes = _columns(table, found, first)
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
    notes = [*table.notes, *found.notes, *rows.notes, *oddities(z1, z2), *label_notes, *column_notes]
    return dataset, DataReport(rows.kind, facts, tuple(skipped), tuple(dict.fromkeys(notes)))


def read_views(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Two views alone, float32 (N, d) each, of a file all of whose pairs can be used.

    Raises:
        InputError: as :func:`read_embeddings`, or a pair that is not finite or has no direction.
    """
    table = _together([(path.name, _read(path))])
    rows = pairs_of(recognised(table), table)
    usable, skipped = usable_pairs(rows)
    if skipped:
        raise InputError(
            f"{path.name} with {len(skipped):,} pairs that cannot be used, first {': '.join(skipped[0])}",
            "all steps of a run have the same samples",
            "Leave this file out",
            parameter="embeddings",
        )
    return kept(rows.z1, usable), kept(rows.z2, usable)


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
