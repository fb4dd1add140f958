"""Numbers as people and programs write them, read a column at a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gca_viz.labels import WORDS

# all of these are matched in linear time (RE2)
_NUMERAL = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
_INFINITE = r"^[+-]?(inf|infinity|1\.#inf0*|1,#inf0*)$"
_INDEFINITE = r"^[+-]?(1[.,]#(ind|qnan|snan|nan)0*)$"
_DOTS_AS_THOUSANDS = r"^[+-]?\d{1,3}(\.\d{3})+,\d*|^[+-]?\d{1,3}(\.\d{3}){2,}$"
_COMMAS_AS_THOUSANDS = r"^[+-]?\d{1,3}(,\d{3})+\.\d*|^[+-]?\d{1,3}(,\d{3}){2,}$"
_COMMA = r"^[+-]?\d*,\d+([eE][+-]?\d+)?$"
_GAPS = r"[\s'’\x{00a0}\x{202f}\x{2009}]"  # between thousands
_LOOKED_AT = 2_000  # cells of a column


@dataclass(frozen=True)
class Style:
    """How numbers are written in a file.

    Attributes:
        decimal: ``"."`` or ``","``.
        thousands: the other of the two, where it stands between thousands, or empty.
    """

    decimal: str = "."
    thousands: str = ""

    @property
    def note(self) -> str:
        """What was assumed, as a sentence; empty where numbers are written as programs do."""
        if self.decimal == ",":
            return "A comma is read as the decimal mark: 0,5 is a half."
        return "Commas are read as marks between thousands: 1,234.5 is 1234.5." if self.thousands else ""


def is_numeral(text: str) -> bool:
    """Whether a cell is a number, with a decimal point or a decimal comma, or a word for one that is none."""
    text = text.strip()
    if text.lower() in WORDS:
        return bool(text)
    if len(text) > 40 or "_" in text:
        return False
    for candidate in (text, text.replace(",", ".", 1)):
        try:
            float(candidate)
            return True
        except ValueError:
            continue
    return "#" in text and text[:1].isdigit()


def style_of(columns: Iterable[pa.ChunkedArray]) -> Style:
    """How the numbers in some columns of texts are written."""
    commas = False
    for column in columns:
        cells = _bare(column.slice(0, _LOOKED_AT))
        if _any(cells, _DOTS_AS_THOUSANDS):
            return Style(",", ".")
        if _any(cells, _COMMAS_AS_THOUSANDS):
            return Style(".", ",")
        commas |= _any(cells, _COMMA)
    return Style("," if commas else ".")


def plainly(column: pa.ChunkedArray) -> np.ndarray | None:
    """float64 (N,) of a column in which every cell is a number as programs write it; else None."""
    try:
        numbers: np.ndarray = pc.cast(column, pa.float64()).to_numpy()
    except pa.ArrowInvalid:
        return None
    return numbers


def read(column: pa.ChunkedArray, style: Style) -> tuple[np.ndarray, np.ndarray]:
    """float64 (N,) of texts, NaN where there is no number; and bool (N,), where a text is none."""
    cells = _bare(column)
    if style.thousands:
        cells = pc.replace_substring(cells, style.thousands, "")
    if style.decimal == ",":
        cells = pc.replace_substring(cells, ",", ".")
    lower = pc.utf8_lower(cells)
    empty = pc.fill_null(pc.is_in(lower, pa.array(sorted(WORDS))), True)
    infinite, indefinite = (pc.match_substring_regex(lower, known) for known in (_INFINITE, _INDEFINITE))
    number = pc.match_substring_regex(cells, _NUMERAL)
    values = pc.cast(pc.if_else(pc.fill_null(number, False), cells, None), pa.float64()).to_numpy()
    known = pc.or_(pc.or_(number, empty), pc.or_(infinite, indefinite))
    found = np.where(_flags(infinite), np.inf, values)
    return found, ~_flags(known)


def padded(column: pa.ChunkedArray) -> bool:
    """Whether numbers are written with zeros before, as in ``007``: names that are made of digits."""
    return _any(_bare(column), r"^[+-]?0\d")


def _bare(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Cells without blanks, without what stands between thousands, and with a plain minus."""
    cells = pc.replace_substring(pc.utf8_trim_whitespace(column), "−", "-")
    return pc.replace_substring_regex(cells, rf"(\d){_GAPS}(\d)", r"\1\2") if _any(cells, _GAPS) else cells


def _any(cells: pa.ChunkedArray, pattern: str) -> bool:
    return bool(pc.any(pc.match_substring_regex(cells, pattern)).as_py())


def _flags(values: pa.ChunkedArray) -> np.ndarray:
    flags: np.ndarray = pc.fill_null(values, False).to_numpy().astype(bool)
    return flags
