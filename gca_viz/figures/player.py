"""A training run that plays in the browser: plan, map and numbers per epoch, and curves over all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from gca_viz.experiments.plan.result import RowGroup
from gca_viz.figures.colour_by import SCALE, ColourBy
from gca_viz.figures.compare import framed
from gca_viz.figures.effects import band
from gca_viz.metric import Estimate
from gca_viz.palette import FIRST

_SIDE = 128  # cells of a plan's picture; a larger plan shows the largest mass under each
_DECADES = 4
PACE = 700  # milliseconds per epoch
GLIDE = 350
_WIDE_SIDE = 440  # pixels of the plan beside the map
_ROOM = 12  # pixels of an average group; between narrower ones lines would hide the plan
_LETTER = 6  # pixels, and so below
_TITLE = 56
_CONTROLS = 110  # buttons and slider
_EDGE = 10
_LONGEST = 16  # letters of a group's name


@dataclass(frozen=True, eq=False)
class Epoch:
    """What is shown of one epoch.

    Attributes:
        name: e.g. ``"epoch 10"``.
        plan: (rows, columns) in the order in which they are shown.
        coordinates: (2N, 2), aligned with all others.
        numbers: a line of text.
    """

    name: str
    plan: np.ndarray
    coordinates: np.ndarray
    numbers: str


def run_player(
    epochs: Sequence[Epoch],
    colour: ColourBy,
    texts: Sequence[str],
    *,
    groups: Sequence[RowGroup] = (),
    narrow: int = 0,
    controls: bool = True,
) -> go.Figure:
    """Plan and map of every epoch as frames with a slider and a play button; nothing is asked of a server.

    Args:
        epochs: in order; the last is shown first, for the others are turned onto it.
        colour: of the points.
        texts: 2N lines for people.
        groups: the blocks that the plans' rows and columns form, in their order.
        narrow: pixels that a narrow place is wide: the map stands below the plan there. 0: beside it.
        controls: whether the figure has them itself, for a place that has none.
    """
    places, bounds = framed(np.stack([epoch.coordinates for epoch in epochs]), len(epochs) - 1, room=1)
    epochs = [replace(epoch, coordinates=place) for epoch, place in zip(epochs, places, strict=True)]
    most = max(float(epoch.plan.max()) for epoch in epochs)
    figure = make_subplots(2, 1, vertical_spacing=0.03) if narrow else make_subplots(1, 2, horizontal_spacing=0.04)
    last = epochs[-1]
    figure.add_trace(_picture(last.plan, most))
    n = len(texts) // 2
    hollow = np.arange(2 * n) >= n
    css = np.array(colour.css(np.arange(2 * n)))
    figure.add_trace(
        go.Scatter(
            x=last.coordinates[:, 0].astype(np.float32),
            y=last.coordinates[:, 1].astype(np.float32),
            mode="markers",
            ids=[str(point) for point in range(2 * n)],
            marker={
                "size": 7 if n <= 200 else 5,
                "color": css,
                "symbol": np.where(hollow, "circle-open", "circle"),
                "line": {"width": np.where(hollow, 1.5, 0).astype(np.float32)},
                "opacity": 0.9,
            },
            customdata=np.arange(2 * n, dtype=np.int32),
            text=[escape(text) for text in texts],
            hovertemplate="%{text}<extra></extra>",
            meta="points",
            xaxis="x2",
            yaxis="y2",
        )
    )
    figure.frames = [
        go.Frame(
            name=epoch.name,
            data=[
                _picture(epoch.plan, most),
                go.Scatter(
                    x=epoch.coordinates[:, 0].astype(np.float32), y=epoch.coordinates[:, 1].astype(np.float32)
                ),
            ],
            traces=[0, 1],
            layout={"title": {"text": _title(epoch)}},
        )
        for epoch in epochs
    ]
    _lay_out(figure, epochs, bounds, narrow)
    if controls:
        _add_controls(figure, epochs)
    else:
        figure.layout.height -= _CONTROLS
    side = narrow - 2 * _EDGE if narrow else _WIDE_SIDE
    if len(groups) > 1 and side / len(groups) >= _ROOM:
        _part(figure, groups, side)
    return figure


def _part(figure: go.Figure, groups: Sequence[RowGroup], side: int) -> None:
    """Lines between the groups of a plan that is ``side`` pixels wide, and names where most of them have room."""
    sizes = np.array([group.size for group in groups])
    total = sizes.sum()
    ends = sizes.cumsum() * min(total, _SIDE) / total - 0.5  # where cells end; a group may end within a pooled one
    low, high = -0.5, ends[-1]
    between = [(end, end, np.nan) for end in ends[:-1]]
    across = [(low, high, np.nan)] * len(between)
    x, y = (np.array(down + right, np.float32).ravel() for down, right in ((between, across), (across, between)))
    figure.add_trace(
        go.Scatter(
            x=x,
            y=y,
            mode="lines",
            line={"color": "rgba(255, 255, 255, 0.5)", "width": 1},
            hoverinfo="skip",
            meta="groups",
        )
    )
    high_enough = side * sizes / total >= _ROOM
    if 2 * high_enough.sum() > len(groups):
        names = [_cut(group.name) if enough else "" for group, enough in zip(groups, high_enough, strict=True)]
        middles = (np.array([low, *ends[:-1]]) + ends) / 2
        ticks = {"tickvals": middles.astype(np.float32), "ticktext": [escape(name) for name in names]}
        look = {"showticklabels": True, "tickfont": {"size": 11}}
        figure.update_layout(yaxis=ticks | look, margin_l=_EDGE + _LETTER * max(map(len, names)))


def _cut(name: str) -> str:
    """A name that leaves room for the plan."""
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"


def _picture(plan: np.ndarray, most: float) -> go.Heatmap:
    """A plan in one logarithmic scale, as bytes: the largest mass of all epochs is 255, a 10,000th of it 0."""
    for axis, length in enumerate(plan.shape):
        if length > _SIDE:
            plan = np.maximum.reduceat(plan, np.arange(_SIDE) * length // _SIDE, axis=axis)
    with np.errstate(divide="ignore"):
        height = 1 + np.log10(plan / max(most, 1e-30)) / _DECADES
    return go.Heatmap(
        z=np.clip(np.round(255 * height), 0, 255).astype(np.uint8),
        zmin=0,
        zmax=255,
        colorscale=SCALE,
        showscale=False,
        hoverinfo="skip",
    )


def _title(epoch: Epoch) -> str:
    return f"<b>{escape(epoch.name)}</b><br><span style='font-size: 12px'>{escape(epoch.numbers)}</span>"


def _lay_out(figure: go.Figure, epochs: Sequence[Epoch], bounds: tuple[np.ndarray, float], narrow: int) -> None:
    middle, half = bounds
    bare = {"showticklabels": False, "ticks": "", "showgrid": False, "zeroline": False, "constrain": "domain"}
    figure.update_xaxes(**bare)
    figure.update_yaxes(**bare)
    bottom, right = (min(length, _SIDE) - 0.5 for length in epochs[-1].plan.shape)
    figure.update_layout(
        xaxis_range=[-0.5, right],
        yaxis={"range": [bottom, -0.5], "scaleanchor": "x"},
        xaxis2_range=[middle[0] - half, middle[0] + half],
        yaxis2={"range": [middle[1] - half, middle[1] + half], "scaleanchor": "x2"},
    )
    figure.update_layout(
        title={"text": _title(epochs[-1]), "x": 0.01, "xanchor": "left", "font": {"size": 14}},
        height=_TITLE + 2 * (narrow - 2 * _EDGE) + _CONTROLS if narrow else 600,
        margin={"l": _EDGE, "r": _EDGE, "t": _TITLE, "b": _EDGE},
        hovermode="closest",
        dragmode=False,
        showlegend=False,
    )


def _add_controls(figure: go.Figure, epochs: Sequence[Epoch]) -> None:
    """Buttons and a slider of Plotly's own, which a file brings along."""
    play = {
        "frame": {"duration": PACE, "redraw": True},
        "transition": {"duration": GLIDE, "easing": "cubic-in-out"},
        "fromcurrent": True,
        "mode": "immediate",
    }
    still = {"frame": {"duration": 0, "redraw": True}, "transition": {"duration": GLIDE}, "mode": "immediate"}
    halt = {"frame": {"duration": 0, "redraw": False}, "transition": {"duration": 0}, "mode": "immediate"}
    figure.update_layout(
        updatemenus=[
            {
                "type": "buttons",
                "direction": "left",
                "x": 0,
                "y": 0,
                "xanchor": "left",
                "yanchor": "top",
                "pad": {"t": 8, "r": 8},
                "showactive": False,
                "buttons": [
                    {"label": "▶ Play", "method": "animate", "args": [None, play]},
                    {"label": "■ Stop", "method": "animate", "args": [[None], halt]},
                ],
            }
        ],
        sliders=[
            {
                "active": len(epochs) - 1,
                "x": 0,
                "len": 1,
                "y": 0,
                "yanchor": "top",
                "pad": {"t": 44, "l": 12, "r": 12},
                "currentvalue": {"visible": False},
                "transition": {"duration": GLIDE},
                "steps": [
                    {"label": escape(epoch.name.split()[-1]), "method": "animate", "args": [[epoch.name], still]}
                    for epoch in epochs
                ],
            }
        ],
    )


