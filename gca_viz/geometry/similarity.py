"""How alike two embeddings of the same samples are, whatever their width, rotation and scale."""

from __future__ import annotations

import numpy as np
from scipy.linalg import orthogonal_procrustes
from sklearn.neighbors import NearestNeighbors

from gca_viz.errors import InputError
from gca_viz.labels import UNLABELLED


def linear_cka(a: np.ndarray, b: np.ndarray) -> float:
    """Centred kernel alignment with a linear kernel, from 0 to 1; 1 where one is the other rotated and scaled.

    Args:
        a, b: N × d and N × e embeddings of the same samples, N ≥ 2.

    Returns:
        NaN where one of them is constant.

    Source: Kornblith et al., ICML 2019, section 3.
    """
    a, b = _centred(a, b)
    if len(a) < max(a.shape[1], b.shape[1]):  # the same through the N × N products, which are smaller
        first, second = a @ a.T, b @ b.T
        cross, own = (first * second).sum(), np.linalg.norm(first) * np.linalg.norm(second)
    else:
        cross, own = np.square(a.T @ b).sum(), np.linalg.norm(a.T @ a) * np.linalg.norm(b.T @ b)
    return float(cross / own) if own > 0 else float("nan")


def cka_within(a: np.ndarray, b: np.ndarray, labels: np.ndarray) -> float:
    """:func:`linear_cka` of what tells samples of one class from each other: class means are taken off each side.

    Two encoders that know the same classes are alike for that reason alone; this is how alike they are beside it.

    Args:
        a, b: N × d and N × e embeddings of the same samples.
        labels: (N,) class of each; a point without class (−1) or alone in its class says nothing and is left out.

    Returns:
        NaN where no class has two points, or where those of each class coincide in one of the embeddings.
    """
    _check(a, b)
    names, counts = np.unique(labels, return_counts=True)
    kept = np.isin(labels, names[counts > 1])
    kept &= labels != UNLABELLED
    if not kept.any():
        return float("nan")
    return linear_cka(*(_within(np.asarray(z, np.float64)[kept], labels[kept]) for z in (a, b)))


def _within(z: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """What is left without the class means, of embeddings float64 N × d; exactly 0 where that is rounding."""
    names, number = np.unique(labels, return_inverse=True)
    of_class = np.eye(len(names))[number]
    rest: np.ndarray = z - of_class @ (of_class.T @ z / of_class.sum(0)[:, None])
    return np.where(np.abs(rest) > 1e-12 * np.abs(z).max(), rest, 0)


def neighbour_overlap(a: np.ndarray, b: np.ndarray, k: int = 10) -> np.ndarray:
    """For each sample, the share of its ``k`` nearest (cosine) in ``a`` that are among those in ``b``.

    Args:
        a, b: N × d and N × e embeddings of the same samples.
        k: neighbours, at most N − 1.

    Returns:
        (N,) in [0, 1].
    """
    _check(a, b)
    k = min(k, len(a) - 1)
    found = [neighbours(z, k) for z in (a, b)]
    return np.array([len(np.intersect1d(*pair)) for pair in zip(*found, strict=True)]) / k


def neighbours(z: np.ndarray, k: int) -> np.ndarray:
    """The ``k`` nearest other samples (cosine) of each, nearest first: int64 N × k."""
    search = NearestNeighbors(n_neighbors=k, metric="cosine", algorithm="brute").fit(z)
    found: np.ndarray = search.kneighbors(return_distance=False)
    return found


def procrustes(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, float]:
    """``b`` centred, scaled and rotated (reflections allowed) onto ``a``, as near as it comes.

    Args:
        a, b: N × d and N × e embeddings of the same samples; the narrower one is filled up with zeros.

    Returns:
        ``b`` in the space of ``a``, N × max(d, e), and what is left: the share of the spread of ``a`` that it
        misses, from 0 to 1.

    Source: Gower, Psychometrika 1975; Schönemann, Psychometrika 1966.
    """
    mean = np.asarray(a, np.float64).mean(0)
    first, second = _centred(a, b)
    width = max(first.shape[1], second.shape[1])
    first, second = (np.pad(z, ((0, 0), (0, width - z.shape[1]))) for z in (first, second))
    spread, other = np.square(first).sum(), np.square(second).sum()
    if spread == 0 or other == 0:
        return np.tile(np.pad(mean, (0, width - len(mean))), (len(first), 1)), float("nan")
    rotation, strength = orthogonal_procrustes(second, first)
    moved = second @ rotation * (strength / other)
    return moved + np.pad(mean, (0, width - len(mean))), float(1 - strength**2 / (spread * other))


def _centred(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    _check(a, b)
    first, second = (np.asarray(z, np.float64) for z in (a, b))
    return first - first.mean(0), second - second.mean(0)


def _check(a: np.ndarray, b: np.ndarray) -> None:
    if a.ndim != 2 or b.ndim != 2 or len(a) != len(b) or len(a) < 2:
        raise InputError(
            f"embeddings of shape {a.shape} beside {b.shape}",
            "both are of the same samples, at least 2",
            "Embed the same batch with both encoders",
        )
