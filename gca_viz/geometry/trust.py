"""How far a map can be trusted: whether neighbours on it are neighbours in the embedding, and the reverse."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.manifold import trustworthiness
from threadpoolctl import threadpool_limits

NEIGHBOURS = 10


@dataclass(frozen=True)
class Trust:
    """Two shares, each 1 for a map that keeps all neighbourhoods.

    Attributes:
        trustworthiness: low where the map shows neighbours that are none.
        continuity: low where it tears neighbours apart.
        neighbours: how many neighbours of each point were asked.
    """

    trustworthiness: float
    continuity: float
    neighbours: int


def trust(z: np.ndarray, coordinates: np.ndarray) -> Trust | None:
    """How far a map can be trusted; None for fewer than three points.

    Args:
        z: (points, d), rows of length 1, whose neighbours by distance are those by cosine.
        coordinates: (points, 2 or 3).

    Source: Venna & Kaski, ICANN 2001; continuity is trustworthiness with map and embedding exchanged.
    """
    neighbours = min(NEIGHBOURS, (len(z) - 1) // 2)
    if neighbours < 1:
        return None
    with threadpool_limits(1):  # as for t-SNE
        return Trust(
            float(trustworthiness(z, coordinates, n_neighbors=neighbours)),
            float(trustworthiness(coordinates, z, n_neighbors=neighbours)),
            neighbours,
        )
