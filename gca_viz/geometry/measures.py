"""The numbers beside a map, each with its words and its 95 % interval over samples."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

import numpy as np
from sklearn.metrics import silhouette_samples

from gca_viz.geometry.bootstrap import draws, interval, jackknife, of_mean, of_pairs
from gca_viz.geometry.neighbours import knn_hits, occurrences
from gca_viz.geometry.points import Points
from gca_viz.geometry.probes import probe_hits
from gca_viz.labels import UNLABELLED
from gca_viz.metric import Estimate, Metric


def measured(points: Points, *, seed: int = 0) -> Iterator[tuple[Metric, Estimate | None]]:
    """Every measure with its estimate, one after the other, in the order of :data:`MEASURES`."""
    drawn = draws(points.samples, seed=seed)
    for measure in MEASURES.values():
        yield measure, measure.estimate(points, drawn)


def alignment(points: Points, drawn: np.ndarray) -> Estimate:
    """:func:`gca_viz.geometry.metrics.alignment` with its interval."""
    first, second = points.views
    return of_mean(((first - second) ** 2).sum(1), drawn)


def uniformity(points: Points, drawn: np.ndarray) -> Estimate | None:
    """:func:`gca_viz.geometry.metrics.uniformity`, mean of both views, with its interval."""
    if points.samples < 2:
        return None
    others = ~np.eye(points.samples, dtype=bool)
    values = [of_pairs(np.exp(4 * (z @ z.T) - 4), others, drawn) for z in points.views]  # exp(−2·squared distance)
    return interval(
        np.mean([np.log(value) for value, _ in values]),
        np.mean([np.log(replicates) for _, replicates in values], 0),
    )


def compactness(points: Points, drawn: np.ndarray) -> Estimate | None:
    """Mean squared distance, 0 to 4, of points that show different samples of one class; views do not matter."""
    n, summed = points.samples, points.views.sum(0)
    labels = points.labels[:n]
    counted = (labels[:, None] == labels) & (labels != UNLABELLED)
    np.fill_diagonal(counted, False)
    if not counted.any():
        return None
    return interval(*of_pairs(2 - (summed @ summed.T) / 2, counted, drawn))


def effective_rank(points: Points, drawn: np.ndarray) -> Estimate:
    """:func:`gca_viz.geometry.metrics.effective_rank` of all points, with a jackknife interval."""
    views = points.views.astype(np.float64)

    def of(samples: np.ndarray) -> float:
        z = views[:, samples].reshape(-1, views.shape[-1])
        gram = z.T @ z if z.shape[1] <= len(z) else z @ z.T
        s = np.sqrt(np.linalg.eigvalsh(gram).clip(0))
        p = s[s > 0] / s.sum()
        return float(np.exp(-(p * np.log(p)).sum()))

    return jackknife(points.samples, of)


def _knn(labels: str) -> Callable[[Points, np.ndarray], Estimate | None]:
    def of(points: Points, drawn: np.ndarray) -> Estimate | None:
        return _accuracy(points, getattr(points, labels), drawn, knn_hits)

    return of


def _linear(labels: str) -> Callable[[Points, np.ndarray], Estimate | None]:
    def of(points: Points, drawn: np.ndarray) -> Estimate | None:
        return _accuracy(points, getattr(points, labels), drawn, probe_hits)

    return of


def _accuracy(
    points: Points, labels: np.ndarray, drawn: np.ndarray, hits: Callable[[Points, np.ndarray], np.ndarray]
) -> Estimate | None:
    known = labels[: points.samples] != UNLABELLED
    if not known.all():  # who has no label has no vote, and is not asked
        points, labels, drawn = points.of_samples(known), labels[np.tile(known, 2)], drawn[:, known]
    counts = np.unique(labels, return_counts=True)[1]
    if len(counts) < 2 or points.samples < 2:
        return None
    of_samples = hits(points, labels).reshape(2, -1).mean(0)
    return of_mean(of_samples, drawn, chance=float(counts.max() / counts.sum()))


def hubness(points: Points, drawn: np.ndarray) -> Estimate | None:
    """Skewness of how many lists of ten nearest neighbours a point is in; 0 if no point is a hub.

    Source: Radovanović, Nanopoulos & Ivanović, JMLR 2010, equation 1.
    """
    if points.samples < 2:
        return None
    counts = occurrences(points).astype(np.float64).reshape(2, -1)
    powers = np.stack([(counts**power).mean(0) for power in (1, 2, 3)], 1)  # per sample
    weights = np.concatenate([np.ones((1, points.samples)), drawn]) / points.samples
    first, second, third = (weights @ powers).T
    spread = np.sqrt((second - first**2).clip(0))
    central = third - 3 * first * second + 2 * first**3
    skewness = np.where(spread > 1e-9, central / np.where(spread > 1e-9, spread, 1) ** 3, 0)
    return interval(skewness[0], skewness[1:])


def silhouette(points: Points, drawn: np.ndarray) -> Estimate | None:
    """Mean silhouette of the classes by cosine distance, −1 to 1.

    Source: Rousseeuw, Journal of Computational and Applied Mathematics 1987.
    """
    known = points.labels[: points.samples] != UNLABELLED
    points, drawn = points.of_samples(known), drawn[:, known]
    if not 2 <= len(np.unique(points.labels)) < len(points):
        return None
    values = silhouette_samples(points.z, points.labels, metric="cosine")
    return of_mean(values.reshape(2, -1).mean(0), drawn)


_ALL = (
    Metric(
        "alignment",
        "Alignment",
        "",
        "Mean squared distance of the two views of an image, from 0 (equal) to 4 (opposite): lower is closer.",
        interval=alignment,
    ),
    Metric(
        "compactness",
        "Compactness",
        "",
        "Mean squared distance of two different images of one class, from 0 to 4: lower is a tighter class.",
        interval=compactness,
        at_least="two samples of one class",
    ),
    Metric(
        "uniformity",
        "Uniformity",
        "",
        "log mean exp(−2 · squared distance) within a view: 0 if all points coincide, more negative is more even.",
        interval=uniformity,
    ),
    Metric(
        "effective_rank",
        "Effective rank",
        "",
        "exp of the entropy of the singular values: how many directions the embeddings use; near 1 they have "
        "collapsed.",
        interval=effective_rank,
    ),
    Metric(
        "knn_class",
        "Class, neighbours",
        "share",
        "Share of points for which the 20 nearest points of other images vote for the right class.",
        sense="higher",
        interval=_knn("labels"),
        at_least="two classes",
    ),
    Metric(
        "linear_class",
        "Class, linear probe",
        "share",
        "Share of points whose class a linear classifier, fitted on other images, finds.",
        sense="higher",
        interval=_linear("labels"),
        at_least="two classes",
    ),
    Metric(
        "knn_domain",
        "Domain, neighbours",
        "share",
        "The same vote on the domain (the style): near chance, the style does not decide which points are near.",
        interval=_knn("domains"),
        at_least="two domains",
    ),
    Metric(
        "linear_domain",
        "Domain, linear probe",
        "share",
        "Share of points whose domain a linear classifier finds: high, the embedding still tells the style.",
        interval=_linear("domains"),
        at_least="two domains",
    ),
    Metric(
        "silhouette",
        "Silhouette",
        "",
        "Mean silhouette of the classes by cosine, from −1 to 1: above 0, points are nearer to their own "
        "class than to the next.",
        sense="higher",
        interval=silhouette,
        at_least="two classes",
    ),
    Metric(
        "hubness",
        "Hubness",
        "",
        "Skewness of how often a point is among the ten nearest of others: 0 is even; high, a few points are "
        "near to many.",
        sense="lower",
        interval=hubness,
    ),
)
MEASURES: Mapping[str, Metric] = MappingProxyType({measure.name: measure for measure in _ALL})
