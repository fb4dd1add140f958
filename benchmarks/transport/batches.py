"""What is solved: two views of a batch, random or in clusters, and their cost."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor
from torch.nn.functional import normalize

DIMENSION = 128
CLUSTERS = 10


def random_batch(size: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Two unrelated views: (size, 128) float64 each, uniform on the sphere."""
    generator = torch.Generator().manual_seed(seed)
    z1, z2 = torch.randn(2, size, DIMENSION, generator=generator, dtype=torch.float64)
    return normalize(z1, dim=1), normalize(z2, dim=1)


def clustered_batch(size: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Two views of samples of ten classes: (size, 128) float64 each, close to what a trained encoder gives.

    A row is its class's centre, plus half of the sample's own direction, plus .3 of the view's.
    """
    generator = torch.Generator().manual_seed(seed)

    def directions(count: int) -> Tensor:
        return torch.randn(count, DIMENSION, generator=generator, dtype=torch.float64) / math.sqrt(DIMENSION)

    centre = directions(CLUSTERS)[torch.randint(0, CLUSTERS, (size,), generator=generator)]
    sample = centre + 0.5 * directions(size)
    z1, z2 = sample + 0.3 * directions(size), sample + 0.3 * directions(size)
    return normalize(z1, dim=1), normalize(z2, dim=1)


BATCHES = {"random": random_batch, "clustered": clustered_batch}


@dataclass(frozen=True)
class Case:
    """One balanced problem with equal marginals, and how well it is to be solved.

    Attributes:
        data: a key of ``BATCHES``.
        size: N, samples per view.
        epsilon: temperature.
        dtype: ``torch.float32`` or ``torch.float64``.
        tol: allowed L1 violation of a marginal, as a share of the mass.
        device: where the cost lies.
    """

    data: str
    size: int
    epsilon: float
    dtype: torch.dtype
    tol: float = 0.0
    device: str = "cpu"

    @cached_property
    def views(self) -> tuple[Tensor, Tensor]:
        """(N, 128) each, rows of length 1."""
        z1, z2 = BATCHES[self.data](self.size)
        return z1.to(self.device, self.dtype), z2.to(self.device, self.dtype)

    @cached_property
    def cost(self) -> Tensor:
        """(N, N) ``1 − cos``."""
        z1, z2 = self.views
        return 1 - z1 @ z2.T

    @cached_property
    def marginal(self) -> Tensor:
        """(N,) with 1/N everywhere: what the peers call a histogram."""
        return self.cost.new_full((self.size,), 1 / self.size)

    @property
    def digits(self) -> str:
        """``"f32"`` or ``"f64"``."""
        return "f32" if self.dtype == torch.float32 else "f64"
