"""Who should be matched with whom: the target plan."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from gca_viz.errors import InputError
from gca_viz.transport.parameters import ALPHA, BETA, RELAX, SHARE, TARGET_TEMPERATURE, TARGETS
from gca_viz.transport.problem.convert import as_tensor
from gca_viz.transport.problem.cost import euclid_cost, pairwise_cost, unit_rows
from gca_viz.transport.problem.pairing import Pairing
from gca_viz.transport.problem.precision import of_cosines
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
    return _normalised((same & ~pairing.self_mask).to(dtype))


def relaxed_label_target(
    pairing: Pairing,
    z1: Tensor,
    z2: Tensor,
    labels: Any,
    relax: float = RELAX.default,
    dtype: torch.dtype = torch.float32,
) -> Tensor:
    """(N, M) as :func:`label_target`, without those of the class whose cosine to the row is above κ; no gradient.

    The partner never leaves: κ = −1 leaves it alone in the target, κ = 1 leaves everybody.

    Args:
        z1, z2: (N, d), (M, d) embeddings.
        labels: as there.
        relax: κ, −1 … 1.

    Raises:
        InputError: κ out of bounds.

    Source: Seo, Kim, Kim, Han, CVPR 2024, arXiv 2401.04928, where near ones of a class are pushed apart.
    """
    relax = RELAX.check(relax)
    shares = label_target(pairing, labels, dtype)
    if relax == RELAX.maximum:
        return shares
    cosines = 1 - pairwise_cost(z1.detach(), z2.detach(), pairing.layout)
    near = cosines > relax if relax > RELAX.minimum else torch.ones_like(cosines, dtype=torch.bool)
    return _normalised(shares.masked_fill(near & ~pairing.partner_mask, 0))


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
        return _normalised(partner + prior)
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
    return torch.where(alone[:, None], partner, share * partner + (1 - share) * _normalised(prior))


def relation_target(
    pairing: Pairing,
    z2: Tensor,
    target_temperature: float = TARGET_TEMPERATURE.default,
    cost: str = "cosine",
) -> Tensor:
    """(N, M) how view 2 relates each sample to the other samples: who is like it, itself left out; no gradient.

    ``T_ij = softmax over j ≠ p(i) of −C(z2_p(i), z2_j)/ε′`` in the cross layout. In the joint layout rows and
    columns stand for their samples: every row aims at the samples that view 2 finds like its own, and both views
    of such a sample share its mass. The pair's cell must be closed in the plan, too: :func:`without_partners`.

    Args:
        pairing: of at least two samples.
        z2: (N, d) embeddings of view 2.
        target_temperature: ε′ of the target; below ε it is sharper than the plan.
        cost: a name in ``COSTS``.

    Raises:
        InputError: temperature out of bounds, or a single sample, which has nobody to relate to.

    Source: ReSSL, Zheng et al., NeurIPS 2021, arXiv 2107.09282, where view 2 is changed weakly, view 1 strongly.
    """
    temperature = TARGET_TEMPERATURE.check(target_temperature)
    if pairing.samples < 2:
        raise InputError(
            "the target 'relation' for a batch of one sample",
            "a relation needs at least one sample beside the pair",
            "Add a sample, or use target='partner'",
            parameter="target",
        )
    if cost == "cosine":
        columns = unit_rows(z2.detach().to(of_cosines(z2, temperature)))
        weak = columns[pairing.second]
        closeness = weak @ (weak if pairing.layout == "joint" else columns).T - 1
    else:
        columns = z2.detach()
        weak = columns[pairing.second]
        closeness = -euclid_cost(weak, weak if pairing.layout == "joint" else columns)
    of_columns = pairing.column_sample if pairing.layout == "joint" else slice(None)
    scores = closeness[pairing.row_sample][:, of_columns] / temperature
    return scores.masked_fill(pairing.same_sample_mask, -torch.inf).softmax(1).to(z2)


def without_partners(cost: Tensor, pairing: Pairing) -> Tensor:
    """The cost with every row's partner forbidden (+∞), as a relation asks for."""
    return cost.masked_fill(pairing.partner_mask, torch.inf)


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


def _normalised(weights: Tensor) -> Tensor:
    return weights / weights.sum(1, keepdim=True)
