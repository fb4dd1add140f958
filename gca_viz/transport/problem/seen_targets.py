"""Targets that look at the embeddings: how view 2 relates samples, and classes without those that are near."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from gca_viz.errors import InputError
from gca_viz.transport.parameters import RELAX, TARGET_TEMPERATURE
from gca_viz.transport.problem.cost import euclid_cost, pairwise_cost, unit_rows
from gca_viz.transport.problem.pairing import Pairing
from gca_viz.transport.problem.precision import of_cosines
from gca_viz.transport.problem.target import label_target, normalised


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
    return normalised(shares.masked_fill(near & ~pairing.partner_mask, 0))
