"""What a label is, and when there is none: the one meaning that tables, data sets and the mathematics share."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any

import numpy as np

#: the number of a sample without label; such a sample is nobody's classmate
UNLABELLED = -1
#: what it is called beside the names of the classes
NO_LABEL = "no label"
_SIGNS = (-1, -100)  # scikit-learn's and PyTorch's
#: what stands for "no number" where numbers are meant; among texts each of these is a text
WORDS = frozenset({"", "nan", "-nan", "na", "n/a", "#n/a", "#na", "none", "null", "nil", "<na>", "nat", "missing"})


def numbered(values: Any) -> tuple[np.ndarray, list[Any]]:
    """Number labels from 0 in the order of their values; −1 where there is none.

    No label is None, NaN, NaT, pandas' NA, a masked entry, an empty text, and among whole numbers −1 (scikit-learn
    has it so) or −100 (PyTorch) where it is the only one below zero. Texts such as ``"NA"`` or ``"None"`` are
    labels among texts, and none among numbers that are written as texts.

    Args:
        values: labels of any shape: numbers, texts or both; a list, an array, a masked array, a tensor, a series.

    Returns:
        int64 in the shape of ``values``, and the distinct labels: int where they are whole numbers, else float,
        bool or str.

    Raises:
        ValueError: rows of unequal length.
    """
    array, absent = _array(values)
    flat, absent = array.ravel(), absent.ravel()
    if flat.dtype.kind == "O":
        flat = _of_one_kind(flat, absent)
    if flat.dtype.kind in "US":
        flat = np.char.decode(flat, "utf-8", "replace") if flat.dtype.kind == "S" else flat
        absent = absent | _empty_texts(flat, ~absent)
    elif flat.dtype.kind in "mM":
        absent = absent | np.isnat(flat)
    else:
        absent = absent | ~(flat == flat)
        absent |= _signs(flat, ~absent)
        flat = _whole(flat, ~absent)
    codes = np.full(len(flat), UNLABELLED, np.int64)
    kinds, codes[~absent] = np.unique(flat[~absent], return_inverse=True)
    if kinds.dtype.kind == "U" and (sizes := _sizes(kinds)) is not None:  # "2" before "10"
        order = np.lexsort((kinds, sizes))
        kinds, codes[~absent] = kinds[order], np.argsort(order)[codes[~absent]]
    return codes.reshape(array.shape), kinds.tolist()


def class_count(numbers: np.ndarray) -> int:
    """How many classes there are among numbered labels; samples without label make none."""
    return len(np.unique(numbers[numbers != UNLABELLED]))


def unlabelled(values: Any) -> np.ndarray:
    """bool in the shape of ``values``: where there is no label, as :func:`numbered` has it."""
    absent: np.ndarray = numbered(values)[0] == UNLABELLED
    return absent


def _array(values: Any) -> tuple[np.ndarray, np.ndarray]:
    """An array of what came, and where it has nothing."""
    if isinstance(values, np.ma.MaskedArray):
        return values.data, np.ma.getmaskarray(values)
    if hasattr(values, "detach"):  # a tensor, of a library that this module does not need
        values = values.detach().cpu()
        values = (values.float() if str(values.dtype) == "torch.bfloat16" else values).numpy()
    # NumPy would make the text "nan" of a NaN that stands in a list beside texts
    array = np.asarray(values, object) if isinstance(values, (list, tuple)) else np.asarray(values)
    return array, np.zeros(array.shape, bool)


def _of_one_kind(flat: np.ndarray, absent: np.ndarray) -> np.ndarray:
    """Objects as whole numbers, floats or texts; ``absent`` is set where there is nothing."""
    things: list[Any] = [value.item() if getattr(value, "ndim", None) == 0 else value for value in flat.tolist()]
    for place, thing in enumerate(things):
        if isinstance(thing, (list, tuple)) or getattr(thing, "ndim", 0) > 0:
            raise ValueError("rows of unequal length")
        absent[place] |= _is_nothing(thing)
    known = [thing for place, thing in enumerate(things) if not absent[place]]
    for kind, dtype in ((bool, bool), (Integral, np.int64), (Real, np.float64)):
        if all(isinstance(thing, kind) for thing in known):
            filled = np.zeros(len(things), dtype)
            try:
                filled[~absent] = known
            except OverflowError:  # larger than 64 bits hold: told apart as texts
                break
            return filled
    texts = (thing.decode("utf-8", "replace") if isinstance(thing, bytes) else str(thing) for thing in known)
    filled = np.full(len(things), "", object)
    filled[~absent] = list(texts)
    return filled.astype(str)


def _is_nothing(thing: object) -> bool:
    if thing is None or thing is np.ma.masked or type(thing).__name__ in ("NAType", "NaTType"):
        return True
    if isinstance(thing, (str, bytes)):
        return not thing.strip()
    return isinstance(thing, (Real, np.datetime64)) and bool(thing != thing)


def _signs(numbers: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Where a number stands for nothing: the only one below zero, among whole numbers."""
    values = numbers[known]
    if numbers.dtype.kind not in "if" or (values != np.floor(values)).any():
        return np.zeros(len(numbers), bool)
    below = np.unique(values[values < 0])
    return known & (numbers == below[0] if len(below) == 1 and below[0] in _SIGNS else False)


def _whole(flat: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Floats that are whole numbers as these."""
    values = flat[known]
    if flat.dtype.kind != "f" or (values != np.floor(values)).any() or (np.abs(values) > 2.0**53).any():
        return flat
    return np.where(known, flat, 0).astype(np.int64)


def _empty_texts(flat: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Where a text stands for nothing."""
    kinds, codes = np.unique(flat, return_inverse=True)
    texts = [kind.strip() for kind in kinds.tolist()]
    empty = np.array([not text for text in texts], bool)
    words = np.array([text.lower() in WORDS for text in texts], bool)
    rest = np.setdiff1d(codes[known], np.flatnonzero(words))
    sizes = _sizes(kinds[rest]) if len(rest) else None
    if sizes is not None:
        empty = words
        empty[rest] = _signs(sizes, np.ones(len(rest), bool))
    return empty[codes.reshape(-1)]


def _sizes(texts: np.ndarray) -> np.ndarray | None:
    """The numbers that texts stand for, or None if one stands for none."""
    try:
        sizes = np.array([float(text) for text in texts.tolist()])
    except ValueError:
        return None
    return sizes if np.isfinite(sizes).all() else None
