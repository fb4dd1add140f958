"""A data set made of embeddings: which array is what, which rows can be used, and what the user is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np

from gca_viz.datasets.cards import word_cards
from gca_viz.datasets.content import clean_text, content_id
from gca_viz.datasets.dataset import Dataset
from gca_viz.datasets.embeddings.arrays import named_arrays
from gca_viz.datasets.report import DataReport, counts_text, duplicates
from gca_viz.errors import InputError
from gca_viz.limits import SAMPLES, WIDTH

# what it is → the names that people give it, the first is ours
_NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "z1": ("z1", "z_1", "view1", "embeddings1", "a", "image_embeddings", "image_embeds"),
        "z2": ("z2", "z_2", "view2", "embeddings2", "b", "text_embeddings", "text_embeds"),
        "z": ("z", "embeddings", "embedding", "features", "x", "e"),
        "partner": ("partner", "partners", "pair"),
        "labels": ("labels", "label", "class", "classes", "y", "target", "targets"),
        "domains": ("domains", "domain", "source"),
        "names": ("names", "name", "text", "caption", "file", "filename", "id", "title"),
        "images": ("images", "image", "thumbnails", "thumbnail"),
    }
)
_MOST_COLUMNS, _NAMED = 40, 8
_EXAMPLE = "numpy.savez('embeddings.npz', z1=z1, z2=z2, labels=labels)"


def read_embeddings(
    source: Path | Sequence[tuple[str, bytes]], *, name: str | None = None
) -> tuple[Dataset, DataReport]:
    """Make a data set of the embeddings in a file, or in several that belong together (``z1.npy``, ``z2.npy``).

    Wanted are two matrices of equal shape, ``z1`` and ``z2``, whose rows of equal number are partners; or one,
    ``z``, with a column ``partner`` that holds the number of each row's partner. Beside them may stand ``labels``,
    ``domains`` (numbers or text), ``names`` (or ``text``) and ``images`` (thumbnails, uint8 N × H × W × 3). What
    else has one number or text per row is kept as a column of the table. Rows that are not finite or have length
    zero are left out and listed.

    Args:
        source: a path, or names and contents of files.
        name: of the data set; by default that of the first file.

    Returns:
        The data set, and the report on it.

    Raises:
        InputError: a file that cannot be read, is above a limit, or holds no such arrays; arrays that do not fit.
    """
    files = [(source.name, _read(source))] if isinstance(source, Path) else list(source)
    arrays = {key: array for file in files for key, array in named_arrays(*file).items()}
    found = _recognised(arrays)
    rows = _pairs(found)
    usable, skipped = _usable(rows.z1, rows.z2)
    z1, z2, first = rows.z1[usable], rows.z2[usable], rows.first[usable]
    notes = [*rows.notes, *_looks_odd(z1, z2)]
    labels, class_names = _categories(found.get("labels"), first, len(rows.of), "labels", "no class")
    domains, domain_names = _categories(found.get("domains"), first, len(rows.of), "domains", "embeddings")
    names = _texts(found.get("names"), first, len(rows.of))
    images, second_images = _images(found.get("images"), first, rows.second[usable], len(rows.of))
    columns, left_out = _columns(arrays, found, first, len(rows.of))
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
        "Classes": counts_text(class_names, labels) if "labels" in found else "none given",
        "Domains": counts_text(domain_names, domains) if "domains" in found else "none given",
        "Names": "given" if "names" in found else "row numbers",
        "Other columns": ", ".join(columns) or "none",
        "Thumbnails": "given" if "images" in found else "none: a card with the name stands for each",
        "Duplicates": f"{duplicates(np.concatenate([z1, z2], 1)):,} pairs repeat an earlier one",
        "Memory": f"{(z1.nbytes + z2.nbytes + dataset.images.nbytes) / 1e6:,.1f} MB",
    }
    return dataset, DataReport(rows.kind, facts, tuple(skipped), tuple(notes + left_out))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            f"no readable file {path}", "a file of embeddings is needed", "Check the path", parameter="embeddings"
        ) from error


def _recognised(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The arrays by what they are."""
    lower = {key.lower(): array for key, array in arrays.items()}
    found = {what: lower[name] for what, names in _NAMES.items() for name in names if name in lower}
    if not ({"z1", "z2"} <= found.keys() or "z" in found or "z1" in found):
        raise InputError(
            f"arrays {', '.join(map(repr, arrays)) or 'none'}",
            "z1 and z2 are needed, or z with a column partner",
            f"Name them so: {_EXAMPLE}",
            parameter="embeddings",
        )
    return found


