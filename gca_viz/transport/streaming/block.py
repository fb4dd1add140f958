"""A block of rows of a streamed plan: work that depends on its arguments alone, whoever does it and when."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from gca_viz.transport.problem.marginal import Marginal
from gca_viz.transport.streaming.kernel import CosineKernel, exp_from_peak, smallest
from gca_viz.transport.streaming.reading import PartialReading, read_rows
from gca_viz.transport.streaming.workspace import Workspace

#: bytes of a strip, on a processor and on an accelerator: enough rows for a fast product; on a processor few enough
#: to stay near it, on an accelerator enough for the time it takes to start a dozen operations not to count
_STRIP, _STRIP_OF_ACCELERATOR = 2**25, 2**28
#: rows of a strip at least, whatever they take: a product reads all columns for each strip, and for a few rows that
#: is most of its work
_FEWEST = 128


def strip_rows(kernel: CosineKernel, memory: float) -> int:
    """How many rows of a kernel to compute at a time, within so many bytes."""
    most = _STRIP if kernel.rows.device.type == "cpu" else _STRIP_OF_ACCELERATOR
    most = max(most, _FEWEST * kernel.row_bytes)
    return max(1, min(len(kernel.rows), int(min(memory, most) // kernel.row_bytes)))


@dataclass(frozen=True, eq=False)
class Sums:
    """What a block gives of a pass: of its rows all, of the columns its share.

    Attributes:
        log_row_sums, log_u: (rows,) log row sums for the ``v`` at hand, and the scalings that they lead to.
        column_sums: (N,) what these scalings add to the columns, relative to that ``v``.
        log_largest: () log of the largest weight of a row in them.
        relative_to: (N,) another log v that they are relative to, or None.
    """

    log_row_sums: Tensor
    log_u: Tensor
    column_sums: Tensor
    log_largest: Tensor
    relative_to: Tensor | None = None


class Block:
    """Some rows of a kernel, worked on in strips.

    Args:
        kernel: of these rows and all columns.
        height: rows of a strip. Sums are taken strip by strip, so that their last bits depend on it.
    """

    def __init__(self, kernel: CosineKernel, height: int):
        self.kernel, self.height = kernel, height

    def __len__(self) -> int:
        return len(self.kernel.rows)

    def strips(self) -> Iterator[slice]:
        """The rows of each strip."""
        for start in range(0, len(self), self.height):
            yield slice(start, min(start + self.height, len(self)))

    def sums(self, workspace: Workspace, log_v: Tensor, rows: Marginal) -> Sums:
        """Log row sums for ``v``, the ``log u`` that a row step makes of them, and what this ``u`` adds to columns.

        All in one pass: a strip gives its row sums and then, while it is near, what its ``u`` adds to the column
        sums. Rows are taken relative to their largest cell and columns to the ``v`` at hand, so that no sum of
        theirs leaves the range of numbers.

        Args:
            workspace: where to compute.
            log_v: (N,) log-scaling of the columns, −∞ for empty ones.
            rows: the marginal of these rows.
        """
        log_row_sums, log_u, log_weight = (log_v.new_zeros(len(self)) for _ in range(3))
        column_sums, base = torch.zeros_like(log_v), self._base(log_v)
        v = difference(log_v, base).exp_()
        for strip in self.strips():
            tile, peak = self._tile(strip, base, workspace)
            log_row_sums[strip] = torch.mv(tile, v).log_().add_(peak)
            log_u[strip] = step(rows, log_row_sums[strip], strip)
            log_weight[strip] = log_u[strip] + peak
            column_sums.addmv_(tile.T, log_weight[strip].exp())
            workspace.report(len(tile))
        return Sums(log_row_sums, log_u, column_sums, log_weight.max(), None if base is log_v else base)

    def columns(self, workspace: Workspace, index: Tensor, log_u: Tensor) -> Tensor:
        """(columns of ``index``,) log of what these rows add to some columns, each relative to its largest cell."""
        sums, height = [], max(1, self.height * len(self.kernel.columns) // len(self))
        for part in torch.split(index, height):
            cells = self.kernel.log_columns(part, log_u, workspace.tile(log_u, len(part), len(self)))
            peak = exp_from_peak(cells)
            sums.append(cells.sum(1).log_().add_(peak))
            workspace.report(0)
        return torch.cat(sums)

    def read(
        self,
        workspace: Workspace,
        log_v: tuple[Tensor, ...],
        block: int,
        top: int,
        column_codes: Mapping[str, Tensor],
        log_u: tuple[Tensor, ...],
        partner: Tensor,
        row_codes: Mapping[str, Tensor],
    ) -> PartialReading:
        """What these rows tell of the mean of some plans; the arguments are those of ``read_rows``."""
        scalings = list(zip(log_u, log_v, strict=True))
        groups = {name: (codes, column_codes[name]) for name, codes in row_codes.items()}
        return read_rows(
            self.kernel, list(self.strips()), workspace, scalings, partner, block=block, top=top, groups=groups
        )

    def _base(self, log_v: Tensor) -> Tensor:
        """The log v with which strips are computed."""
        return log_v

    def _tile(self, strip: slice, log_v: Tensor, workspace: Workspace) -> tuple[Tensor, Tensor]:
        """``exp(log K + log v − peak)`` and the peak of each row."""
        out = workspace.tile(log_v, strip.stop - strip.start, len(log_v))
        tile = self.kernel.log_rows(strip, log_v, out)
        return tile, exp_from_peak(tile)


class HeldBlock(Block):
    """All rows of a kernel, whose strips stay in memory: computed anew only where ``v`` is far from theirs."""

    def __init__(self, kernel: CosineKernel, height: int):
        super().__init__(kernel, height)
        self._cells: Tensor | None = None
        self._peak = kernel.rows.new_empty(len(kernel.rows))
        self._held_v: Tensor | None = None
        self._fresh = False

    def read(self, *arguments: object, **named: object) -> PartialReading:
        """The same; the memory of the strips is given back before."""
        self._cells = self._held_v = None
        return super().read(*arguments, **named)  # type: ignore[arg-type]

    def _base(self, log_v: Tensor) -> Tensor:
        held, self._fresh = self._held_v, True
        if held is not None:
            reach = math.log(torch.finfo(log_v.dtype).eps / smallest(log_v) / len(log_v)) / 4
            self._fresh = bool(difference(log_v, held).abs_().max() > reach)
        if held is None or self._fresh:
            held = self._held_v = log_v
        return held

    def _tile(self, strip: slice, log_v: Tensor, workspace: Workspace) -> tuple[Tensor, Tensor]:
        if self._cells is None:
            self._cells = log_v.new_empty(len(self), len(log_v))
        tile = self._cells[strip]
        if self._fresh:
            self._peak[strip] = exp_from_peak(self.kernel.log_rows(strip, log_v, tile))
        return tile, self._peak[strip]


def step(marginal: Marginal, log_sums: Tensor, index: slice = slice(None)) -> Tensor:
    """The log-scalings that some rows (columns) take for given sums; −∞ where they must be empty, 0 if free."""
    if marginal.free:
        return torch.zeros_like(log_sums)
    log_masses = marginal.log_masses[index]
    return torch.where(log_masses > -torch.inf, marginal.tau_of(index) * (log_masses - log_sums), -torch.inf)


def difference(log_v: Tensor, other: Tensor) -> Tensor:
    """``log_v − other``; 0 for an empty column, which is −∞ in both."""
    return (log_v - other).nan_to_num_(nan=0)
