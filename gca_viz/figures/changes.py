"""What became of samples, the largest change first."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
import plotly.graph_objects as go

from gca_viz.palette import ATTRACTION, REFERENCE


def ranked_changes(
    values: np.ndarray, samples: np.ndarray, texts: Sequence[str], *, title: str, shown: int, share: bool
) -> go.Figure:
    """A number per sample in falling order; each point can be clicked and carries its sample.

    Args:
        values: (N,) in the order of the batch.
        samples: (N,) positions in the batch, the largest change first.
        texts: N lines for people.
        title: of the number.
        shown: how many of the first have their images below; they are darker.
        share: whether numbers are shares, written as per cent.
    """
    heights = values[samples].astype(np.float32)
    figure = go.Figure(
        go.Bar(
            x=np.arange(1, len(samples) + 1),
            y=heights,
            marker={
                "color": [ATTRACTION if rank < shown else REFERENCE for rank in range(len(samples))],
                "line": {"width": 0},
            },
            customdata=samples.astype(np.int32),
            text=[escape(texts[sample]) for sample in samples],
            textposition="none",
            hovertemplate="%{text}<br>" + ("%{y:.0%}" if share else "%{y:.2f}") + "<extra></extra>",
            selected={"marker": {"opacity": 1}},
            unselected={"marker": {"opacity": 1}},
        )
    )
    figure.add_hline(float(np.mean(values)), line_width=1, line_dash="dash", line_color=REFERENCE)
    figure.update_xaxes(title_text="samples, the largest change first", showgrid=False)
    figure.update_yaxes(title_text=title, tickformat=".0%" if share else "")
    figure.update_layout(
        height=240, margin={"l": 10, "r": 10, "t": 10, "b": 10}, bargap=0, dragmode=False, hovermode="closest"
    )
    return figure
