"""What is read from a run while it trains: accuracies by domain, forgetting, and how far clients drift apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import torch
from torch import Tensor

from gca_viz.datasets import Dataset
from gca_viz.errors import InputError
from gca_viz.geometry.bootstrap import draws, interval, jackknife
from gca_viz.geometry.metrics import knn_hits
from gca_viz.geometry.similarity import linear_cka
from gca_viz.metric import Estimate


@dataclass(frozen=True, eq=False)
class Look:
    """The nearest neighbours of held-out images among the training images.

    Attributes:
        hits: (n,) whether they vote for the right class, of each held-out image that has one; empty without any.
        by_domain: share of these by domain; empty for one domain.
    """

    hits: np.ndarray
    by_domain: dict[str, float]

    @property
    def accuracy(self) -> float | None:
        """Share of all; None where none were held out."""
        return float(self.hits.mean()) if len(self.hits) else None


def look(z: np.ndarray, dataset: Dataset) -> Look:
    """See of which held-out images the nearest training images vote for the right class.

    Args:
        z: embeddings of all images, N × d.
        dataset: theirs.
    """
    train, test = ~dataset.held_out & ~dataset.unlabelled, asked(dataset)
    if not train.any() or not test.any():
        return Look(np.zeros(0, bool), {})
    hits = knn_hits(z[train], dataset.labels[train], z[test], dataset.labels[test])
    domains = dataset.domains[test]
    present = np.unique(domains)
    of = {str(dataset.domain_names[domain]): float(hits[domains == domain].mean()) for domain in present}
    return Look(hits, of if len(present) > 1 else {})


def asked(dataset: Dataset) -> np.ndarray:
    """Which images are asked for their class: bool (N,), the held-out ones that have one."""
    found: np.ndarray = dataset.held_out & ~dataset.unlabelled
    return found


def forgetting(accuracies: Sequence[Sequence[float]] | np.ndarray) -> float:
    """How much of the earlier domains is forgotten: mean of the best accuracy before the last phase minus the last.

    Args:
        accuracies: phases × domains, in the order of the phases: row p is after phase p.

    Returns:
        Negative where the last phase has helped the earlier domains.

    Raises:
        InputError: fewer than two phases, or another number of domains.

    Source: Chaudhry et al., ECCV 2018, equation 3.
    """
    found = np.asarray(accuracies, dtype=float)
    if found.ndim != 2 or found.shape[0] != found.shape[1] or len(found) < 2:
        raise InputError(
            f"accuracies of shape {found.shape}",
            "there is a row for each phase and a column for its domain, at least two of each",
            "Measure every domain after every phase",
            parameter="accuracies",
        )
    return float((found[:-1, :-1].max(0) - found[-1, :-1]).mean())


def forgotten(after: Sequence[Mapping[str, float]], domains: Sequence[str]) -> float | None:
    """:func:`forgetting` so far.

    Args:
        after: accuracies by domain after each phase that is over.
        domains: of these phases.

    Returns:
        None after the first phase, and where a domain was not measured.
    """
    if len(after) < 2 or any(domain not in found for found in after for domain in domains):
        return None
    return forgetting([[found[domain] for domain in domains] for found in after])


def forgotten_between(after: Sequence[np.ndarray], dataset: Dataset, domains: Sequence[str]) -> tuple[float, float]:
    """95 % interval of what is forgotten so far, with other held-out things: those of one identity come together.

    The best of several accuracies is more than the best of what they estimate, and more so in a drawn batch; the
    basic bootstrap, which turns the draws round the number, takes that off (Davison, Hinkley 1997, section 5.2).

    Args:
        after: :attr:`Look.hits` after each phase that is over, at least two.
        dataset: of which images.
        domains: of these phases.

    Returns:
        NaN twice where every thing that is held out is one.
    """
    test = asked(dataset)
    _, groups = np.unique(dataset.identities[test], return_inverse=True)
    if groups.max() < 1:
        return np.nan, np.nan
    as_they_are = np.ones((1, len(groups)), np.float32)
    weights = np.concatenate([as_they_are, draws(groups.max() + 1)[:, groups]])
    places, hits, shares = dataset.domains[test], np.stack(list(after)).astype(np.float32), []
    for domain in domains[:-1]:
        here = places == list(dataset.domain_names).index(domain)
        with np.errstate(invalid="ignore"):  # of some domains, none may be drawn
            shares.append(weights[:, here] @ hits[:, here].T / weights[:, here].sum(1, keepdims=True))
    found = np.stack(shares)  # domains × draws × phases
    value, *drawn = (found[..., :-1].max(-1) - found[..., -1]).mean(0)
    estimate = interval(value, np.array(drawn))
    return float(2 * value - estimate.high), float(2 * value - estimate.low)


def distance(vectors: Sequence[Tensor], mean: Tensor) -> float:
    """How far the weights of clients lie from their average: mean distance over the length of the average."""
    apart = torch.stack([torch.linalg.vector_norm(vector - mean) for vector in vectors]).mean()
    return float(apart / torch.linalg.vector_norm(mean))


def likeness(embeddings: Sequence[np.ndarray]) -> Estimate:
    """How alike the embeddings of clients are: mean linear CKA over all pairs, 1 where all are one.

    Args:
        embeddings: N × d of the same images by each client, at least 2.

    Returns:
        With its 95 % interval over images.
    """

    def of(rows: np.ndarray) -> float:
        return float(np.mean([linear_cka(a[rows], b[rows]) for a, b in combinations(embeddings, 2)]))

    return jackknife(len(embeddings[0]), of)
