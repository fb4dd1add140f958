"""What a user uploads, identified by what it holds, and its names made fit for people."""

from __future__ import annotations

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

_LONGEST_NAME = 80
_LONGEST_TEXT = 1000  # text encoders read no more


def content_id(*arrays: np.ndarray | tuple[np.ndarray, ...]) -> str:
    """A hash of arrays: types, shapes and values; 16 hexadecimal digits.

    Several arrays of one shape, as a tuple, are hashed as their stack is.
    """
    digest = hashlib.sha256()
    for array in arrays:
        parts = array if isinstance(array, tuple) else (array,)
        shape = (len(parts), *parts[0].shape) if isinstance(array, tuple) else array.shape
        digest.update(f"{parts[0].dtype}{shape}".encode())
        for part in parts:
            digest.update(np.ascontiguousarray(part).data)
    return digest.hexdigest()[:16]


def clean_text(value: object, longest: int = _LONGEST_NAME) -> str:
    """A name for people: one line without control characters, of at most 80 characters."""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    text = "".join(letter for letter in text if not unicodedata.category(letter).startswith("C")).strip()
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def distinct(names: Sequence[str]) -> tuple[str, ...]:
    """Names of at most 80 characters each, still different where the given ones are: those lose their middle."""
    found = [clean_text(name) or "unnamed" for name in names]
    half = _LONGEST_NAME // 2
    ways: tuple[Callable[[str, int], str], ...] = (
        lambda name, _: f"{name[: half - 1]}…{name[-half:]}",
        lambda name, k: f"{name[:half]}… ({k})",
    )
    for shorter in ways:
        counts = Counter(found)
        pairs = enumerate(zip(names, found, strict=True), 1)
        found = [shorter(name, k) if counts[text] > 1 else text for k, (name, text) in pairs]
    return tuple(found)


def clean_caption(value: object) -> str:
    """A text that says what an image shows: one line; the first of several, and empty where there is none."""
    first = next(iter(value), None) if isinstance(value, (list, tuple)) else value
    return "" if first is None else clean_text(" ".join(str(first).split()), _LONGEST_TEXT)
