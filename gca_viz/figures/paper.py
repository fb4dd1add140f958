"""The figures of the paper's experiments, drawn from the table of their points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from gca_viz.palette import CLASSES

_COLUMNS = 3  # panels side by side
_MANY = 10  # words below an axis, from which on they need more room
_HEIGHT = 280  # pixels of a row of panels
_LINE = 34  # characters along a panel
_DECADES = 8  # how many times the largest x is the smallest, from which on an axis is logarithmic


def small_multiples(points: Sequence[Mapping[str, Any]], x: str, *, narrow: bool = False) -> go.Figure:
    """A panel each with the same curves, and intervals at their points.

    Args:
        points: ``panel``, ``curve``, ``x`` (a number or a word), ``measure``, ``mean``, ``low`` and ``high`` of
            each, in the order in which they are drawn.
        x: what the points of a curve differ in.
        narrow: whether the place is, as on a phone: panels stand below each other there.
    """
    panels = list(dict.fromkeys(point["panel"] for point in points))
    curves = list(dict.fromkeys(point["curve"] for point in points))
    # A line between words says nothing, unless it tells several curves apart.
    lines = len(curves) > 1 or not any(isinstance(point["x"], str) for point in points)
    many = _many_words([point["x"] for point in points])
    columns = 1 if narrow else min(2 if many else _COLUMNS, len(panels))

    rows = -(-len(panels) // columns)
    between = 0.44 if many else 0.34
    figure = make_subplots(
        rows, columns, subplot_titles=panels, vertical_spacing=between / rows, horizontal_spacing=0.3 / columns
    )
    for number, panel in enumerate(panels):
        row, column = number // columns + 1, number % columns + 1
        for place, curve in enumerate(curves):
            own = [point for point in points if point["panel"] == panel and point["curve"] == curve]
            if own:
                figure.add_trace(_curve(own, place, first=number == 0 and lines, lines=lines), row, column)
        measure = next(point["measure"] for point in points if point["panel"] == panel)
        title = {"text": "<br>".join(wrap(measure, _LINE)), "font_size": 12}
        figure.update_yaxes(title=title, row=row, col=column)
        if number + columns >= len(panels):  # the last of its column
            figure.update_xaxes(title=x, row=row, col=column)
    figure.update_xaxes(**_spacing([point["x"] for point in points]))
    legend = {"orientation": "h", "y": 1 + 0.14 / rows, "yanchor": "bottom"}
    return figure.update_layout(height=_HEIGHT * rows + 120, legend=legend, margin={"t": 90})


def _spacing(values: Sequence[Any]) -> dict[str, Any]:
    """How an axis is spaced: numbers that are far apart by their logarithms, each with its tick; words aslant."""
    if any(isinstance(value, str) for value in values):
        # Upright ones would reach into the panel below, and by itself plotly leaves out every second.
        return {"dtick": 1} | ({"tickangle": 60, "tickfont_size": 10} if _many_words(values) else {"tickangle": 45})
    numbers = sorted({value for value in values if isinstance(value, (int, float))})
    if not numbers or numbers[0] <= 0 or numbers[-1] < _DECADES * numbers[0]:
        return {}
    return {"type": "log", "tickvals": numbers, "ticktext": [f"{number:g}" for number in numbers]}


def _many_words(values: Sequence[Any]) -> bool:
    return len({value for value in values if isinstance(value, str)}) > _MANY


def _curve(points: Sequence[Mapping[str, Any]], place: int, *, first: bool, lines: bool) -> go.Scatter:
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
        mode="lines+markers" if lines else "markers",
        line={"color": colour},
        marker={"color": colour},
    )
