"""From the potentials of a sub-sample to those of all columns, and rows of the whole plan that they give."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from gca_viz.progress import ReportShare
from gca_viz.transport.streaming.block import step, strip_rows
from gca_viz.transport.streaming.kernel import Scaling, exp_from_peak
from gca_viz.transport.streaming.prepared import Prepared
from gca_viz.transport.streaming.sinkhorn import StreamedProblem

#: rounds of the two steps of a pair at most
_MOST_ROUNDS = 100
#: hubs that are told
_HUBS = 10


@dataclass(frozen=True, eq=False)
class ExactRows:
    """What some rows of a plan tell of which every cell was computed.

    Attributes:
        rows: (R,) which.
        top1: share of them that send most to their partner.
        hubs: (k,) the columns that most of them send most to, the first being the largest hub.
        hub_rows: (k,) how many of them each.
    """

    rows: Tensor
    top1: float
    hubs: Tensor
    hub_rows: Tensor


class Extension:
    """The potentials of all columns, from those of a sub-sample.

    A column that is not in it is set by the rows that are, each of which counts as often as there are others like
    it, and by its own partner: for each pair the two steps are taken in turn, as often as the plan has iterations.

    Args:
        whole: all samples.
        chosen: (n,) those of the sub-sample, in its order.
        scalings: of each of its plans.
        report: called with the share that is done; may raise.
    """

    def __init__(self, whole: Prepared, chosen: Tensor, scalings: Sequence[Scaling], report: ReportShare):
        self.whole, self.kernel, self.report = whole, whole.kernel(), report
        pairing = whole.pairing
        rows = torch.cat([chosen, pairing.partner[chosen]]) if whole.joint else chosen
        self.rows, self.columns = rows, rows if whole.joint else pairing.partner[rows]
        self.done, self.todo = 0.0, 2.0 * len(scalings)
        self.log_v = [self._of(problem, scaling) for problem, scaling in zip(whole.problems, scalings, strict=True)]

    def _of(self, problem: StreamedProblem, scaling: Scaling) -> Tensor:
        partner, row_of_column = self.whole.pairing.partner, self.whole.pairing.row_of_column
        kernel, (log_u, log_v) = self.kernel, scaling
        by_row = self._sums(kernel.rows, kernel.columns, self.columns, log_v, partner, free=problem.rows.free)
        by_column = self._sums(
            kernel.columns, kernel.rows, self.rows, log_u, row_of_column, free=problem.columns.free
        )
        pair = (kernel.rows * kernel.columns[partner]).sum(1)
        found = torch.zeros_like(pair)
        for _ in range(int(min(self.whole.iterations, _MOST_ROUNDS))):
            log_u = step(problem.rows, torch.logaddexp(by_row, pair + found[partner]))
            found = step(problem.columns, torch.logaddexp(by_column, (pair + log_u)[row_of_column]))
        return found

    def _sums(
        self, of: Tensor, others: Tensor, chosen: Tensor, log_scaling: Tensor, partner: Tensor, *, free: bool
    ) -> Tensor:
        """(N,) log of what the others of the sub-sample add to each row (column), partner and itself left out."""
        size, samples = len(of), len(self.whole.z1)
        total = of.new_zeros(size)
        place = torch.full((size,), -1, device=of.device).scatter_(
            0, chosen, torch.arange(len(chosen), device=of.device)
        )
        met = len(chosen) * samples // size  # pairs of the sub-sample
        others = others[chosen]
        height = max(1, 2**25 // (others.element_size() * len(others)))
        for start in range(0, 0 if free else size, height):
            here = slice(start, start + height)
            cells = torch.addmm(log_scaling, of[here], others.T)
            closed = [place[partner[here]]] + [place[here]] * self.whole.joint
            for places in closed:
                inside = (places >= 0).nonzero()[:, 0]
                cells[inside, places[inside]] = -torch.inf
            peak = exp_from_peak(cells)
            # A sample that is in the sub-sample itself meets one other fewer.
            fewer = (closed[0] >= 0).to(cells)
            total[here] = cells.sum(1).log_() + peak + math.log(samples - 1) - (met - fewer).log()
            self._tell(len(cells) / size)
        return total

    def _tell(self, share: float) -> None:
        self.done += share
        self.report(min(1.0, self.done / (self.todo + 1)))

    def read(self, rows: Tensor) -> ExactRows:
        """What some rows of the plan tell, every cell of which is computed."""
        partner, best = self.whole.pairing.partner, []
        height = strip_rows(self.kernel, 2**28)
        for index in torch.split(rows, height):
            tile, pairs = self._cells(index), partner[index, None]
            pair = tile.gather(1, pairs)
            rival, column = tile.scatter_(1, pairs, -torch.inf).max(1)
            best.append(torch.where(pair[:, 0] > rival, pairs[:, 0], column))
            self._tell(len(index) / len(rows))
        found = torch.cat(best)
        counts = torch.bincount(found, minlength=len(partner))
        most = counts.topk(min(_HUBS, len(counts)))
        hit = (found == partner[rows]).double().mean()
        return ExactRows(rows, float(hit), most.indices, most.values)

    def _cells(self, index: Tensor) -> Tensor:
        """(rows of ``index``, N) log of the cells of the plan."""
        parts = list(self._parts(index))
        for other in parts[1:]:
            torch.logaddexp(parts[0], other, out=parts[0])
        return parts[0]

    def _parts(self, index: Tensor) -> Iterator[Tensor]:
        for problem, log_v in zip(self.whole.problems, self.log_v, strict=True):
            cells = torch.addmm(log_v, self.kernel.rows[index], self.kernel.columns.T)
            if self.whole.joint:
                cells.scatter_(1, index[:, None], -torch.inf)
            some = problem.rows.of(slice(0, len(index)))  # all rows hold the same mass
            yield cells.add_(step(some, cells.logsumexp(1))[:, None])
