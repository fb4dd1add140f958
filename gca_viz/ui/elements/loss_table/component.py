"""The table on a page: what it is told of each row, and which button of which row was pressed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

import streamlit as st

from gca_viz.palette import css
from gca_viz.ui.elements.modules import program, style

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Cell:
    """One dial of one loss.

    Attributes:
        words: where the loss stands, and ``small`` a number below it.
        alt: the picture in words.
        images: keys of ``pictures``, side by side.
        bars: heights from 0 to 1 to draw; ``line``: a curve over them.
        rows, columns: heights of bars along the right and the lower edge of the picture.
    """

    words: str
    small: str = ""
    alt: str = ""
    images: Sequence[str] = ()
    bars: Sequence[float] = ()
    line: Sequence[float] = ()
    rows: Sequence[float] = ()
    columns: Sequence[float] = ()


@dataclass(frozen=True)
class Row:
    """One loss.

    Attributes:
        name: by which a press is told.
        title: what it is called, ``small`` a line below it.
        picked: ``"A"``, ``"B"``, both or neither.
        cells: one per column; fewer where ``problem`` says why there is no plan.
        problem: a sentence in their place.
        here: whether it is the loss of the workbench.
    """

    name: str
    title: str
    small: str
    picked: str = ""
    cells: Sequence[Cell] = ()
    problem: str = ""
    here: bool = False


class Chosen(NamedTuple):
    """A press: ``"A"``, ``"B"`` or ``"open"`` of the row ``name``."""

    what: Literal["A", "B", "open"]
    name: str


@dataclass(frozen=True)
class _Told:
    heads: Sequence[tuple[str, str]]
    rows: Sequence[Row]
    pictures: Mapping[str, str] = field(hash=False)


def loss_table(
    rows: Sequence[Row],
    heads: Sequence[tuple[str, str]],
    pictures: Mapping[str, str],
    *,
    key: str,
    on_choice: Callable[[], None],
) -> None:
    """Draw the table.

    Args:
        rows: from top to bottom.
        heads: title and one sentence of each column.
        pictures: key → data address; each is sent once, however many cells show it.
        key: Streamlit key.
        on_choice: called when a button was pressed; :func:`chosen` says which.
    """
    _component()(key=key, data=asdict(_Told(heads, rows, pictures)), on_choice_change=on_choice)


def chosen(key: str) -> Chosen | None:
    """What was pressed in the table with that key."""
    said = (st.session_state.get(key) or {}).get("choice")
    if not said or said.get("what") not in ("A", "B", "open"):
        return None
    return Chosen(said["what"], str(said["name"]))


@cache
def _component() -> Callable[..., Any]:
    sheet = css() + style(_HERE / "loss_table.css")
    return st.components.v2.component("gca_viz.loss_table", js=program(_HERE / "loss_table.js"), css=sheet)
