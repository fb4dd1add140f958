"""A figure on a page, in the colours of the page's ground, whose points can be clicked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from gca_viz.figures.effects import CONFIG
from gca_viz.palette import on_dark

_CLICKS = "chart-clicks"


def chart(figure: go.Figure, **settings: Any) -> None:
    """Draw a figure that was made for a light ground.

    Args:
        figure: from :mod:`gca_viz.figures`.
        settings: what :func:`st.plotly_chart` takes, e.g. ``key`` and ``alt``.
    """
    st.plotly_chart(go.Figure(on_dark(figure.to_dict())) if is_dark() else figure, **settings)


def clickable_chart(figure: go.Figure, key: str, chosen: Callable[[Mapping[str, Any]], None], alt: str) -> None:
    """Draw a figure whose points can be clicked.

    Args:
        figure: the figure.
        key: its name on the page.
        chosen: called with the point: its ``x``, ``y`` and what else Streamlit tells.
        alt: the figure in words.
    """
    # Another key after each click, so that the same point can be clicked again.
    widget = f"{key}-{st.session_state.get(_CLICKS, 0)}"
    with st.container(key=key):
        chart(
            figure,
            key=widget,
            on_select=lambda: _clicked(widget, chosen),
            selection_mode="points",
            config=CONFIG | {"toImageButtonOptions": {"format": "svg", "filename": key}},
            alt=alt,
        )


def _clicked(widget: str, chosen: Callable[[Mapping[str, Any]], None]) -> None:
    selected = st.session_state.get(widget)
    points = selected["selection"]["points"] if selected else []
    if points:
        st.session_state[_CLICKS] = st.session_state.get(_CLICKS, 0) + 1
        chosen(points[0])


def is_dark() -> bool:
    """Whether the page's ground is dark."""
    return st.context.theme.type == "dark"
