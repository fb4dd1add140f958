"""How good an encoder is on held-out families of a data set."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from gca_viz.datasets import Batch, Dataset
from gca_viz.embedding.features import embedded
from gca_viz.encoders import Encoder
from gca_viz.geometry.metrics import (
    alignment,
    cross_domain_retrieval,
    effective_rank,
    knn_accuracy,
    linear_probe,
    retrieval,
    uniformity,
)
from gca_viz.views import make_views, to_tensor


def evaluate(encoder: Encoder, dataset: Dataset) -> dict[str, float]:
    """Fit probes on the training split, measure on held-out families.

    Returns:
        ``knn_class``, ``linear_class``, ``balanced_class`` (the linear probe's balanced accuracy); where there are
        several domains, ``knn_domain``, ``linear_domain``, ``leave_one_domain_out`` (the probe of the class, fitted
        without the domain that it is asked of) and, if these show the same things, ``cross_domain_r1``;
        ``alignment`` of two SimCLR views, ``uniformity`` and ``effective_rank`` of the held-out embeddings.
        Accuracies are shares in [0, 1].
    """
    z = embedded(encoder, dataset.content_id, images=lambda: to_tensor(dataset.images)).numpy()
    train, test = ~dataset.held_out, dataset.held_out
    classes, domains = dataset.labels, dataset.domains
    known, asked = train & ~dataset.unlabelled, test & ~dataset.unlabelled
    linear, balanced = linear_probe(z[known], classes[known], z[asked], classes[asked])
    result = {
        "knn_class": knn_accuracy(z[known], classes[known], z[asked], classes[asked]),
        "linear_class": linear,
        "balanced_class": balanced,
    }
    if len(np.unique(domains)) > 1:
        result["knn_domain"] = knn_accuracy(z[train], domains[train], z[test], domains[test])
        result["linear_domain"] = linear_probe(z[train], domains[train], z[test], domains[test])[0]
        if dataset.shares_identities:
            result["cross_domain_r1"] = cross_domain_retrieval(z[test], dataset.identities[test], domains[test])
        result["leave_one_domain_out"] = float(
            np.mean(
                [
                    linear_probe(z[known & (domains != d)], classes[known & (domains != d)], *there)[0]
                    for d in np.unique(domains[asked])
                    for there in [(z[asked & (domains == d)], classes[asked & (domains == d)])]
                ]
            )
        )
    held_out = torch.from_numpy(z[test])
    result["alignment"] = alignment(*_two_views(encoder, Batch(dataset, np.flatnonzero(test))))
    result["uniformity"] = uniformity(held_out)
    result["effective_rank"] = effective_rank(held_out)
    return result


def _two_views(encoder: Encoder, batch: Batch) -> Iterator[Tensor]:
    """The embeddings of two SimCLR views of each image."""
    views = lru_cache(lambda: make_views(batch, "simclr"))  # made once, and not at all for a head that is known
    yield embedded(encoder, batch.content_id, "simclr", 1, images=lambda: views().first)
    yield embedded(encoder, batch.content_id, "simclr", 2, images=lambda: views().second)


def evaluate_retrieval(encoder: Encoder, dataset: Dataset) -> dict[str, float]:
    """How often an image finds its text among those of all held-out identities, and a text its image.

    Returns:
        ``image_to_text_r1``, ``…_r5``, ``text_to_image_r1`` and ``…_r5``: shares in [0, 1], averaged over domains.
    """
    found = list(retrieval_by_domain(encoder, dataset).values())
    return {key: float(np.mean([result[key] for result in found])) for key in found[0]}


def retrieval_by_domain(encoder: Encoder, dataset: Dataset) -> dict[str, dict[str, float]]:
    """The same of each domain, by its name."""
    found = {}
    for domain, name in enumerate(dataset.domain_names):
        rows = np.flatnonzero(dataset.held_out & (dataset.domains == domain))
        images = encoder.encode(to_tensor(dataset.images[rows]))
        texts = encoder.encode_texts([dataset.texts[row] for row in rows])
        found[name] = {
            f"{way}_r{k}": retrieval(first, second, k)
            for way, first, second in (("image_to_text", images, texts), ("text_to_image", texts, images))
            for k in (1, 5)
        }
    return found
