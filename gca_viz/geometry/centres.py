"""Centres of clusters of a batch, as prototypes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gca_viz.errors import InputError

if TYPE_CHECKING:
    from torch import Tensor


def centres_of(z1: Tensor, z2: Tensor, count: int) -> Tensor:
    """(K, d) centres of k-means of the directions of both views; no gradient.

    Args:
        z1, z2: (N, d) embeddings.
        count: K, as many as there are different embeddings at most.

    Raises:
        InputError: more prototypes than different embeddings.
    """
    import torch
    from sklearn.cluster import KMeans  # a second, which few plans need

    from gca_viz.transport.problem.cost import unit_rows

    both = unit_rows(torch.cat([z1, z2]).detach()).cpu().numpy().astype(np.float64)
    different = len(np.unique(both, axis=0))
    if count > different:
        raise InputError(
            f"{count} prototypes for {different} different embeddings",
            "each prototype is the centre of some embeddings",
            "Use fewer prototypes, or a larger batch",
            parameter="prototypes",
        )
    centres = KMeans(count, n_init=4, random_state=0).fit(both).cluster_centers_
    return torch.from_numpy(centres).to(z1)
