"""A map of the embeddings of both views, and what a plan and a user choose on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go

from gca_viz.figures.colour_by import SCALE, ColourBy
from gca_viz.geometry.plan_points import Lines
from gca_viz.palette import ATTRACTION, REFERENCE, REPULSION, SHAPES, VIEWS

_BUTTONS = {
    2: [["toImage"], ["lasso2d", "select2d", "zoom2d", "pan2d"], ["resetScale2d"]],
    3: [["toImage"], ["tableRotation", "orbitRotation", "zoom3d", "pan3d"], ["resetCameraDefault3d"]],
}
_NEVER_HOLLOW = {2: (), 3: ("cross", "x")}
_THUMBNAIL = 0.045  # side, as a share of the map's
_FADED = 0.15
_COLOUR_BAR = {"thickness": 14, "len": 0.8, "outlinewidth": 0}


@dataclass(frozen=True, eq=False)
class MapPoints:
    """What is drawn for each of 2N points, first all of view 1.

    Attributes:
        coordinates: (2N, 2 or 3).
        axes: title of each axis.
        colour: what the colour says.
        domains: (2N,) index into ``domain_names``, drawn as shapes.
        texts: 2N lines for people, e.g. ``"cat face · animal · noto"``.
        thumbnails: point → address of its picture, for those that have one.
    """

    coordinates: np.ndarray
    axes: Sequence[str]
    colour: ColourBy
    domains: np.ndarray
    domain_names: Sequence[str]
    texts: Sequence[str]
    thumbnails: Mapping[int, str] = field(default_factory=dict)

    @property
    def view(self) -> np.ndarray:
        """(2N,) 0 or 1."""
        return np.repeat([0, 1], len(self.coordinates) // 2)


def projection_map(
    points: MapPoints,
    *,
    lines: Lines | None = None,
    arrows: tuple[np.ndarray, np.ndarray] | None = None,
    pair: tuple[int, int] | None = None,
    group: Sequence[int] = (),
    camera: Mapping[str, Any] | None = None,
) -> go.Figure:
    """A map in two or three dimensions; view 1 filled, view 2 hollow, a shape per domain.

    Args:
        points: what is drawn.
        lines: where the mass goes: teal to partners, magenta to others, thicker for more.
        arrows: points of view 1, and the place that each points to.
        pair: two points to ring, blue and orange.
        group: chosen samples; the others fade, and only lines that start in the group are drawn.
        camera: from where a map in three dimensions is seen, as plotly says it.

    Returns:
        A figure whose points carry their number as ``customdata``.
    """
    figure = go.Figure()
    chosen = _chosen(points, group)
    if lines is not None:
        _draw_lines(figure, points.coordinates, lines, chosen)
    if arrows is not None:
        _draw_arrows(figure, points.coordinates, *arrows, chosen)
    _draw_points(figure, points, chosen)
    _draw_legend(figure, points)
    if pair is not None:
        _draw_pair(figure, points.coordinates, pair)
    _lay_out(figure, points, camera)
    return figure


def config(dimensions: int) -> dict[str, Any]:
    """How a map behaves in a page or a file. The list of buttons is complete: Streamlit takes lasso and box out of
    plotly's own one where it does not listen to them itself."""
    return {
        "showSendToCloud": False,
        "displaylogo": False,
        "displayModeBar": True,
        "scrollZoom": True,
        "modeBarButtons": _BUTTONS[dimensions],
        "toImageButtonOptions": {"format": "svg", "filename": "map"},
    }


def _chosen(points: MapPoints, group: Sequence[int]) -> np.ndarray:
    """(2N,) whether a point's sample is in the group; all are where there is none."""
    n = len(points.coordinates) // 2
    return np.isin(np.arange(2 * n) % n, list(group)) if len(group) else np.ones(2 * n, bool)