@dataclass(frozen=True)
class _Pairs:
    """Two matrices of partners, and the rows of the file that each came from (``of`` counts these rows)."""

    kind: str
    z1: np.ndarray
    z2: np.ndarray
    first: np.ndarray
    second: np.ndarray
    of: range
    notes: tuple[str, ...] = ()


def _pairs(found: Mapping[str, np.ndarray]) -> _Pairs:
    if {"z1", "z2"} <= found.keys():
        z1, z2 = _matrix(found["z1"], "z1"), _matrix(found["z2"], "z2")
        if z1.shape != z2.shape:
            raise InputError(
                f"z1 of shape {z1.shape} and z2 of shape {z2.shape}",
                "both views have one row per sample and one width",
                "Bring the same samples in the same order in both",
                parameter="embeddings",
            )
        rows = np.arange(len(z1))
        return _Pairs("two views, rows of equal number are partners", z1, z2, rows, rows, range(len(z1)))
    z = np.asarray(found["z"] if "z" in found else found["z1"])
    if z.ndim == 3 and len(z) == 2:
        return _pairs({"z1": z[0], "z2": z[1]})
    z = _matrix(z, "z")
    if "partner" not in found:
        raise InputError(
            f"one matrix of shape {z.shape} without a column partner",
            "a plan needs two views",
            f"Bring both, {_EXAMPLE}, or a column partner with the number of each row's partner",
            parameter="embeddings",
        )
    partner = _partner(found["partner"], len(z))
    rows, notes = np.arange(len(z)), ()
    if (partner[partner] == rows).all() and (partner != rows).all():
        rows = rows[rows < partner]
        notes = ("Every partner's partner is the row itself: each pair is used once, the earlier row as view 1.",)
    kind = "one matrix and a column partner"
    return _Pairs(kind, z[rows], z[partner[rows]], rows, partner[rows], range(len(z)), notes)


def _matrix(array: np.ndarray, name: str) -> np.ndarray:
    """An array as float32 (N, d)."""
    array = np.asarray(array)
    if array.ndim != 2 or array.dtype.kind not in "fiub" or 0 in array.shape:
        raise InputError(
            f"{name} of type {array.dtype} and shape {array.shape}",
            "embeddings are numbers, one row per sample: shape (N, d)",
            f"Reshape it before saving: {_EXAMPLE}",
            parameter="embeddings",
        )
    SAMPLES.check(len(array), name)
    WIDTH.check(array.shape[1], name)
    with np.errstate(over="ignore"):  # what single precision cannot hold becomes infinite, and is listed
        return np.ascontiguousarray(array, np.float32)


def _partner(values: np.ndarray, count: int) -> np.ndarray:
    values = _of_length(values, count, "partner")
    whole = values.dtype.kind in "iuf" and np.isfinite(values).all() and (values == np.floor(values)).all()
    if not whole or values.min() < 0 or values.max() >= count:
        raise InputError(
            f"partner with values such as {values[0]!s}",
            f"a partner is the number of a row, 0 to {count - 1}",
            "Number the rows from 0, in the order of the file",
            parameter="partner",
        )
    return values.astype(np.int64)


def _of_length(values: np.ndarray, count: int, name: str) -> np.ndarray:
    values = np.asarray(values)
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if len(values) != count or (name != "images" and values.ndim != 1):
        raise InputError(
            f"{name} of shape {values.shape} for {count} rows of embeddings",
            "one per row",
            f"Bring {count} {name}, or leave them out",
            parameter=name,
        )
    return values


