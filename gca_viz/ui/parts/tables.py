"""Small tables of texts."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    import pandas as pd


def number_table(frame: pd.DataFrame) -> None:
    """Draw a table whose first column says what the others are numbers of.

    Args:
        frame: plain texts; its index and columns are the headers.
    """
    _draw(list(frame.columns), [(row, list(texts)) for row, *texts in frame.itertuples()])


def text_table(columns: Mapping[str, Mapping[str, str]]) -> None:
    """Draw the same without a frame, whose making takes ten times as long as the table's.

    Args:
        columns: title → row → text; a row that a column lacks is a dash there.
    """
    rows = dict.fromkeys(row for texts in columns.values() for row in texts)
    _draw(list(columns), [(row, [texts.get(row, "–") for texts in columns.values()]) for row in rows])


def _draw(titles: list[str], rows: list[tuple[str, list[str]]]) -> None:
    # The corner heads nothing: as a header it would be read out as an empty one.
    head = "<td></td>" + "".join(f"<th>{_safe(title)}</th>" for title in titles)
    body = "".join(
        f"<tr><th>{_safe(row)}</th>{''.join(f'<td>{_safe(text)}</td>' for text in texts)}</tr>"
        for row, texts in rows
    )
    head, body = f"<thead><tr>{head}</tr></thead>", f"<tbody>{body}</tbody>"
    st.html(f'<table class="pair-numbers">{head}{body}</table>')


def _safe(text: str) -> str:
    return escape(str(text), quote=False)
