"""What can be said of a chosen group of samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gca_viz.geometry.plan_parts import pairing_of
from gca_viz.geometry.plan_points import partner_mass
from gca_viz.transport import Plan


@dataclass(frozen=True)
class GroupSummary:
    """A group beside the batch it is part of.

    Attributes:
        count: samples in it.
        classes, domains: index → how many samples of it (domains: of view 1), the commonest first.
        row_mass, loss, pair_mass: mean over the group's rows of the mass that they send, of their loss, and of the
            share that goes to the partner.
        batch_row_mass, batch_loss, batch_pair_mass: the same of all rows.
    """

    count: int
    classes: dict[int, int]
    domains: dict[int, int]
    row_mass: float
    loss: float
    pair_mass: float
    batch_row_mass: float
    batch_loss: float
    batch_pair_mass: float


def summarise(plan: Plan, samples: Sequence[int], labels: np.ndarray, domains: np.ndarray) -> GroupSummary:
    """Count and mean numbers of a group.

    Args:
        plan: with target and pairing; in the joint layout both views of a sample count.
        samples: positions in the batch, at least one.
        labels, domains: (N,) of each sample.
    """
    chosen = np.isin(pairing_of(plan).row_sample.cpu().numpy(), list(samples))
    numbers = [plan.row_mass.cpu().numpy(), plan.loss_per_row.cpu().numpy(), partner_mass(plan)]
    means = [float(values[chosen].mean()) for values in numbers] + [float(values.mean()) for values in numbers]
    positions = np.asarray(samples)
    return GroupSummary(len(positions), _counts(labels[positions]), _counts(domains[positions]), *means)


def _counts(values: np.ndarray) -> dict[int, int]:
    found, counts = np.unique(values, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    return {int(found[k]): int(counts[k]) for k in order}
