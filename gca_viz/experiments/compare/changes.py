"""What became of each sample from one candidate to another, and which samples changed most."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch

from gca_viz.experiments.compare.candidate_result import CandidateResult
from gca_viz.geometry.aligned import moved
from gca_viz.geometry.plan_parts import pairing_of
from gca_viz.geometry.plan_points import partner_mass
from gca_viz.geometry.similarity import neighbour_overlap
from gca_viz.labels import class_count
from gca_viz.transport import Plan

NEIGHBOURS = 10


@dataclass(frozen=True, eq=False)
class Changes:
    """Every number is per sample, (N,), or (2, N): in A and in B.

    Attributes:
        moved: how far it lies from its place in A after a rotation, mean of both views; 1 is the root mean square
            distance of a point from the middle.
        kept: share of its nearest neighbours in A that it has in B, mean of both views.
        pair: share of what its row sends that goes to the partner. None where the target closes the pairs' cells.
        same_class: the share that goes to other samples of its class: false negatives. None with fewer than two
            classes.
    """

    moved: np.ndarray
    kept: np.ndarray
    pair: np.ndarray | None
    same_class: np.ndarray | None

    def frame(self) -> pd.DataFrame:
        """A row per sample."""
        table = {"sample": np.arange(len(self.moved)), "moved": self.moved, "neighbours_kept": self.kept}
        if self.pair is not None:
            table |= {"pair_share_a": self.pair[0], "pair_share_b": self.pair[1]}
        if self.same_class is not None:
            table |= {"same_class_share_a": self.same_class[0], "same_class_share_b": self.same_class[1]}
        return pd.DataFrame(table)


def changes_between(first: CandidateResult, second: CandidateResult) -> Changes:
    """What became of each sample from ``first`` (A) to ``second`` (B)."""
    a, b = first.points, second.points
    same = a is b
    n = a.samples
    if same:
        far, kept = np.zeros(n), np.ones(n)
    else:
        far = moved(a.z, b.z).reshape(2, n).mean(0)
        kept = neighbour_overlap(a.z, b.z, NEIGHBOURS).reshape(2, n).mean(0)
    labels = first.labels
    pair = classes = None
    if not first.plan.without_pairs:
        pair = np.stack([_per_sample(plan, partner_mass(plan)) for plan in (first.plan, second.plan)])
    if class_count(labels) > 1:
        classes = np.stack([_per_sample(plan, same_class_mass(plan, labels)) for plan in (first.plan, second.plan)])
    return Changes(far, kept, pair, classes)


def same_class_mass(plan: Plan, labels: np.ndarray) -> np.ndarray:
    """float (rows,): share of what each row sends that goes to other samples of its class; 0 for an empty row."""
    rows, columns = pairing_of(plan).spread(labels, "labels")
    others = (rows[:, None] == columns) & ~pairing_of(plan).partner_mask
    return (torch.where(others, plan.matrix, 0).sum(1) / plan.row_mass.clamp_min(1e-30)).cpu().numpy()


def _per_sample(plan: Plan, values: np.ndarray) -> np.ndarray:
    """Mean over the rows that show a sample: one in the cross layout, two in the joint one."""
    samples = pairing_of(plan).row_sample.cpu().numpy()
    return np.bincount(samples, values) / np.bincount(samples)
