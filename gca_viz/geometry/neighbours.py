"""Nearest neighbours by cosine, in the space of the embeddings and not on a map of it."""

from __future__ import annotations

import numpy as np
import torch

from gca_viz.geometry.points import Points

DENSITY_NEIGHBOURS = 10


def nearest(points: Points, k: int, *, own: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """The ``k`` nearest other points of each point, the nearest first.

    Args:
        points: 2N points.
        k: how many; fewer where there are fewer.
        own: whether the other view of the same sample counts.

    Returns:
        int64 (2N, k) positions and float32 (2N, k) cosines.
    """
    z = torch.from_numpy(points.z)
    cosine = z @ z.T
    cosine.fill_diagonal_(-torch.inf)
    n = points.samples
    if not own:
        partner = torch.arange(2 * n).roll(n)
        cosine[torch.arange(2 * n), partner] = -torch.inf
    found = cosine.topk(max(0, min(k, 2 * n - 1 - (not own))), 1)
    return found.indices.numpy(), found.values.clamp(-1, 1).numpy()


def neighbours_of(points: Points, point: int, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The ``k`` nearest other points of one point: (k,) positions and cosines, the nearest first."""
    cosine = np.clip(points.z @ points.z[point], -1, 1)
    cosine[point] = -np.inf
    order = np.argsort(-cosine, kind="stable")[: min(k, len(points) - 1)]
    return order, cosine[order]


def density(points: Points) -> np.ndarray:
    """float32 (2N,): mean cosine of each point with its ten nearest others; higher is more crowded."""
    cosine = nearest(points, DENSITY_NEIGHBOURS)[1]
    return np.asarray(cosine.mean(1))


def occurrences(points: Points, k: int = 10) -> np.ndarray:
    """int64 (2N,): how many other points have a point among their ``k`` nearest; a hub is in many lists.

    Source: Radovanović, Nanopoulos & Ivanović, JMLR 2010, section 2.
    """
    return np.bincount(nearest(points, k)[0].ravel(), minlength=len(points))


def knn_hits(points: Points, labels: np.ndarray, *, k: int = 20) -> np.ndarray:
    """bool (2N,): whether the ``k`` nearest points of other samples vote for a point's own label.

    Votes are weighted by exp(cosine / 0.1), as in :func:`gca_viz.geometry.metrics.knn_accuracy`.

    Args:
        points: 2N points, N ≥ 2.
        labels: (2N,) integers.
        k: how many vote; the other view of the same sample does not, for it would tell the label.
    """
    names, codes = np.unique(labels, return_inverse=True)
    index, cosine = nearest(points, k, own=False)
    votes = torch.zeros(len(points), len(names), dtype=torch.float64)
    weight = np.exp((cosine.astype(float) - 1) / 0.1)
    votes.scatter_add_(1, torch.from_numpy(codes[index]), torch.from_numpy(weight))
    return np.asarray(votes.argmax(1).numpy() == codes)
