"""What the rows and the columns of a plan are embeddings of, and who is whose partner."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from gca_viz.errors import InputError
from gca_viz.transport.problem.cost import as_embeddings, as_sets
from gca_viz.transport.problem.pairing import Pairing


def sides(
    z1: Any, z2: Any, layout: str, partner: Any = None, *, paired: bool = True, queue: Any = None
) -> tuple[Tensor, Tensor, Pairing]:
    """Embeddings of rows and columns as tensors of one dtype, and their pairing.

    Args:
        z1, z2: (N, d), (M, d) floats; M = N where row i of both is a pair.
        layout: ``"cross"`` or ``"joint"``.
        partner: (N,) index in z2 of each row's partner; None is the same index.
        paired: False where nobody is anybody's partner.
        queue: (Q, d) embeddings that follow those of z2, nobody's partners, or None.

    Raises:
        InputError: embeddings that do not fit, or columns without partners where there can be none.
    """
    if not paired and partner is not None:
        raise InputError(
            "partner together with paired=False",
            "two sets without pairs have no partners",
            "Leave one of the two out",
            parameter="partner",
        )
    both = as_embeddings(z1, z2) if paired and partner is None else as_sets(z1, z2, ("z1", "z2"))
    first, second = both
    if layout == "joint" and (queue is not None or not paired):
        what = "a queue" if paired else "two sets without pairs"
        raise InputError(
            f"{what} in the joint layout",
            "in the joint layout rows and columns are the same embeddings",
            "Choose a method of the cross layout, e.g. 'ince' or 'gca-ince'",
            parameter="queue" if paired else "paired",
        )
    if queue is not None:
        first, more = as_sets(first, queue, ("z1", "queue"))
        second = torch.cat([second.to(more), more])
    if not paired:
        return first, second, Pairing.of_sets(len(first), len(second), first.device)
    return first, second, Pairing.of(layout, first.shape[0], partner, first.device, columns=second.shape[0])


def sides_of_prototypes(
    z1: Any,
    z2: Any,
    prototypes: Any,
    method: str,
    layout: str = "cross",
    partner: Any = None,
    *,
    paired: bool = True,
    queue: Any = None,
) -> tuple[Tensor, Tensor, Tensor, Pairing]:
    """Embeddings of rows, prototypes, view 2 in the order of the rows, and the pairing, where nobody has a partner.

    Args:
        z1, z2, layout, partner: as :func:`sides` takes them.
        prototypes: (K, d) floats.
        method: its name, for the sentences.
        paired, queue: what does not go with prototypes.

    Raises:
        InputError: no prototypes, embeddings that do not fit, or something that does not go with prototypes.
    """
    if prototypes is None:
        raise InputError(
            f"method = {method!r} without prototypes",
            "its columns are prototypes, (K, d), of as many dimensions as the embeddings",
            "Pass prototypes=…, as centres of clusters or the weights of a last layer",
            parameter="prototypes",
        )
    if layout == "joint":
        raise InputError(
            "prototypes in the joint layout",
            "in the joint layout rows and columns are the same embeddings",
            "Choose a method of the cross layout, e.g. 'swav' or 'ince'",
            parameter="layout",
        )
    if queue is not None or not paired:
        raise InputError(
            f"{'a queue' if paired else 'two sets without pairs'} with prototypes",
            "prototypes are the columns, and a row's target comes from its other view",
            "Leave the queue out" if paired else "Leave paired out",
            parameter="queue" if paired else "paired",
        )
    first, second, pairs = sides(z1, z2, "cross", partner)
    first, columns = as_sets(first, prototypes, ("z1", "prototypes"))
    columns = columns.to(first.device)
    return first, columns, second.to(first)[pairs.second], Pairing.of_sets(len(first), len(columns), first.device)
