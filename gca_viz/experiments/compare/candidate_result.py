"""One of those that are compared: where its points lie, and its plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gca_viz.errors import InputError
from gca_viz.geometry.plan_parts import pairing_of
from gca_viz.geometry.points import Points
from gca_viz.transport import Plan


@dataclass(frozen=True, eq=False)
class CandidateResult:
    """A candidate on a batch.

    Attributes:
        label: what tables and pictures call it.
        points: both views of the N samples in its embedding.
        plan: of its embedding, with target and pairing.
        classes: (N,) class of each sample, (N + Q,) with those of a queue; by default those of the points.
    """

    label: str
    points: Points
    plan: Plan
    classes: np.ndarray | None = None

    @property
    def labels(self) -> np.ndarray:
        """(N,) class of each sample, (N + Q,) with those of a queue."""
        return self.points.labels[: self.points.samples] if self.classes is None else self.classes


def check_comparable(members: Sequence[CandidateResult]) -> None:
    """Raise :class:`InputError` where members are not of one batch in one layout."""
    sizes = sorted({member.points.samples for member in members})
    if len(sizes) > 1:
        raise InputError(
            f"embeddings of {' and '.join(map(str, sizes))} samples",
            "all are compared on the same samples",
            "Embed one batch with every encoder",
        )
    layouts = sorted({pairing_of(member.plan).layout for member in members})
    if len(layouts) > 1:
        raise InputError(
            f"plans in the layouts {' and '.join(layouts)}",
            "plans are compared cell by cell in one layout",
            "Give all of them the same layout",
            parameter="layout",
        )
    if not all(pairing_of(member.plan).paired for member in members):
        raise InputError(
            "plans whose rows have no partner",
            "plans are compared by what they make of the pairs",
            "Leave prototypes and paired=False out",
        )
    shapes = sorted({member.plan.problem.shape for member in members})
    if len(shapes) > 1:
        raise InputError(
            f"plans of {' and '.join(f'{rows} × {columns}' for rows, columns in shapes)}",
            "plans are compared cell by cell",
            "Give all of them a queue of the same images, or none",
            parameter="queue",
        )
