"""The image behind view 2 where it is not that of view 1."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gca_viz.datasets.batch import Batch
from gca_viz.datasets.selection import check_choice
from gca_viz.errors import InputError
from gca_viz.labels import UNLABELLED


def partner_in_other_domain(batch: Batch, seed: int = 0, domains: Sequence[str] = ()) -> np.ndarray:
    """For each sample, an image of the same identity in another domain, drawn with a seed.

    Args:
        batch: the samples.
        seed: of the draw.
        domains: names of the domains to draw from; none means all but the sample's own.

    Returns:
        int64 (N,) indices into the data set.

    Raises:
        InputError: if some sample is in none of these domains, or a domain is not the data set's.
    """
    dataset, draw = batch.dataset, np.random.default_rng(seed)
    allowed = _allowed(batch, domains)
    partners = np.empty(len(batch), np.int64)
    for k, index in enumerate(batch.indices):
        members = dataset.members[int(dataset.identities[index])]
        others = members[(dataset.domains[members] != dataset.domains[index]) & allowed[members]]
        if not len(others):
            raise _nobody(
                batch,
                int(index),
                "exists in one domain only",
                "a partner in another domain needs the same thing in at least two domains",
                "Draw the batch by 'same identity', or take a partner of the same class as view 2",
                domains,
            )
        partners[k] = others[draw.integers(len(others))]
    return partners


def classmate_in_other_domain(batch: Batch, seed: int = 0, domains: Sequence[str] = ()) -> np.ndarray:
    """For each sample, an image of its class in another domain and of its split, drawn with a seed.

    Samples of one class and domain get different partners while there are enough of them.

    Args:
        batch: the samples.
        seed: of the draw.
        domains: names of the domains to draw from; none means all but the sample's own.

    Returns:
        int64 (N,) indices into the data set.

    Raises:
        InputError: if a sample has no label, its class is in none of these domains, or a domain is not the data
            set's.
    """
    dataset, draw = batch.dataset, np.random.default_rng(seed)
    partners = np.empty(len(batch), np.int64)
    allowed, held_out = _allowed(batch, domains), dataset.held_out[batch.indices]
    cells = np.unique(np.stack([batch.labels, batch.domains, held_out]), axis=1).T
    for label, domain, split in cells.tolist():
        rows = np.flatnonzero((batch.labels == label) & (batch.domains == domain) & (held_out == bool(split)))
        others = np.flatnonzero(
            allowed & (dataset.labels == label) & (dataset.domains != domain) & (dataset.held_out == bool(split))
        )
        if label == UNLABELLED or not len(others):
            raise _nobody(
                batch,
                int(batch.indices[rows[0]]),
                "has no label" if label == UNLABELLED else "is of a class in one domain only",
                "a partner of the same class in another domain needs classes in at least two domains",
                "Choose other views, or a data set with several domains such as 'things'",
                () if label == UNLABELLED else domains,
            )
        partners[rows] = np.resize(draw.permutation(others), len(rows))
    return partners


def _nobody(batch: Batch, index: int, why: str, allowed: str, remedy: str, domains: Sequence[str]) -> InputError:
    """What to say of an image without partner; where domains were named, they are why."""
    name = f"{batch.dataset.names[index]!r} of {batch.dataset.name!r}, which"
    if not domains:
        return InputError(f"{name} {why}", allowed, remedy, parameter="views")
    return InputError(
        f"{name} has no partner in {' or '.join(domains)}",
        "a partner is in another domain than the image itself",
        "Let partners come from other domains, or from all",
        parameter="partner_domains",
    )


def _allowed(batch: Batch, domains: Sequence[str]) -> np.ndarray:
    """Which images of the data set are in the domains; all of them where none is named."""
    names = batch.dataset.domain_names
    for name in domains:
        check_choice("partner_domains", name, names)
    places = [names.index(name) for name in domains] or range(len(names))
    return np.isin(batch.dataset.domains, places)
