"""The cells of a plan that are worth a look: doubted pairs, likely false negatives, wrong matches, hubs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from gca_viz.geometry.plan_parts import pairing_of
from gca_viz.transport import Plan


@dataclass(frozen=True)
class NotablePairs:
    """Some cells of one kind, the most suspicious first.

    Attributes:
        title, explanation: for the user.
        cells: (row, column) of each.
        values: what they were ranked by, one number per cell.
        unit: what those numbers are.
    """

    title: str
    explanation: str
    cells: tuple[tuple[int, int], ...]
    values: tuple[float, ...]
    unit: str


def notable_pairs(plan: Plan, labels: np.ndarray, *, count: int = 8) -> tuple[NotablePairs, ...]:
    """Rank the cells of a plan by what a person should look at.

    Args:
        plan: with a pairing, as :func:`gca_viz.align` returns it.
        labels: class of each sample, (N,), or (N + Q,) with those of a queue.
        count: cells of each kind, at most.

    Returns:
        The kinds that have any cell on this plan.
    """
    pairing = pairing_of(plan)
    partner = pairing.partner
    share = plan.matrix / plan.row_mass[:, None].clamp_min(torch.finfo(plan.matrix.dtype).tiny)
    rows, columns = pairing.spread(labels, "labels")
    same, known = rows[:, None] == columns, (rows[:, None] >= 0) & (columns >= 0)
    other = ~pairing.partner_mask & ~pairing.self_mask
    own = share.gather(1, partner.clamp_min(0)[:, None]).squeeze(1)
    spread = plan.column_mass / plan.column_mass.mean()
    best_row = plan.matrix.masked_fill(pairing.partner_mask, 0).argmax(0)
    found = (
        _rank(
            "Weakest pairs",
            "Rows that send the smallest share of their mass to their partner, because of a noisy view or a poor "
            "embedding.",
            own,
            lambda row: (row, int(partner[row])),
            "of the row",
            count,
            largest=False,
        ),
        _rank_cells(
            "Likely false negatives",
            "Different samples of one class that share the most mass; the usual target pushes them apart.",
            share,
            other & same,
            count,
        ),
        _rank_cells(
            "Wrong matches",
            "Samples of different classes that share the most mass.",
            share,
            other & ~same & known,
            count,
        ),
        _rank(
            "Hubs",
            "Columns that receive more than the mean, each with the row that sends it the most beside its partner.",
            torch.where(spread > 1.02, spread, -torch.inf),
            lambda column: (int(best_row[column]), column),
            "× the mean",
            count,
            largest=True,
        ),
    )
    # A pair whose cell is closed is not weak.
    return tuple(kind for kind in found[plan.without_pairs :] if kind.cells)


def _rank(
    title: str,
    explanation: str,
    score: Tensor,
    cell: Callable[[int], tuple[int, int]],
    unit: str,
    count: int,
    *,
    largest: bool,
) -> NotablePairs:
    order = score.topk(min(count, len(score)), largest=largest).indices.tolist()
    kept = [index for index in order if torch.isfinite(score[index])]
    return NotablePairs(
        title,
        explanation,
        tuple(cell(index) for index in kept),
        tuple(float(score[index]) for index in kept),
        unit,
    )


def _rank_cells(title: str, explanation: str, share: Tensor, mask: Tensor, count: int) -> NotablePairs:
    """The cells under ``mask`` with the largest share of their row."""
    score = torch.where(mask, share, -torch.inf).flatten()
    width = share.shape[1]
    return _rank(
        title,
        explanation,
        score,
        lambda index: (index // width, index % width),
        "of the row",
        count,
        largest=True,
    )
