"""A square of cells that can be clicked, over a heat map."""

from __future__ import annotations

from collections.abc import Callable

import plotly.graph_objects as go

from gca_viz.palette import HERE


def clickable(
    figure: go.Figure, count: int, text: Callable[[int, int], str], current: tuple[int, int] | None = None
) -> None:
    """Lay an invisible mark on each cell, which a click chooses, and outline the current one and its mirror.

    Args:
        figure: a heat map of count × count cells.
        count: cells along a side.
        text: (row, column) → what stands under the pointer.
        current: row and column of the chosen cell.
    """
    cells = [(i, j) for i in range(count) for j in range(count)]
    figure.add_scatter(
        x=[j for _, j in cells],
        y=[i for i, _ in cells],
        mode="markers",
        marker={"size": 22, "symbol": "square", "opacity": 0, "color": "#FFFFFF"},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        customdata=[list(cell) for cell in cells],
        text=[text(i, j) for i, j in cells],
        hovertemplate="%{text}<extra></extra>",
        showlegend=False,
    )
    for i, j in {current, current[::-1]} if current else ():
        corners = {"x0": j - 0.5, "x1": j + 0.5, "y0": i - 0.5, "y1": i + 0.5}
        figure.add_shape(type="rect", **corners, line={"color": HERE, "width": 2.5})
