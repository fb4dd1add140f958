"""Numbers of losses that have no plan: of the d × d matrices of dimensions, or of signed cosines."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

import torch
from torch import Tensor
from torch.nn.functional import normalize


def barlow_twins(z1: Tensor, z2: Tensor, *, weight: float = 0.005) -> Tensor:
    """Barlow Twins' loss, (C_aa − 1)² + weight · C_ab² of the correlations C of dimensions across views.

    Args:
        z1, z2: (N, d) embeddings as they are, partners in the same row.
        weight: of the correlations between different dimensions.

    Returns:
        (), 0 where every dimension is correlated with itself alone. A dimension that does not vary correlates with
        nothing.

    Source: Zbontar et al., ICML 2021, arXiv 2103.03230.
    """
    first, second = (_standard(z) for z in (z1, z2))
    correlation = first.T @ second / len(z1)
    diagonal = correlation.diagonal()
    return ((1 - diagonal) ** 2).sum() + weight * ((correlation**2).sum() - (diagonal**2).sum())


def vicreg(z1: Tensor, z2: Tensor) -> Tensor:
    """VICReg's loss with its weights 25, 25 and 1: invariance, variance (mean of both views) and covariance.

    Args:
        z1, z2: (N, d) embeddings as they are, partners in the same row; N ≥ 2.

    Returns:
        ().

    Source: Bardes et al., ICLR 2022, arXiv 2105.04906.
    """
    invariance = ((z1 - z2) ** 2).mean()
    covariances = [torch.cov(z.T).reshape(z.shape[1], z.shape[1]) for z in (z1, z2)]
    variance = torch.stack([(1 - (c.diagonal() + 1e-4).sqrt()).clamp_min(0).mean() for c in covariances]).mean()
    between = torch.stack([(c**2).sum() - (c.diagonal() ** 2).sum() for c in covariances]).sum() / z1.shape[1]
    return 25 * invariance + 25 * variance + between


def spectral_contrastive(z1: Tensor, z2: Tensor) -> Tensor:
    """The spectral contrastive loss: mean squared cosine of strangers, less twice the mean cosine of pairs.

    Args:
        z1, z2: (N, d) embeddings, partners in the same row; N ≥ 2.

    Returns:
        ().

    Source: HaoChen et al., NeurIPS 2021, arXiv 2106.04156.
    """
    cosine = normalize(z1, dim=1) @ normalize(z2, dim=1).T
    count = len(z1)
    squares = (cosine**2).sum() - (cosine.diagonal() ** 2).sum()
    return -2 * cosine.diagonal().mean() + squares / (count * (count - 1))


def debiased(z1: Tensor, z2: Tensor, *, epsilon: float, prior: float = 0.1) -> Tensor:
    """The debiased contrastive loss, view 1 against the strangers in view 2.

    Args:
        z1, z2: (N, d) embeddings, partners in the same row; N ≥ 2.
        epsilon: temperature.
        prior: probability τ⁺ that a stranger is of the row's class.

    Returns:
        ().

    Source: Chuang et al., NeurIPS 2020, arXiv 2007.00224.
    """
    similar = (normalize(z1, dim=1) @ normalize(z2, dim=1).T / epsilon).exp()
    pair = similar.diagonal()
    others = len(z1) - 1
    mean = (similar.sum(1) - pair) / others
    strangers = others * ((mean - prior * pair) / (1 - prior)).clamp_min(math.exp(-1 / epsilon))
    return -(pair / (pair + strangers)).log().mean()


def _standard(z: Tensor) -> Tensor:
    spread = z.std(0, correction=0)
    return (z - z.mean(0)) / torch.where(spread > 0, spread, 1)


#: name → what a page calls it, and the number of two views at a temperature
OUTSIDE_MEASURES: Mapping[str, tuple[str, Callable[[Tensor, Tensor, float], Tensor]]] = MappingProxyType(
    {
        "barlow_twins": ("Barlow Twins’ loss", lambda z1, z2, epsilon: barlow_twins(z1, z2)),
        "vicreg": ("VICReg’s loss", lambda z1, z2, epsilon: vicreg(z1, z2)),
        "spectral_contrastive": ("spectral contrastive loss", lambda z1, z2, epsilon: spectral_contrastive(z1, z2)),
        "debiased": (
            "debiased loss, τ⁺ = 0.1",
            lambda z1, z2, epsilon: debiased(z1, z2, epsilon=epsilon),
        ),
    }
)
