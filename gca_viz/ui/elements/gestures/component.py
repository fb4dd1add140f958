"""What a user does on a map in three dimensions: a click; and the image under the pointer."""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import streamlit as st

from gca_viz.ui.elements.board import sprite
from gca_viz.ui.elements.modules import program

_TILE = 64  # pixels
_SMALL_TILE, _MANY = 32, 1200  # points; more would make the sheet megabytes


@dataclass(frozen=True)
class Gesture:
    """What was done.

    Attributes:
        kind: ``"click"`` on a point, or ``"group"`` of samples that were chosen (empty: the choice ended).
        points: numbers of points, or of samples.
        camera: from where a map in three dimensions was seen then.
    """

    kind: Literal["click", "group"]
    points: tuple[int, ...]
    camera: Mapping[str, Any] | None = None


def gestures(key: str, target: str, sheet: Mapping[str, Any]) -> None:
    """Listen to the chart in the container with key ``target``; ``sheet`` is what :func:`hover_sheet` made."""
    _component()(key=key, data={"target": target, **sheet}, on_gesture_change=_nothing, height=1)


def take_gesture(key: str) -> Gesture | None:
    """What was done since the last run; asked once per run."""
    said = (st.session_state.get(key) or {}).get("gesture")
    if not said:
        return None
    return Gesture("click", (int(said["point"]),), said["camera"])


def hover_sheet(images: np.ndarray) -> dict[str, Any]:
    """The images of all points in one picture, for the pointer.

    Args:
        images: uint8, points × H × W × 3.
    """
    side = min(_TILE if len(images) <= _MANY else _SMALL_TILE, max(images.shape[1:3]))
    picture = base64.b64encode(sprite(images, tile=side)).decode()
    return {
        "sheet": f"data:image/webp;base64,{picture}",
        "columns": math.ceil(math.sqrt(len(images))),
        "tile": side,
    }


def _nothing() -> None:
    """Streamlit returns only the trigger names that have a callback."""


@cache
def _component() -> Callable[..., Any]:
    return st.components.v2.component("gca_viz.map_gestures", js=program(Path(__file__).with_name("gestures.js")))