@dataclass(frozen=True)
class Curve:
    """A number over the epochs.

    Attributes:
        title: of the number.
        estimates: one per epoch; None where it has no meaning.
        share: whether it is a share, written as per cent.
    """

    title: str
    estimates: Sequence[Estimate | None]
    share: bool = False


def run_curve(names: Sequence[str], curve: Curve) -> go.Figure:
    """A number over the epochs of a run with the band of its 95 % intervals; epochs stand at equal distances.

    Args:
        names: of the epochs.
        curve: the number.
    """
    at = np.arange(len(names), dtype=np.float32)
    parts = [(e.value, e.low, e.high) if e is not None else (np.nan,) * 3 for e in curve.estimates]
    value, low, high = np.array(parts, np.float64).T
    known = np.isfinite(low) & np.isfinite(high)
    figure = go.Figure()
    band(figure, at[known], low[known], high[known], FIRST)
    form = ".1%" if curve.share else ".3f"
    between = f" (%{{customdata[0]:{form}}} to %{{customdata[1]:{form}}})"
    figure.add_scatter(
        x=at,
        y=value.astype(np.float32),
        mode="lines+markers",
        line={"color": FIRST, "width": 2},
        marker={"size": 7},
        customdata=np.stack([low, high], 1).astype(np.float32),
        text=list(names),
        hovertemplate=f"%{{text}}<br>%{{y:{form}}}{between if known.any() else ''}<extra></extra>",
    )
    ticks = [name.split()[-1] for name in names]
    figure.update_xaxes(tickvals=at, ticktext=ticks, zeroline=False, title_text="epoch", fixedrange=True)
    figure.update_yaxes(tickformat=".0%" if curve.share else "", nticks=5, zeroline=False, fixedrange=True)
    title = {"text": escape(curve.title), "font": {"size": 13}, "x": 0.01, "xanchor": "left"}
    margin = {"l": 8, "r": 8, "t": 30, "b": 8}
    figure.update_layout(title=title, height=220, margin=margin, showlegend=False, dragmode=False)
    return figure
