"""Numbers of a training over its epochs, one line for each method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import numpy as np
import plotly.graph_objects as go

from gca_viz.metric import Metric
from gca_viz.palette import class_colour

#: what is drawn, by its name in the events of a run
CURVES = (
    Metric("loss", "Loss", "nats", "Mean over the steps of an epoch."),
    Metric("matched_share", "Pair mass", "share", "Share of the plan’s mass that lies on the pairs."),
    Metric("top1_rows", "Row top-1", "share", "Share of rows that send most to their partner."),
    Metric("alignment", "Alignment", "", "Mean squared distance of partners: 0 where they coincide."),
    Metric("uniformity", "Uniformity", "", "0 where all points coincide; lower is spread more evenly."),
    Metric("effective_rank", "Effective rank", "", "How many directions the embeddings use: 1 is collapse."),
    Metric("knn_class", "kNN class, held out", "share", "Nearest neighbours of held-out images vote rightly."),
)
_LINES = ("solid", "dash")


def course_curve(metric: Metric, told: Mapping[str, Sequence[Mapping[str, float]]]) -> go.Figure:
    """A number over the epochs of one or two runs.

    Args:
        metric: of :data:`CURVES`.
        told: what a run is called → what it noted of each epoch.
    """
    figure = go.Figure()
    form = ".1%" if metric.is_share else ".3f"
    for number, (name, rows) in enumerate(told.items()):
        known = [row for row in rows if metric.name in row]
        figure.add_scatter(
            x=np.array([row["epoch"] for row in known], np.float32),
            y=np.array([row[metric.name] for row in known], np.float32),
            mode="lines+markers",
            name=escape(name),
            line={"color": class_colour(number), "width": 2, "dash": _LINES[number % 2]},
            marker={"size": 5},
            hovertemplate=f"{escape(name)}<br>epoch %{{x:.0f}}: %{{y:{form}}}<extra></extra>",
        )
    unit = f" ({metric.unit})" if metric.unit and not metric.is_share else ""
    figure.update_xaxes(title_text="epoch", zeroline=False, fixedrange=True, nticks=6)
    figure.update_yaxes(tickformat=".0%" if metric.is_share else "", nticks=5, zeroline=False, fixedrange=True)
    figure.update_layout(
        title={"text": escape(metric.label + unit), "font": {"size": 13}, "x": 0.01, "xanchor": "left"},
        height=240,
        margin={"l": 8, "r": 8, "t": 30, "b": 8},
        showlegend=False,
        dragmode=False,
    )
    return figure
