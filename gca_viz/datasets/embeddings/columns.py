"""From columns of a table to arrays: numbers side by side or in lists become matrices, texts become objects."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as types

from gca_viz.datasets.embeddings.table import KNOWN, Room, plain_name
from gca_viz.settings.limits import SAMPLES, WIDTH

_LONGEST_PLACE = 6  # digits of the number of an entry, more than WIDTH needs
_LONGEST_TEXT = 1000  # letters; names and captions are not read further
_NAMED = 8
_MOST_TEXTS = 500_000  # different ones in all columns that nobody needs
_SINGLES = 16  # columns of one unknown name that are still looked at one by one
NO_VECTOR = "it has no vector"


class NotUsed(Exception):
    """Why a column is not used, as the rest of a sentence."""


def entry_of(name: str) -> tuple[str, int] | None:
    """The vector and the place in it of a column such as ``z1_0``, ``z1.17``, ``z[3]`` or ``5``, else None."""
    if plain_name(name) in KNOWN:
        return None
    name = name.strip().removesuffix("]")
    stem = name.rstrip("0123456789")
    digits = name[len(stem) :]
    if not digits or len(digits) > _LONGEST_PLACE or not digits.isascii():
        return None
    return (stem[:-1] if stem[-1:] in ("_", ".", "[", "-", " ") and len(stem) > 1 else stem), int(digits)


def matrices_of(names: Sequence[str]) -> dict[str, list[int]]:
    """Name of what is spread over several columns → positions of these, in the order of its entries."""
    found: dict[str, dict[int, int]] = {}
    for position, name in enumerate(names):
        entry = entry_of(name)
        if entry is not None:
            found.setdefault(entry[0], {}).setdefault(entry[1], position)
    several = {stem: entries for stem, entries in found.items() if len(entries) > 1}
    return {stem: [entries[place] for place in sorted(entries)] for stem, entries in several.items()}


def entry_name(name: str, stem: str) -> str:
    """Columns that pandas named 0, 1, … are the entries of a vector that goes by the name of the file."""
    return f"{stem}_{name}" if name.isdigit() and len(name) <= _LONGEST_PLACE else name


def is_vector(stem: str, count: int) -> bool:
    """Whether columns of one name and different numbers are looked at as one thing, not as that many columns."""
    return plain_name(stem) in KNOWN or count > _SINGLES


def gaps(stem: str, names: Sequence[str], positions: Sequence[int]) -> list[str]:
    """A sentence where a vector lacks entries between its first and its last."""
    places = {entry[1] for position in positions if (entry := entry_of(names[position])) is not None}
    missing = sorted(set(range(min(places), max(places))) - places)[:_NAMED]
    if not missing:
        return []
    return [f"No column holds entry {', '.join(map(str, missing))} of {stem}: it has fewer numbers."]


def is_list(kind: pa.DataType) -> bool:
    """Whether a type is that of one list of numbers per row."""
    kind = getattr(kind, "storage_type", kind)
    lists = (types.is_list, types.is_large_list, types.is_fixed_size_list)
    return any(known(kind) for known in lists) and is_number(kind.value_type)


def is_number(kind: pa.DataType) -> bool:
    """Whether a type is that of numbers, or of true and false."""
    return any(known(kind) for known in (types.is_integer, types.is_floating, types.is_boolean, types.is_decimal))


def vectors(chunks: Iterable[pa.Array], rows: int, room: Room) -> tuple[np.ndarray, dict[int, str]]:
    """Lists of numbers as float32 (rows, d), NaN in rows without; and row → why it is without.

    Args:
        chunks: the lists, some rows at a time; the length that is commonest in the first is d.

    Raises:
        NotUsed: most lists have another length.
        InputError: above a limit.
    """
    SAMPLES.check(rows, room.what)
    matrix: np.ndarray | None = None
    why: dict[int, str] = {}
    start = others = 0
    for lists in chunks:
        lists = lists.storage if isinstance(lists, pa.ExtensionArray) else lists
        lengths = pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False).astype(np.int64)
        if matrix is None and lengths.any():
            kinds, counts = np.unique(lengths[lengths > 0], return_counts=True)
            width = int(kinds[counts.argmax()])
            WIDTH.check(width, room.what)
            room.take(4 * width * rows)
            matrix = np.full((rows, width), np.nan, np.float32)
        width = 0 if matrix is None else matrix.shape[1]
        fits = (lengths == width) & (lengths > 0)
        others += int(((lengths > 0) & ~fits).sum())
        for row in np.flatnonzero(~fits).tolist():
            why[start + row] = (
                f"its vector has {lengths[row]:,} numbers, others have {width:,}" if lengths[row] else NO_VECTOR
            )
        if matrix is not None and fits.any():
            flat = pc.cast(lists.flatten(), pa.float32(), safe=False).to_numpy(zero_copy_only=False)
            flat = flat if fits.all() else flat[np.repeat(fits, lengths)]
            matrix[start : start + len(lengths)][fits] = flat.reshape(-1, width)
        start += len(lengths)
    if matrix is None:
        raise NotUsed("its lists are empty")
    if 2 * others >= rows - (len(why) - others) and others:
        raise NotUsed("its lists are of unequal length")
    return matrix, why


def side_by_side(columns: Iterable[np.ndarray], count: int, rows: int) -> np.ndarray:
    """That many columns of numbers as float32 (rows, columns)."""
    WIDTH.check(count, "one vector in columns")
    matrix = np.empty((rows, count), np.float32)
    with np.errstate(over="ignore"):
        for place, values in enumerate(columns):
            matrix[:, place] = values
    return matrix


def floats(column: pa.ChunkedArray) -> np.ndarray:
    """float64 (N,), NaN where there is nothing."""
    numbers: np.ndarray = pc.cast(column, pa.float64(), safe=False).to_numpy()
    return numbers


def values_of(name: str, column: pa.ChunkedArray, room: Room) -> np.ndarray:
    """One number or text per row: whole numbers stay these even where some are missing (objects, None there)."""
    kind = column.type
    room.take(16 * len(column))
    if types.is_floating(kind) or types.is_decimal(kind):
        return floats(column)
    if types.is_integer(kind) or types.is_boolean(kind):
        numbers: np.ndarray = np.array(column.to_pylist(), object) if column.null_count else column.to_numpy()
        return numbers
    return texts(name, column, room)


def texts(name: str, column: pa.ChunkedArray, room: Room) -> np.ndarray:
    """Texts as objects (N,), each different one once in memory, cut to what is read; None where there is none.

    Raises:
        NotUsed: nobody needs the column, and all of these have too many different texts.
    """
    needless = plain_name(name) not in KNOWN
    if needless and room.texts > _MOST_TEXTS:
        raise NotUsed("there are too many different texts")
    if not types.is_dictionary(column.type):
        column = pc.dictionary_encode(pc.cast(column, pa.string()) if not is_text(column.type) else column)
    column = column.unify_dictionaries().combine_chunks()
    column = column if isinstance(column, pa.DictionaryArray) else column.chunk(0)
    words = column.dictionary if is_text(column.dictionary.type) else pc.cast(column.dictionary, pa.string())
    words = pc.utf8_slice_codeunits(words, 0, _LONGEST_TEXT)
    if needless:
        room.texts += len(words)
        if room.texts > _MOST_TEXTS:
            raise NotUsed("there are too many different texts")
    room.take(8 * len(column) + words.nbytes + 64 * len(words))
    different = np.array([*words.to_pylist(), None], object)
    found: np.ndarray = different[pc.fill_null(column.indices, len(words)).to_numpy(zero_copy_only=False)]
    return found


def is_text(kind: pa.DataType) -> bool:
    """Whether a type is that of texts."""
    return bool(types.is_string(kind) or types.is_large_string(kind))
