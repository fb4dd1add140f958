"""Candidates beside each other: aligned maps, and heat maps of how alike they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from gca_viz.figures.cells import clickable
from gca_viz.figures.colour_by import SCALE, ColourBy
from gca_viz.geometry.plan_points import Lines
from gca_viz.palette import ATTRACTION, CIVIDIS, REPULSION, TEXT, scale

#: how these figures behave in a page or a file
CONFIG = {
    "displaylogo": False,
    "showSendToCloud": False,
    "scrollZoom": False,
    "displayModeBar": True,
    "modeBarButtons": [["toImage"], ["lasso2d", "select2d", "zoom2d", "pan2d"], ["resetScale2d"]],
    "toImageButtonOptions": {"format": "svg", "filename": "compare"},
}
_MARGIN = {"l": 10, "r": 10, "t": 10, "b": 10}
_MANY = 8  # labels beyond which no numbers are written into cells


@dataclass(frozen=True, eq=False)
class MapPanel:
    """One of several aligned maps.

    Attributes:
        title: a statement above it; empty where it stands outside the figure.
        coordinates: (2N, 2), first all of view 1.
        lines: where a plan sends mass, or None.
    """

    title: str
    coordinates: np.ndarray
    lines: Lines | None = None


def aligned_map(
    panel: MapPanel,
    colour: ColourBy,
    texts: Sequence[str],
    bounds: tuple[np.ndarray, float],
    *,
    far: Sequence[int] = (),
    small: bool = False,
) -> go.Figure:
    """One of several maps on one scale, for files: view 1 filled, view 2 hollow.

    Args:
        panel: what is drawn.
        colour: what the colour of each point says.
        texts: 2N lines for people.
        bounds: see :func:`common_bounds`; the same for all maps.
        far: samples that moved most, outlined.
        small: whether many maps stand beside each other.

    Returns:
        A figure whose points carry their number as ``customdata``.
    """
    n = len(texts) // 2
    size = (8 if n <= 150 else 6 if n <= 600 else 4) - (2 if small else 0)
    figure = go.Figure(
        [
            *_lines(panel),
            *_points(panel, colour, texts, size),
            *_ring(panel, far, size),
        ]
    )
    middle, half = bounds
    bare = {"showticklabels": False, "zeroline": False, "showgrid": False, "constrain": "domain", "ticks": ""}
    figure.update_xaxes(range=[middle[0] - half, middle[0] + half], **bare)
    figure.update_yaxes(range=[middle[1] - half, middle[1] + half], scaleanchor="x", **bare)
    figure.update_layout(
        title={"text": escape(panel.title), "font": {"size": 14}, "x": 0.01, "xanchor": "left"},
        height=330 if small else 480,
        margin={"l": 6, "r": 6, "t": 34, "b": 6},
        hovermode="closest",
        dragmode="lasso",
        showlegend=False,
    )
    return figure


def framed(maps: np.ndarray, anchor: int = 0, *, room: float = 1.25) -> tuple[np.ndarray, tuple[np.ndarray, float]]:
    """Maps in one square that is not much larger than the anchor; a map that would leave it is shrunk.

    Maps are aligned up to their size, and a few points far out in one would make all others small.

    Args:
        maps: (K, 2N, 2).
        anchor: which of them is drawn as it is.
        room: side of the square, of one in which the anchor just fits.

    Returns:
        The maps, and middle and half side of the square.
    """
    middle = (maps[anchor].max(0) + maps[anchor].min(0)) / 2
    reach = np.abs(maps - middle).max((1, 2))
    most = min(float(reach.max()), room * max(float(reach[anchor]), 1e-9))
    shrunk = np.minimum(1, most / np.maximum(reach, 1e-12))
    return middle + (maps - middle) * shrunk[:, None, None], (middle, 1.08 * most)


def _points(panel: MapPanel, colour: ColourBy, texts: Sequence[str], size: int) -> list[go.Scatter]:
    n = len(texts) // 2
    hollow = np.arange(2 * n) >= n
    traces = []
    for number, title in enumerate(colour.names or (colour.title,)):
        which = np.flatnonzero(colour.values == number) if colour.names else np.arange(2 * n)
        if not len(which):
            continue
        marker: dict[str, Any] = {
            "size": size,
            "symbol": np.where(hollow[which], "circle-open", "circle"),
            "line": {"width": np.where(hollow[which], 1.5, 0).astype(np.float32)},
            "opacity": 0.9,
        }
        if colour.names:
            marker["color"] = colour.palette[number]
        else:
            low, high = colour.bounds
            marker |= {"color": colour.values.astype(np.float32), "colorscale": SCALE, "cmin": low, "cmax": high}
        x, y = panel.coordinates[which].T.astype(np.float32)
        traces.append(
            go.Scatter(
                x=x,
                y=y,
                mode="markers",
                name=escape(title),
                marker=marker,
                customdata=which.astype(np.int32),
                text=[escape(texts[point]) for point in which.tolist()],
                hovertemplate="%{text}<extra></extra>",
                meta="points",
            )
        )
    return traces


def _ring(panel: MapPanel, far: Sequence[int], size: int) -> list[go.Scatter]:
    if not len(far):
        return []
    points = [sample + view * len(panel.coordinates) // 2 for sample in far for view in (0, 1)]
    return [
        go.Scatter(
            x=panel.coordinates[points, 0].astype(np.float32),
            y=panel.coordinates[points, 1].astype(np.float32),
            mode="markers",
            marker={"symbol": "circle-open", "size": size + 5, "color": TEXT, "line": {"width": 1.2}},
            name="moved most",
            hoverinfo="skip",
        )
    ]


def _lines(panel: MapPanel) -> list[go.Scatter]:
    if panel.lines is None:
        return []
    traces = []
    for partner, colour, name in (
        (False, REPULSION, "mass to another"),
        (True, ATTRACTION, "mass to its partner"),
    ):
        which = panel.lines.partner == partner
        ends = panel.coordinates[panel.lines.start[which]], panel.coordinates[panel.lines.end[which]]
        segments = np.stack([*ends, np.full_like(ends[0], np.nan)], 1).reshape(-1, 2).astype(np.float32)
        traces.append(
            go.Scatter(
                x=segments[:, 0],
                y=segments[:, 1],
                mode="lines",
                name=name,
                line={"color": colour, "width": 1.2},
                opacity=0.75,
                hoverinfo="skip",
            )
        )
    return traces


def alike_matrix(table: pd.DataFrame, *, title: str, current: tuple[int, int] | None = None) -> go.Figure:
    """How alike each is to each, 0 to 1 on one scale for all such figures, with the numbers in the cells if few.

    Args:
        table: labels on both sides.
        title: what the number is, for the pointer.
        current: row and column of A and B, framed.

    Returns:
        A figure with an invisible point per cell that can be clicked and carries row and column.
    """
    labels, values = [escape(str(label)) for label in table.index], table.to_numpy(float)
    count = len(labels)
    figure = go.Figure(
        go.Heatmap(
            z=values.astype(np.float32),
            x=list(range(count)),
            y=list(range(count)),
            zmin=0,
            zmax=1,
            colorscale=scale(CIVIDIS),
            hoverinfo="skip",
            xgap=1,
            ygap=1,
            text=[[f"{value:.2f}" if np.isfinite(value) else "–" for value in row] for row in values],
            texttemplate="%{text}" if count <= _MANY else None,
            showscale=count > _MANY,  # else the numbers say it
            colorbar={"thickness": 10, "len": 0.9, "outlinewidth": 0, "tickformat": ".1f"},
        )
    )
    clickable(figure, count, lambda i, j: f"{labels[i]} and {labels[j]}<br>{title}: {values[i, j]:.3f}", current)
    ticks = {"tickvals": list(range(count)), "ticktext": labels, "showgrid": False, "zeroline": False, "ticks": ""}
    ticks |= {"fixedrange": True, "constrain": "domain"}
    figure.update_xaxes(range=[-0.5, count - 0.5], tickangle=-40, **ticks)
    figure.update_yaxes(range=[count - 0.5, -0.5], scaleanchor="x", constraintoward="top", **ticks)
    figure.update_layout(height=380, margin=_MARGIN, dragmode=False, hovermode="closest")
    return figure
