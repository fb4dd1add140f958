"""Who should be matched with whom: the target plan."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from gca_viz.errors import InputError
from gca_viz.transport.convert import as_tensor
from gca_viz.transport.pairing import Pairing
from gca_viz.transport.parameters import ALPHA, BETA, SHARE, TARGET_TEMPERATURE, TARGETS
from gca_viz.transport.problem import Problem


def partner_target(pairing: Pairing, dtype: torch.dtype = torch.float32) -> Tensor:
    """(N, M) one at each row's partner: the identity in the cross layout with the usual pairing."""
    return pairing.partner_mask.to(dtype)


def target_or_partners(target: Tensor | None, pairing: Pairing | None, dtype: torch.dtype) -> Tensor | None:
    """The target itself, else that of the pairing's partners, else None."""
    return partner_target(pairing, dtype) if target is None and pairing is not None else target


def label_target(pairing: Pairing, labels: Any, dtype: torch.dtype = torch.float32) -> Tensor:
    """(N, M) each row's mass shared equally by its class, the partner included, itself not.

    Args:
        labels: (N,) class per sample, numbers or strings.

    Source: supervised contrastive learning, Khosla et al., NeurIPS 2020, arXiv 2004.11362.
    """
    rows, columns = pairing.spread(labels, "labels")
    same = (rows[:, None] == columns) | pairing.partner_mask
    return _normalised((same & ~pairing.self_mask).to(dtype))


def domain_target(
    pairing: Pairing,
    domains: Any,
    alpha: float = ALPHA.default,
    beta: float = BETA.default,
    share: float | None = None,
    dtype: torch.dtype = torch.float32,
) -> Tensor:
    """(N, M) the partner, plus a prior for the same domain (α) and for other domains (β), rows of sum 1.

    ``1[partner] + α·1[same domain] + β·1[other domain]``, then divided by the row sum. With many samples the
    prior leaves little to the partner; with ``share`` the partner has exactly that share of the row, and the
    prior the rest.

    Args:
        domains: (N,) domain per sample, or (2, N) per view; numbers or strings.
        alpha, beta: weights ≥ 0 of a non-partner in the same and in another domain.
        share: None, or the partner's share of each row, 0 … 1.

    Raises:
        InputError: a weight out of bounds, or a row whose prior is empty while ``share`` < 1.

    Source: arXiv 2502.20141, domain generalisation; ``share`` is this package's addition.
    """
    alpha, beta = ALPHA.check(alpha), BETA.check(beta)
    rows, columns = pairing.spread(domains, "domains")
    same = (rows[:, None] == columns).to(dtype)
    prior = alpha * same + beta * (1 - same)
    prior = prior.masked_fill(pairing.partner_mask | pairing.self_mask, 0)
    partner = partner_target(pairing, dtype)
    if share is None:
        return _normalised(partner + prior)
    share = SHARE.check(share)
    if share == 1:
        return partner
    empty = prior.sum(1) == 0
    if empty.any():
        raise InputError(
            f"a domain prior (alpha = {alpha:g}, beta = {beta:g}) that is empty for {int(empty.sum())} rows, "
            f"the first being row {int(empty.nonzero()[0])}",
            "with share < 1 every row needs a sample other than its partner with a positive weight",
            "Set beta > 0, or share = 1, or choose a batch with at least two samples per domain",
            parameter="share",
        )
    return share * partner + (1 - share) * _normalised(prior)


def relational_target(
    problem: Problem,
    pairing: Pairing,
    target_temperature: float = TARGET_TEMPERATURE.default,
    keep_diagonal: bool = True,
) -> Tensor:
    """(N, M) the batch's own similarities as target: row soft-max at a lower temperature, without gradient.

    Args:
        problem: whose cost gives the similarities.
        target_temperature: temperature of the target; below ε it sharpens.
        keep_diagonal: whether the partner keeps its place in the target.

    Raises:
        InputError: temperature out of bounds, or nothing is left without the partner.

    Source: ReSSL, Zheng et al., NeurIPS 2021, arXiv 2107.09282.
    """
    temperature = TARGET_TEMPERATURE.check(target_temperature)
    scores = problem.cost.detach() / -temperature
    if not keep_diagonal:
        scores = scores.masked_fill(pairing.partner_mask, -torch.inf)
        if (scores == -torch.inf).all(1).any():
            raise InputError(
                "a relational target without the partner in a batch that has nothing else",
                "every row needs another sample to relate to",
                "Use keep_diagonal=True or at least two samples",
                parameter="keep_diagonal",
            )
    return scores.softmax(1)


def check_target(target: Any, problem: Problem) -> Tensor:
    """A user's own target as an (N, M) tensor, taken as it is: it need not be normalised; no gradient.

    Raises:
        InputError: wrong shape, not finite, negative, empty, or mass on a forbidden cell.
    """
    matrix = as_tensor(target, "target").detach().to(problem.cost)
    allowed = f"a target is a matrix of shape {problem.shape} of finite numbers ≥ 0, not all zero"
    remedy = "Row i says how much mass sample i should send to each column; or name one of: " + ", ".join(TARGETS)
    faults = (
        (matrix.shape != problem.shape, f"a target of shape {tuple(matrix.shape)}"),
        (not torch.isfinite(matrix).all(), "a target with NaN or infinite cells"),
        ((matrix < 0).any(), "a target with negative mass"),
        (not matrix.any(), "a target that is zero everywhere"),
    )
    for wrong, got in faults:
        if wrong:
            raise InputError(got, allowed, remedy, parameter="target")
    if problem.forbidden is not None and matrix[problem.forbidden].any():
        raise InputError(
            "a target with mass on cells of infinite cost",
            "those cells can hold no mass (in the joint layout: an embedding is not matched with itself)",
            "Set these cells of the target to zero",
            parameter="target",
        )
    return matrix


def _normalised(weights: Tensor) -> Tensor:
    return weights / weights.sum(1, keepdim=True)
