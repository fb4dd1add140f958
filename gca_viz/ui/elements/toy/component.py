"""The toy world on a page: one element that keeps its points while the page runs again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from gca_viz.errors import InputError
from gca_viz.palette import css
from gca_viz.ui.elements.modules import program, style
from gca_viz.ui.elements.toy.scenes import Scene
from gca_viz.ui.elements.toy.settings import checked, described, titles

_HERE = Path(__file__).parent


def show(scene: Scene, settings: Mapping[str, Any], *, key: str) -> None:
    """Draw the world.

    Args:
        scene: another name begins anew, with these settings.
        settings: value of every field; what the user changed since counts more.
        key: Streamlit key.
    """
    _component()(
        key=key,
        data={
            "scene": scene.name,
            "settings": dict(settings),
            "notice": scene.notice,
            "specs": described(),
            "titles": titles(),
            "at": heard_at(key),
        },
        on_settings_change=_nothing,
    )


def told(key: str, scene: Scene, *, after: float) -> dict[str, Any] | None:
    """What the user set in a scene, all fields of it, or None.

    Args:
        key: of the element.
        scene: on show.
        after: by the browser's clock (ms); what was set earlier does not count.
    """
    said = (st.session_state.get(key) or {}).get("settings")
    if not said or said["scene"] != scene.name or said["at"] <= after:
        return None
    try:
        return checked(said["values"])
    except InputError:  # no form of ours sent this; the world that is on screen goes on
        return None


def heard_at(key: str) -> float:
    """When the user last set something, by the browser's clock (ms)."""
    at: float = ((st.session_state.get(key) or {}).get("settings") or {}).get("at", 0)
    return at


def _nothing() -> None:
    """Streamlit returns only the state names that have a callback."""


@cache
def _component() -> Callable[..., Any]:
    sheet = css() + style(_HERE / "toy.css")
    return st.components.v2.component("gca_viz.toy", js=program(_HERE / "js" / "toy.js"), css=sheet)
