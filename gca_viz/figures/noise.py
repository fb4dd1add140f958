"""Who finds corrupted pairs: AUC against λ, and ROC curves."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from gca_viz.figures.effects import Scale, band
from gca_viz.palette import CLASSES, FIRST, REFERENCE

#: score → colour; view 1 is blue on every page, and a row's mass is that of view 1
SCORE_COLOURS = {"row_mass": FIRST, "pair_mass": CLASSES[2], "cosine": REFERENCE}
_LEGEND = {
    "margin": {"l": 10, "r": 10, "t": 60, "b": 10},
    "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom"},
}


def auc_curves(
    x: Scale, auc: Mapping[str, np.ndarray], names: Mapping[str, str], current: float | None
) -> go.Figure:
    """How well each score finds the corrupted pairs, against λ; bands over the seeds.

    Args:
        x: the axis of λ.
        auc: score → (seeds, points) area under the ROC curve.
        names: score → what a page calls it.
        current: the recipe's own λ, a line; None if it has none.
    """
    figure, at = go.Figure(), np.array(x.values, np.float32)
    for score, values in auc.items():
        colour = SCORE_COLOURS[score]
        band(figure, at, values.min(0), values.max(0), colour)
        figure.add_scatter(
            x=at,
            y=values.mean(0).astype(np.float32),
            mode="lines+markers",
            name=names[score],
            line={"color": colour, "width": 2, "dash": "dash" if score == "cosine" else "solid"},
            marker={"size": 8},
            customdata=[[index] for index in range(len(at))],
            hovertemplate=f"λ %{{x:.3g}}<br>AUC %{{y:.3f}}<extra>{names[score]}</extra>",
            selected={"marker": {"opacity": 1}},
            unselected={"marker": {"opacity": 1}},
        )
    figure.add_hline(0.5, line_width=1, line_dash="dot", line_color=REFERENCE)
    if current is not None and np.isfinite(current) and current > 0:
        figure.add_vline(current, line_width=1.5, line_dash="dash", line_color=REFERENCE)
    figure.update_xaxes(title=x.title, type="log", dtick=1)
    figure.update_yaxes(title="AUC (0.5 is chance)")
    return figure.update_layout(height=400, hovermode="closest", dragmode=False, **_LEGEND)


def roc_curves(curves: Mapping[str, np.ndarray], names: Mapping[str, str]) -> go.Figure:
    """Hits against false alarms of each score.

    Args:
        curves: score → (2, K) false alarms and hits, as shares.
        names: score → what its line is called.
    """
    figure = go.Figure()
    for score, (alarms, hits) in curves.items():
        figure.add_scatter(
            x=alarms.astype(np.float32),
            y=hits.astype(np.float32),
            mode="lines",
            name=names[score],
            line={
                "color": SCORE_COLOURS[score],
                "width": 2,
                "shape": "hv",
                "dash": "dash" if score == "cosine" else "solid",
            },
            hovertemplate=f"false alarms %{{x:.1%}}<br>hits %{{y:.1%}}<extra>{names[score]}</extra>",
        )
    figure.add_shape(type="line", x0=0, y0=0, x1=1, y1=1, line={"color": REFERENCE, "width": 1, "dash": "dot"})
    figure.update_xaxes(
        title="false alarms: share of clean pairs called corrupted", tickformat=".0%", range=[-0.02, 1.02]
    )
    figure.update_yaxes(title="hits: share of corrupted pairs found", tickformat=".0%", range=[-0.02, 1.02])
    return figure.update_layout(height=400, dragmode=False, **_LEGEND)
