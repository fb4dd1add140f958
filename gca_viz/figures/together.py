"""What candidates gain by being averaged two by two, over how alike they are."""

from __future__ import annotations

from html import escape

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from gca_viz.palette import CIVIDIS, HERE, REFERENCE, scale

_ROOM = 0.03


def gain_scatter(
    pairs: pd.DataFrame, name: str, alike: str, *, title: str, what: str, current: tuple[str, str] | None = None
) -> go.Figure:
    """A dot per pair, with its interval.

    Args:
        pairs: of :class:`gca_viz.experiments.compare.together.Together`.
        name: of what is averaged, NAME of the columns ``gain_NAME``, ``gain_NAME_low``, ``gain_NAME_high`` and
            ``apart_NAME``.
        alike: column of how alike they are, 0 to 1.
        title: what that is called.
        what: what is gained.
        current: labels of A and B, ringed.

    Returns:
        Points carry both labels as ``customdata``.
    """
    gain, low, high = (100 * pairs[f"gain_{name}{end}"].to_numpy(float) for end in ("", "_low", "_high"))
    far = pairs[alike].to_numpy(float)
    apart = 100 * pairs[f"apart_{name}"].to_numpy(float)
    labels = pairs[["a", "b"]].to_numpy(str)
    ringed = np.array([current is not None and set(pair) == set(current) for pair in labels.tolist()], bool)
    figure = go.Figure(
        go.Scatter(
            x=far.astype(np.float32),
            y=gain.astype(np.float32),
            error_y={
                "array": np.nan_to_num(high - gain).astype(np.float32),
                "arrayminus": np.nan_to_num(gain - low).astype(np.float32),
                "color": REFERENCE,
                "thickness": 0.8,
                "width": 0,
            },
            mode="markers",
            marker={
                "size": np.where(ringed, 13, 8),
                "color": apart.astype(np.float32),
                "colorscale": scale(CIVIDIS),
                "cmin": 0,
                "colorbar": {
                    "title": {"text": "own numbers differ by (points)", "side": "top"},
                    "orientation": "h",
                    "y": 1.02,
                    "yanchor": "bottom",
                    "thickness": 10,
                },
                "line": {"width": np.where(ringed, 3.0, 0.0).astype(np.float32), "color": HERE},
            },
            customdata=labels.tolist(),
            text=[f"{escape(a)} and {escape(b)}" for a, b in labels.tolist()],
            hovertemplate=f"%{{text}}<br>{title} %{{x:.2f}}<br>gain %{{y:+.1f}} percentage points<extra></extra>",
            showlegend=False,
        )
    )
    figure.add_hline(y=0, line={"color": REFERENCE, "width": 1.5})
    known = far[np.isfinite(far)]
    ends = (known.min() - _ROOM, min(known.max() + _ROOM, 1 + _ROOM)) if len(known) else (0, 1)
    figure.update_xaxes(title=f"{title} (0 to 1)", range=list(ends), zeroline=False)
    figure.update_yaxes(title=f"gain: {what} (points)", zeroline=False)
    return figure.update_layout(height=420, margin={"l": 10, "r": 10, "t": 10, "b": 10}, hovermode="closest")
