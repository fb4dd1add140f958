"""What page and report show of two sets: table, figures, and the plan between them."""

from __future__ import annotations

from html import escape

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from gca_viz.experiments.transfer.result import WAYS, TransferResult
from gca_viz.figures.matrix import matrix
from gca_viz.figures.transfer import accuracies, distance_map
from gca_viz.metric import Metric

_SHARE = Metric("accuracy", "Accuracy", "share", "Share of the images that get their class.")


def ways_table(found: TransferResult) -> pd.DataFrame:
    """A row per way to hand classes on, as a person reads it."""
    rows = {
        WAYS[way]: {
            "Accuracy": _SHARE.rounded(of.accuracy.value),
            "95 % interval": _SHARE.interval_text(of.accuracy),
            "Balanced": _SHARE.rounded(of.balanced.value),
            "95 % interval ": _SHARE.interval_text(of.balanced),
        }
        for way, of in found.ways.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index")


def accuracy_figure(found: TransferResult) -> go.Figure:
    """The same numbers as dots."""
    return accuracies({WAYS[way]: (of.accuracy, of.balanced) for way, of in found.ways.items()})


def distance_figure(found: TransferResult) -> go.Figure:
    """Distances of all groups, the two sets framed where they are among them."""
    labels = list(found.distances)
    two = [found.sets.source.label, found.sets.receiver.label]
    current = (labels.index(two[0]), labels.index(two[1])) if set(two) <= set(labels) else None
    return distance_map(found.distances, current=current)


def plan_figure(found: TransferResult) -> go.Figure:
    """The balanced plan, N × M, both sets ordered by class."""
    rows, columns = np.argsort(found.lent, kind="stable"), np.argsort(found.truth, kind="stable")
    names = []
    for group, order, codes in (
        (found.sets.source, rows, found.lent),
        (found.sets.receiver, columns, found.truth),
    ):
        titles = [*found.classes, "no class of the other set"]
        called = group.batch.names
        names.append([escape(f"{called[index]} · {titles[codes[index]]}") for index in order])
    values = found.plan.cpu().numpy()[np.ix_(rows, columns)]
    figure = matrix(values, *names, title="mass", log=True)
    figure.update_xaxes(title=escape(found.sets.receiver.label)).update_yaxes(title=escape(found.sets.source.label))
    return figure
