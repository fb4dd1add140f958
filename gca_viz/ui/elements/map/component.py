"""The map on a page: one element that is invisible and holds the samples, and the map."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from gca_viz.figures.geometry import MapPoints
from gca_viz.ui.elements.gestures.component import Gesture
from gca_viz.ui.elements.map.content import pack_map
from gca_viz.ui.elements.modules import program, style
from gca_viz.ui.elements.shared.wire import Blob

_HERE = Path(__file__).parent


def hold(samples: Blob, *, key: str) -> None:
    """Keep samples on the page, for all maps of them.

    Args:
        samples: from :func:`gca_viz.ui.elements.map.pack_samples`.
        key: Streamlit key.
    """
    _components()["samples"](key=key, data=samples.data)


def show(points: MapPoints, *, key: str, **drawn: Any) -> None:
    """Draw a map; what the user does on it is told by :func:`take_gesture`.

    Args:
        points: what is drawn, in two dimensions.
        key: Streamlit key.
        drawn: what else :func:`gca_viz.ui.elements.map.pack_map` takes.
    """
    content = pack_map(points, at=st.session_state.get(_clock(key), 0), **drawn)
    _components()["map"](key=key, data=content.data, on_gesture_change=_nothing)


def take_gesture(key: str) -> Gesture | None:
    """What the user did on a map since the last run; asked once per run."""
    said = (st.session_state.get(key) or {}).get("gesture")
    if not said:
        return None
    st.session_state[_clock(key)] = float(said["at"])
    return Gesture(said["kind"], tuple(int(point) for point in said["points"]))


def _clock(key: str) -> str:
    return f"_{key}_at"


def _nothing() -> None:
    """Streamlit returns only the trigger names that have a callback."""


@cache
def _components() -> dict[str, Callable[..., Any]]:
    register = st.components.v2.component
    return {
        "samples": register("gca_viz.map.samples", js=program(_HERE / "js" / "store.js")),
        "map": register("gca_viz.map", js=program(_HERE / "js" / "element.js"), css=style(_HERE / "map.css")),
    }
