"""What the browser keeps while ε moves: the samples, their cost, and who should match whom."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gca_viz.errors import InputError
from gca_viz.ui.elements.board.sprite import sprite
from gca_viz.ui.elements.shared.wire import Blob, pack


@dataclass(frozen=True)
class Side:
    """What the rows, or the columns, show; nothing of it need be known.

    Attributes:
        names, classes, domains: a string each, shown on hover.
        images: uint8 (N, H, W, 3 or 4) thumbnails.
    """

    names: Sequence[str] | None = None
    classes: Sequence[str] | None = None
    domains: Sequence[str] | None = None
    images: np.ndarray | None = None


@dataclass(frozen=True)
class Samples:
    """The samples of a batch, ready to travel.

    Attributes:
        partner: (N,) column that each row's view belongs to; −1 for a row without partner.
        blob: names, classes, domains, partners and thumbnails.
    """

    partner: np.ndarray
    blob: Blob


@dataclass(frozen=True)
class Batch:
    """A batch ready to travel, in three parts that are re-sent independently.

    Attributes:
        size: N, the number of rows of every matrix.
        columns: M, the number of columns.
        samples: names, classes, domains, partners and thumbnails (changes with the data and the views).
        cost: the N × M costs (change with the encoder).
        targets: the target plans (change with the target's parameters).
        target_count, cost_count: how many target plans and costs there are.
    """

    size: int
    columns: int
    samples: Blob
    cost: Blob
    targets: Blob
    target_count: int
    cost_count: int = 1


def pack_samples(
    rows: Side,
    columns: Side | None = None,
    *,
    partner: Sequence[int] | np.ndarray,
    axes: tuple[str, str] = ("view 1", "view 2"),
    count: int | None = None,
) -> Samples:
    """Pack who is in a batch; the part worth keeping, since it makes the thumbnails.

    Args:
        rows: what the rows show.
        columns: what the columns show; default: the texts of the rows.
        partner: (N,) column that each row's view belongs to; −1 for a row without partner.
        axes: what rows and columns are; the joint layout has both views on both.
        count: M, the number of columns; default: N.

    Raises:
        InputError: if a count does not fit, or ``partner`` is no column.
    """
    partner = np.asarray(partner)
    size = len(partner)
    count = size if count is None else count
    if partner.shape != (size,) or partner.min() < -1 or partner.max() >= count:
        raise InputError(
            f"partner of shape {partner.shape}",
            f"one column index 0…{count - 1} per row, or −1 for none",
            "Pass (N,) integers",
        )
    columns = columns or Side(rows.names, rows.classes, rows.domains)
    header: dict[str, Any] = {"kind": "samples", "size": size, "axes": list(axes)}
    arrays = {"partner": partner.astype(np.int64).astype(np.uint32)}  # −1 is the largest there is
    for name, side, length in (("rows", rows, size), ("columns", columns, count)):
        header[name] = {
            field: _texts(length, getattr(side, field), field)
            for field in ("names", "classes", "domains")
            if getattr(side, field) is not None
        }
        if side.images is not None:
            if len(side.images) != length:
                raise InputError(
                    f"{len(side.images)} thumbnails", f"one per sample, {length}", "Pass the images of this batch"
                )
            header[name]["atlasColumns"] = math.ceil(math.sqrt(length))
            arrays[f"{name}Atlas"] = np.frombuffer(sprite(side.images), np.uint8)
    return Samples(partner, pack(header, arrays))


def pack_batch(
    cost: np.ndarray, samples: Samples | None = None, *, targets: Sequence[np.ndarray] | None = None
) -> Batch:
    """Pack one batch for :func:`gca_viz.ui.elements.board.show`.

    The cost travels as float32: rounding it changes ``log P`` by at most ``6e-8 · C / ε``, against ``5e-4 · C / ε``
    for float16, which is 5 % of a mass at ε = 0.02.

    Args:
        cost: (N, M), or (K, N, M) for plans of several costs; +inf marks an excluded cell (a view against itself,
            or what a target leaves out), which holds no mass.
        samples: from :func:`pack_samples`; default: nothing is known of them, and row i belongs to column i.
        targets: (N, M) target plans; default: one, the partner permutation.

    Raises:
        InputError: if a shape does not fit or the cost holds NaN or −inf.
    """
    cost = np.asarray(cost, np.float32)
    if cost.ndim not in (2, 3) or not cost.size:
        raise InputError(
            f"a cost of shape {cost.shape}",
            "the board draws matrices of N rows and M columns",
            "Pass the N × M cost",
        )
    (size, columns), costs = cost.shape[-2:], cost.reshape(-1, *cost.shape[-2:])
    if not costs.min() > -np.inf:  # NaN fails, too
        raise InputError(
            "a cost with NaN or −inf", "a cost is finite, or +inf for excluded cells", "Check the embeddings"
        )
    alone = np.where(np.arange(size) < columns, np.arange(size), -1)
    samples = samples or pack_samples(Side(), partner=alone, count=columns)
    if len(samples.partner) != size:
        raise InputError(
            f"{len(samples.partner)} samples", f"one per row of the cost, {size}", "Pack the samples of this batch"
        )
    return Batch(
        size,
        columns,
        samples.blob,
        pack({"kind": "cost", "size": size}, {"cost": costs}),
        _targets(samples.partner, columns, targets),
        1 if targets is None else len(targets),
        len(costs),
    )


def _texts(size: int, values: Sequence[str], field: str) -> list[str]:
    if len(values) != size:
        raise InputError(f"{len(values)} {field}", f"one per sample, {size}", f"Pass the {field} of this batch")
    return [str(value) for value in values]


def _targets(partner: np.ndarray, columns: int, targets: Sequence[np.ndarray] | None) -> Blob:
    size = len(partner)
    if targets is None:
        cells = (np.arange(size) * columns + partner)[partner >= 0]
        arrays = {"cells0": cells.astype(np.uint32), "mass0": np.ones(len(cells), np.float32)}
        return pack({"kind": "targets", "size": size, "count": 1}, arrays)
    arrays = {}
    for k, target in enumerate(targets):
        dense = np.asarray(target, np.float32)
        if dense.shape != (size, columns) or not np.isfinite(dense).all():
            raise InputError(
                f"target {k} of shape {dense.shape}",
                f"a target is finite and {size} × {columns} like the cost",
                "Pass the target plan of this batch",
            )
        cells = np.flatnonzero(dense)
        if len(cells) > dense.size // 2:
            arrays[f"dense{k}"] = dense
        else:
            arrays[f"cells{k}"] = cells.astype(np.uint32)
            arrays[f"mass{k}"] = dense.ravel()[cells]
    return pack({"kind": "targets", "size": size, "count": len(targets)}, arrays)
