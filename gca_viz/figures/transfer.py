"""Two sets: how well classes are handed on, and how far groups are apart."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from gca_viz.figures.cells import clickable
from gca_viz.metric import Estimate
from gca_viz.palette import CIVIDIS, REFERENCE, VIEWS, scale

_MANY = 8  # groups, beyond which numbers in the cells cannot be read


def accuracies(ways: Mapping[str, tuple[Estimate, Estimate]]) -> go.Figure:
    """A dot with its 95 % interval per way, for accuracy and for balanced accuracy; dashed: chance.

    Args:
        ways: what the axis says → accuracy and balanced accuracy.
    """
    figure, names = go.Figure(), list(ways)
    for place, (title, colour, symbol) in enumerate(
        (("accuracy", VIEWS[0], "circle"), ("balanced accuracy", VIEWS[1], "diamond"))
    ):
        numbers = [of[place] for of in ways.values()]
        values = np.array([number.value for number in numbers])
        figure.add_scatter(
            x=values.astype(np.float32),
            y=[number + 0.16 * (place - 0.5) for number in range(len(names))],
            mode="markers",
            name=title,
            marker={"color": colour, "size": 10, "symbol": symbol},
            error_x={
                "array": (np.array([number.high for number in numbers]) - values).astype(np.float32),
                "arrayminus": (values - np.array([number.low for number in numbers])).astype(np.float32),
                "color": colour,
                "thickness": 1.5,
            },
            text=[escape(name) for name in names],
            hovertemplate=f"%{{text}}<br>{title} %{{x:.1%}}<extra></extra>",
        )
    chance = next(iter(ways.values()))[0].chance
    if chance is not None:
        figure.add_vline(chance, line={"color": REFERENCE, "width": 1.5, "dash": "dash"})
        figure.add_annotation(x=chance, y=1, yref="paper", yanchor="bottom", text="chance", showarrow=False)
    figure.update_xaxes(title="Share of images that get their class", tickformat=".0%", zeroline=False)
    figure.update_yaxes(
        tickvals=list(range(len(names))), ticktext=[escape(name) for name in names], autorange="reversed"
    )
    return figure.update_layout(
        height=330,
        hovermode="closest",
        margin={"l": 10, "r": 10, "t": 30, "b": 10},
        legend={"orientation": "h", "y": -0.28},
    )


def distance_map(table: pd.DataFrame, *, current: tuple[int, int] | None = None) -> go.Figure:
    """Set distance of each group from each, from 0; the two sets of the page are framed.

    Args:
        table: labels on both sides.
        current: row and column of the two sets.

    Returns:
        A figure with an invisible point per cell that can be clicked and carries row and column.
    """
    labels, values = [escape(str(label)) for label in table.index], table.to_numpy(float)
    count = len(labels)
    few = count <= _MANY
    figure = go.Figure(
        go.Heatmap(
            z=values.astype(np.float32),
            x=list(range(count)),
            y=list(range(count)),
            zmin=0,
            colorscale=scale(CIVIDIS),
            hoverinfo="skip",
            xgap=1,
            ygap=1,
            text=[[f"{value:.2f}" for value in row] for row in values],
            texttemplate="%{text}" if few else None,
            colorbar={"thickness": 10, "outlinewidth": 0, "title": {"text": "distance", "side": "right"}},
        )
    )
    clickable(
        figure, count, lambda i, j: f"{labels[i]} and {labels[j]}<br>set distance {values[i, j]:.3f}", current
    )
    ticks = {"tickvals": list(range(count)), "ticktext": labels, "showgrid": False, "zeroline": False}
    figure.update_xaxes(**ticks, tickangle=-30, range=[-0.5, count - 0.5])
    figure.update_yaxes(**ticks, range=[count - 0.5, -0.5])
    return figure.update_layout(height=360, margin={"l": 10, "r": 10, "t": 10, "b": 10}, hovermode="closest")
