"""The ways to say which samples changed most."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np


class Changes(Protocol):
    """What is known of the samples: :class:`gca_viz.experiments.compare.changes.Changes`."""

    @property
    def moved(self) -> np.ndarray: ...

    @property
    def kept(self) -> np.ndarray: ...

    @property
    def pair(self) -> np.ndarray | None: ...

    @property
    def same_class(self) -> np.ndarray | None: ...


@dataclass(frozen=True)
class Change:
    """A way to rank samples.

    Attributes:
        name, title: in a link and on the page.
        help: one sentence a student understands.
        of: changes → a number per sample, higher is more; None where it has no meaning.
        of_plan: whether it is about the plans, and not about the embeddings alone.
        before: changes → the share in A and in B beside it, (2, N), where there are two.
    """

    name: str
    title: str
    help: str
    of: Callable[[Changes], np.ndarray | None]
    of_plan: bool = False
    before: Callable[[Changes], np.ndarray | None] = lambda changes: None


def _rise(values: np.ndarray | None, sign: int = 1) -> np.ndarray | None:
    return None if values is None else sign * (values[1] - values[0])


_ALL = (
    Change(
        "moved",
        "Moved most",
        "Distance of a sample in B from its place in A, after B is rotated onto A: measured in the embedding, not "
        "on the map; 1 is the usual distance of a point from the centre.",
        lambda changes: changes.moved,
    ),
    Change(
        "neighbours",
        "Changed neighbours",
        "Share of a sample’s ten nearest in A that are not among its ten nearest in B.",
        lambda changes: 1 - changes.kept,
    ),
    Change(
        "negatives",
        "Became false negatives",
        "How much more of its mass a row sends in B than in A to other samples of its own class, which the usual "
        "target pushes apart.",
        lambda changes: _rise(changes.same_class),
        True,
        lambda changes: changes.same_class,
    ),
    Change(
        "lost",
        "Lost its pair",
        "How much less of its mass a row sends to its partner in B than in A.",
        lambda changes: _rise(changes.pair, -1),
        True,
        lambda changes: changes.pair,
    ),
    Change(
        "won",
        "Won its pair",
        "How much more of its mass a row sends to its partner in B than in A.",
        lambda changes: _rise(changes.pair),
        True,
        lambda changes: changes.pair,
    ),
)
#: name → way to rank, in the order in which a form lists them
CHANGES: Mapping[str, Change] = MappingProxyType({change.name: change for change in _ALL})
