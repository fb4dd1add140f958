"""Accuracy of trees over the number of their rules, with the front that no other beats."""

from __future__ import annotations

from html import escape

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from gca_viz.palette import ATTRACTION, REFERENCE, VIEWS

_WIDTH = 2.5


def pareto(frame: pd.DataFrame, first: str, second: str, depth: int) -> go.Figure:
    """A dot per tree; those of A and of B in colour, those of the recipe's depth large, the front a line.

    Args:
        frame: see :func:`gca_viz.experiments.compare.rules.rules_frame`.
        first, second: labels of A and B.
        depth: of the trees that stand out.
    """
    figure = go.Figure()
    front = frame[frame.front].sort_values(["leaves", "accuracy"])
    figure.add_scatter(
        x=front.leaves.to_numpy(np.int32),
        y=front.accuracy.to_numpy(np.float32),
        mode="lines",
        line={"color": ATTRACTION, "width": _WIDTH, "shape": "hv"},
        name="front",
        hoverinfo="skip",
    )
    groups = {"others": ~frame.contender.isin([first, second]), f"A {first}": frame.contender == first}
    groups |= {f"B {second}": frame.contender == second}
    for (name, which), colour in zip(groups.items(), (REFERENCE, *VIEWS), strict=True):
        own = frame[which]
        if own.empty:
            continue
        figure.add_scatter(
            x=own.leaves.to_numpy(np.int32),
            y=own.accuracy.to_numpy(np.float32),
            mode="markers",
            name=escape(name),
            marker={
                "color": colour,
                "size": np.where(own.depth == depth, 14, 7),
                "symbol": np.where(own.front, "diamond", "circle"),
            },
            error_y={
                "array": np.where(own.depth == depth, own.high - own.accuracy, 0).astype(np.float32),
                "arrayminus": np.where(own.depth == depth, own.accuracy - own.low, 0).astype(np.float32),
                "color": colour,
                "thickness": 1,
                "width": 3,
            },
            customdata=np.stack([own.depth, 100 * own.agreement, 100 * own.vote], 1).astype(np.float32),
            text=[escape(label) for label in own.contender],
            hovertemplate="%{text}, depth %{customdata[0]}<br>%{x} rules, %{y:.1%} right<br>vote of the plan "
            "%{customdata[2]:.1f} %, same class for %{customdata[1]:.1f} %<extra></extra>",
        )
    for label, colour in ((first, VIEWS[0]), (second, VIEWS[1])):
        vote = frame[frame.contender == label].vote
        if len(vote):
            figure.add_hline(float(vote.iloc[0]), line={"color": colour, "width": 1.5, "dash": "dash"})
    figure.update_xaxes(title="Rules (leaves of the tree)", type="log", dtick="D2", fixedrange=True)
    figure.update_yaxes(title="Share of rows whose class is found", tickformat=".0%", fixedrange=True)
    return figure.update_layout(
        height=430,
        hovermode="closest",
        dragmode=False,
        margin={"l": 10, "r": 10, "t": 20, "b": 10},
        legend={"orientation": "h", "y": -0.2},
    )
