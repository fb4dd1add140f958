"""A matrix as a heat map for a page that has no board: every cell can be pointed at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from gca_viz.palette import SIGNED, VIRIDIS, scale

#: cells along a side; of a larger matrix each cell shows the strongest of several
MOST_CELLS = 512
_DECADES = 4  # below the largest mass; whatever is smaller has the darkest colour


def matrix(
    values: np.ndarray,
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    title: str,
    log: bool = False,
    diverging: bool = False,
    most: float | None = None,
) -> go.Figure:
    """A heat map with rows from top to bottom.

    Args:
        values: (N, M) mass, or with ``diverging`` the difference of two.
        rows, columns: N and M names, shown where the pointer is.
        title: of the colour bar.
        log: whether colour follows the logarithm of the mass, over four decades.
        diverging: magenta below 0, teal above.
        most: the number at the end of the scale, where several matrices share one; by default the largest here.
    """
    kept_rows, kept_columns = _kept(len(rows)), _kept(len(columns))
    values = strongest(strongest(np.asarray(values, np.float32), kept_rows, 0), kept_columns, 1)
    colour, bar = values, {"title": {"text": title}}
    drawn: dict[str, Any] = {"colorscale": scale(VIRIDIS), "colorbar": bar}
    most = most or float(np.abs(values).max()) or 1.0
    if diverging:
        drawn |= {"colorscale": scale(SIGNED), "zmin": -most, "zmax": most}
    elif log:
        top = float(np.log10(most))
        with np.errstate(divide="ignore"):
            colour = np.maximum(np.log10(values), top - _DECADES)
        ticks = np.arange(np.ceil(top - _DECADES), np.floor(top) + 1)
        drawn["colorbar"] |= {"tickvals": ticks.tolist(), "ticktext": [f"{10**tick:g}" for tick in ticks]}
    figure = go.Figure(
        go.Heatmap(
            z=colour,
            customdata=values,
            x=np.arange(values.shape[1], dtype=np.float32),
            y=np.arange(values.shape[0], dtype=np.float32),
            hovertemplate=f"%{{y}}<br>→ %{{x}}<br>{title} %{{customdata:.4g}}<extra></extra>",
            **drawn,
        )
    )
    for update, names, kept in (
        (figure.update_xaxes, columns, kept_columns),
        (figure.update_yaxes, rows, kept_rows),
    ):
        update(
            tickvals=np.arange(len(kept)).tolist(),
            ticktext=[names[start] for start in kept],
            showticklabels=False,
            ticks="",
            showgrid=False,
            zeroline=False,
            constrain="domain",
        )
    figure.update_yaxes(autorange="reversed", scaleanchor="x")
    figure.update_layout(height=520, margin={"l": 10, "r": 10, "t": 10, "b": 10})
    return figure


def strongest(values: np.ndarray, starts: np.ndarray, axis: int) -> np.ndarray:
    """Of each run of cells along an axis, beginning at ``starts``, the one that is furthest from 0."""
    if len(starts) == values.shape[axis]:
        return values
    high, low = (of.reduceat(values, starts, axis=axis) for of in (np.maximum, np.minimum))
    return np.where(high >= -low, high, low)


def _kept(count: int) -> np.ndarray:
    """Where each cell begins."""
    cells = min(count, MOST_CELLS)
    return np.arange(cells) * count // cells
