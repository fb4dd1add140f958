"""What is read of a plan too large to hold: by each block of its rows, and of all of them together."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from gca_viz.transport.streaming.kernel import CosineKernel, Scaling, exp_from_peak, log_cells, smallest
from gca_viz.transport.streaming.workspace import Workspace


class Partners(NamedTuple):
    """The columns that each row sends most to, the largest first.

    Attributes:
        indices: (N, k) columns.
        values: (N, k) mass sent there; 0 where a row has no further column to send to.
    """

    indices: Tensor
    values: Tensor


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Reading:
    """What one pass over the cells of a plan tells; where a plan has the same name, it is the same number.

    Attributes:
        row_mass, column_mass: (N,) mass that each row sends, each column receives.
        log_row_mass: (N,) log of the row mass, known where that is too small for its number format.
        log_pair: (parts, N) log of each row's cell of its partner, for each of the plans whose mean this is.
        matched_share: () share of the mass that goes to partners.
        top1_rows, top1_columns: () share of rows (columns) that send most to (receive most from) their partner; of
            two equal cells neither is the most.
        partners: the columns that each row sends most to.
        overview: (R, R) mass of each block of cells.
        edges: (R + 1,) first row (and column) of each block, and at last N.
        false_negative_mass: () share of the mass that goes to another sample of the same class, if labels are
            given.
        same_domain_mass: () share of the mass that stays within a domain, partners included, if domains are
            given.
    """

    row_mass: Tensor
    column_mass: Tensor
    log_row_mass: Tensor
    log_pair: Tensor
    matched_share: Tensor
    top1_rows: Tensor
    top1_columns: Tensor
    partners: Partners
    overview: Tensor
    edges: Tensor
    false_negative_mass: Tensor | None
    same_domain_mass: Tensor | None

    @property
    def mass(self) -> Tensor:
        """() total mass."""
        return self.row_mass.sum()

    @property
    def overview_mean(self) -> Tensor:
        """(R, R) mean mass of the cells of each block."""
        length = self.edges.diff().to(self.overview)
        return self.overview / (length[:, None] * length)


class OfRows(NamedTuple):
    """What a block tells of its rows.

    Attributes:
        log_pair: (rows, parts) log of each row's cell of its partner, for each of the plans whose mean this is.
        log_pair_of_mean, log_rival: (rows,) log of the same cell of the mean, and of the row's largest other.
        log_mass, mass: (rows,) mass that each row sends.
        indices, values: (rows, k) the columns that each row sends most to.
    """

    log_pair: Tensor
    log_pair_of_mean: Tensor
    log_rival: Tensor
    log_mass: Tensor
    mass: Tensor
    indices: Tensor
    values: Tensor


class OfColumns(NamedTuple):
    """What a block adds to columns and totals.

    Attributes:
        mass: (N,) mass that each column receives from these rows.
        log_rival: (N,) log of each column's largest cell among them that is no pair.
        overview: (R, R) mass of each block of cells.
        within: ``"labels"`` and ``"domains"``, as far as known → () mass within them, of labels without pairs.
    """

    mass: Tensor
    log_rival: Tensor
    overview: Tensor
    within: Mapping[str, Tensor]

    def and_of(self, other: OfColumns) -> OfColumns:
        """With what another block adds; both stay as they are."""
        return OfColumns(
            self.mass + other.mass,
            torch.maximum(self.log_rival, other.log_rival),
            self.overview + other.overview,
            {name: mass + other.within[name] for name, mass in self.within.items()},
        )


class PartialReading(NamedTuple):
    """What a block of rows tells: of its rows all, of columns and totals its share."""

    rows: OfRows
    columns: OfColumns


def read_rows(
    kernel: CosineKernel,
    strips: Sequence[slice],
    workspace: Workspace,
    scalings: Sequence[Scaling],
    partner: Tensor,
    *,
    block: int,
    top: int,
    groups: Mapping[str, tuple[Tensor, Tensor]],
) -> PartialReading:
    """Read some rows of the mean of the plans ``u_i K_ij v_j`` of some scalings, in one pass over them.

    Args:
        kernel: of these rows and all columns.
        strips: the rows to compute at a time.
        workspace: where to compute.
        scalings: of each plan; log u of these rows.
        partner: (rows,) whose partner is who.
        block: rows and columns of a block of the overview.
        top: how many of the largest cells of a row to keep.
        groups: ``"labels"`` and ``"domains"``, as far as known, → (rows,), (N,) codes of rows and of
            columns, in the number format of the plan, so that cells are compared without a copy.
    """
    height, parts, size = strips[0].stop, len(scalings), len(kernel.columns)
    count, blocks = len(kernel.rows), math.ceil(size / block)
    zeros = scalings[0][0].new_zeros
    log_pair, log_row_mass, row_mass, column_mass = zeros(count, parts), zeros(count), zeros(count), zeros(size)
    log_pair_of_mean, log_row_rival, log_column_rival = zeros(count), zeros(count), zeros(size).fill_(-torch.inf)
    indices, top_values = partner.new_zeros(count, top), zeros(count, top)
    overview = zeros(blocks, blocks)
    block_of = torch.arange(kernel.start, kernel.start + count, device=partner.device) // block
    within = {name: zeros(()) for name in groups}
    spare = workspace.tile(row_mass, height, size, "spare") if groups or parts > 1 else zeros(0)
    for rows in strips:
        here, pairs = slice(rows.stop - rows.start), partner[rows, None]
        tile = log_cells(kernel, rows, scalings[0], workspace.tile(row_mass, here.stop, size))
        log_pair[rows, 0] = tile.gather(1, pairs)[:, 0]
        for part in range(1, parts):
            other = log_cells(kernel, rows, scalings[part], spare[here])
            log_pair[rows, part] = other.gather(1, pairs)[:, 0]
            torch.logaddexp(tile, other, out=tile)
        if parts > 1:
            tile.sub_(math.log(parts))

        values, indices[rows] = _largest(tile, top)
        top_values[rows] = values.exp_()
        # Without its pairs the tile shows what each of them has to beat.
        pair = tile.gather(1, pairs)
        tile.scatter_(1, pairs, -torch.inf)
        log_pair_of_mean[rows], log_row_rival[rows] = pair[:, 0], tile.amax(1)
        torch.maximum(log_column_rival, tile.amax(0), out=log_column_rival)
        tile.scatter_(1, pairs, pair)

        peak = exp_from_peak(tile)
        torch.threshold_(tile, 2 * smallest(tile), 0)  # an empty cell is exactly empty
        row_sum = tile.sum(1)
        log_row_mass[rows] = row_sum.log() + peak
        row_mass[rows] = row_sum * peak.exp()
        column_mass += tile.mul_(peak.exp()[:, None]).sum(0)
        overview.index_add_(
            0, block_of[rows], F.avg_pool2d(tile[None], (1, block), ceil_mode=True, divisor_override=1)[0]
        )
        for name, (row_codes, column_codes) in groups.items():
            same = torch.eq(row_codes[rows, None], column_codes, out=spare[here])
            within[name] += same.mul_(tile).sum()
        workspace.report(here.stop)
    if "labels" in within:
        row_codes, column_codes = groups["labels"]
        within["labels"] -= torch.where(row_codes == column_codes[partner], log_pair_of_mean.exp(), 0).sum()
    return PartialReading(
        OfRows(log_pair, log_pair_of_mean, log_row_rival, log_row_mass, row_mass, indices, top_values),
        OfColumns(column_mass, log_column_rival, overview, within),
    )


def merge(parts: Iterable[PartialReading], partner: Tensor, block: int) -> Reading:
    """The reading of all rows, of those of their blocks in order.

    Args:
        parts: of each block; what it tells of columns is added up as it comes.
        partner: (N,) whose partner is who.
        block: rows and columns of a block of the overview.
    """
    found, columns = [], None
    for part in parts:
        found.append(part.rows)
        columns = part.columns if columns is None else columns.and_of(part.columns)
    if columns is None:
        raise ValueError("a plan has rows")
    rows = OfRows(*(of[0] if len(of) == 1 else torch.cat(of) for of in zip(*found, strict=True)))
    mass, size = rows.mass.sum(), len(partner)
    shares = {name: of / mass for name, of in columns.within.items()}
    return Reading(
        row_mass=rows.mass,
        column_mass=columns.mass,
        log_row_mass=rows.log_mass,
        log_pair=rows.log_pair.T.contiguous(),
        matched_share=rows.log_pair_of_mean.exp().sum() / mass,
        top1_rows=(rows.log_pair_of_mean > rows.log_rival).to(mass).mean(),
        top1_columns=(rows.log_pair_of_mean > columns.log_rival[partner]).to(mass).mean(),
        partners=Partners(rows.indices, rows.values),
        overview=columns.overview,
        edges=torch.arange(0, size + block, block, device=partner.device).clamp_max_(size),
        false_negative_mass=shares.get("labels"),
        same_domain_mass=shares.get("domains"),
    )


def _largest(tile: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """``tile.topk(count, 1)``, several times faster for long rows: all of them lie in the best ``count`` runs."""
    length = 32
    runs = tile.shape[1] // length
    if runs < 16 * count:
        return tile.topk(count, 1)
    # Run r is the columns r, r + runs, r + 2·runs, …; what is left over at the end is looked at as well.
    maxima = tile[:, : runs * length].view(len(tile), length, runs).amax(1)
    steps = runs * torch.arange(length, device=tile.device)
    columns = (maxima.topk(count, 1).indices[:, :, None] + steps).flatten(1)
    rest = torch.arange(runs * length, tile.shape[1], device=tile.device).expand(len(tile), -1)
    columns = torch.cat([columns, rest], 1)
    values, places = tile.gather(1, columns).topk(count, 1)
    return values, columns.gather(1, places)
