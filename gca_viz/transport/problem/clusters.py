"""Groups that nobody named: k-means of a batch, the same whatever the order of its samples."""

from __future__ import annotations

import torch
from torch import Tensor

from gca_viz.errors import InputError
from gca_viz.transport.parameters import CLUSTERS
from gca_viz.transport.problem.cost import unit_rows
from gca_viz.transport.problem.pairing import Pairing

#: rounds after which a sample that still changes its cluster stays where it is
_ROUNDS = 100


def clusters_of(z1: Tensor, z2: Tensor, pairing: Pairing, clusters: float = CLUSTERS.default) -> Tensor:
    """(N,) int64, the cluster of each sample: k-means of the directions of the means of both unit views.

    It starts from the sample nearest to the mean of all, and then takes each time the one farthest from those
    taken: no chance is in it, and the order of the samples plays no part.

    Args:
        z1, z2: (N, d), (M, d) embeddings.
        pairing: who is whose partner.
        clusters: c, from 2 to 32 and no more than N. Fewer are found where fewer samples differ.

    Raises:
        InputError: c out of bounds, or more clusters than samples.
    """
    count, samples = CLUSTERS.check_whole(clusters), pairing.samples
    if count > samples:
        raise InputError(
            f"clusters = {count} for a batch of {samples} sample{'s' * (samples != 1)}",
            "there can be no more clusters than samples",
            f"Use clusters={samples}, or a larger batch" if samples > 1 else "Use a larger batch",
            parameter=CLUSTERS.name,
        )
    views = [unit_rows(z.detach().double()) for z in (z1, z2)]
    points = unit_rows(views[0] + views[1][pairing.second])
    return _k_means(points, _spread_out(points, count))


def _spread_out(points: Tensor, count: int) -> Tensor:
    """(c, d) points that lie far from each other."""
    chosen = [int(torch.cdist(points, points.mean(0, keepdim=True)).argmin())]
    nearest = torch.full_like(points[:, 0], torch.inf)
    for _ in range(count - 1):
        nearest = torch.minimum(nearest, torch.cdist(points, points[chosen[-1:]])[:, 0])
        chosen.append(int(nearest.argmax()))
    return points[chosen]


def _k_means(points: Tensor, centres: Tensor) -> Tensor:
    """(N,) the nearest centre of each point, once centres are the means of their points; Lloyd's iterations."""
    found = torch.cdist(points, centres).argmin(1)
    for _ in range(_ROUNDS):
        members = points.new_zeros(len(points), len(centres)).scatter_(1, found[:, None], 1.0)
        counts = members.sum(0)[:, None]
        centres = torch.where(counts > 0, members.T @ points / counts.clamp_min(1), centres)
        moved = torch.cdist(points, centres).argmin(1)
        if torch.equal(moved, found):
            break
        found = moved
    return found
