"""Numbers of a plan with 95 % intervals over samples, as :mod:`gca_viz.geometry.measures` has of embeddings."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch

from gca_viz.experiments.compare.changes import same_class_mass
from gca_viz.geometry.bootstrap import interval
from gca_viz.geometry.plan_parts import pairing_of
from gca_viz.labels import class_count
from gca_viz.metric import Estimate
from gca_viz.transport import READINGS, Plan

#: names in ``READINGS``, in the order of the table
PLAN_MEASURES = ("matched_share", "top1_rows", "top1_columns", "false_negative_mass", "perplexity", "loss")


def plan_measures(plan: Plan, labels: np.ndarray, drawn: np.ndarray) -> Mapping[str, Estimate | None]:
    """The numbers of a plan by name in :data:`PLAN_MEASURES`.

    A sample is drawn with its rows (and, for column top-1, its columns); the plan stays that of the whole batch, as
    neighbours do for the measures of embeddings.

    Args:
        plan: with target and pairing.
        labels: (N,) class of each sample, (N + Q,) with those of a queue.
        drawn: see :func:`gca_viz.geometry.bootstrap.draws`.

    Returns:
        None for false negatives where there are fewer than two classes; without the numbers of pairs where the
        target closes their cells.
    """
    plan = plan.detach()
    row, column = pairing_of(plan).row_sample.cpu().numpy(), pairing_of(plan).column_sample.cpu().numpy()
    partner, sent = pairing_of(plan).partner, plan.row_mass.cpu().numpy().astype(np.float64)
    weight = plan.problem.mu.cpu().numpy().astype(np.float64)
    on_pair = plan.matrix.gather(1, partner[:, None]).squeeze(1).cpu().numpy()
    largest, best = plan.log_matrix.max(1)
    hit = ((best == partner) & (largest > -torch.inf)).cpu().numpy()
    largest, best = plan.log_matrix.max(0)
    row_of_column = pairing_of(plan).row_of_column
    column_hit = ((best == row_of_column) & (largest > -torch.inf)).cpu().numpy()
    paired = (row_of_column >= 0).cpu().numpy()  # a queue's columns are nobody's partner
    one = np.ones(len(row))
    found: dict[str, Estimate | None] = {
        "matched_share": _ratio(on_pair, sent, row, drawn),
        "top1_rows": _ratio(hit, one, row, drawn),
        "top1_columns": _ratio(column_hit[paired], one, column[paired], drawn),
        "false_negative_mass": None,
        "perplexity": _ratio(plan.perplexity_per_row.cpu().numpy(), one, row, drawn),
        "loss": _ratio(plan.loss_per_row.cpu().numpy(), weight, row, drawn),
    }
    if class_count(labels) > 1:
        found["false_negative_mass"] = _ratio(same_class_mass(plan, labels) * sent, sent, row, drawn)
    return {name: of for name, of in found.items() if not (READINGS[name].of_pairs and plan.without_pairs)}


def _ratio(above: np.ndarray, below: np.ndarray, samples: np.ndarray, drawn: np.ndarray) -> Estimate:
    """Σ above / Σ below over rows, with the interval that drawing samples gives."""
    top, bottom = (np.bincount(samples, values.astype(np.float64)) for values in (above, below))
    with np.errstate(invalid="ignore", divide="ignore"):
        return interval(top.sum() / bottom.sum(), (drawn @ top) / (drawn @ bottom))
