"""The temperature at which a row spreads over as many columns as one asks for: the rule of SNE."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from gca_viz.errors import InputError
from gca_viz.transport.kernels import KernelFunction
from gca_viz.transport.parameters import EPSILON, PERPLEXITY

#: halvings of ln ε, which leave less than a digit of double precision
_HALVINGS = 64
#: by how much, of itself, a perplexity that was found may miss
_NEAR = 1e-6


def epsilon_of_perplexity(
    perplexity: float, epsilon: float | Tensor, cost: Tensor, kernel: KernelFunction
) -> Tensor:
    """(N,) the ε of each row at which its soft-max has that perplexity, by bisection of ln ε.

    They are constants to autograd. A row whose perplexity cannot be had, as one of equal costs, keeps its ε.

    Args:
        perplexity: π, above 1 and below the number of columns that a row may use.
        epsilon: of rows that cannot have it, a number or one per row.
        cost: (N, M); +∞ forbids a cell.
        kernel: whose soft-max it is.

    Raises:
        InputError: π out of bounds, or, of rows whose costs differ, one that none can have with this kernel.

    Source: Hinton, Roweis, Stochastic neighbor embedding, NeurIPS 2002.
    """
    perplexity = PERPLEXITY.check(perplexity)
    cost = cost.detach()
    forbidden = torch.isinf(cost)
    columns = int((~forbidden).sum(1).min())
    if perplexity >= columns:
        raise InputError(
            f"perplexity = {perplexity:g} for rows of {columns} columns",
            "a row spreads over fewer columns than it has",
            f"Use a perplexity below {columns}, or a larger batch" if columns > 1 else "Use a larger batch",
            parameter=PERPLEXITY.name,
        )
    kept = (epsilon.detach() if isinstance(epsilon, Tensor) else cost.new_tensor(epsilon)).expand(len(cost))
    energy = cost.double().masked_fill(forbidden, 0)

    def of_rows(log_epsilon: Tensor) -> Tensor:
        scores = -kernel.energy(energy, log_epsilon.exp()[:, None])
        shares = scores.masked_fill(forbidden, -torch.inf).softmax(1)
        entropy: Tensor = torch.special.entr(shares).sum(1)  # which torch leaves untyped
        return entropy.exp()

    low = torch.full_like(energy[:, 0], math.log(EPSILON.minimum))
    high = torch.full_like(low, math.log(EPSILON.maximum))
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        below = of_rows(middle) < perplexity
        low, high = middle.where(below, low), high.where(below, middle)
    found = (of_rows(low) - perplexity).abs() <= _NEAR * perplexity
    alike = energy.masked_fill(forbidden, -torch.inf).amax(1) - energy.masked_fill(forbidden, torch.inf).amin(1)
    if not found.any() and not bool((alike <= 1e-6).all()):
        ends = torch.stack([of_rows(low), of_rows(high)]).mean(1)
        raise InputError(
            f"perplexity = {perplexity:g} with the kernel {kernel.name!r}",
            f"this kernel cannot get sharper than {float(ends.min()):.3g} on these embeddings"
            if float(ends.min()) > perplexity
            else f"no row of these embeddings can have it; they have {float(ends.max()):.3g} at most",
            "Ask for another perplexity, use kernel='gibbs', or for 'student' a larger df",
            parameter=PERPLEXITY.name,
        )
    return low.exp().to(cost).where(found, kept)
