"""A page that lost its server for a while runs once more when it is back."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from gca_viz.ui.elements.modules import program


def run_when_connected_again() -> None:
    """Let the page run when a lost connection is back; called outside of all fragments."""
    _component()(key="connection", on_back_change=_nothing, height=1)


def _nothing() -> None:
    """Streamlit returns only the trigger names that have a callback."""


@cache
def _component() -> Callable[..., Any]:
    return st.components.v2.component("gca_viz.connection", js=program(Path(__file__).with_name("connection.js")))
