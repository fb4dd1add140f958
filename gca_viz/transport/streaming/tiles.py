"""The kernel of a large batch, read in tiles of rows within a given memory."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module

import torch
from torch import Tensor

#: bytes of a tile, on a processor and on an accelerator: enough rows for a fast product; on a processor few enough
#: to stay near it, on an accelerator enough for the time it takes to start a dozen operations not to count
_TILE, _TILE_OF_ACCELERATOR = 2**25, 2**28


@dataclass(frozen=True, eq=False)
class CosineKernel:
    """``log K = rows @ columnsᵀ``: the Gibbs kernel of cosine costs, known without being held.

    Attributes:
        rows: (N, d + 1) unit embeddings divided by ε, and −1/ε as a last entry.
        columns: (N, d + 1) unit embeddings, and 1 as a last entry.
        own: (N, 1) the column in which each row meets itself and has no mass (joint layout), or None.
    """

    rows: Tensor
    columns: Tensor
    own: Tensor | None

    @classmethod
    def of(cls, rows: Tensor, columns: Tensor, epsilon: float | Tensor, joint: bool) -> CosineKernel:
        """The kernel of the unit embeddings of rows and columns; ε is a number, or one per row."""
        ones = rows.new_ones(len(rows), 1)
        scale = epsilon[:, None] if isinstance(epsilon, Tensor) and epsilon.ndim else epsilon
        own = torch.arange(len(rows), device=rows.device)[:, None] if joint else None
        return cls(torch.cat([rows, -ones], 1).div_(scale), torch.cat([columns, ones], 1), own)

    @property
    def row_bytes(self) -> int:
        """Bytes of one row of the plan."""
        return len(self.rows) * self.rows.element_size()

    def log_rows(self, index: slice | Tensor, log_v: Tensor, out: Tensor | None = None) -> Tensor:
        """(rows of ``index``, N) ``log K + log v``."""
        return self._without_own(torch.addmm(log_v, self.rows[index], self.columns.T, out=out), index)

    def log_columns(self, index: slice | Tensor, log_u: Tensor, out: Tensor | None = None) -> Tensor:
        """(columns of ``index``, N) ``log Kᵀ + log u``."""
        return self._without_own(torch.addmm(log_u, self.columns[index], self.rows.T, out=out), index)

    def _without_own(self, logits: Tensor, index: slice | Tensor) -> Tensor:
        return logits if self.own is None else logits.scatter_(1, self.own[index], -torch.inf)


class Tiles:
    """Reads a kernel in tiles of rows; holds all of them where memory allows.

    Args:
        kernel: what to read.
        memory: bytes for tiles; at least three rows of the plan.
        report_progress: called after each tile with the share of the pass that is done; may raise.

    Attributes:
        held: whether the kernel is held as a whole.
        passes: how often the kernel was read.
        workspace: (rows of a tile, N) where tiles are computed.
    """

    def __init__(self, kernel: CosineKernel, memory: float, report_progress: Callable[[float], None]):
        self.kernel, self.report_progress, self.passes = kernel, report_progress, 0
        size = len(kernel.rows)
        # A third of the memory: reading a plan takes a second tile, and some room for what is made of them.
        most = _TILE if kernel.rows.device.type == "cpu" else _TILE_OF_ACCELERATOR
        height = max(1, min(size, int(min(memory / 3, most) // kernel.row_bytes)))
        self.held = (size + height) * kernel.row_bytes <= memory
        self.workspace = kernel.rows.new_empty(height, size)
        self._cache = kernel.rows.new_empty(size, size) if self.held else None
        self._peak = kernel.rows.new_empty(size)
        self._log_v: Tensor | None = None

    def __iter__(self) -> Iterator[slice]:
        """The rows of each tile: one pass over the kernel."""
        size, height = len(self.kernel.rows), len(self.workspace)
        for start in range(0, size, height):
            stop = min(start + height, size)
            yield slice(start, stop)
            self.report_progress(stop / size)
        self.passes += 1

    def release(self) -> None:
        """Give the memory of a held kernel back."""
        self._cache = None

    def log_sums(
        self, log_v: Tensor, row_step: Callable[[slice, Tensor], Tensor], wanted: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Log row sums for ``v``, the ``log u`` that a row step makes of them, and log column sums for this ``u``.

        All in one pass: a tile gives its row sums and then, while it is near, what its ``u`` adds to the column
        sums. Rows are taken relative to their largest cell and columns to the ``v`` at hand, so that no sum
        leaves the range of numbers. A column that does, because its ``v`` is far from convergence, is summed anew.

        Args:
            log_v: (N,) log-scaling of the columns, −∞ for empty ones.
            row_step: rows and their log sums → their new log-scalings.
            wanted: (N,) True for the columns whose sums matter.
        """
        row_sums, log_u, log_weight, column_sums = (torch.zeros_like(log_v) for _ in range(4))
        fresh = self._stale(log_v)
        held_v = self._log_v = log_v if self._log_v is None or fresh else self._log_v
        v = _difference(log_v, held_v).exp_()
        for rows in self:
            tile, peak = self._tile(rows, held_v if fresh else None)
            row_sums[rows] = torch.mv(tile, v).log_().add_(peak)
            log_u[rows] = row_step(rows, row_sums[rows])
            log_weight[rows] = log_u[rows] + peak
            column_sums.addmv_(tile.T, log_weight[rows].exp())
        # Cells below the smallest number are not exact: what they may add up to must not count.
        inexact = smallest(log_v) * len(log_v) * log_weight.max().exp().clamp_min(1)
        sound = torch.isfinite(column_sums) & (column_sums * torch.finfo(log_v.dtype).eps > inexact)
        column_sums.log_().sub_(held_v)
        anew = (wanted & ~sound).nonzero().flatten()
        if len(anew):
            column_sums[anew] = self._column_log_sums(anew, log_u)
        return row_sums, log_u, column_sums

    def _stale(self, log_v: Tensor) -> bool:
        """Whether the tiles must be computed (again) for this ``v``."""
        if self._cache is None or self._log_v is None:
            return True
        reach = math.log(torch.finfo(log_v.dtype).eps / smallest(log_v) / len(log_v)) / 4
        return bool(_difference(log_v, self._log_v).abs_().max() > reach)

    def _tile(self, rows: slice, fresh_v: Tensor | None) -> tuple[Tensor, Tensor]:
        """``exp(log K + log v − peak)`` and the peak of each row, with this ``v`` or the last fresh one."""
        tile = self.workspace[: rows.stop - rows.start] if self._cache is None else self._cache[rows]
        if fresh_v is not None:
            self._peak[rows] = exp_from_peak(self.kernel.log_rows(rows, fresh_v, tile))
        return tile, self._peak[rows]

    def _column_log_sums(self, columns: Tensor, log_u: Tensor) -> Tensor:
        sums = []
        for part in torch.split(columns, len(self.workspace)):
            cells = self.kernel.log_columns(part, log_u, self.workspace[: len(part)])
            peak = exp_from_peak(cells)
            sums.append(cells.sum(1).log_().add_(peak))
            self.report_progress(1.0)
        self.passes += 1
        return torch.cat(sums)


