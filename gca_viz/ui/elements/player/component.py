"""The player's controls on a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from gca_viz.figures.player import GLIDE, PACE

_HERE = Path(__file__).parent
#: icons are those of the board
_ELEMENTS = _HERE.parent / "board" / "js" / "elements.js"


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
    program = "\n".join(path.read_text("utf-8") for path in (_ELEMENTS, _HERE / "player.js"))
    style = (_HERE / "player.css").read_text("utf-8")
    return st.components.v2.component("gca_viz.player", js=program, css=style)