def _draw_points(figure: go.Figure, points: MapPoints, chosen: np.ndarray) -> None:
    colour, dimensions = points.colour, points.coordinates.shape[1]
    n = len(points.coordinates) // 2
    shapes = np.array(SHAPES[dimensions])[points.domains % 5]
    symbols = np.where(points.view == 0, shapes, [_hollow(shape, dimensions) for shape in shapes])
    size = (4 if n <= 500 else 2.5) if dimensions == 3 else (9 if n <= 300 else 7 if n <= 800 else 5)
    titles = colour.names or (colour.title,)
    for number, title in enumerate(titles):
        which = np.flatnonzero(colour.values == number) if colour.names else np.arange(2 * n)
        # A trace of three dimensions has one opacity: what fades is a trace of its own.
        parts = [which] if dimensions == 2 else [which[chosen[which]], which[~chosen[which]]]
        for part in (part for part in parts if len(part)):
            marker: dict[str, Any] = {"size": size, "symbol": symbols[part], "line": {"width": 0}}
            if dimensions == 2:  # only what is hollow has an outline
                marker["line"]["width"] = np.where(points.view[part] == 0, 0, 1.5).astype(np.float32)
            if colour.names:
                marker["color"] = colour.palette[number]
            else:
                low, high = colour.bounds
                marker |= {"color": colour.values[part].astype(np.float32), "colorscale": SCALE, "cmin": low}
                marker |= {
                    "cmax": high,
                    "colorbar": _COLOUR_BAR | {"title": {"text": colour.title, "side": "right"}},
                }
            faded = {"opacity": 1.0 if chosen[part[0]] else _FADED}
            if dimensions == 2:
                marker["opacity"], faded = np.where(chosen[part], 0.95, _FADED).astype(np.float32), {}
            figure.add_trace(
                _scatter(
                    points.coordinates[part],
                    mode="markers",
                    name=escape(title),
                    marker=marker,
                    customdata=part.astype(np.int32),
                    text=[escape(points.texts[point]) for point in part.tolist()],
                    hovertemplate="%{text}<extra></extra>",
                    legendgroup=f"colour-{number}",
                    showlegend=False,
                    meta="points",
                    **faded,
                )
            )
    if dimensions == 2:
        _draw_thumbnails(figure, points, chosen)


def _draw_thumbnails(figure: go.Figure, points: MapPoints, chosen: np.ndarray) -> None:
    side = _THUMBNAIL * float(np.ptp(points.coordinates, axis=0).max() or 1)
    common = {"xref": "x", "yref": "y", "sizex": side, "sizey": side, "xanchor": "center", "yanchor": "middle"}
    figure.update_layout(
        images=[
            {
                **common,
                "source": address,
                "x": float(points.coordinates[point, 0]),
                "y": float(points.coordinates[point, 1]),
                "opacity": 1 if chosen[point] else _FADED,
            }
            for point, address in points.thumbnails.items()
        ]
    )


def _draw_legend(figure: go.Figure, points: MapPoints) -> None:
    """What colours, shapes and filling mean, as entries without points, which never fade."""
    colour, dimensions = points.colour, points.coordinates.shape[1]
    entries = [
        (colour.names[number], "circle", colour.palette[number], {"legendgroup": f"colour-{number}"})
        for number in (np.unique(colour.values) if colour.names else ())
    ]
    entries += [("view 1", "circle", REFERENCE, {}), ("view 2", _hollow("circle", dimensions), REFERENCE, {})]
    shown = np.unique(points.domains)
    if len(shown) > 1:
        shapes = SHAPES[dimensions]
        entries += [(points.domain_names[domain], shapes[domain % 5], REFERENCE, {}) for domain in shown]
    for name, symbol, css, grouped in entries:
        outline = 1.5 if symbol.endswith("open") else 0
        figure.add_trace(
            _scatter(
                np.full((1, dimensions), np.nan),
                mode="markers",
                name=escape(name),
                marker={"symbol": symbol, "color": css, "size": 9, "line": {"width": outline}},
                hoverinfo="skip",
                **grouped,
            )
        )


