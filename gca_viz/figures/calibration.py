"""Whether plans are as sure as they are right: the reliability diagram, and what pooling does to the error."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from gca_viz.palette import ATTRACTION, REFERENCE, REPULSION, VIEWS
from gca_viz.transport import Calibration

_LARGEST = 30  # pixels, of a dot that is all rows


def reliability(plans: Mapping[str, Calibration]) -> go.Figure:
    """Share of rows that are right against their confidence, a dot per bin, of one or two plans.

    Args:
        plans: what the legend says → calibration; the first is drawn over the others.
    """
    figure = go.Figure()
    figure.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        name="as sure as right",
        line={"color": REFERENCE, "width": 1.5, "dash": "dash"},
        hoverinfo="skip",
    )
    for (name, of), colour, dash in reversed(list(zip(plans.items(), VIEWS, ("solid", "dot"), strict=False))):
        some = np.flatnonzero(of.rows.cpu().numpy())
        sure, right, rows = (
            values.cpu().numpy()[some].astype(np.float32) for values in (of.mean_confidence, of.accuracy, of.rows)
        )
        figure.add_scatter(
            x=sure,
            y=right,
            mode="lines+markers",
            name=name,
            line={"color": colour, "width": 2, "dash": dash},
            marker={"size": 6 + _LARGEST * np.sqrt(rows / rows.sum()), "opacity": 0.8},
            customdata=np.stack([some / of.bins, (some + 1) / of.bins, rows], 1),
            hovertemplate=(
                "%{customdata[2]} rows of confidence %{customdata[0]:.0%} to %{customdata[1]:.0%}<br>"
                "mean confidence %{x:.1%}<br>right %{y:.1%}<extra></extra>"
            ),
        )
    share = {"range": [-0.04, 1.04], "tickformat": ".0%", "fixedrange": True, "dtick": 0.2}
    figure.update_xaxes(title="Confidence", **share)
    figure.update_yaxes(title="Share of rows that are right", **share)
    figure.update_layout(
        height=480,
        hovermode="closest",
        dragmode=False,
        margin={"l": 10, "r": 10, "t": 20, "b": 10},
        legend={"orientation": "h", "y": -0.2, "traceorder": "reversed"},
    )
    return figure


def pooling(curves: Mapping[str, np.ndarray], alone: float, *, title: str, most: float) -> go.Figure:
    """A share over the number of view pairs that are pooled, a line per way to pool.

    Args:
        curves: what the legend says → one value per number of pairs, from 1.
        alone: the value of one pair, a dashed line.
        title: of the share.
        most: the largest of all figures that stand beside each other, so that they have one scale.
    """
    figure = go.Figure()
    looks = zip((*VIEWS, ATTRACTION, REPULSION), ("solid", "dash", "dot", "dashdot"), strict=True)
    for (name, values), (colour, dash) in zip(curves.items(), looks, strict=False):
        figure.add_scatter(
            x=np.arange(1, len(values) + 1, dtype=np.int32),
            y=values.astype(np.float32),
            mode="lines+markers",
            name=name,
            line={"color": colour, "width": 2, "dash": dash},
            marker={"size": 8},
            hovertemplate="%{x} pairs: %{y:.1%}<extra>%{fullData.name}</extra>",
        )
    figure.add_hline(alone, line={"color": REFERENCE, "width": 1.5, "dash": "dash"})
    figure.update_xaxes(title="View pairs pooled", dtick=1, fixedrange=True)
    figure.update_yaxes(title=title, tickformat=".0%", range=[0, 1.08 * most], fixedrange=True)
    return figure.update_layout(
        height=380,
        dragmode=False,
        margin={"l": 10, "r": 10, "t": 20, "b": 10},
        legend={"orientation": "h", "y": -0.25},
    )
