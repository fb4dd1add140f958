"""The charts of the lessons: few marks, large type, the app's colours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from gca_viz.experiments.lessons import Epoch, Pulls
from gca_viz.metric import percent
from gca_viz.palette import ATTRACTION, FIRST, REFERENCE, REPULSION, VIEWS
from gca_viz.transport import Calibration
from gca_viz.ui.elements.chart import chart

_CONFIG = {"displayModeBar": False, "showSendToCloud": False, "scrollZoom": False}
_LAYOUT = {
    "height": 430,
    "margin": {"l": 10, "r": 10, "t": 10, "b": 10},
    "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom"},
    "font": {"size": 14},
    "hovermode": "closest",
}


def draw(figure: go.Figure, lesson: str, **layout: Any) -> None:
    """Put a chart on the page; ``layout`` is what differs from that of all."""
    figure.update_layout(_LAYOUT | layout)
    chart(figure, key=f"learn-chart-{lesson}", config=_CONFIG)


def loss_by_half_step(mean: np.ndarray, samples: np.ndarray, lost: np.ndarray, names: Sequence[str]) -> go.Figure:
    """The loss of a batch and of each of its pairs, half step by half step.

    Args:
        mean: (T,) of the batch, from half step 1 on.
        samples: (T, N) of the pairs.
        lost: (N,) boolean, pairs that end worse than they began.
        names: (N,).
    """
    steps = np.arange(1, len(mean) + 1, dtype=np.float32)
    figure = go.Figure()
    for chosen, colour, name in (
        (~lost, REFERENCE, "pairs that end lower"),
        (lost, REPULSION, "pairs that end higher"),
    ):
        for k, number in enumerate(np.flatnonzero(chosen).tolist()):
            figure.add_scatter(
                x=steps,
                y=samples[:, number].astype(np.float32),
                name=name,
                legendgroup=name,
                showlegend=k == 0,
                mode="lines",
                line={"color": colour, "width": 1},
                opacity=0.7,
                hovertemplate=f"{names[number]}<br>half step %{{x}}: %{{y:.3f}}<extra></extra>",
            )
    for number in np.flatnonzero(lost).tolist():
        figure.add_annotation(
            x=steps[-1],
            y=float(samples[-1, number]),
            text=names[number],
            font_color=REPULSION,
            showarrow=False,
            xanchor="left",
            xshift=6,
        )
    figure.add_scatter(
        x=steps,
        y=mean.astype(np.float32),
        name="the batch: their mean",
        mode="lines+markers",
        line={"color": FIRST, "width": 5},
        marker={"size": 8},
        hovertemplate="half step %{x}: %{y:.4f}<extra>batch</extra>",
    )
    figure.update_xaxes(title="half step (odd: rows, even: columns)", dtick=max(1, len(mean) // 10))
    figure.update_yaxes(title="−log P on the pair, nats", rangemode="tozero")
    return figure


def row_masses(mass: np.ndarray, corrupted: np.ndarray, names: Sequence[str]) -> go.Figure:
    """What each row sends, the corrupted pairs first.

    Args:
        mass: (N,).
        corrupted: (N,) boolean.
        names: (N,).
    """
    figure, start = go.Figure(), 0
    for chosen, colour, name in ((corrupted, REPULSION, "corrupted pairs"), (~corrupted, VIEWS[0], "clean pairs")):
        numbers = np.flatnonzero(chosen)
        figure.add_bar(
            x=np.arange(start, start + len(numbers)),
            y=mass[numbers].astype(np.float32),
            name=name,
            marker_color=colour,
            customdata=[names[number] for number in numbers.tolist()],
            hovertemplate="%{customdata}<br>sends %{y:.3f}<extra></extra>",
        )
        start += len(numbers)
    figure.add_hline(1, line_width=1.5, line_dash="dash", line_color=REFERENCE)
    figure.update_xaxes(title="rows of view 1", showticklabels=False)
    figure.update_yaxes(title="mass that the row sends", range=[0, max(1.15, 1.05 * float(mass.max()))])
    figure.update_layout(bargap=0.15)
    return figure


def pulls_by_cosine(found: Pulls, names: Sequence[str]) -> go.Figure:
    """How hard each pair is pulled together, against how alike its two are."""
    figure = go.Figure()
    for chosen, colour, symbol, name in (
        (~found.wrong, ATTRACTION, "circle", "right pairs"),
        (found.wrong, REPULSION, "x", "wrong pairs"),
    ):
        figure.add_scatter(
            x=found.cosine[chosen].astype(np.float32),
            y=found.pull[chosen].astype(np.float32),
            mode="markers",
            name=name,
            marker={"color": colour, "symbol": symbol, "size": 12, "line": {"width": 1, "color": "white"}},
            customdata=[names[number] for number in np.flatnonzero(chosen).tolist()],
            hovertemplate="%{customdata}<br>cosine %{x:.2f}<br>pull %{y:.2f} × the mean<extra></extra>",
        )
    figure.add_hline(1, line_width=1.5, line_dash="dash", line_color=REFERENCE)
    figure.update_xaxes(title="cosine of the pair")
    figure.update_yaxes(title="pull, in units of the mean", rangemode="tozero")
    return figure


def two_aims(path: Sequence[Epoch], current: int) -> go.Figure:
    """Alignment against uniformity, epoch by epoch; the one on show is large.

    Args:
        path: the epochs, in order.
        current: number of the epoch on show.
    """
    x, y = ([getattr(epoch, name) for epoch in path] for name in ("uniformity", "alignment"))
    large = [epoch.number == current for epoch in path]
    figure = go.Figure(
        go.Scatter(
            x=np.array(x, np.float32),
            y=np.array(y, np.float32),
            mode="lines+markers+text",
            text=[
                f"epoch {epoch.number}" if chosen else str(epoch.number)
                for epoch, chosen in zip(path, large, strict=True)
            ],
            textposition="top center",
            textfont={"size": [18 if chosen else 13 for chosen in large]},
            line={"color": REFERENCE, "width": 2},
            marker={
                "size": [22 if chosen else 11 for chosen in large],
                "color": [VIEWS[1] if c else FIRST for c in large],
            },
            hovertemplate="epoch %{text}<br>uniformity %{x:.2f}<br>alignment %{y:.3f}<extra></extra>",
            cliponaxis=False,
        )
    )
    figure.update_xaxes(title="uniformity: ← spread evenly · one point →", range=[min(x) - 0.35, 0.35])
    figure.update_yaxes(title="alignment: mean squared distance of partners", range=[-0.06, max(y) + 0.12])
    return figure


def forces_by_cost(cost: np.ndarray, force: np.ndarray, rows: Sequence[str], columns: Sequence[str]) -> go.Figure:
    """The force on each cell against its cost: pairs, and strangers that are pushed or pulled.

    Args:
        cost, force: (N, N); a positive force pulls.
        rows, columns: N names each.
    """
    figure, pairs = go.Figure(), np.eye(len(cost), dtype=bool)
    for chosen, colour, symbol, name in (
        (pairs, FIRST, "square", "pairs"),
        (~pairs & (force < 0), REPULSION, "circle", "strangers that are pushed"),
        (~pairs & (force >= 0), ATTRACTION, "diamond", "strangers that are pulled"),
    ):
        figure.add_scatter(
            x=cost[chosen].astype(np.float32),
            y=force[chosen].astype(np.float32),
            mode="markers",
            name=name,
            marker={"color": colour, "symbol": symbol, "size": 9, "line": {"width": 1, "color": "white"}},
            customdata=[f"{rows[i]} → {columns[j]}" for i, j in np.argwhere(chosen).tolist()],
            hovertemplate="%{customdata}<br>cost %{x:.2f}<br>force %{y:.3g}<extra></extra>",
            showlegend=bool(chosen.any()),
        )
    figure.add_hline(0, line_width=1.5, line_color=REFERENCE)
    figure.add_vline(1, line_width=1.5, line_dash="dash", line_color=REFERENCE)
    figure.add_annotation(x=1, y=1, yref="paper", text="90°", showarrow=False, xanchor="left", xshift=4)
    figure.update_xaxes(title="cost, 1 − cosine")
    figure.update_yaxes(title="force (T − P) · slope: ↑ together · ↓ apart")
    return figure


def confidences(found: Calibration) -> go.Figure:
    """How many rows are how sure, which does not tell how often they are right."""
    edges = np.arange(found.bins, dtype=np.float32) / found.bins
    figure = go.Figure(
        go.Bar(
            x=edges + 0.5 / found.bins,
            y=found.rows.cpu().numpy(),
            width=0.9 / found.bins,
            marker_color=FIRST,
            hovertemplate="%{y} rows of confidence about %{x:.0%}<extra></extra>",
        )
    )
    figure.update_xaxes(title="Confidence", range=[0, 1], tickformat=".0%", dtick=0.2)
    figure.update_yaxes(title="rows")
    return figure


def hits_by_image(rows: Mapping[str, np.ndarray]) -> go.Figure:
    """Which images each member knows, a line per member; images that most know stand on the left.

    Args:
        rows: what a line is called → (N,) boolean; the first is drawn at the top.
    """
    hits = np.stack(list(rows.values()))
    order = np.lexsort((*hits[::-1], -hits.sum(0)))
    figure = go.Figure(
        go.Heatmap(
            z=hits[:, order].astype(np.uint8),
            y=[f"{name} {percent(right.mean())}" for name, right in rows.items()],
            zmin=0,
            zmax=1,
            colorscale=[[0, REPULSION], [0.5, REPULSION], [0.5, ATTRACTION], [1, ATTRACTION]],
            showscale=False,
            ygap=4,
            hovertemplate="%{y}<br>image %{x}<extra></extra>",
        )
    )
    for colour, name in ((ATTRACTION, "class known"), (REPULSION, "class not known")):
        mark = {"color": colour, "symbol": "square", "size": 12}
        figure.add_scatter(x=[None], y=[None], mode="markers", name=name, marker=mark)
    figure.update_xaxes(title="images, those known to most on the left", showgrid=False, showticklabels=False)
    figure.update_yaxes(autorange="reversed", automargin=True, showgrid=False)
    return figure


def mass_by_class(right: np.ndarray, wrong: np.ndarray, names: Sequence[str]) -> go.Figure:
    """What the rows of each class send, split by whether they send most to their partner.

    Args:
        right, wrong: (classes,).
        names: of the classes, with how many images they have.
    """
    figure = go.Figure()
    for values, colour, name in (
        (right, ATTRACTION, "rows that send most to their partner"),
        (wrong, REPULSION, "rows that send most to another"),
    ):
        figure.add_bar(
            x=list(names),
            y=values.astype(np.float32),
            name=name,
            marker_color=colour,
            hovertemplate="%{x}<br>%{y:.2f}<extra>%{fullData.name}</extra>",
        )
    figure.update_xaxes(title="classes, and how many images each has")
    figure.update_yaxes(title="mass that the rows of the class send", rangemode="tozero")
    return figure.update_layout(barmode="stack", bargap=0.25)
