"""The player's controls on a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from gca_viz.figures.player import GLIDE, PACE
from gca_viz.ui.elements.modules import program, style

_HERE = Path(__file__).parent


def controls(names: Sequence[str], *, of: str, target: str, key: str) -> None:
    """Draw the controls of a figure's frames; the last is the one that is shown at first.

    Args:
        names: of the frames, in order.
        of: another value means that the figure is another one, which shows its last frame again.
        target: key of the container with the Plotly figure.
        key: Streamlit key.
    """
    data = {"names": list(names), "of": of, "target": target, "pace": PACE, "glide": GLIDE}
    _component()(key=key, data=data)


@cache
def _component() -> Callable[..., Any]:
    return st.components.v2.component(
        "gca_viz.player", js=program(_HERE / "player.js"), css=style(_HERE / "player.css")
    )
