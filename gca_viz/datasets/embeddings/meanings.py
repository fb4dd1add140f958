"""Which array of a file is what: the two views, partners, labels, domains, names, thumbnails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from gca_viz.datasets.embeddings.table import NAMES, SINGLE, VIEWS, Table, plain_name
from gca_viz.errors import InputError

EXAMPLE = "numpy.savez('embeddings.npz', z1=z1, z2=z2, labels=labels)"
_FLAT = 3  # numbers per sample up to which a matrix may be a map
_OWN = frozenset({"z1", "z2", "z"})
_REQUIRED = 2  # names of each kind that nothing else goes by: if their length is wrong, so is the file


@dataclass
class Meanings:
    """What was recognised.

    Attributes:
        views: the matrices of view 1 and view 2, or one array that holds all.
        names: of these.
        of: what else there is → the name of its array.
        notes: what was not taken, and why.
    """

    views: tuple[np.ndarray, ...]
    names: tuple[str, ...]
    of: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """How many rows the embeddings have."""
        first = self.views[0]
        return first.shape[1] if first.ndim == 3 and len(first) == 2 else len(first)


def recognised(table: Table) -> Meanings:
    """Find the arrays by their names and forms: our own name goes before every synonym, vectors before a map.

    Raises:
        InputError: there are no embeddings, or labels, names … that are not as many as these.
    """
    names: dict[str, str] = {}
    for name in table.arrays:
        names.setdefault(plain_name(name), name)
    found = _views(names, table)
    is_map = {"x", "y"} <= names.keys() and table.arrays[names["x"]].ndim == table.arrays[names["y"]].ndim == 1
    for what, known in NAMES.items():
        taken = {*found.names, *found.of.values()}
        candidates = [names[name] for name in known if name in names and names[name] not in taken]
        if what == "labels" and is_map:
            candidates = [name for name in candidates if plain_name(name) != "y"]
        _choose(found, what, candidates, table)
    return found


def per_row(array: np.ndarray) -> np.ndarray:
    """A column, (N, 1), as (N,)."""
    return array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array


def _views(names: Mapping[str, str], table: Table) -> Meanings:
    """The views: of all pairs and single matrices the first by name, and those that may be maps last."""
    matrices = {key: matrix for key, name in names.items() if (matrix := _matrix(table.arrays[name])) is not None}
    pairs = [pair for pair in VIEWS if all(key in matrices for key in pair)]
    halves = [[pair[side] for pair in VIEWS if pair[side] in matrices] for side in (0, 1)]
    if not pairs and all(halves):
        pairs = [(halves[0][0], halves[1][0])]
    choices = [*pairs, *((key,) for key in SINGLE if key in matrices), *((key,) for key in halves[0])]
    if not choices:
        raise _no_views(names, table)
    # sorted() keeps the order of what is equal
    choices = sorted(choices, key=lambda keys: keys[0] not in _OWN and matrices[keys[0]].shape[-1] <= _FLAT)
    keys = choices[0]
    found = Meanings(tuple(matrices[key] for key in keys), tuple(names[key] for key in keys))
    others = dict.fromkeys(key for choice in [*choices, *halves] for key in choice if key not in keys)
    if others:
        left = ", ".join(names[key] for key in others)
        found.notes.append(f"Embeddings are {' and '.join(found.names)}; not taken: {left}.")
    return found


def _matrix(array: np.ndarray) -> np.ndarray | None:
    """(N, d), or (2, N, d) or (N, 2, d) with both views; axes of length 1 go. None of anything else."""
    if array.dtype.kind not in "fiub" or array.ndim < 2 or not array.size:
        return None
    if array.ndim > 3 or (array.ndim == 3 and 1 in array.shape[1:]):
        kept = [size for size in array.shape[1:] if size != 1]
        array = array.reshape(len(array), *(kept or [1]))
    return array if array.ndim == 2 or (array.ndim == 3 and 2 in array.shape[:2]) else None


def _no_views(names: Mapping[str, str], table: Table) -> InputError:
    views = [*(key for pair in VIEWS for key in pair), *SINGLE]
    unread = {plain_name(name): f"{name}: {why}" for name, why in table.left_out.items()}
    for key in views:
        if key in unread:
            return InputError(
                unread[key],
                "embeddings are numbers, one row per sample",
                f"Save the numbers themselves: {EXAMPLE}",
                parameter="embeddings",
            )
        if key in names and (key in _OWN or table.arrays[names[key]].ndim > 1):
            return _no_matrix(names[key], table.arrays[names[key]])
    held = [*table.arrays, *unread.values()]
    return InputError(
        f"arrays {', '.join(map(repr, held)) or 'none'}",
        "z1 and z2 are needed, or z with a column partner",
        f"Name them so: {EXAMPLE}",
        parameter="embeddings",
    )


def _no_matrix(name: str, array: np.ndarray) -> InputError:
    remedy = f"Reshape it before saving, numpy.reshape({name}, (len({name}), -1)): {EXAMPLE}"
    if array.dtype.kind == "c":
        remedy = f"Put the parts side by side, numpy.concatenate([{name}.real, {name}.imag], 1): {EXAMPLE}"
    elif array.dtype.kind not in "fiub":
        remedy = f"Make numbers of it, numpy.stack({name}).astype('float32'): {EXAMPLE}"
    kind = "text" if array.dtype.kind in "OUS" else array.dtype
    return InputError(
        f"{name} of type {kind} and shape {array.shape}",
        "embeddings are numbers, one row per sample: shape (N, d)",
        remedy,
        parameter="embeddings",
    )


def _choose(found: Meanings, what: str, candidates: list[str], table: Table) -> None:
    """Take the first of the candidates that fits; the others are told."""
    rows, refused, fits = found.rows, {}, []
    for name in candidates:
        why = _unfit(what, table.arrays[name], rows)
        if why:
            refused[name] = why
        else:
            fits.append(name)
    if fits:
        found.of[what] = fits[0]
        if len(fits) > 1 and what in ("labels", "domains"):
            found.notes.append(f"{what.capitalize()} are those of {fits[0]}; not taken: {', '.join(fits[1:])}.")
    if what == "class_names":
        return
    for name, why in refused.items():
        array = table.arrays[name]
        if not fits and array.ndim and len(array) not in (1, rows) and plain_name(name) in NAMES[what][:_REQUIRED]:
            raise InputError(
                f"{name} of shape {array.shape} for {rows} rows of embeddings",
                "one per row",
                f"Bring {rows} {what}, or leave them out",
                parameter=what,
            )
        found.notes.append(f"{name} is not used for {what}: {why}.")


def _unfit(what: str, array: np.ndarray, rows: int) -> str:
    """Why an array cannot be what its name says; empty if it can."""
    if not array.ndim or (array.size == 1 and rows > 1):
        return "it is one value for the whole file"
    if what == "class_names":
        return "" if array.ndim == 1 and array.dtype.kind == "O" and len(array) != rows else "no names of classes"
    if what == "images":
        pictures = array.dtype == np.uint8 and array.ndim in (3, 4) and len(array) == rows
        return "" if pictures else "thumbnails are uint8, N × height × width × 3"
    if what == "labels" and array.ndim == 2 and len(array) == rows and is_one_hot(array):
        return ""
    array = per_row(array)
    if array.ndim != 1 or len(array) != rows or array.dtype.kind not in "biufOUSmM":
        return f"its shape is {array.shape}, not one per row"
    if what == "labels" and array.dtype.kind == "f":
        known = array[np.isfinite(array)]
        return "" if (known == np.floor(known)).all() else "fractions are no classes"
    return ""


def is_one_hot(array: np.ndarray) -> bool:
    """Whether each row has a single 1 beside zeros, or nothing but zeros."""
    return (
        array.ndim == 2
        and array.shape[1] > 1
        and array.dtype.kind in "fiub"
        and bool(((array == 0) | (array == 1)).all() and (array.sum(1) <= 1).all())
    )
