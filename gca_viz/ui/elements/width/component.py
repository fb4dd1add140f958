"""How wide a place on the page is, which only the browser knows."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from gca_viz.ui.elements.modules import program


def narrow_width(key: str, target: str) -> int:
    """Pixels that a narrow place is wide, as on a phone; 0 where it is wide, and until the browser has told.

    Args:
        key: Streamlit key.
        target: of the container whose Plotly figure is drawn for it; what plays there stops when it changes.
    """
    width = (st.session_state.get(key) or {}).get("width") or 0
    _component()(key=key, data={"width": width, "target": target}, on_width_change=_nothing, height=1)
    return int(width)


def _nothing() -> None:
    """Streamlit returns only the state names that have a callback."""


@cache
def _component() -> Callable[..., Any]:
    return st.components.v2.component("gca_viz.width", js=program(Path(__file__).with_name("width.js")))
