"""What is read from a run while it trains: accuracies by domain, forgetting, and how far clients drift apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import torch
from torch import Tensor

from gca_viz.datasets import Dataset
from gca_viz.errors import InputError
from gca_viz.geometry.metrics import knn_accuracy
from gca_viz.geometry.similarity import linear_cka


def knn_accuracies(z: np.ndarray, dataset: Dataset) -> tuple[float | None, dict[str, float]]:
    """Share of held-out images whose nearest training images vote for the right class, of all and by domain.

    Args:
        z: embeddings of all images, N × d.
        dataset: theirs.

    Returns:
        None and nothing without held-out or training images that have a class; by domain nothing for one domain.
    """
    train, test = ~dataset.held_out & ~dataset.unlabelled, dataset.held_out & ~dataset.unlabelled
    if not train.any() or not test.any():
        return None, {}
    labels = dataset.labels
    every = knn_accuracy(z[train], labels[train], z[test], labels[test])
    present = np.unique(dataset.domains[test])
    if len(present) < 2:
        return every, {}
    of = {str(dataset.domain_names[domain]): test & (dataset.domains == domain) for domain in present}
    return every, {
        name: knn_accuracy(z[train], labels[train], z[these], labels[these]) for name, these in of.items()
    }


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


def distance(vectors: Sequence[Tensor], mean: Tensor) -> float:
    """How far the weights of clients lie from their average: mean distance over the length of the average."""
    apart = torch.stack([torch.linalg.vector_norm(vector - mean) for vector in vectors]).mean()
    return float(apart / torch.linalg.vector_norm(mean))


def likeness(embeddings: Sequence[np.ndarray]) -> float:
    """How alike the embeddings of clients are: mean linear CKA over all pairs, 1 where all are one.

    Args:
        embeddings: N × d of the same images by each client, at least 2.
    """
    return float(np.mean([linear_cka(a, b) for a, b in combinations(embeddings, 2)]))
