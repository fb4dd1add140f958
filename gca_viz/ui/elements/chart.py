"""A figure on a page, in the colours of the page's ground."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import streamlit as st

from gca_viz.palette import on_dark


def chart(figure: go.Figure, **settings: Any) -> None:
    """Draw a figure that was made for a light ground.

    Args:
        figure: from :mod:`gca_viz.figures`.
        settings: what :func:`st.plotly_chart` takes, e.g. ``key`` and ``alt``.
    """
    st.plotly_chart(go.Figure(on_dark(figure.to_dict())) if is_dark() else figure, **settings)


def is_dark() -> bool:
    """Whether the page's ground is dark."""
    return st.context.theme.type == "dark"
