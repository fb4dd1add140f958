"""What a negative weighs in its row: the nearer, the more."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from gca_viz.transport.kernels import KernelFunction
from gca_viz.transport.parameters import HARDNESS
from gca_viz.transport.problem.checks import checked_epsilon
from gca_viz.transport.problem.pairing import Pairing


def hard_negatives(
    hardness: float, cost: Tensor, epsilon: Any, kernel: KernelFunction, pairing: Pairing
) -> Tensor | None:
    """(N, M) log w with ``w_ij ∝ K_ij^β`` of mean 1 over the negatives of a row; a constant to autograd.

    Negatives are all columns but the partner and the embedding itself; what is none of them has w = 1. With the
    Gibbs kernel of cosines w is ``exp(β·cos/ε)`` over its mean.

    Args:
        hardness: β ≥ 0; 0 weighs all alike, which is None.
        cost: (N, M); +∞ forbids a cell, which is no negative then.
        epsilon: as :func:`gca_viz.transport.align` takes it.
        kernel: K.
        pairing: who is whose partner.

    Source: Robinson et al., ICLR 2021, arXiv 2010.04592, equation 4, without the correction for false negatives.
    """
    beta = HARDNESS.check(hardness)
    if beta == 0:
        return None
    cost, temperature = cost.detach(), checked_epsilon(epsilon, cost)
    if isinstance(temperature, Tensor):
        temperature = temperature.detach()
        temperature = temperature[:, None] if temperature.ndim else temperature
    negative = torch.isfinite(cost) & ~pairing.same_sample_mask
    powers = -beta * kernel.energy(torch.where(negative, cost, 0), temperature)
    log_sum = torch.where(negative, powers, -torch.inf).logsumexp(1, keepdim=True)
    log_mean = log_sum - negative.sum(1, keepdim=True).to(cost).log()
    return torch.where(negative, powers - log_mean, 0)
