"""One of those that are compared: where its points lie, and its plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
    """

    label: str
    points: Points
    plan: Plan


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
