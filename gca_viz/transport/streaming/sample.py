"""A large plan by a part of its samples: weighed, so that the part stands for the whole, or as it is."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor

from gca_viz.errors import InputError
from gca_viz.progress import ReportProgress
from gca_viz.settings.parameter import Parameter
from gca_viz.transport.memory import memory_for
from gca_viz.transport.parameters import EPSILON, ITERATIONS, TOLERANCE
from gca_viz.transport.streaming.align import stream
from gca_viz.transport.streaming.extend import ExactRows, Extension
from gca_viz.transport.streaming.parameters import MEMORY
from gca_viz.transport.streaming.plan import StreamedPlan
from gca_viz.transport.streaming.prepared import Prepared

SAMPLE_SIZE = Parameter(
    name="size",
    symbol="n",
    label="Sub-sample",
    default=4096,
    minimum=4,
    maximum=1e9,
    low=256,
    high=16_384,
    integer=True,
    scale="log",
    help="How many pairs a sub-sample has that stands for a large plan.",
)
DRAWS = Parameter(
    name="draws",
    symbol="",
    label="Draws",
    default=8,
    minimum=2,
    maximum=1000,
    low=4,
    high=32,
    integer=True,
    help="How many sub-samples are drawn; how much they differ says how sure their mean is.",
)
EXACT_ROWS = Parameter(
    name="exact_rows",
    symbol="",
    label="Exact rows",
    default=4096,
    minimum=1,
    maximum=1e9,
    low=256,
    high=16_384,
    integer=True,
    scale="log",
    help="Of how many rows every cell is computed: what is the largest of a row cannot be had from a sub-sample.",
)
#: standard errors to each side of a mean
_WIDTH = 1.96


class Estimate(NamedTuple):
    """A number with how far it may be from that of the whole plan.

    Attributes:
        value: the mean.
        margin: 1.96 standard errors of it and, of what was taken off as common to all draws, the whole: how much of
            that is left over nobody knows.
        taken_off: that part.
    """

    value: float
    margin: float
    taken_off: float = 0.0

    def __str__(self) -> str:
        return f"{self.value:.4g} ± {self.margin:.2g}"


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class SampledPlan:
    """What some sub-samples tell of a plan.

    Attributes:
        method: name of the method.
        samples: N, the pairs that there are.
        size: n, the pairs of a sub-sample.
        draws: how many sub-samples were drawn.
        weighed: whether they stand for the whole plan; else they are mini-batches, and say what training on
            batches of n sees.
        loss, matched_share: mean over the draws.
        converged: share of the draws whose iterations converged.
        exact: what some exact rows of the whole plan tell; None for mini-batches.
    """

    method: str
    samples: int
    size: int
    draws: int
    weighed: bool
    loss: Estimate
    matched_share: Estimate
    converged: float
    exact: ExactRows | None

    @property
    def top1_rows(self) -> Estimate | None:
        """Share of the rows that send most to their partner, by the exact ones; ± that of the rows alone."""
        if self.exact is None:
            return None
        share, count = self.exact.top1, len(self.exact.rows)
        return Estimate(share, _WIDTH * math.sqrt(share * (1 - share) / count))

    @property
    def name(self) -> str:
        """What this is called."""
        if self.weighed:
            return f"{self.draws} weighed sub-samples of {self.size:,} out of {self.samples:,}"
        return f"mini-batch OT, {self.draws} batches of {self.size:,}"

    def __repr__(self) -> str:
        top1 = f", row top-1 {self.top1_rows}" if self.top1_rows else ""
        return f"SampledPlan({self.method}, {self.name}: loss {self.loss}, pair mass {self.matched_share}{top1})"


@torch.no_grad()
def sample_plan(
    z1: Any,
    z2: Any,
    method: str = "gca-ince",
    *,
    size: int = int(SAMPLE_SIZE.default),
    draws: int = int(DRAWS.default),
    exact_rows: int = int(EXACT_ROWS.default),
    weighed: bool = True,
    seed: int = 0,
    epsilon: float = EPSILON.default,
    iterations: float | None = ITERATIONS.default,
    tol: float = TOLERANCE.default,
    lambda1: float | None = None,
    lambda2: float | None = None,
    q: float | None = None,
    lam: float | None = None,
    r1: float | None = None,
    r2: float | None = None,
    layout: str | None = None,
    partner: Any = None,
    hold: str | None = None,
    memory: float = MEMORY.default,
    progress: ReportProgress | None = None,
) -> SampledPlan:
    """Estimate the plan of a very large batch from sub-samples of its pairs; without gradient.

    In a sub-sample each row meets n − 1 strangers in place of N − 1. So each of them counts (N − 1)/(n − 1) times,
    and loss and pair mass are those of the whole plan, up to an error that falls as 1/√n and grows as ε falls; what
    of it all draws have in common, about 1/n, is taken off by what the two halves of each draw tell. The largest
    cell of a row cannot be had so: top-1 and hubs come from rows of which all N cells are computed, with potentials
    that the first sub-sample is extended to all columns for.

    Args:
        z1, z2, method, iterations, tol, lambda1, lambda2, q, lam, r1, r2, layout, partner, hold: as in
            :func:`gca_viz.align_streamed`.
        epsilon: temperature, a number.
        size: n, pairs of a sub-sample; all of them where there are no more.
        draws: how many sub-samples, each drawn anew without repetition.
        exact_rows: how many rows to compute exactly.
        weighed: False leaves strangers as few as they are: mini-batch OT, another quantity, the one that training
            on batches of n sees.
        seed: of the draws.
        memory: bound in MiB on the tiles and the plan of a sub-sample.
        progress: called with the share done and what is being done; may raise to cancel.

    Raises:
        InputError: anything that does not fit, with what came, what is allowed and what to do.

    Source: mini-batch OT: Fatras et al., AISTATS 2020, arXiv 1910.04091; error of sub-samples: Genevay et al.,
    AISTATS 2019, arXiv 1810.02733; Mena, Niles-Weed, NeurIPS 2019, arXiv 1905.11882.
    """
    given = locals()
    draws, exact_rows = DRAWS.check_whole(draws), EXACT_ROWS.check_whole(exact_rows)
    whole = Prepared.of(z1, z2, method, given | {"epsilon": EPSILON.check(epsilon)})
    samples = len(whole.z1)
    if samples < 2:
        raise InputError(
            "a sub-sample of one pair",
            "a sub-sample has at least two pairs, so that there is somebody to meet",
            "Use align() for such a batch",
        )
    size, tell = min(SAMPLE_SIZE.check_whole(size), samples), progress or (lambda share, what: None)
    random = torch.Generator().manual_seed(seed)
    read, first = [], None
    with memory_for(size, whole.z1, "Draw smaller sub-samples, or lower memory=…"):
        for number in range(draws):
            chosen = torch.randperm(samples, generator=random)[:size].to(whole.z1.device)
            within = _within(tell, number, draws + weighed, f"Sub-sample {number + 1} of {draws}")
            draw = _Draw(whole, given, chosen, memory, within)
            plan = draw.plan(chosen, weighed=weighed)
            first = (chosen, plan.scalings) if first is None else first
            numbers = _numbers(plan)
            read.append((numbers, draw.corrected(numbers) if weighed else numbers, plan.converged))
        exact = None
        if weighed and first is not None:
            extended = Extension(whole, *first, _within(tell, draws, draws + 1, "Exact rows"))
            exact = extended.read(torch.randperm(whole.size, generator=random)[:exact_rows].to(whole.z1.device))
    plain, corrected, converged = zip(*read, strict=True)
    loss, share = map(_estimate, zip(*plain, strict=True), zip(*corrected, strict=True))
    return SampledPlan(
        method=whole.method.name,
        samples=samples,
        size=size,
        draws=draws,
        weighed=weighed,
        loss=loss,
        matched_share=share,
        converged=sum(converged) / draws,
        exact=exact,
    )


@dataclass(frozen=True, eq=False)
class _Draw:
    """One sub-sample: ``chosen`` of all, and what else :func:`stream` takes."""

    whole: Prepared
    given: Mapping[str, Any]
    chosen: Tensor
    memory: float
    progress: ReportProgress

    def plan(self, chosen: Tensor, *, weighed: bool) -> StreamedPlan:
        """The plan of some of its pairs."""
        samples, second = len(self.whole.z1), self.whole.pairing.second[chosen]
        part = Prepared.of(
            self.whole.z1[chosen], self.whole.z2[second], self.whole.method.name, {**self.given, "partner": None}
        )
        log_weight = math.log((samples - 1) / (len(chosen) - 1)) if weighed else 0.0
        return stream(part, overview=1, top=1, memory=self.memory, log_weight=log_weight, progress=self.progress)

    def corrected(self, numbers: Sequence[float]) -> Sequence[float]:
        """Its numbers without what is wrong with all sub-samples of its size, as its two halves show.

        The error of a mean over sub-samples of n is nearly c·(1/n − 1/N), so that halves of it tell c: a jackknife.
        """
        samples, size = len(self.whole.z1), len(self.chosen)
        if size == samples:
            return numbers
        half = size // 2
        found = [
            _numbers(self.plan(part, weighed=True)) for part in (self.chosen[:half], self.chosen[half : 2 * half])
        ]
        share = (1 / size - 1 / samples) / (1 / half - 1 / size)
        return [
            number - share * (statistics.fmean(of_halves) - number)
            for number, of_halves in zip(numbers, zip(*found, strict=True), strict=True)
        ]


def _numbers(plan: StreamedPlan) -> tuple[float, float]:
    return float(plan.loss), float(plan.matched_share)


def _estimate(plain: Sequence[float], corrected: Sequence[float]) -> Estimate:
    value = statistics.fmean(corrected)
    taken_off = statistics.fmean(plain) - value
    return Estimate(
        value, _WIDTH * statistics.stdev(corrected) / math.sqrt(len(corrected)) + abs(taken_off), taken_off
    )


def _within(tell: ReportProgress, number: int, parts: int, what: str) -> Callable[..., None]:
    """Progress of one part of several, as that of all."""
    return lambda share, detail="": tell((number + share) / parts, what)