def _draw_lines(figure: go.Figure, coordinates: np.ndarray, lines: Lines, chosen: np.ndarray) -> None:
    """Three widths of line for each colour: a trace has one."""
    for partner, colour, what in ((False, REPULSION, "another"), (True, ATTRACTION, "its partner")):
        shown = False
        for low, high, width in ((0.0, 0.1, 0.6), (0.1, 0.4, 1.3), (0.4, np.inf, 2.4)):
            which = (lines.partner == partner) & (lines.share >= low) & (lines.share < high) & chosen[lines.start]
            if not which.any():
                continue
            ends = coordinates[lines.start[which]], coordinates[lines.end[which]]
            figure.add_trace(
                _scatter(
                    _segments(*ends),
                    mode="lines",
                    name=f"mass to {what}",
                    legendgroup=what,
                    showlegend=not shown,
                    line={"color": colour, "width": width},
                    opacity=0.75,
                    hoverinfo="skip",
                )
            )
            shown = True


def _draw_arrows(
    figure: go.Figure, coordinates: np.ndarray, start: np.ndarray, places: np.ndarray, chosen: np.ndarray
) -> None:
    start, places = start[chosen[start]], places[chosen[start]]
    common = {"legendgroup": "arrow", "hoverinfo": "skip", "opacity": 0.8}
    figure.add_trace(
        _scatter(
            _segments(coordinates[start], places),
            mode="lines",
            name="to the mean of view 2",
            line={"color": REFERENCE, "width": 1.5},
            **common,
        )
    )
    marker: dict[str, Any] = {"color": REFERENCE, "size": 3, "symbol": "diamond"}
    if coordinates.shape[1] == 2:
        x, y = (places - coordinates[start]).T
        marker |= {"symbol": "arrow", "size": 9, "angle": np.degrees(np.arctan2(x, y)).astype(np.float32)}
    figure.add_trace(_scatter(places, mode="markers", marker=marker, showlegend=False, **common))


def _draw_pair(figure: go.Figure, coordinates: np.ndarray, pair: tuple[int, int]) -> None:
    dimensions = coordinates.shape[1]
    size, width = (20, 3) if dimensions == 2 else (12, 3)
    for point, colour, name in zip(pair, VIEWS, ("picked row", "picked column"), strict=True):
        figure.add_trace(
            _scatter(
                coordinates[[point]],
                mode="markers",
                name=name,
                marker={"symbol": "circle-open", "size": size, "color": colour, "line": {"width": width}},
                showlegend=False,
                hoverinfo="skip",
            )
        )


def _lay_out(figure: go.Figure, points: MapPoints, camera: Mapping[str, Any] | None) -> None:
    figure.update_layout(
        height=620,
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        legend={"itemsizing": "constant", "orientation": "h", "y": -0.12, "yanchor": "top"},
        hovermode="closest",
        dragmode="lasso",
    )
    if points.coordinates.shape[1] == 3:
        titles = {f"{axis}axis": {"title": {"text": text}} for axis, text in zip("xyz", points.axes, strict=True)}
        camera = camera or {"eye": {"x": 1.5, "y": 1.5, "z": 1.0}}  # far enough for the titles
        figure.update_layout(scene={**titles, "aspectmode": "data", "dragmode": "turntable", "camera": camera})
        return
    common = {"zeroline": False, "constrain": "range"}
    figure.update_xaxes(title_text=points.axes[0], **common)
    figure.update_yaxes(title_text=points.axes[1], scaleanchor="x", **common)


def _hollow(shape: str, dimensions: int) -> str:
    return shape if shape in _NEVER_HOLLOW[dimensions] else f"{shape}-open"


def _segments(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Lines from start to end, (3n, 2 or 3), with a gap of NaN after each."""
    return np.stack([start, end, np.full_like(end, np.nan)], 1).reshape(-1, start.shape[1])


def _scatter(coordinates: np.ndarray, **settings: Any) -> dict[str, Any]:
    """A trace in two or three dimensions; as a dictionary, which is checked but once, when the figure takes it."""
    places = coordinates.astype(np.float32)
    axes = dict(zip("xyz", places.T, strict=False))
    return {"type": "scatter" if len(axes) == 2 else "scatter3d", **axes, **settings}
