"""How few rules say what a plan knows of the classes: trees of every depth for every candidate, and their front."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from gca_viz.experiments.compare.candidate_result import CandidateResult
from gca_viz.geometry.bootstrap import of_mean
from gca_viz.geometry.class_tree import DEEPEST, ClassShares, class_shares, class_tree, on_front
from gca_viz.labels import UNLABELLED, class_count
from gca_viz.metric import Estimate, percent
from gca_viz.progress import ReportProgress

_COLUMNS = ("contender", "depth", "leaves", "accuracy", "low", "high", "agreement", "vote", "front")


def rules_frame(
    members: Sequence[CandidateResult],
    drawn: np.ndarray,
    *,
    progress: ReportProgress | None = None,
) -> pd.DataFrame:
    """A row per candidate and depth of a tree on the class shares of its plan; empty with fewer than two classes.

    Args:
        members: on one batch.
        drawn: see :func:`gca_viz.geometry.bootstrap.draws`.
        progress: called with the share done and what is being done; may raise to cancel.

    Returns:
        Columns ``contender``, ``depth`` (1 … 10), ``leaves``, ``accuracy`` of trees that never saw the sample with
        its 95 % interval ``low``, ``high``, ``agreement`` (share of rows for which tree and plan name one class),
        ``vote`` (accuracy of the plan's own vote) and ``front`` (no other has as few leaves and as much accuracy).
    """
    rows: list[dict[str, object]] = []
    labels = members[0].points.labels[: members[0].points.samples]
    if class_count(labels) > 1 and (labels != UNLABELLED).sum() > 1:
        for number, member in enumerate(members):
            if progress is not None:
                progress(0.99 * number / len(members), f"{member.label}: growing trees")
            rows += _rows(member, class_shares(member.plan, member.labels), drawn)
    frame = pd.DataFrame(rows, columns=[name for name in _COLUMNS if name != "front"])
    frame["front"] = on_front(frame.leaves.to_numpy(float), frame.accuracy.to_numpy(float))
    return frame


def _rows(member: CandidateResult, of: ClassShares, drawn: np.ndarray) -> list[dict[str, object]]:
    vote, rows = float((of.vote == of.labels).mean()), []
    for depth in range(1, DEEPEST + 1):
        tree = class_tree(of, depth)
        accuracy = _accuracy(of, tree.predicted == of.labels, drawn)
        row = {"contender": member.label, "depth": depth, "leaves": tree.leaves, "accuracy": accuracy.value}
        row |= {"low": accuracy.low, "high": accuracy.high}
        rows.append(row | {"agreement": float((tree.predicted == of.vote).mean()), "vote": vote})
    return rows


def _accuracy(of: ClassShares, hit: np.ndarray, drawn: np.ndarray) -> Estimate:
    """The share of rows that are right, with the interval that drawing samples gives."""
    samples, place = np.unique(of.sample, return_inverse=True)
    per_sample = np.bincount(place, hit.astype(float)) / np.bincount(place)
    return of_mean(per_sample, drawn[:, samples])


def rules_sentence(frame: pd.DataFrame, label: str, depth: int) -> str:
    """What a tree of a depth says beside the plan's own vote; empty where there is none."""
    rows = frame[(frame.contender == label) & (frame.depth == depth)]
    if rows.empty:
        return ""
    row = rows.iloc[0]
    points = f"{100 * (row.accuracy - row.vote):+.1f}".replace("-", "−")
    return (
        f"{label}: {row.leaves} rules (depth {depth}) on the mass of a row per class find the class of "
        f"{percent(row.accuracy)} of the rows, the plan’s vote that of {percent(row.vote)}: {points} points. "
        f"Both name the same class for {percent(row.agreement)}."
    )
