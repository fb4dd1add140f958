"""How many directions embeddings use, and how many clusters a plan makes of them."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from gca_viz.palette import VIEWS

FLOOR = 1e-6  # smaller singular values are rounding and are drawn on the axis


def spectrum(singular_values: np.ndarray, ranks: tuple[float, float]) -> go.Figure:
    """Singular values of either view, the largest 1, on a logarithmic axis.

    Args:
        singular_values: (2, min(N, d)), descending, of row-normalised embeddings.
        ranks: effective rank of either view, drawn as a dotted line.
    """
    figure = go.Figure()
    for view, (values, rank, colour) in enumerate(zip(singular_values, ranks, VIEWS, strict=True), start=1):
        shares = np.maximum(values / max(values[0], np.finfo(float).tiny), FLOOR)
        figure.add_trace(
            go.Scatter(
                x=np.arange(1, len(values) + 1, dtype=np.int32),
                y=shares.astype(np.float32),
                mode="lines+markers",
                name=f"view {view}, effective rank {rank:.1f}",
                line={"color": colour, "width": 2, "dash": "solid" if view == 1 else "dash"},
                marker={"size": 4},
                hovertemplate="direction %{x}<br>%{y:.3g} of the largest<extra></extra>",
            )
        )
        figure.add_vline(rank, line_width=1.5, line_dash="dot", line_color=colour)
    figure.update_xaxes(title_text="direction k", rangemode="tozero")
    figure.update_yaxes(
        title_text="singular value s<sub>k</sub> / s<sub>1</sub>", type="log", exponentformat="power"
    )
    figure.update_layout(
        height=320, margin={"l": 10, "r": 10, "t": 10, "b": 10}, legend={"orientation": "h", "y": -0.3}
    )
    return figure


def eigenvalues(values: np.ndarray, clusters: int, shown: int = 40) -> go.Figure:
    """The first eigenvalues of a plan; the largest gap, which names the number of clusters, as a line.

    Args:
        values: (n,) descending from 1.
        clusters: k, the eigenvalue after which the gap is.
        shown: how many at most; at least those up to the gap and a few more.
    """
    count = min(len(values), max(shown, clusters + 5))
    figure = go.Figure(
        go.Scatter(
            x=np.arange(1, count + 1, dtype=np.int32),
            y=values[:count].astype(np.float32),
            mode="lines+markers",
            line={"color": VIEWS[0], "width": 2},
            marker={"size": np.where(np.arange(count) < clusters, 8, 4)},
            hovertemplate="λ<sub>%{x}</sub> = %{y:.4f}<extra></extra>",
            showlegend=False,
        )
    )
    if 1 < clusters < count:
        figure.add_vline(clusters + 0.5, line_width=1.5, line_dash="dot", line_color=VIEWS[1])
    figure.update_xaxes(title_text="number k", rangemode="tozero")
    figure.update_yaxes(title_text="eigenvalue λ<sub>k</sub> of the plan")
    return figure.update_layout(height=340, margin={"l": 10, "r": 10, "t": 10, "b": 10})
