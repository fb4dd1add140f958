"""What is kept of a plan too large to hold, and the one pass over its tiles that reads it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from gca_viz.errors import InputError
from gca_viz.transport.plans.diagnostics import Diagnosed, Diagnostics
from gca_viz.transport.problem.pairing import Pairing
from gca_viz.transport.streaming.tiles import CosineKernel, Tiles, exp_from_peak, smallest

#: log u and log v of a plan of the form u_i K_ij v_j
Scaling = tuple[Tensor, Tensor]


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


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class StreamedPlan(Reading, Diagnosed):
    """A plan of which rows, columns, blocks and best partners are known, but not all cells; carries no gradient.

    Attributes:
        method: name of the method.
        epsilon: temperature, a number or one per row.
        log_u, log_v: (N,) log-scalings of rows and of columns; −∞ where the marginal is zero.
        f, g: (N,) the same times ε: potentials in units of the cost.
        loss_per_row: (N,) divergence of each row, which counts μ times; 0 for a row whose marginal is zero.
        loss: () its sum per unit of mass that the rows should send: the mean where μ = 1.
        diagnostics: how the plan was computed.
        pairing: whose partner is who.
        cosine_kernel, scalings: the plan is the mean of ``u_i K_ij v_j`` over the scalings.
    """

    method: str
    epsilon: float | Tensor
    log_u: Tensor
    log_v: Tensor
    f: Tensor
    g: Tensor
    loss_per_row: Tensor
    loss: Tensor
    diagnostics: Diagnostics
    pairing: Pairing
    cosine_kernel: CosineKernel
    scalings: Sequence[Scaling]

    def __repr__(self) -> str:
        size = len(self.row_mass)
        return (
            f"StreamedPlan({self.method}, {size} × {size}, mass {float(self.mass):.4g}, loss "
            f"{float(self.loss):.4g}, {self.stop_reason} after {self.half_steps} half steps, marginal "
            f"error {self.marginal_error:.1e})"
        )

    def rows(self, start: int, stop: int) -> Tensor:
        """(stop − start, N) mass from rows ``start`` … ``stop − 1`` to each column, computed anew.

        Raises:
            InputError: no such rows.
        """
        size = len(self.row_mass)
        if not 0 <= start < stop <= size:
            raise InputError(
                f"rows {start} to {stop}",
                f"0 ≤ start < stop ≤ {size}, the number of rows",
                "Ask for rows of the plan, e.g. rows(0, 1) for the first",
            )
        with torch.autocast(self.row_mass.device.type, enabled=False):
            parts = [log_cells(self.cosine_kernel, slice(start, stop), part).exp_() for part in self.scalings]
        return sum(parts[1:], parts[0]) / len(parts)


def log_cells(kernel: CosineKernel, rows: slice, scaling: Scaling, out: Tensor | None = None) -> Tensor:
    """(rows, N) log of the cells ``u_i K_ij v_j``."""
    log_u, log_v = scaling
    return kernel.log_rows(rows, log_v, out).add_(log_u[rows, None])


def read_plan(
    tiles: Tiles,
    scalings: Sequence[Scaling],
    pairing: Pairing,
    *,
    block: int,
    top: int,
    groups: Mapping[str, tuple[Tensor, Tensor]],
) -> Reading:
    """Read the mean of the plans ``u_i K_ij v_j`` of some scalings, in one pass over the kernel.

    Args:
        tiles: the kernel.
        scalings: of each plan.
        pairing: whose partner is who.
        block: rows and columns of a block of the overview.
        top: how many of the largest cells of a row to keep.
        groups: ``"labels"`` and ``"domains"``, as far as known, → (N,), (N,) codes of rows and of
            columns, in the number format of the plan, so that cells are compared without a copy.
    """
    partner, parts = pairing.partner, len(scalings)
    size, edges = len(partner), torch.arange(0, len(partner) + block, block, device=partner.device)
    zeros = scalings[0][0].new_zeros
    log_pair, log_row_mass, row_mass, column_mass = zeros(parts, size), zeros(size), zeros(size), zeros(size)
    log_pair_of_mean, log_row_rival, log_column_rival = zeros(size), zeros(size), zeros(size).fill_(-torch.inf)
    partners = Partners(partner.new_zeros(size, top), zeros(size, top))
    overview, block_of = zeros(len(edges) - 1, len(edges) - 1), torch.arange(size, device=partner.device) // block
    within = {name: zeros(()) for name in groups}
    spare = torch.empty_like(tiles.workspace) if groups or parts > 1 else tiles.workspace[:0]
    for rows in tiles:
        here, pairs = slice(rows.stop - rows.start), partner[rows, None]
        tile = log_cells(tiles.kernel, rows, scalings[0], tiles.workspace[here])
        log_pair[0, rows] = tile.gather(1, pairs)[:, 0]
        for part in range(1, parts):
            other = log_cells(tiles.kernel, rows, scalings[part], spare[here])
            log_pair[part, rows] = other.gather(1, pairs)[:, 0]
            torch.logaddexp(tile, other, out=tile)
        if parts > 1:
            tile.sub_(math.log(parts))

        values, partners.indices[rows] = _largest(tile, top)
        partners.values[rows] = values.exp_()
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

    mass, pair_mass = row_mass.sum(), log_pair_of_mean.exp()
    if "labels" in within:
        row_codes, column_codes = groups["labels"]
        within["labels"] -= torch.where(row_codes == column_codes[partner], pair_mass, 0).sum()
    return Reading(
        row_mass=row_mass,
        column_mass=column_mass,
        log_row_mass=log_row_mass,
        log_pair=log_pair,
        matched_share=pair_mass.sum() / mass,
        top1_rows=(log_pair_of_mean > log_row_rival).to(mass).mean(),
        top1_columns=(log_pair_of_mean > log_column_rival[partner]).to(mass).mean(),
        partners=partners,
        overview=overview,
        edges=edges.clamp_max_(size),
        false_negative_mass=within["labels"] / mass if "labels" in within else None,
        same_domain_mass=within["domains"] / mass if "domains" in within else None,
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
