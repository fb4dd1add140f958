"""Some images of a data set, in a fixed order."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gca_viz.datasets.dataset import Dataset


@dataclass(frozen=True, eq=False)
class Batch:
    """Some images of a data set, in a fixed order.

    Attributes:
        dataset: where they come from.
        indices: int64 (N,), read-only, distinct.
    """

    dataset: Dataset
    indices: np.ndarray

    def __post_init__(self) -> None:
        indices = np.array(self.indices, np.int64)
        indices.setflags(write=False)
        object.__setattr__(self, "indices", indices)

    def __len__(self) -> int:
        return len(self.indices)

    @property
    def size(self) -> int:
        """N, the number of images."""
        return len(self.indices)

    @cached_property
    def images(self) -> np.ndarray:
        """uint8, N × H × W × 3."""
        return np.take(self.dataset.images, self.indices, axis=0)

    @cached_property
    def second_images(self) -> np.ndarray:
        """uint8, N × H × W × 3: what view 2 starts from; the images themselves unless an upload has pairs."""
        pairs = self.dataset.second_images
        return self.images if pairs is None else pairs[self.indices]

    @property
    def embeddings(self) -> tuple[np.ndarray, np.ndarray] | None:
        """float32 (N, d) of either view, of an upload that has them; else None."""
        given = self.dataset.embeddings
        return None if given is None else (given[0][self.indices], given[1][self.indices])

    def column(self, name: str) -> np.ndarray:
        """(N,) numbers or texts of a column of the user's table."""
        return np.take(self.dataset.columns[name], self.indices, axis=0)

    @property
    def labels(self) -> np.ndarray:
        """int64 (N,), index into ``dataset.class_names``; −1 for a sample without label."""
        return np.take(self.dataset.labels, self.indices, axis=0)

    @property
    def name_places(self) -> np.ndarray:
        """int64 (N,), place of what each sample is called in ``dataset.class_names``."""
        return np.take(self.dataset.name_places, self.indices, axis=0)

    @property
    def domains(self) -> np.ndarray:
        """int64 (N,), index into ``dataset.domain_names``."""
        return np.take(self.dataset.domains, self.indices, axis=0)

    @property
    def identities(self) -> np.ndarray:
        """int64 (N,), equal where two images show the same thing."""
        return np.take(self.dataset.identities, self.indices, axis=0)

    @property
    def names(self) -> tuple[str, ...]:
        """N names for people."""
        return tuple(self.dataset.names[k] for k in self.indices)

    @property
    def texts(self) -> tuple[str, ...]:
        """N texts that say what the images show; empty where there are none."""
        return tuple(self.dataset.texts[k] for k in self.indices) if self.dataset.texts else ()

    @cached_property
    def content_id(self) -> str:
        """Equal for equal content in the same order, in every process."""
        return hashlib.sha256(self.dataset.content_id.encode() + self.indices.tobytes()).hexdigest()[:16]
