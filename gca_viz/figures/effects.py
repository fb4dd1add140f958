"""What parameters do: curves with bands, maps that can be clicked, and small pictures of plans."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from gca_viz.palette import FIRST, HERE, REFERENCE, SIGNED, VIRIDIS, scale, shades

#: how a figure behaves in a page or a file
CONFIG = {"displaylogo": False, "showSendToCloud": False, "scrollZoom": False}
_INK = "#FFFFFF"
_TICKS = 6


@dataclass(frozen=True)
class Scale:
    """One axis of a figure.

    Attributes:
        title: with symbol and unit.
        values: ascending, of each point.
        log: whether they are spaced so.
        text: how a person writes one.
    """

    title: str
    values: tuple[float, ...]
    log: bool = False
    text: Callable[[float], str] = "{:.3g}".format

    def place(self, value: float) -> float:
        """Where a value lies, as a fraction of an index; beyond the ends it stays at the end."""
        values = np.array(self.values, float)
        if self.log and (values > 0).all():
            return float(np.interp(np.log(max(value, 1e-300)), np.log(values), np.arange(len(values))))
        return float(np.interp(value, values, np.arange(len(values))))

    @property
    def ticks(self) -> dict[str, Any]:
        """Some indices, and the values there."""
        step = max(1, round((len(self.values) - 1) / (_TICKS - 1)))
        kept = list(range(0, len(self.values), step))
        return {"tickvals": kept, "ticktext": [self.text(self.values[index]) for index in kept]}


def heat_map(
    x: Scale,
    y: Scale,
    values: np.ndarray,
    *,
    title: str,
    text: Callable[[float], str] = "{:.4g}".format,
    marks: Mapping[tuple[int, int], str] | None = None,
    current: Sequence[tuple[float, float]] = (),
    diverging: bool = False,
    share: bool = False,
) -> go.Figure:
    """A number over two parameters; each cell has a point that can be clicked, named by its two indices.

    Args:
        x, y: the axes.
        values: (len(x), len(y)); NaN is left blank.
        title: of the colour bar.
        text: how a person writes a value.
        marks: (x, y) → a name that stands at that corner.
        current: (x, y) of the recipe's own place; two are joined.
        diverging: colours centred at 0, for differences.
        share: whether values are shares, written as per cent.
    """
    z = np.asarray(values, np.float32).T
    stops, low, high = colours_of(z, diverging)
    colours = {"colorscale": scale(stops), "zmin": low, "zmax": high}
    figure = go.Figure(
        go.Heatmap(
            z=z,
            x=np.arange(len(x.values), dtype=np.float32),
            y=np.arange(len(y.values), dtype=np.float32),
            hoverinfo="skip",
            # Above the map, where it takes no width from it on a phone.
            colorbar={
                "title": {"text": title, "side": "top"},
                "orientation": "h",
                "y": 1.02,
                "yanchor": "bottom",
                "thickness": 12,
                "tickformat": ".2~%" if share else "",
            },
            **colours,
        )
    )
    columns, rows = np.meshgrid(np.arange(len(x.values)), np.arange(len(y.values)), indexing="ij")
    indices = np.stack([columns.ravel(), rows.ravel()], 1)
    figure.add_scatter(
        x=indices[:, 0].astype(np.float32),
        y=indices[:, 1].astype(np.float32),
        mode="markers",
        name="cells",
        # Invisible, and there for the pointer: a heat map alone tells nobody of a click.
        marker={"size": 18, "symbol": "square", "opacity": 0, "color": _INK},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        customdata=indices.tolist(),
        text=[
            f"{x.title.split(',')[0]}: {x.text(x.values[i])}<br>{y.title.split(',')[0]}: {y.text(y.values[j])}"
            f"<br>{title}: {text(values[i, j]) if np.isfinite(values[i, j]) else 'not yet'}"
            for i, j in indices
        ],
        hovertemplate="%{text}<extra></extra>",
        showlegend=False,
    )
    _mark(figure, x, y, marks or {})
    if current:
        places = np.array([(x.place(a), y.place(b)) for a, b in current])
        figure.add_scatter(
            x=places[:, 0],
            y=places[:, 1],
            mode="markers+lines",
            name="current",
            hoverinfo="skip",
            line={"color": _INK, "width": 1.5, "dash": "dot"},
            marker={"size": 13, "color": HERE, "line": {"color": _INK, "width": 2.5}},
            showlegend=False,
        )
    edge = 0.5
    for update, axis in ((figure.update_xaxes, x), (figure.update_yaxes, y)):
        bounds = [-edge, len(axis.values) - 1 + edge]
        update(title=axis.title, range=bounds, showgrid=False, zeroline=False, fixedrange=True, **axis.ticks)
    if len(x.values) == len(y.values):  # as many one way as the other: a square
        figure.update_yaxes(scaleanchor="x", constrain="domain", constraintoward="top")
        figure.update_xaxes(constrain="domain")
    figure.update_layout(height=560, hovermode="closest", hoverdistance=30, dragmode=False, **_MARGIN)
    return figure


def colours_of(values: np.ndarray, diverging: bool) -> tuple[tuple[str, ...], float, float]:
    """The colours of a map, and the numbers at their ends; those of differences are centred at 0."""
    low, high = room(values)
    most = max(abs(low), abs(high))
    return (SIGNED, -most, most) if diverging else (VIRIDIS, low, high)


def room(values: np.ndarray) -> tuple[float, float]:
    """Lowest and highest number, held apart where they differ by rounding only, so that no picture shows that."""
    known = values[np.isfinite(values)]
    if not len(known):
        return 0.0, 1.0
    low, high = float(known.min()), float(known.max())
    apart = 1e-4 * max(abs(low), abs(high), 1e-6)
    return (low, high) if high - low > apart else (low - 100 * apart, high + 100 * apart)


def _mark(figure: go.Figure, x: Scale, y: Scale, marks: Mapping[tuple[int, int], str]) -> None:
    """Names at corners, inside the picture so that a phone has room for them."""
    for (a, b), name in marks.items():
        left, low = x.place(a) < len(x.values) / 2, y.place(b) < len(y.values) / 2
        figure.add_annotation(
            x=0 if left else 1,
            y=0 if low else 1,
            xref="x domain",
            yref="y domain",
            xanchor="left" if left else "right",
            yanchor="bottom" if low else "top",
            xshift=6 if left else -6,
            yshift=22 if low else -22,
            text=name,
            showarrow=False,
            captureevents=False,
            font={"color": _INK, "size": 13},
            bgcolor="rgba(0, 0, 0, 0.55)",
            borderpad=3,
        )


def curve(
    x: Scale,
    mean: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    *,
    title: str,
    text: Callable[[float], str] = "{:.4g}".format,
    current: float | None = None,
    share: bool = False,
) -> go.Figure:
    """A number over one parameter, with a band from the lowest to the highest seed; points can be clicked.

    Args:
        x: the axis.
        mean, low, high: one value per point; NaN is left out.
        title: of the number, with its unit.
        text: how a person writes it.
        current: the recipe's own value, a line; None if it has none.
        share: whether values are shares, written as per cent.
    """
    figure = go.Figure()
    known = np.isfinite(mean)
    at = np.array(x.values, np.float32)[known]
    band(figure, at, low[known], high[known], FIRST)
    figure.add_scatter(
        x=at,
        y=mean[known].astype(np.float32),
        mode="lines+markers",
        name=title,
        line={"color": FIRST, "width": 2},
        marker={"size": 10},
        customdata=[[index] for index in np.flatnonzero(known).tolist()],
        text=[text(value) for value in mean[known]],
        hovertemplate=f"{x.title}: %{{x:.4g}}<br>{title}: %{{text}}<extra></extra>",
        showlegend=False,
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 1}},
    )
    if current is not None and np.isfinite(current):
        figure.add_vline(
            current,
            line_width=1.5,
            line_dash="dash",
            line_color=REFERENCE,
        )
    log = x.log and min(x.values) > 0
    ticks = {"tickvals": [x.values[i] for i in x.ticks["tickvals"]], "ticktext": x.ticks["ticktext"]}
    figure.update_xaxes(title=x.title, type="log" if log else "linear", **ticks)
    figure.update_yaxes(title=title, tickformat=".2~%" if share else "")
    bounds = room(np.concatenate([low, high]))
    if np.isfinite(mean).any() and bounds != (np.nanmin(low), np.nanmax(high)):
        figure.update_yaxes(range=bounds)
    figure.update_layout(height=420, hovermode="closest", dragmode=False, **_MARGIN)
    return figure


def plan_pictures(matrices: Sequence[np.ndarray], *, side: int = 144) -> list[np.ndarray]:
    """Plans as small pictures in one logarithmic colour scale, uint8 side × side × 3 each.

    Args:
        matrices: (N, M) each; the largest mass of all is the brightest, a 10,000th of it the darkest.
        side: pixels; a larger matrix shows the largest mass under each pixel, so that no winner is lost.
    """
    most = max(float(matrix.max()) for matrix in matrices)
    pictures = []
    for matrix in matrices:
        small = _shrunk(np.asarray(matrix, np.float32), side)
        with np.errstate(divide="ignore"):
            height = 1 + np.log10(small / most) / 4
        index = np.clip(np.round(255 * height), 0, 255).astype(np.uint8)
        rows, columns = (np.arange(side) * length // side for length in index.shape)
        pictures.append(_VIRIDIS[index[np.ix_(rows, columns)]])
    return pictures


def _shrunk(matrix: np.ndarray, side: int) -> np.ndarray:
    for axis, length in enumerate(matrix.shape):
        if length > side:
            matrix = np.maximum.reduceat(matrix, np.arange(side) * length // side, axis=axis)
    return matrix


def band(figure: go.Figure, at: np.ndarray, low: np.ndarray, high: np.ndarray, colour: str) -> None:
    """Fill the room between two curves; nothing where they are one."""
    if not len(at) or np.array_equal(low, high):
        return
    figure.add_scatter(
        x=np.concatenate([at, at[::-1]]),
        y=np.concatenate([high, low[::-1]]).astype(np.float32),
        fill="toself",
        mode="lines",
        line={"width": 0, "color": colour},
        opacity=0.18,
        fillcolor=colour,
        hoverinfo="skip",
        showlegend=False,
        name="seeds",
    )


_MARGIN = {"margin": {"l": 10, "r": 10, "t": 20, "b": 10}}
_VIRIDIS = shades(VIRIDIS, 256)
