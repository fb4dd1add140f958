"""Who should be matched with whom: the target plan."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from gca_viz.errors import InputError
from gca_viz.transport.options import TARGETS
from gca_viz.transport.parameters import ALPHA, BETA, SHARE, TARGET_TEMPERATURE
from gca_viz.transport.problem.convert import as_tensor
from gca_viz.transport.problem.pairing import Pairing
from gca_viz.transport.problem.problem import Problem


def partner_target(pairing: Pairing, dtype: torch.dtype = torch.float32) -> Tensor:
    """(N, M) one at each row's partner: the identity in the cross layout with the usual pairing."""
    return pairing.partner_mask.to(dtype)


def weighted(target: Tensor, problem: Problem) -> Tensor:
    """(N, M) a target whose rows sum to 1 as mass: row i carries μ_i, as the plan's does."""
    return target * problem.mu[:, None] if problem.weighted else target


def target_or_partners(target: Tensor | None, pairing: Pairing | None, problem: Problem) -> Tensor | None:
    """The target itself, else that of the pairing's partners, else None."""
    if target is not None or pairing is None or not pairing.paired:
        return target
    return weighted(partner_target(pairing, problem.cost.dtype), problem)


def label_target(pairing: Pairing, labels: Any, dtype: torch.dtype = torch.float32) -> Tensor:
    """(N, M) each row's mass shared equally by its class, the partner included, itself not.

    Args:
        labels: (N,) class per sample, numbers or strings; a sample without label (:mod:`gca_viz.labels`) has its
            partner alone as target, and is nobody's target but its partner's.

    Source: supervised contrastive learning, Khosla et al., NeurIPS 2020, arXiv 2004.11362.
    """
    rows, columns = pairing.spread(labels, "labels")
    same = (rows[:, None] == columns) | pairing.partner_mask
    return normalised((same & ~pairing.self_mask).to(dtype))


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
        domains: (N,) domain per sample, or (2, N) per view; numbers or strings. A sample without domain has its
            partner alone as target.
        alpha, beta: weights ≥ 0 of a non-partner in the same and in another domain.
        share: None, or the partner's share of each row, 0 … 1.

    Raises:
        InputError: a weight out of bounds, or a row whose prior is empty while ``share`` < 1.

    Source: arXiv 2502.20141, domain generalisation; ``share`` is this package's addition.
    """
    alpha, beta = ALPHA.check(alpha), BETA.check(beta)
    rows, columns = pairing.spread(domains, "domains")
    known = (rows[:, None] >= 0) & (columns >= 0)
    same = (rows[:, None] == columns).to(dtype)
    prior = alpha * same + beta * (1 - same)
    prior = prior.masked_fill(pairing.same_sample_mask | ~known, 0)
    partner = partner_target(pairing, dtype)
    if share is None:
        return normalised(partner + prior)
    share = SHARE.check(share)
    if share == 1:
        return partner
    alone = prior.sum(1) == 0
    empty = alone & (rows >= 0)
    if empty.any():
        raise InputError(
            f"a domain prior (alpha = {alpha:g}, beta = {beta:g}) that is empty for {int(empty.sum())} rows, "
            f"the first being row {int(empty.nonzero()[0])}",
            "with share < 1 every row needs a sample other than its partner with a positive weight",
            "Set beta > 0, or share = 1, or choose a batch with at least two samples per domain",
            parameter="share",
        )
    return torch.where(alone[:, None], partner, share * partner + (1 - share) * normalised(prior))


def self_sharpened_target(problem: Problem, target_temperature: float = TARGET_TEMPERATURE.default) -> Tensor:
    """(N, M) the batch's own similarities at another temperature: row soft-max of the log kernel at ε′, a constant.

    Target and plan come from the same similarities, so that it only sharpens (ε′ < ε) or softens the plan that is
    already there; at ε′ = ε the force of InfoNCE is exactly 0.

    Args:
        problem: whose cost gives the similarities.
        target_temperature: ε′.

    Raises:
        InputError: temperature out of bounds.
    """
    temperature = TARGET_TEMPERATURE.check(target_temperature)
    return problem.log_kernel_at(temperature).softmax(1)


def check_target(target: Any, problem: Problem) -> Tensor:
    """A user's own target as an (N, M) tensor of mass, taken as it is: it need not be normalised; no gradient.

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


def target_entropy(target: Tensor) -> Tensor:
    """(N,) ``−Σ_j T log T`` of each row of a target, with 0·log 0 = 0; a target is a constant to autograd."""
    entropy: Tensor = torch.special.entr(target).sum(1)  # which torch leaves untyped
    return entropy


def no_target() -> InputError:
    """The error of asking a plan without a target for its loss."""
    return InputError(
        "a plan without a target",
        "loss and target − plan need to know who should be matched with whom",
        "Make the plan with align(), or give solve() a target",
        parameter="target",
    )


def normalised(weights: Tensor) -> Tensor:
    """Rows of weights, divided by their sums."""
    return weights / weights.sum(1, keepdim=True)
