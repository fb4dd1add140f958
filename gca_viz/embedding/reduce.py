"""Embeddings of many views of each sample → the two that become its row and its column."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import torch
from torch import Tensor
from torch.nn import functional as F

from gca_viz.views.reduction import COUNT, PAIR, REDUCE, WORST, kinds

#: least variance of a sample: equal views have one, too
LEAST_VARIANCE = 1e-4


@dataclass(frozen=True, eq=False)
class Reduced:
    """Two embeddings of each sample.

    Attributes:
        z1, z2: (N, d), rows and columns; a view as it was embedded, or a mean direction of length 1.
        shown: int64 (2, N), number of the view that stands for each row and each column: of several, the first.
        variance: (N,) 1 − ‖mean of the unit views‖², at least 1e-4: how far the views of a sample lie apart.
    """

    z1: Tensor
    z2: Tensor
    shown: Tensor
    variance: Tensor


def reduce_views(z: Tensor, how: str = PAIR, *, two_kinds: bool = False, by: Tensor | None = None) -> Reduced:
    """Two embeddings of each sample from those of its views; of two views, these themselves.

    Args:
        z: (m, N, d), m from 2 to 16.
        how: ``"pair"``: the first two views. ``"worst"``: of the m(m − 1)/2 pairs of a sample the one of largest
            cosine cost, of equals the one of the lowest numbers; the gradient reaches these two views alone.
            ``"mean"`` and ``"posterior"``, m even: the directions of the means of the first and of the last m/2
            unit views.
        two_kinds: whether views 0, 2, 4 … are of another kind than 1, 3, 5 …, as strong and weak ones are: then a
            pair is of both kinds, the first in the row, and each mean is over one kind.
        by: (m, N, e), under ``"worst"`` what says which views lie farthest apart: embeddings of the same views by
            another network; by default ``z``.

    Raises:
        InputError: an unknown way, m out of bounds, or odd where halves are asked for.

    Source: Zhao et al., ICLR 2023, arXiv 2303.01092, of which the abstract was read (``"worst"``).
    """
    count = COUNT.check_whole(len(z))
    REDUCE.check(how)
    unit = F.normalize(z, dim=-1)
    variance = (1 - unit.mean(0).square().sum(-1)).clamp_min(LEAST_VARIANCE)
    rows, columns = kinds(count, how, two_kinds=two_kinds)
    if how == WORST:
        shown = _farthest((unit if by is None else F.normalize(by, dim=-1)).detach(), rows, columns)
        at = shown[:, :, None].expand(-1, -1, z.shape[-1])
        z1, z2 = (z.gather(0, side[None])[0] for side in at)
        return Reduced(z1, z2, shown, variance)
    shown = torch.tensor([[rows[0]], [columns[0]]], device=z.device).expand(-1, z.shape[1])
    z1, z2 = (z[side[0]] if len(side) == 1 else F.normalize(unit[side].mean(0), dim=-1) for side in (rows, columns))
    return Reduced(z1, z2, shown, variance)


def _farthest(unit: Tensor, rows: list[int], columns: list[int]) -> Tensor:
    """int64 (2, N), the two views of each sample that lie farthest apart; of equals the first."""
    pairs = list(combinations(rows, 2)) if rows == columns else [(a, b) for a in rows for b in columns]
    costs = torch.stack([1 - (unit[a] * unit[b]).sum(-1) for a, b in pairs])
    place = torch.arange(len(pairs), device=unit.device)[:, None]
    first = torch.where(costs == costs.amax(0), place, len(pairs)).amin(0)
    return torch.tensor(pairs, device=unit.device)[first].T
