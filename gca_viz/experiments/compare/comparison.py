"""The public door: several embeddings of one batch beside each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from gca_viz.errors import InputError
from gca_viz.experiments.compare.alike import cka_matrix, cka_within_matrix, overlap_matrix, shared_mass_matrix
from gca_viz.experiments.compare.candidate_result import CandidateResult, check_comparable
from gca_viz.experiments.compare.changes import Changes, changes_between
from gca_viz.experiments.compare.plan_measures import plan_measures
from gca_viz.experiments.compare.rules import rules_frame
from gca_viz.experiments.compare.table import compared
from gca_viz.experiments.compare.together import Together, together
from gca_viz.geometry.bootstrap import draws
from gca_viz.geometry.measures import measured
from gca_viz.geometry.plan_parts import pairing_of
from gca_viz.geometry.points import Points
from gca_viz.labels import UNLABELLED, numbered
from gca_viz.transport import Plan, align


@dataclass(frozen=True, eq=False)
class Comparison:
    """Candidates on one batch; the first is A, from which the others differ.

    Attributes:
        table: see :func:`gca_viz.experiments.compare.table.compared`.
        cka, cka_within, overlap, shared_mass: how alike each is to each, by label on both sides.
        together: what all reach together and two by two, beside the best alone.
        rules: trees on the class shares of each plan, see :func:`gca_viz.experiments.compare.rules.rules_frame`.
        changes: label of each but A → what became of each sample from A to it.
        entries: label → points and plan.
    """

    table: pd.DataFrame
    cka: pd.DataFrame
    cka_within: pd.DataFrame
    overlap: pd.DataFrame
    shared_mass: pd.DataFrame
    together: Together
    rules: pd.DataFrame
    changes: Mapping[str, Changes]
    entries: Mapping[str, CandidateResult]


def compare(
    embeddings: Mapping[str, Sequence[Any]],
    labels: Any = None,
    domains: Any = None,
    *,
    method: str = "gca-ince",
    seed: int = 0,
    progress: Callable[[float, str], None] | None = None,
    **options: Any,
) -> Comparison:
    """Compare encoders, epochs or methods on the same samples and views.

    >>> import gca_viz
    >>> both = gca_viz.compare({"before": (a1, a2), "after": (b1, b2)}, labels)  # doctest: +SKIP
    >>> both.table.query("measure == 'knn_class'")  # doctest: +SKIP

    Args:
        embeddings: label → ``(z1, z2)``, N × d each (d may differ), or ``(z1, z2, plan)`` where the plan is made
            already, for instance by another method; rows are the same samples in all of them. The first is A.
        labels: (N,) class of each sample, or (N + Q,) with those of a queue; without them what needs classes is
            left out.
        domains: (N,) domain of each sample, or (2, N) per view.
        method: makes the plans that are not given, see :func:`gca_viz.align`.
        seed: of the draws of samples behind the intervals.
        progress: called with the share done and what is being done; may raise to cancel.
        options: what else ``align`` takes.

    Raises:
        InputError: fewer than two embeddings, other numbers of samples, columns or layouts, no partners, or what
            ``align`` refuses.
    """
    report_progress = progress or (lambda share, what: None)
    if len(embeddings) < 2:
        raise InputError(
            f"{len(embeddings)} embedding{'' if len(embeddings) == 1 else 's'} to compare",
            "a comparison needs at least two",
            "Give a mapping such as {'before': (z1, z2), 'after': (z1, z2)}",
            parameter="embeddings",
        )
    members: list[CandidateResult] = []
    for label, (z1, z2, *made) in embeddings.items():
        report_progress(0.2 * len(members) / len(embeddings), f"Plan of {label}")
        z1, z2 = (np.asarray(z.detach().cpu() if hasattr(z, "detach") else z) for z in (z1, z2))
        plan: Plan = (made[0] if made else align(z1, z2, method, **options)).detach()
        n = len(z1)
        classes = np.full(n, UNLABELLED) if labels is None else numbered(labels)[0]
        of_batch = classes[:n] if len(classes) == pairing_of(plan).members else classes
        points = Points.of(z1, z2, of_batch, np.zeros(n, int) if domains is None else _codes(domains))
        members.append(CandidateResult(str(label), points, plan, classes))
    check_comparable(members)
    drawn, estimates = draws(members[0].points.samples, seed=seed), {}
    for number, member in enumerate(members):
        report_progress(0.2 + 0.6 * number / len(members), f"Measuring {member.label}")
        numbers = plan_measures(member.plan, member.labels, drawn)
        estimates[member.label] = {
            **numbers,
            **{measure.name: estimate for measure, estimate in measured(member.points, seed=seed)},
        }
    report_progress(0.85, "Comparing each with each")
    alike = {
        "cka": cka_matrix(members),
        "cka_within": cka_within_matrix(members),
        "overlap": overlap_matrix(members),
        "shared_mass": shared_mass_matrix(members),
    }
    found = Comparison(
        compared(estimates, losses_alike=losses_alike(members)),
        **alike,
        together=together(members, alike, drawn),
        rules=rules_frame(members, drawn),
        changes={member.label: changes_between(members[0], member) for member in members[1:]},
        entries={member.label: member for member in members},
    )
    report_progress(1.0, "Done")
    return found


def losses_alike(members: Sequence[CandidateResult]) -> bool:
    """Whether all losses are the same divergence, so that a lower one says something."""
    return len({type(member.plan.divergence) for member in members}) == 1


def _codes(domains: Any) -> np.ndarray:
    values = np.asarray(domains)
    return np.unique(values, return_inverse=True)[1].reshape(values.shape)
