"""The image behind view 2 where it is not that of view 1."""

from __future__ import annotations

import numpy as np

from gca_viz.datasets.batch import Batch
from gca_viz.errors import InputError
from gca_viz.labels import UNLABELLED


def partner_in_other_domain(batch: Batch, seed: int = 0) -> np.ndarray:
    """For each sample, an image of the same identity in another domain, drawn with a seed.

    Returns:
        int64 (N,) indices into the data set.

    Raises:
        InputError: if some sample exists in one domain only.
    """
    dataset, draw = batch.dataset, np.random.default_rng(seed)
    partners = np.empty(len(batch), np.int64)
    for k, index in enumerate(batch.indices):
        members = dataset.members[int(dataset.identities[index])]
        others = members[dataset.domains[members] != dataset.domains[index]]
        if not len(others):
            raise InputError(
                f"{dataset.names[index]!r} of {dataset.name!r}, which exists in one domain only",
                "a partner in another domain needs the same thing in at least two domains",
                "Choose other views, or a data set with several domains such as 'emoji'",
                parameter="views",
            )
        partners[k] = others[draw.integers(len(others))]
    return partners


def classmate_in_other_domain(batch: Batch, seed: int = 0) -> np.ndarray:
    """For each sample, an image of its class in another domain and of its split, drawn with a seed.

    Samples of one class and domain get different partners while there are enough of them.

    Returns:
        int64 (N,) indices into the data set.

    Raises:
        InputError: if a sample has no label, or its class is in one domain only.
    """
    dataset, draw = batch.dataset, np.random.default_rng(seed)
    partners = np.empty(len(batch), np.int64)
    held_out = dataset.held_out[batch.indices]
    cells = np.unique(np.stack([batch.labels, batch.domains, held_out]), axis=1).T
    for label, domain, split in cells.tolist():
        rows = np.flatnonzero((batch.labels == label) & (batch.domains == domain) & (held_out == bool(split)))
        others = np.flatnonzero(
            (dataset.labels == label) & (dataset.domains != domain) & (dataset.held_out == bool(split))
        )
        if label == UNLABELLED or not len(others):
            index = int(batch.indices[rows[0]])
            raise InputError(
                f"{dataset.names[index]!r} of {dataset.name!r}, "
                + ("which has no label" if label == UNLABELLED else "whose class is in one domain only"),
                "a partner of the same class in another domain needs classes in at least two domains",
                "Choose other views, or a data set with several domains such as 'things'",
                parameter="views",
            )
        partners[rows] = np.resize(draw.permutation(others), len(rows))
    return partners
