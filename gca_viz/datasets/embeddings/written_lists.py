"""Vectors that are written as text in one cell: by JSON, Python, NumPy, PyTorch or PostgreSQL."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from gca_viz.datasets.embeddings.columns import NotUsed

# all of these are matched in linear time (RE2)
_BRACKETED = r"^\s*(?:[A-Za-z_.]*\s*\(\s*)?[\[({]"
_NUMBERS = r"^\s*[+-]?[\d.,]+(?:[eE][+-]?\d+)?(?:[\s;|]+[+-]?[\d.,]+(?:[eE][+-]?\d+)?)+\s*$"
_WITH_COMMAS = r"^\s*[+-]?\d*\.\d+(?:[eE][+-]?\d+)?(?:\s*,\s*[+-]?\d+\.?\d*(?:[eE][+-]?\d+)?)+\s*$"
_BEFORE, _AFTER = r"^[^\[]*\[", r"\][^\]]*$"  # array([ … ], dtype=float32)
_WRAPPER = r"(?:np|numpy|torch)\.\w+\("  # [np.float64(0.1), …]
_NUMERAL = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
_FIRST = 100  # cells that are looked at


def are_lists(column: pa.ChunkedArray) -> bool:
    """Whether the cells of a column that hold anything look like vectors, going by the first of them."""
    cells = column.slice(0, _FIRST)
    cells = cells.filter(pc.greater(pc.utf8_length(pc.utf8_trim_whitespace(cells)), 0))
    if not len(cells):
        return False
    looks = pc.or_(
        pc.and_(pc.match_substring_regex(cells, _BRACKETED), pc.match_substring_regex(cells, r"\d|\.\.\.|…")),
        pc.or_(pc.match_substring_regex(cells, _NUMBERS), pc.match_substring_regex(cells, _WITH_COMMAS)),
    )
    return bool(2 * pc.sum(looks).as_py() > len(cells))


def parsed(column: pa.ChunkedArray) -> pa.Array:
    """Lists of numbers, one per row: null where a cell is empty, and null in a list where something is no number.

    Raises:
        NotUsed: NumPy or PyTorch wrote … in place of numbers, so that they are not in the file.
    """
    column = column.combine_chunks()
    column = column if isinstance(column, pa.Array) else column.chunk(0)
    if pc.any(pc.match_substring_regex(column, r"\.\.\.|…")).as_py():
        raise NotUsed("its text has … in place of numbers, which are therefore not in the file")
    bracketed = pc.match_substring(column, "[")
    inner = pc.replace_substring_regex(pc.replace_substring_regex(column, _BEFORE, ""), _AFTER, "")
    inner = pc.if_else(bracketed, inner, column)
    inner = pc.replace_substring_regex(inner, _WRAPPER, "")
    inner = pc.replace_substring_regex(inner, r"[\[\](){}'\"]", " ")
    commas = pc.and_(pc.match_substring(inner, ";"), pc.match_substring_regex(inner, r"\d,\d"))
    inner = pc.if_else(commas, pc.replace_substring(inner, ",", "."), inner)  # 0,5; 0,25
    inner = pc.utf8_trim_whitespace(pc.replace_substring_regex(inner, r"[,;|\s]+", " "))
    empty = pc.fill_null(pc.equal(inner, ""), True)
    words = pc.split_pattern(pc.if_else(empty, None, inner), " ")
    flat = words.flatten()
    number = pc.match_substring_regex(flat, _NUMERAL)
    numbers = pc.cast(pc.if_else(number, flat, None), pa.float64())
    return pa.ListArray.from_arrays(words.offsets, numbers, mask=pc.is_null(words))
