"""What page and report show of further columns: curves over the queue, plans of N × M, prototypes."""

from __future__ import annotations

from html import escape

import numpy as np
import plotly.graph_objects as go

from gca_viz.datasets import order
from gca_viz.experiments.effects.more_columns import HELD, MoreColumns
from gca_viz.experiments.plan import engine
from gca_viz.figures.matrix import MOST_CELLS, matrix
from gca_viz.figures.more_columns import over_length
from gca_viz.geometry.plan_parts import pairing_of

_CURVES = {
    "loss": ("Loss (nats)", False),
    "top1_rows": ("Rows that send most to their partner", True),
    "queue_mass": ("Mass that goes to the queue", True),
}


def queue_curves(found: MoreColumns) -> dict[str, go.Figure]:
    """Name of a number → its figure over the length of the queue."""
    names = {held: name for held, (_, name) in HELD.items()}
    return {
        column: over_length(found.table, column, names, title=title, share=share)
        for column, (title, share) in _CURVES.items()
    }


def queue_plans(found: MoreColumns) -> dict[str, go.Figure]:
    """What the plan is called → N × (N + Q), the batch in front, both ordered by class, on one scale."""
    batch, queue = engine.batch_of(found.recipe.data), engine.batch_of(found.queue)
    rows, behind = order(batch), order(queue)
    columns = np.concatenate([rows, len(batch) + behind])
    names = [f"{index}: {escape(batch.names[index])}" for index in rows]
    others = [f"queue: {escape(queue.names[index])}" for index in behind]
    values = {}
    for held, plan in found.plans.items():
        place = pairing_of(plan).column_sample.argsort().cpu().numpy()  # partners in front
        values[held] = plan.matrix.cpu().numpy()[np.ix_(rows, place[columns])]
    most = max(float(of.max()) for of in values.values())
    figures = {}
    for held, of in values.items():
        figure = matrix(of, names, names + others, title="mass", log=True, most=most)
        figure.add_vline(_edge(len(names), of.shape[1]), line_width=2, line_color="#FFFFFF")
        figure.update_xaxes(title="view 2 of the batch | queue").update_yaxes(title="view 1")
        figures[HELD[held][1]] = figure.update_layout(height=320)
    return figures


def _edge(rows: int, columns: int) -> float:
    """Where the batch ends, in the places of the drawn columns."""
    return rows * min(columns, MOST_CELLS) / columns - 0.5


def prototype_figures(found: MoreColumns) -> dict[str, go.Figure]:
    """Codes of view 2 and plan of view 1, N × K each, on one scale, rows ordered by class."""
    batch, of = engine.batch_of(found.recipe.data), found.prototypes
    rows = order(batch)
    shown = {"codes of view 2 (target)": of.codes, "plan of view 1": of.plan.matrix}
    target = of.codes.cpu().numpy()[rows]
    columns = np.argsort((target * np.arange(len(rows))[:, None]).sum(0) / np.maximum(target.sum(0), 1e-12))
    names = [f"{index}: {escape(batch.names[index])}" for index in rows]
    heads = [f"prototype {column}" for column in columns]
    return {
        title: matrix(values.cpu().numpy()[np.ix_(rows, columns)], names, heads, title="mass", most=1.0)
        .update_xaxes(title="prototypes")
        .update_yaxes(title="samples of the batch", scaleanchor=None)
        for title, values in shown.items()
    }
