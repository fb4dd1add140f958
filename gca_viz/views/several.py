"""More than two views of each image, of which the first two are the pair."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from gca_viz.datasets import Batch
from gca_viz.views.reduction import COUNT
from gca_viz.views.two_views import ViewMaker


def many_views(
    batch: Batch,
    preset: str = "simclr",
    *,
    count: int = 2,
    strength: float = 1.0,
    seed: int = 0,
    partner_domains: Sequence[str] = (),
    device: str = "cpu",
) -> Tensor:
    """Several views of each sample of a batch; the first two are those of :func:`gca_viz.views.make_views`.

    View k depends on the seed and on k alone. Views 0, 2, 4 … are of the first kind, 1, 3, 5 … of the second, where
    the preset has two; the partner in another domain is the same for all of them.

    Args:
        batch, preset, strength, seed, partner_domains, device: as there.
        count: m, from 2 to 16.

    Returns:
        float32, m × N × 3 × H × W, in [0, 1].

    Raises:
        InputError: as there, or ``count`` out of bounds.
    """
    made = ViewMaker.of(batch, preset, strength=strength, seed=seed, partner_domains=partner_domains, device=device)
    return torch.stack([made.view(number) for number in range(COUNT.check_whole(count))])
