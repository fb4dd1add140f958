"""The kernel of a large batch as the iterations see it: in blocks of rows, wherever these are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor

from gca_viz.transport.problem.marginal import Marginal
from gca_viz.transport.streaming.block import Block, HeldBlock, Sums, strip_rows
from gca_viz.transport.streaming.kernel import CosineKernel, Scaling, smallest
from gca_viz.transport.streaming.reading import Reading, merge
from gca_viz.transport.streaming.shards import TILES_OF_A_WORKER, Here, Shards, Work, in_order


class Tiles:
    """Reads a kernel block by block; one block that is held where memory allows, unless shards are given.

    Args:
        kernel: what to read.
        memory: bytes for tiles; at least three rows of the plan.
        report_progress: called after each strip with the share of the pass that is done; may raise.
        shards: who works on the blocks.
        hold: whether the kernel may be held.

    Attributes:
        held: whether the kernel is held as a whole.
        height: rows of a strip.
        passes: how often the kernel was read.
    """

    def __init__(
        self,
        kernel: CosineKernel,
        memory: float,
        report_progress: Callable[[float], None],
        shards: Shards | None = None,
        *,
        hold: bool = True,
    ):
        self.kernel, self.report_progress, self.passes = kernel, report_progress, 0
        size = len(kernel.rows)
        self.height = strip_rows(kernel, memory / TILES_OF_A_WORKER)
        self.held = hold and shards is None and (size + self.height) * kernel.row_bytes <= memory
        shards = Here() if shards is None else shards
        count = min(shards.blocks, size)
        edges = [size * number // count for number in range(count + 1)]
        self.spans = [slice(*ends) for ends in pairwise(edges)]
        make = HeldBlock if self.held else Block
        self._placed = shards.place([make(kernel.of_rows(rows), self.height) for rows in self.spans], memory)

    def log_sums(self, log_v: Tensor, rows: Marginal, wanted: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Log row sums for ``v``, the ``log u`` that a row step makes of them, and log column sums for this ``u``.

        All in one pass. A column whose sum leaves the range of numbers, because its ``v`` is far from convergence,
        is summed anew, relative to its own largest cells.

        Args:
            log_v: (N,) log-scaling of the columns, −∞ for empty ones.
            rows: the marginal of the rows.
            wanted: (N,) True for the columns whose sums matter.
        """
        row_sums, log_u, column_sums = (torch.zeros_like(log_v) for _ in range(3))
        log_largest, base = log_v.new_full((), -torch.inf), log_v
        parts: Iterator[Sums] = self._run("sums", (log_v,), [(rows.of(span),) for span in self.spans])
        for span, part in zip(self.spans, parts, strict=True):
            row_sums[span], log_u[span] = part.log_row_sums, part.log_u
            column_sums += part.column_sums
            log_largest = torch.maximum(log_largest, part.log_largest)
            base = base if part.relative_to is None else part.relative_to
        # Cells below the smallest number are not exact: what they may add up to must not count.
        inexact = smallest(log_v) * len(log_v) * log_largest.exp().clamp_min(1)
        sound = torch.isfinite(column_sums) & (column_sums * torch.finfo(log_v.dtype).eps > inexact)
        column_sums.log_().sub_(base)
        anew = (wanted & ~sound).nonzero().flatten()
        if len(anew):
            column_sums[anew] = self._column_log_sums(anew, log_u)
        return row_sums, log_u, column_sums

    def _column_log_sums(self, columns: Tensor, log_u: Tensor) -> Tensor:
        parts: Iterator[Tensor] = self._run("columns", (columns,), [(log_u[span],) for span in self.spans], 1.0)
        total = next(parts)
        for part in parts:
            total = torch.logaddexp(total, part)
        return total

    def read(
        self,
        scalings: Sequence[Scaling],
        partner: Tensor,
        *,
        block: int,
        top: int,
        groups: Mapping[str, tuple[Tensor, Tensor]],
    ) -> Reading:
        """Read the mean of the plans ``u_i K_ij v_j`` of some scalings, in one pass over the kernel.

        Args:
            scalings: of each plan.
            partner: (N,) whose partner is who.
            block: rows and columns of a block of the overview.
            top: how many of the largest cells of a row to keep.
            groups: ``"labels"`` and ``"domains"``, as far as known, → (N,), (N,) codes of rows and of
                columns, in the number format of the plan.
        """
        columns = {name: codes for name, (_, codes) in groups.items()}
        own = [
            (
                tuple(log_u[span] for log_u, _ in scalings),
                partner[span],
                {name: codes[span] for name, (codes, _) in groups.items()},
            )
            for span in self.spans
        ]
        shared = tuple(log_v for _, log_v in scalings), block, top, columns
        return merge(self._run("read", shared, own), partner, block)

    def _run(self, work: Work, shared: tuple[Any, ...], own: Sequence[tuple[Any, ...]], done: float = 0.0) -> Any:
        """Results in the order of the blocks: one pass over the kernel."""
        size, rows_done = len(self.kernel.rows), 0

        def report(rows: int) -> None:
            nonlocal rows_done
            rows_done += rows
            self.report_progress(max(done, rows_done / size))

        yield from in_order(self._placed.run(work, shared, own, report))
        self.passes += 1
