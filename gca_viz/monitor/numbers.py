"""The numbers of a look: of the plan, and of the embeddings, by the names that tables and metrics files have."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gca_viz.errors import InputError
from gca_viz.geometry.metrics import alignment, effective_rank, uniformity
from gca_viz.geometry.neighbours import knn_hits
from gca_viz.geometry.points import Points
from gca_viz.labels import UNLABELLED
from gca_viz.transport import READINGS, Plan, align, calibration
from gca_viz.transport.methods import find_method
from gca_viz.transport.options import known_of_samples

#: readings of the plan
_OF_PLAN = ("loss", "matched_share", "top1_rows", "top1_columns", "perplexity", "mass", "row_error", "column_error")
#: columns of a metrics file, in their order; ``alarms`` are sentences
COLUMNS = (
    *("step", "epoch", "epsilon", *_OF_PLAN, "largest_column", "ece", "confidence"),
    *("alignment", "uniformity", "effective_rank", "knn_class", "monitor_seconds", "alarms"),
)


def plan_numbers(plan: Plan) -> dict[str, float]:
    """What is read of a plan; what has no meaning is left out.

    ``largest_column`` is the mass of the fullest column over the mean of all; ``confidence`` the mean of the
    largest share that a row sends to one column, which a calibrated plan has as often right.
    """
    found = {name: READINGS[name].of(plan) for name in _OF_PLAN}
    mass = plan.column_mass
    found["largest_column"] = float(mass.max() / mass.mean())
    if not plan.without_pairs:
        sure = calibration(plan)
        found |= {"ece": float(sure.ece), "confidence": float(sure.confidence.mean())}
    return {name: value for name, value in found.items() if math.isfinite(value)}


def embedding_numbers(z1: Tensor, z2: Tensor, labels: np.ndarray | None) -> dict[str, float]:
    """What is read of both views' embeddings, as the page Compare reads it; what has no meaning is left out.

    Args:
        z1, z2: float32 (N, d) on the CPU.
        labels: (N,), −1 without label.
    """
    found = {"alignment": alignment(z1, z2), "effective_rank": effective_rank(torch.cat([z1, z2]))}
    if len(z1) > 1:
        found["uniformity"] = (uniformity(z1) + uniformity(z2)) / 2
    if labels is not None and len(np.unique(labels[known := labels != UNLABELLED])) > 1:
        points = Points.of(z1.numpy(), z2.numpy(), labels, np.zeros(len(labels), int)).of_samples(known)
        found["knn_class"] = float(knn_hits(points, points.labels).mean())
    return {name: value for name, value in found.items() if math.isfinite(value)}


def known_to(
    method: str, options: Mapping[str, Any], labels: np.ndarray | None, domains: np.ndarray | None
) -> dict[str, Any]:
    """Of labels and domains those that a method with its options asks for, where they are known."""
    own = find_method(method)
    wanted = known_of_samples(options.get("target") or own.target, options.get("sample_by") or own.sample_by)
    given = {"labels": labels, "domains": domains}
    return {name: given[name] for name in wanted if given.get(name) is not None}


def plan_of(z1: Tensor, z2: Tensor, method: str, options: Mapping[str, Any], known: Mapping[str, Any]) -> Plan:
    """The plan of two embeddings, without gradient and trace.

    Raises:
        InputError: as :func:`gca_viz.align`, or an option that it does not have.
    """
    try:
        return align(z1, z2, method, trace=False, **known, **options).detach()
    except TypeError as error:
        raise InputError(
            f"the options {', '.join(options)} ({error})",
            "beside its own, the monitor takes those of gca_viz.align",
            "Leave out the one that is not",
        ) from error
