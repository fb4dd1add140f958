"""What a queue does to plans, over its length."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from gca_viz.palette import VIEWS


def over_length(
    table: pd.DataFrame, column: str, names: Mapping[str, str], *, title: str, share: bool
) -> go.Figure:
    """A number over the length of the queue, a line per what is held.

    Args:
        table: a row per ``queue`` and ``held``.
        column: of the number.
        names: what is held → what the legend says.
        title: of the axis, with its unit.
        share: whether it is written as per cent.
    """
    figure, digits = go.Figure(), ".1%" if share else ".4g"
    for (held, name), colour, dash in zip(names.items(), VIEWS, ("solid", "dot"), strict=True):
        rows = table[table.held == held]
        figure.add_scatter(
            x=np.arange(len(rows)),
            y=rows[column].to_numpy(np.float32),
            mode="lines+markers",
            name=name,
            line={"color": colour, "width": 2, "dash": dash},
            customdata=rows.queue,
            hovertemplate=f"%{{customdata}} columns<br>{title} %{{y:{digits}}}<extra></extra>",
        )
    lengths = table.queue.unique()
    figure.update_xaxes(title="Length of the queue (columns)", tickvals=np.arange(len(lengths)), ticktext=lengths)
    figure.update_yaxes(title=title, tickformat=".0%" if share else None, rangemode="tozero")
    return figure.update_layout(
        height=320,
        margin={"l": 10, "r": 10, "t": 20, "b": 10},
        legend={"orientation": "h", "y": -0.28},
        hovermode="closest",
    )
