"""The figures of the paper's experiments, drawn from the table of their points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from gca_viz.palette import CLASSES

_COLUMNS = 3  # panels side by side
_HEIGHT = 260  # pixels of a row of panels


def small_multiples(points: Sequence[Mapping[str, Any]], x: str) -> go.Figure:
    """A panel each with the same curves, and intervals at their points.

    Args:
        points: ``panel``, ``curve``, ``x`` (a number or a word), ``measure``, ``mean``, ``low`` and ``high`` of
            each, in the order in which they are drawn.
        x: what the points of a curve differ in.
    """
    panels = list(dict.fromkeys(point["panel"] for point in points))
    curves = list(dict.fromkeys(point["curve"] for point in points))
    columns = min(_COLUMNS, len(panels))
    rows = -(-len(panels) // columns)
    figure = make_subplots(rows, columns, subplot_titles=panels, vertical_spacing=0.22 / rows)
    for number, panel in enumerate(panels):
        row, column = number // columns + 1, number % columns + 1
        for place, curve in enumerate(curves):
            own = [point for point in points if point["panel"] == panel and point["curve"] == curve]
            if own:
                figure.add_trace(_curve(own, place, first=number == 0), row, column)
        measure = next(point["measure"] for point in points if point["panel"] == panel)
        figure.update_yaxes(title=measure, row=row, col=column)
    figure.update_xaxes(title=x)
    return figure.update_layout(height=_HEIGHT * rows + 120, legend={"orientation": "h", "y": -0.12})


def _curve(points: Sequence[Mapping[str, Any]], place: int, *, first: bool) -> go.Scatter:
    colour = CLASSES[place % len(CLASSES)]
    return go.Scatter(
        x=[point["x"] for point in points],
        y=[point["mean"] for point in points],
        error_y={
            "array": [point["high"] - point["mean"] for point in points],
            "arrayminus": [point["mean"] - point["low"] for point in points],
            "thickness": 1.2,
        },
        name=points[0]["curve"],
        legendgroup=points[0]["curve"],
        showlegend=first,
        mode="lines+markers",
        line={"color": colour},
    )
