"""The spectrum of a symmetric plan: how many clusters its points make, and which."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from sklearn.cluster import KMeans

from gca_viz.errors import InputError
from gca_viz.labels import UNLABELLED
from gca_viz.transport import Plan

#: rows of a plan that a spectrum is computed of: both views of 1,024 samples
MOST_ROWS = 2048
_BALANCED = 1e-3  # how far sums may be from 1, and the two triangles from each other
_ONE = 1e-6  # an eigenvalue this near to 1 is 1


@dataclass(frozen=True, eq=False)
class Spectrum:
    """Eigenvalues and eigenvectors of a symmetric matrix whose rows and columns sum to 1.

    Attributes:
        matrix: float64 (n, n).
        eigenvalues: (n,) 1 = λ₁ ≥ λ₂ ≥ … ≥ −1.
        eigenvectors: (n, n), a column each.
    """

    matrix: np.ndarray
    eigenvalues: np.ndarray
    eigenvectors: np.ndarray

    @property
    def components(self) -> int:
        """How many parts there are between which no mass flows: how often the eigenvalue 1 occurs."""
        return int((self.eigenvalues > 1 - _ONE).sum())

    @property
    def gaps(self) -> np.ndarray:
        """(n − 1,) λ_k − λ_{k+1}, k from 1."""
        return -np.diff(self.eigenvalues)

    @property
    def clusters(self) -> int:
        """k of the largest gap λ_k − λ_{k+1} with 2 ≤ k ≤ n/2; of three rows 2, of fewer 1."""
        return self.clusters_within(len(self.matrix) // 2)

    def clusters_within(self, most: int) -> int:
        """k of the largest gap λ_k − λ_{k+1} with 2 ≤ k ≤ ``most``, which counts as 2 where it is less."""
        last = max(most, min(2, len(self.gaps)))
        return 1 if len(self.gaps) < 2 else 2 + int(self.gaps[1:last].argmax())

    @cached_property
    def labels(self) -> np.ndarray:
        """(n,) cluster of each row, of :attr:`clusters`; see :meth:`cluster`."""
        return self.cluster(self.clusters)

    def cluster(self, count: int) -> np.ndarray:
        """(n,) cluster of each row, the largest 0: k-means of the rows of the first eigenvectors, of length 1 each.

        Source: Ng, Jordan & Weiss, NIPS 2001.
        """
        if not 1 <= count <= len(self.matrix):
            raise InputError(
                f"{count} clusters of {len(self.matrix)} rows",
                "there are at least one cluster and no more than rows",
                f"Use a number from 1 to {len(self.matrix)}",
                parameter="clusters",
            )
        rows = self.eigenvectors[:, :count]
        length = np.linalg.norm(rows, axis=1, keepdims=True)
        found = KMeans(count, n_init=10, random_state=0).fit_predict(rows / np.where(length > 0, length, 1))
        order = np.argsort(-np.bincount(found, minlength=count), kind="stable")
        place: np.ndarray = np.argsort(order)[found]
        return place

    def rayleigh(self, labels: np.ndarray) -> float:
        """Mass that flows between groups, each group counted by its size: ½ Σ_ij P_ij ‖y_i − y_j‖².

        y_i is 1/√size in the place of i's group and 0 elsewhere; rows without label (−1) have a zero y and so count
        as outside of every group. It is never below :meth:`bound` of the number of groups (Ky Fan).

        Args:
            labels: (n,) group of each row.
        """
        groups = np.unique(labels[labels != UNLABELLED])
        y = (labels[:, None] == groups) / np.sqrt(np.maximum((labels[:, None] == groups).sum(0), 1))
        sums = (self.matrix.sum(0) + self.matrix.sum(1)) / 2
        return float(sums @ (y * y).sum(1) - (y * (self.matrix @ y)).sum())

    def bound(self, count: int) -> float:
        """Σ_{k ≤ c} (1 − λ_k): the least that any division into c groups can have."""
        return float((1 - self.eigenvalues[:count]).sum())


def spectrum(plan: Plan | np.ndarray) -> Spectrum:
    """The spectrum of a symmetric doubly stochastic plan.

    ``spectrum(align(z1, z2, "gca-ince", layout="joint", iterations=math.inf)).clusters``

    Args:
        plan: in the joint layout at the limit, of at most 1,024 samples, or its matrix; sums of rows and columns
            may miss 1 by 1e-3.

    Raises:
        InputError: a plan that is not symmetric or whose sums are not 1, or one that is too large.

    Source: Ky Fan, PNAS 1949; spectral clusters of a learned affinity as in SCHOOL, arXiv 2412.00742.
    """
    held = plan if isinstance(plan, np.ndarray) else plan.detach().matrix.cpu().numpy()
    matrix = np.asarray(held, np.float64)
    if matrix.ndim != 2 or len(set(matrix.shape)) != 1:
        raise InputError(
            f"a plan of shape {matrix.shape}", "a spectrum is of a square plan", _REMEDY, parameter="plan"
        )
    if len(matrix) > MOST_ROWS:
        raise InputError(
            f"a plan of {len(matrix):,} rows",
            f"a spectrum is computed of at most {MOST_ROWS:,}",
            f"Use a batch of at most {MOST_ROWS // 2:,} samples",
            parameter="plan",
        )
    apart = np.abs(matrix - matrix.T).max(initial=0)
    off = max(np.abs(matrix.sum(axis) - 1).max(initial=0) for axis in (0, 1))
    if not max(apart, off) < _BALANCED:
        raise InputError(
            f"a plan whose sums miss 1 by {off:.1e} and whose triangles differ by {apart:.1e}",
            "a spectrum is of a symmetric plan with all sums 1",
            _REMEDY,
            parameter="plan",
        )
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    return Spectrum(matrix, values[::-1], vectors[:, ::-1])


_REMEDY = 'Make it with align(z1, z2, "gca-ince", layout="joint", iterations=math.inf)'