def _usable(z1: np.ndarray, z2: np.ndarray) -> tuple[np.ndarray, list[tuple[str, str]]]:
    """Numbers of the pairs that have a direction in both views, and why each other was left out."""
    infinite = ~(np.isfinite(z1).all(1) & np.isfinite(z2).all(1))
    empty = ~infinite & ~(z1.any(1) & z2.any(1))
    skipped = [(f"pair {k}", "a number in it is not finite") for k in np.flatnonzero(infinite)]
    skipped += [
        (f"pair {k}", "all its numbers are zero, so that it has no direction") for k in np.flatnonzero(empty)
    ]
    usable = np.flatnonzero(~infinite & ~empty)
    if not len(usable):
        raise InputError(
            f"{len(z1)} pairs, none of which is finite and not zero",
            "at least one pair of usable embeddings is needed",
            "Check how they were computed",
            parameter="embeddings",
        )
    return usable, skipped


def _looks_odd(z1: np.ndarray, z2: np.ndarray) -> list[str]:
    notes = []
    if len(z1) == 1:
        notes.append("There is one pair only: its plan is a single cell.")
    elif (z1 == z1[0]).all() and (z2 == z1[0]).all():
        notes.append("All embeddings are the same: the encoder has collapsed, and every plan of it is flat.")
    if len(z1) > 1 and np.array_equal(z1, z2):
        notes.append("Both views are the same numbers: every cosine of a pair is 1.")
    return notes


def _categories(
    values: np.ndarray | None, rows: np.ndarray, count: int, name: str, without: str
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Numbers from 0 and their names; one name for all where nothing is given."""
    if values is None:
        return np.zeros(len(rows), np.int64), (without,)
    values = _of_length(values, count, name)[rows]
    whole = values.dtype.kind == "f" and np.isfinite(values).all() and (values == np.floor(values)).all()
    kinds, numbers = np.unique(values.astype(np.int64) if whole else values, return_inverse=True)
    return numbers.reshape(-1).astype(np.int64), tuple(clean_text(kind) or "unnamed" for kind in kinds)


def _texts(values: np.ndarray | None, rows: np.ndarray, count: int) -> tuple[str, ...]:
    if values is None:
        return tuple(f"row {row}" for row in rows)
    texts = _of_length(values, count, "names")[rows]
    return tuple(clean_text(text) or f"row {row}" for text, row in zip(texts, rows, strict=True))


def _columns(
    arrays: Mapping[str, np.ndarray], found: Mapping[str, np.ndarray], rows: np.ndarray, count: int
) -> tuple[dict[str, np.ndarray], list[str]]:
    """What else the file says of each row, as numbers or texts; and a sentence on what it says that is neither."""
    known = {id(array) for array in found.values()}
    columns: dict[str, np.ndarray] = {}
    others, further = [], []
    for name, values in arrays.items():
        if id(values) in known:
            continue
        flat = np.asarray(values)
        flat = flat[:, 0] if flat.ndim == 2 and flat.shape[1] == 1 else flat
        title = clean_text(name)
        if flat.shape != (count,) or flat.dtype.kind not in "biufUS" or not title:
            others.append(title or "an array without a name")
        elif len(columns) == _MOST_COLUMNS:
            further.append(title)
        elif flat.dtype.kind in "US":
            columns[title] = np.array([clean_text(text) for text in flat[rows]])
        else:
            columns[title] = flat[rows].astype(np.float64)
    notes = []
    if others:
        notes.append(f"Not used, for it has no number or text per row: {', '.join(others[:_NAMED])}.")
    if further:
        notes.append(f"Of the other columns the first {_MOST_COLUMNS} are kept; {len(further)} more are not.")
    return columns, notes


def _images(
    values: np.ndarray | None, first: np.ndarray, second: np.ndarray, count: int
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Thumbnails of both views; of the second only where a view has its own rows."""
    if values is None:
        return None, None
    values = _of_length(values, count, "images")
    return values[first], None if np.array_equal(first, second) else values[second]
