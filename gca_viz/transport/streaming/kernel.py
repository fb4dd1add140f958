"""The kernel of a large batch, known without being held, and what is done to its cells."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module

import torch
from torch import Tensor

#: log u and log v of a plan of the form u_i K_ij v_j
Scaling = tuple[Tensor, Tensor]


@dataclass(frozen=True, eq=False)
class CosineKernel:
    """``log K = rows @ columnsᵀ``: the Gibbs kernel of cosine costs, or some rows of it.

    Attributes:
        rows: (rows, d + 1) unit embeddings divided by ε, and −1/ε as a last entry.
        columns: (N, d + 1) unit embeddings, and 1 as a last entry.
        joint: whether rows and columns are the same embeddings: each row meets itself, and has no mass there.
        start: which of the N rows the first one is.
        log_weight: log of how often each cell counts but those of partners; where it is not 0, the partners are
            those of a batch in its own order.
    """

    rows: Tensor
    columns: Tensor
    joint: bool
    start: int = 0
    log_weight: float = 0.0

    @classmethod
    def of(
        cls, rows: Tensor, columns: Tensor, epsilon: float | Tensor, joint: bool, log_weight: float = 0.0
    ) -> CosineKernel:
        """The kernel of the unit embeddings of rows and columns; ε is a number, or one per row."""
        ones = rows.new_ones(len(rows), 1)
        scale = epsilon[:, None] if isinstance(epsilon, Tensor) and epsilon.ndim else epsilon
        divided = torch.cat([rows, -ones], 1).div_(scale)
        return cls(divided, torch.cat([columns, ones], 1), joint, log_weight=log_weight)

    @property
    def row_bytes(self) -> int:
        """Bytes of one row of the plan."""
        return len(self.columns) * self.columns.element_size()

    def of_rows(self, rows: slice) -> CosineKernel:
        """The kernel of some of its rows; nothing is copied."""
        return replace(self, rows=self.rows[rows], start=self.start + rows.start)

    def log_rows(self, index: slice, log_v: Tensor, out: Tensor | None = None) -> Tensor:
        """(rows of ``index``, N) ``log K + log v``."""
        logits = torch.addmm(self._weighed(log_v), self.rows[index], self.columns.T, out=out)
        if self.joint or self.log_weight:
            own = torch.arange(self.start + index.start, self.start + index.stop, device=logits.device)
            for places, change in self._special(own):
                logits.scatter_add_(1, places[:, None], logits.new_full((len(places), 1), change))
        return logits

    def log_columns(self, index: Tensor, log_u: Tensor, out: Tensor | None = None) -> Tensor:
        """(columns of ``index``, rows) ``log Kᵀ + log u``."""
        logits = torch.addmm(self._weighed(log_u), self.columns[index], self.rows.T, out=out)
        for places, change in self._special(index):
            here = places - self.start
            inside = (here >= 0) & (here < len(self.rows))
            logits[inside.nonzero()[:, 0], here[inside]] += change
        return logits

    def _weighed(self, log_scaling: Tensor) -> Tensor:
        return log_scaling + self.log_weight if self.log_weight else log_scaling

    def _special(self, own: Tensor) -> Iterator[tuple[Tensor, float]]:
        """Where rows (columns) meet themselves or their partners, and what is added to the log of these cells."""
        size = len(self.columns)
        if self.joint:
            yield own, -torch.inf
        if self.log_weight:
            yield (own + size // 2) % size if self.joint else own, -self.log_weight


def log_cells(kernel: CosineKernel, rows: slice, scaling: Scaling, out: Tensor | None = None) -> Tensor:
    """(rows, N) log of the cells ``u_i K_ij v_j``."""
    log_u, log_v = scaling
    return kernel.log_rows(rows, log_v, out).add_(log_u[rows, None])


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
