"""Both views of a batch as one set of points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Points:
    """The embeddings of both views of N samples: 2N points, first all of view 1, then all of view 2.

    Attributes:
        z: float32 (2N, d), each row of length 1 (or of zeros, where the embedding was).
        labels: int64 (2N,), class of each point; −1 without label.
        domains: int64 (2N,), domain of each point.
    """

    z: np.ndarray
    labels: np.ndarray
    domains: np.ndarray

    @classmethod
    def of(cls, z1: np.ndarray, z2: np.ndarray, labels: np.ndarray, domains: np.ndarray) -> Points:
        """Points of two views.

        Args:
            z1, z2: embeddings, N × d each; equal rows belong to one sample.
            labels: class of each sample, (N,).
            domains: domain of each sample, (N,), or per view, (2, N).
        """
        z = np.concatenate([z1, z2]).astype(np.float32)
        length = np.linalg.norm(z, axis=1, keepdims=True)
        views = np.broadcast_to(domains, (2, len(labels)))
        return cls(z / np.where(length > 0, length, 1), np.tile(labels, 2), views.ravel())

    def __len__(self) -> int:
        return len(self.z)

    def of_samples(self, chosen: np.ndarray) -> Points:
        """Both views of some samples, bool (N,)."""
        both = np.tile(chosen, 2)
        return Points(self.z[both], self.labels[both], self.domains[both])

    @property
    def samples(self) -> int:
        """N, the number of samples."""
        return len(self.z) // 2

    @property
    def sample(self) -> np.ndarray:
        """int64 (2N,), the sample that each point shows."""
        return np.tile(np.arange(self.samples), 2)

    @property
    def view(self) -> np.ndarray:
        """int64 (2N,), 0 for view 1 and 1 for view 2."""
        return np.repeat([0, 1], self.samples)

    @property
    def views(self) -> np.ndarray:
        """float32 (2, N, d), the points by view."""
        return self.z.reshape(2, self.samples, -1)
