"""Linear probes that never saw the sample they are asked about."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from sklearn.pipeline import Pipeline

from gca_viz.geometry.metrics import probe
from gca_viz.geometry.points import Points

FOLDS = 5


def probe_shares(points: Points, labels: np.ndarray, *, seed: int = 0) -> np.ndarray:
    """What a linear probe that never saw a point's sample takes for the probability of each label.

    Five-fold cross-validation over samples, both views of one in the same fold, classes spread over the folds.

    Args:
        points: 2N points, N ≥ 2.
        labels: (2N,) integers.
        seed: of the division into folds.

    Returns:
        (2N, C), rows of sum 1; columns in the order of ``np.unique(labels)``.
    """
    names = np.unique(labels)
    shares = np.zeros((len(points), len(names)))
    for asked, known, fitted in fold_probes(points, labels, seed=seed):
        columns = np.searchsorted(names, known)
        shares[np.ix_(asked, columns)] = fitted.predict_proba(points.z[asked]) if fitted else 1
    return shares


def fold_probes(
    points: Points, labels: np.ndarray, *, seed: int = 0
) -> Iterator[tuple[np.ndarray, np.ndarray, Pipeline | None]]:
    """The probes of :func:`probe_shares`.

    Yields:
        Per fold: the points that it asks, the labels that the others have, and the probe on those; None where
        they have a single one, which needs no fit.
    """
    n = points.samples
    fold = np.tile(folds(labels[:n], seed), 2)
    for number in range(min(FOLDS, n)):
        seen = fold != number
        known = np.unique(labels[seen])
        fitted = probe().fit(points.z[seen], labels[seen]) if len(known) > 1 else None
        yield np.flatnonzero(fold == number), known, fitted


def folds(labels: np.ndarray, seed: int = 0) -> np.ndarray:
    """(N,) which of five parts of a batch, or of N where it is smaller, each sample is in; classes are spread.

    Args:
        labels: (N,) integers.
        seed: of the division.
    """
    n = len(labels)
    order = np.lexsort((np.random.default_rng(seed).permutation(n), labels))
    fold = np.empty(n, int)
    fold[order] = np.arange(n) % min(FOLDS, n)
    return fold


def probe_hits(points: Points, labels: np.ndarray, *, seed: int = 0) -> np.ndarray:
    """bool (2N,): whether a linear probe that never saw a point's sample knows its label.

    See :func:`probe_shares`.
    """
    return hits(probe_shares(points, labels, seed=seed), labels)


def hits(shares: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """bool (2N,): whether the label of the largest share, (2N, C), is the right one."""
    found: np.ndarray = np.unique(labels)[shares.argmax(1)] == labels
    return found
