"""Tables as CSV for spreadsheets: no text of a user becomes a formula there, and our reader gets it back."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

#: how a text begins that a spreadsheet may take for a formula; RE2 and Python understand it alike
FORMULA = r"'*(?:[\t\r\n]|\s*[=+\-@＝＋－＠])"
_FORMULA = re.compile(FORMULA, re.ASCII)
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")


def guarded(text: str) -> str:
    """A text with an apostrophe before it where a spreadsheet may take it for a formula; numbers are none.

    Source: OWASP, CSV injection; a text that begins with apostrophes and then like a formula gets one more, so that
    :func:`unguarded` gives every text back.
    """
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def unguarded(text: str) -> str:
    """The reverse of :func:`guarded`."""
    return text[1:] if text[:1] == "'" and _FORMULA.match(text[1:]) else text


def csv_of(table: pd.DataFrame, *, index: bool = False, number: str | None = "%.8g") -> str:
    """A table as CSV, its texts :func:`guarded`, those of index and header too.

    Args:
        table: numbers stay numbers.
        index: whether the index is a column.
        number: format of numbers that are not whole.
    """
    safe = table.copy()
    for place, kind in enumerate(table.dtypes):
        if kind.kind not in "biufc":
            column = table.iloc[:, place].astype(object).map(_guarded_cell)
            safe.isetitem(place, column.array)
    safe.columns, safe.index = table.columns.map(_guarded_cell), table.index.map(_guarded_cell)
    safe.index.name, safe.columns.name = table.index.name, table.columns.name
    text = safe.to_csv(index=index, float_format=number)
    # Only the characters that end a line are put into quotation marks, and a carriage return ends one for many.
    return safe.to_csv(index=index, float_format=number, lineterminator="\r\n") if "\r" in text else text


def csv_line(cells: Iterable[object], *, number: str = "%.8g") -> str:
    """One line of a table that grows, as :func:`csv_of` writes it; None is an empty cell.

    Args:
        cells: of the line.
        number: format of numbers that are not whole.
    """
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(
        number % cell if isinstance(cell, float) else _guarded_cell(cell) for cell in cells
    )
    return line.getvalue()


def _guarded_cell(value: Any) -> Any:
    return guarded(value) if isinstance(value, str) else value
