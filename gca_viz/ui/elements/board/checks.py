"""Whether what is drawn beside the matrices fits them: orders, chosen ones, blocks, marginals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gca_viz.errors import InputError


def check_sizes(sizes: Sequence[int], size: int) -> None:
    """Raise :class:`gca_viz.errors.InputError` where blocks do not cover the rows, or the columns."""
    if sizes and sum(sizes) != size:
        raise InputError(
            f"groups of {sum(sizes)} rows or columns",
            f"groups must cover all {size}",
            "Mend sizes",
        )


def checked_vector(values: np.ndarray, size: int, name: str) -> np.ndarray:
    """(size,) float32."""
    vector = np.asarray(values, np.float32)
    if vector.shape != (size,):
        raise InputError(f"{name} of shape {vector.shape}", f"one number per sample, {size}", "Pass (N,) numbers")
    return vector


def checked_order(order: Sequence[int] | np.ndarray | None, size: int) -> np.ndarray:
    """(size,) uint32, display position → original index."""
    order = np.arange(size) if order is None else np.asarray(order)
    if order.shape != (size,) or not np.array_equal(np.sort(order), np.arange(size)):
        raise InputError(
            "an order that is no permutation", f"each index 0…{size - 1} exactly once", "Use np.argsort"
        )
    return order.astype(np.uint32)


def checked_marked(marked: Sequence[int] | np.ndarray, size: int) -> np.ndarray:
    """uint32, ascending, each once."""
    marked = np.unique(np.asarray(marked, np.int64))
    if len(marked) and not (marked[0] >= 0 and marked[-1] < size):
        raise InputError(f"marked samples {marked[0]}…{marked[-1]}", f"indices 0…{size - 1}", "Mark this batch")
    return marked.astype(np.uint32)
