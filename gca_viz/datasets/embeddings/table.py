"""What a file of embeddings holds, whatever its format."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from gca_viz.settings.limits import EMBEDDING_BYTES

# what it is → the names that people give it; ours is the first, and each goes before those that follow
NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "partner": ("partner", "partners", "pair"),
        "labels": ("labels", "label", "class", "classes", "y", "target", "targets"),
        "class_names": ("class_names", "classes", "label_names", "categories"),
        "domains": ("domains", "domain", "source"),
        "names": ("names", "name", "text", "caption", "file", "filename", "id", "title", "path", "image", "url"),
        "images": ("images", "image", "thumbnails", "thumbnail"),
    }
)
# the same of both views, in pairs
VIEWS: tuple[tuple[str, str], ...] = (
    ("z1", "z2"),
    ("z_1", "z_2"),
    ("view1", "view2"),
    ("view_1", "view_2"),
    ("embeddings1", "embeddings2"),
    ("embeddings_1", "embeddings_2"),
    ("embedding1", "embedding2"),
    ("embedding_1", "embedding_2"),
    ("emb1", "emb2"),
    ("features1", "features2"),
    ("z_a", "z_b"),
    ("z_i", "z_j"),
    ("a", "b"),
    ("image_embeddings", "text_embeddings"),
    ("image_embeds", "text_embeds"),
    ("image_features", "text_features"),
)
# the same of one matrix that holds all
SINGLE = ("z", "embeddings", "embedding", "features", "feature", "x", "e")
KNOWN = frozenset([*sum(VIEWS, ()), *SINGLE, *sum(NAMES.values(), ())])
#: columns beside the known ones that are read
MOST_COLUMNS = 40


@dataclass
class Table:
    """What a file of embeddings holds.

    Attributes:
        arrays: name → numbers of any shape; or texts, objects of shape (N,) with None where there is nothing.
        left_out: name → why it was not read; empty where its shape says it.
        unusable: name of a matrix → row → why not all of its numbers are known.
        further: how many columns were not read because there are so many.
        notes: sentences on what was assumed.
    """

    arrays: dict[str, np.ndarray] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    unusable: dict[str, dict[int, str]] = field(default_factory=dict)
    further: int = 0
    notes: list[str] = field(default_factory=list)


class Room:
    """The memory that a file may take: whatever is built is asked for before.

    Attributes:
        what: the file, for messages.
        taken: bytes so far.
        texts: different texts so far in columns that nobody needs.
    """

    def __init__(self, what: str):
        self.what, self.taken, self.texts = what, 0, 0

    def take(self, amount: int) -> None:
        """Raise :class:`gca_viz.errors.InputError` where some more bytes are too many."""
        self.taken += int(amount)
        EMBEDDING_BYTES.check(self.taken, f"{self.what} unpacked")


def plain_name(name: str) -> str:
    """A name as it is looked up: ``"Z1"`` and ``" z1"`` are ``z1``, ``"View-1"`` is ``view_1``."""
    return name.strip().lower().replace(" ", "_").replace("-", "_").replace(".", "_")


def worth_reading(names: Iterable[str]) -> list[str]:
    """Those of the names that mean something, and the first few of the others, in the order of the file."""
    kept, others = [], 0
    for name in names:
        known = plain_name(name) in KNOWN
        others += not known
        if known or others <= MOST_COLUMNS:
            kept.append(name)
    return kept