def exp_from_peak(logits: Tensor) -> Tensor:
    """Turn each row in place into ``exp(logits − peak)``, and return its peak; finite for a row of −∞.

    Cells too small for their number format become :func:`smallest`: on a CPU the exponential of what underflows
    takes a hundred times longer.
    """
    lowest, least = torch.finfo(logits.dtype).min, math.log(smallest(logits))
    if logits.is_cuda and logits.dtype == torch.float32 and (fused := _fused()):
        return fused(logits, lowest, least)
    peak = logits.amax(1).clamp_min_(lowest)
    logits.sub_(peak[:, None]).clamp_min_(least).exp_()
    return peak


@cache
def _fused() -> Callable[[Tensor, float, float], Tensor] | None:
    """The same in one kernel; None where Triton is missing, or what it needs, such as a compiler."""
    try:
        fused = import_module("gca_viz.transport.streaming.fused").exp_from_peak
        fused(torch.zeros(1, 1, device="cuda"), 0.0, 0.0)
    except Exception:  # whatever Triton says that it lacks
        return None
    return fused  # type: ignore[no-any-return]


def smallest(values: Tensor) -> float:
    """What cells are no smaller than: a little more than the smallest normal number."""
    return 4 * torch.finfo(values.dtype).tiny


def _difference(log_v: Tensor, other: Tensor) -> Tensor:
    """``log_v − other``; 0 for an empty column, which is −∞ in both."""
    return (log_v - other).nan_to_num_(nan=0)
