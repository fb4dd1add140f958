"""How alike candidates are, each with each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from gca_viz.experiments.compare.candidate_result import CandidateResult
from gca_viz.experiments.compare.changes import NEIGHBOURS
from gca_viz.experiments.plan.summary import moved_mass
from gca_viz.geometry.similarity import cka_within, linear_cka, neighbours
from gca_viz.labels import UNLABELLED
from gca_viz.progress import ReportProgress


def cka_matrix(members: Sequence[CandidateResult], progress: ReportProgress | None = None) -> pd.DataFrame:
    """Linear CKA of the embeddings, both views together, 0 to 1; NaN beside a constant one."""
    return _each(members, lambda a, b: linear_cka(a.points.z, b.points.z), progress, "Comparing embeddings")


def cka_within_matrix(members: Sequence[CandidateResult], progress: ReportProgress | None = None) -> pd.DataFrame:
    """The same without the class means, see :func:`gca_viz.geometry.similarity.cka_within`."""
    labels = members[0].points.labels.copy()
    n = members[0].points.samples
    names, counts = np.unique(labels[:n], return_counts=True)
    labels[np.isin(labels, names[counts < 2])] = UNLABELLED  # two views of one sample are no class

    def within(a: CandidateResult, b: CandidateResult) -> float:
        return cka_within(a.points.z, b.points.z, labels)

    return _each(members, within, progress, "Comparing embeddings within classes")


def overlap_matrix(members: Sequence[CandidateResult], progress: ReportProgress | None = None) -> pd.DataFrame:
    """Mean share of a point's ten nearest neighbours that two embeddings have in common, 0 to 1."""
    k = min(NEIGHBOURS, len(members[0].points) - 1)
    lists = {member.label: np.sort(neighbours(member.points.z, k), 1) for member in members}

    def overlap(a: CandidateResult, b: CandidateResult) -> float:
        one, other = lists[a.label], lists[b.label]
        return float((one[:, :, None] == other[:, None]).any(2).mean())

    return _each(members, overlap, progress, "Comparing neighbours")


def shared_mass_matrix(members: Sequence[CandidateResult], progress: ReportProgress | None = None) -> pd.DataFrame:
    """Share of the mass that lies in the same cells of two plans, 0 to 1."""
    return _each(members, lambda a, b: 1 - moved_mass(a.plan, b.plan), progress, "Comparing plans")


def _each(
    members: Sequence[CandidateResult],
    number: Callable[[CandidateResult, CandidateResult], float],
    progress: ReportProgress | None,
    what: str,
) -> pd.DataFrame:
    """A symmetric table; a candidate compared with itself is computed, too, for it may have no meaning."""
    labels = [member.label for member in members]
    table = pd.DataFrame(np.eye(len(labels)), labels, labels)
    pairs = [(k, k) for k in range(len(labels))] + list(combinations(range(len(labels)), 2))
    for done, (i, j) in enumerate(pairs):
        if progress is not None:
            progress(0.99 * done / len(pairs), what)
        table.iloc[i, j] = table.iloc[j, i] = number(members[i], members[j])
    return table
