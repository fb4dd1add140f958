"""Batches too large for an N × N matrix: the plan of a method, computed and read tile by tile."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from gca_viz.errors import InputError
from gca_viz.progress import ReportProgress
from gca_viz.settings.parameter import Parameter
from gca_viz.transport.memory import memory_for
from gca_viz.transport.method import Method
from gca_viz.transport.methods import METHODS, find_method, settings_of
from gca_viz.transport.parameters import COST, EPSILON, ITERATIONS, KERNEL, SAMPLE, TOLERANCE, target_name
from gca_viz.transport.plans.diagnostics import CONVERGED, Diagnostics, common_diagnostics
from gca_viz.transport.plans.divergence import KL, RINCE, Divergence, KLPlusRINCE
from gca_viz.transport.plans.plan import ScaledPlan
from gca_viz.transport.problem.cost import as_embeddings, unit_rows
from gca_viz.transport.problem.pairing import Pairing
from gca_viz.transport.problem.precision import of_cosines
from gca_viz.transport.problem.problem import Problem
from gca_viz.transport.streaming.plan import StreamedPlan, read_plan
from gca_viz.transport.streaming.sinkhorn import Run, StreamedProblem, iterate, marginal_error
from gca_viz.transport.streaming.tiles import CosineKernel, Tiles

MEMORY = Parameter(
    name="memory",
    symbol="",
    label="Memory",
    default=1200,
    minimum=0,
    maximum=1e9,
    low=100,
    high=16_000,
    scale="log",
    exclusive_minimum=True,
    help="How many MiB a streamed plan may use: less takes longer and gives the same numbers.",
)
OVERVIEW = Parameter(
    name="overview",
    symbol="",
    label="Size of the overview",
    default=512,
    minimum=1,
    maximum=4096,
    low=64,
    high=1024,
    integer=True,
    help="How many blocks, at most, a side of the overview of a large plan has.",
)
TOP = Parameter(
    name="top",
    symbol="k",
    label="Partners per row",
    default=10,
    minimum=1,
    maximum=1000,
    low=1,
    high=20,
    integer=True,
    help="How many of the columns that a row sends most mass to are kept.",
)
#: methods whose loss can be read from pairs and row sums
STREAMABLE = tuple(
    method
    for method in METHODS.values()
    if method.target == "partner"
    and method.on_the_square
    and method.sample_by == SAMPLE.default
    and issubclass(method.divergence, (KL, RINCE, KLPlusRINCE))
)


@torch.no_grad()
def align_streamed(
    z1: Any,
    z2: Any,
    method: str = "gca-ince",
    *,
    epsilon: float | Tensor = EPSILON.default,
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
    mu: Any = None,
    nu: Any = None,
    target: str | None = None,
    labels: Any = None,
    domains: Any = None,
    kernel: str | None = None,
    cost: str | None = None,
    hold: str | None = None,
    overview: int = int(OVERVIEW.default),
    top: int = int(TOP.default),
    memory: float = MEMORY.default,
    progress: ReportProgress | None = None,
) -> StreamedPlan:
    """Align two views of a batch that is too large for an N × N matrix; without gradient.

    The iterations are those of :func:`gca_viz.transport.align`, plain Sinkhorn from f = g = 0: one pass over tiles
    of the kernel for each of them, and one more that reads the plan. Where the memory has room for the whole
    kernel it is held, and a pass takes a fraction of the time.

    Args:
        z1, z2, epsilon, tol, lambda1, lambda2, q, lam, r1, r2, layout, partner, mu, nu: as in ``align``.
        target: ``"partner"``; other targets are N × N matrices, for which there is ``align``.
        method: a method whose loss asks for pairs and row sums only.
        hold: ``"nothing"``, ``"rows"``, ``"columns"`` or ``"both"``, in place of the method's constraints.
        kernel, cost: ``"gibbs"`` and ``"cosine"``: with any other a plan cannot be streamed.
        iterations: bound on full iterations; infinity goes on until ``tol``, or as near as the number format
            allows, for 1000 iterations at most.
        labels, domains: (N,) or per view (2, N) classes and domains, to read the mass within them.
        overview: blocks per side of the overview, at most; all but the last are of one size.
        top: how many columns to keep of those that each row sends most to.
        memory: bound in MiB on what is allocated besides the inputs.
        progress: called after every tile with the share done and what is being done; may raise to cancel.

    Raises:
        InputError: anything that does not fit, with what came, what is allowed and what to do.

    Source: Chen et al., NeurIPS 2024, arXiv 2502.20141.
    """
    given = locals()  # by name, of which the registry of methods takes what is its own
    chosen = _streamable(find_method(method).composed(kernel, cost, hold), target)
    settings = settings_of(chosen, given)
    divergence = chosen.make_divergence(settings)
    tol, overview, top = TOLERANCE.check(tol), OVERVIEW.check_whole(overview), TOP.check_whole(top)
    iterations = ITERATIONS.check(ITERATIONS.default if iterations is None else iterations)
    z1, z2 = as_embeddings(z1, z2)
    pairing = Pairing.of(chosen.choose_layout(layout), len(z1), partner, z1.device)
    joint, size = pairing.layout == "joint", len(pairing.partner)

    def problems_of(like: Tensor) -> list[StreamedProblem]:
        marginals = pairing.spread_marginals(mu, nu, like=like)
        pairs = chosen.penalties(settings)
        return [StreamedProblem.of(size, epsilon, *pair, *marginals, like=like, joint=joint) for pair in pairs]

    problems = problems_of(z1)
    finer = of_cosines(z1, problems[0].epsilon)
    if finer != z1.dtype:
        z1, z2 = z1.to(finer), z2.to(finer)
        problems = problems_of(z1)
    named = {"labels": labels, "domains": domains}
    groups = {name: _codes(pairing, values, name, z1) for name, values in named.items() if values is not None}
    top = min(top, size)
    room = _room(memory, z1, size, top, min(overview, size))

    limits = [problem.limit(iterations, divergence.read_after) for problem in problems]
    progress_of_passes = _Progress(progress, passes=sum(limits) / 2)
    with (
        torch.autocast(z1.device.type, enabled=False),
        memory_for(size, z1, "Use a smaller batch, or lower memory=…"),
    ):
        z = unit_rows(torch.cat([z1, z2]) if joint else z1)
        weights = CosineKernel.of(z, z if joint else unit_rows(z2), problems[0].epsilon, joint)
        tiles = Tiles(weights, room, progress_of_passes)
        runs = [
            iterate(
                tiles,
                problem,
                limit=limit,
                tol=tol,
                read_after=divergence.read_after,
                begin=progress_of_passes.iteration,
            )
            for problem, limit in zip(problems, limits, strict=True)
        ]
        tiles.release()
        progress_of_passes.reading()
        scalings = [(run.log_u, run.log_v) for run in runs]
        reading = read_plan(tiles, scalings, pairing, block=math.ceil(size / overview), top=top, groups=groups)
        all_diagnostics = [
            _diagnostics(tiles, problem, run, reading.log_row_mass, tol)
            for problem, run in zip(problems, runs, strict=True)
        ]
        losses = [
            _loss_per_row(divergence, problem, run.log_u, log_pair, reading.log_row_mass, diagnostics)
            for problem, run, log_pair, diagnostics in zip(
                problems, runs, reading.log_pair, all_diagnostics, strict=True
            )
        ]
    first, log_u, log_v = problems[0], runs[0].log_u, runs[-1].log_v
    loss_per_row = sum(losses[1:], losses[0]) / len(losses)
    return StreamedPlan(
        **vars(reading),
        method=method,
        epsilon=first.epsilon,
        log_u=log_u,
        log_v=log_v,
        f=log_u * first.epsilon,
        g=log_v * first.mean_epsilon,
        loss_per_row=loss_per_row,
        loss=loss_per_row.sum() / float(first.rows.masses.sum()),
        diagnostics=common_diagnostics(all_diagnostics),
        pairing=pairing,
        cosine_kernel=weights,
        scalings=scalings,
    )


def _streamable(method: Method, target: Any) -> Method:
    """The method, if its loss for this target can be read from pairs and row sums."""
    if target is not None and not (isinstance(target, str) and target_name(target) == "partner"):
        raise InputError(
            f"target = {target!r} for a streamed plan" if isinstance(target, str) else "a matrix as target",
            "the target of a streamed plan is the partner: every other one is an N × N matrix",
            "Leave target out, or use align() for a batch small enough for such a matrix",
            parameter="target",
        )
    if not method.on_the_square and METHODS[method.name].on_the_square:
        dial, value = next(
            (dial, value)
            for dial, value in (("kernel", method.kernel), ("cost", method.cost), ("hold", method.hold))
            if value not in (KERNEL.default, COST.default, None)
        )
        raise InputError(
            f"{dial} = {value!r} for a streamed plan",
            "a streamed plan is one of the kernel 'gibbs', of cosines, and holds rows, columns, both or nothing",
            f"Leave {dial} out, or use align() for a batch small enough for an N × N matrix",
            parameter=dial,
        )
    if METHODS[method.name] not in STREAMABLE:
        raise InputError(
            f"method = {method.name!r} for a streamed plan",
            "methods whose target is the partner and whose loss asks for row sums only are "
            + ", ".join(fitting.name for fitting in STREAMABLE),
            "Choose one of these, or align() for a batch small enough for an N × N matrix",
            parameter="method",
        )
    return method


def _codes(pairing: Pairing, values: Any, name: str, like: Tensor) -> tuple[Tensor, Tensor]:
    """(N,), (N,) groups of rows and of columns, counted from 0 so that the number format of the plan holds them."""
    codes = torch.unique(torch.cat(pairing.spread(values, name)), return_inverse=True)[1].to(like.dtype)
    rows, columns = codes.tensor_split(2)
    return rows, columns


def _room(memory: float, z: Tensor, size: int, top: int, overview: int) -> float:
    """Bytes that are left for tiles."""
    number, dimensions = z.element_size(), z.shape[1] + 1
    # Embeddings while they are normalised, vectors of the size of a potential, and what the plan keeps.
    taken = size * (number * (6 * dimensions + 32) + top * (number + 8)) + number * overview**2
    least = taken + 3 * size * number
    if MEMORY.check(memory) * 2**20 < least:
        raise InputError(
            f"memory = {memory:g} for {size} rows of {z.shape[1]} dimensions",
            f"embeddings, results and three rows of the plan take {least / 2**20:.3g} MiB",
            "Allow more memory, or align fewer samples",
            parameter="memory",
        )
    return memory * 2**20 - taken


def _diagnostics(tiles: Tiles, problem: StreamedProblem, run: Run, log_row_mass: Tensor, tol: float) -> Diagnostics:
    """The diagnostics of a run; what is left of the marginal error is known when the plan is read."""
    exact = run.half_steps % 2 == 1  # rows hold exactly after a row step, columns after a column step
    row_error = 0.0 if exact else marginal_error(problem.rows, run.log_u, log_row_mass - run.log_u)
    return Diagnostics(
        regime="streaming",
        why="the memory holds " + ("the kernel" if tiles.held else f"{len(tiles.workspace)} of its rows"),
        half_steps=run.half_steps,
        passes=tiles.passes,
        row_marginal_error=row_error,
        column_marginal_error=run.column_marginal_error,
        tol=tol,
        stop_reason=CONVERGED if row_error + run.column_marginal_error <= tol else run.stop_reason,
    )


def _loss_per_row(
    divergence: Divergence,
    problem: StreamedProblem,
    log_u: Tensor,
    log_pair: Tensor,
    log_row_mass: Tensor,
    diagnostics: Diagnostics,
) -> Tensor:
    """(N,) divergence from the plan in which all columns but the partner's are merged into one."""
    live, mu = problem.live_rows, problem.rows.masses
    log_pair, log_sum = log_pair - log_u, log_row_mass - log_u
    log_rest = log_sum + torch.log1p(-(log_pair - log_sum).clamp_max(0).exp())
    log_rest = log_rest.clamp_min(torch.finfo(log_rest.dtype).min)  # an empty rest is a cell within reach, too
    log_kernel = torch.where(live[:, None], torch.stack([log_pair, log_rest], 1), 0)
    merged = ScaledPlan(
        problem=Problem(-log_kernel, 1.0, 0.0, 0.0, mu),
        log_u=log_u,
        log_v=log_kernel.new_zeros(2),
        diagnostics=diagnostics,
        divergence=divergence,
        given_target=torch.stack([mu, torch.zeros_like(mu)], 1),
    )
    return torch.where(live, merged.loss_per_row, 0)


class _Progress:
    """Tells which share is done: passes of the iterations, as many as expected, and one that reads the plan."""

    def __init__(self, tell: ReportProgress | None, passes: float):
        self.tell, self.begun = tell, 0
        self.passes = math.ceil(passes) if passes < math.inf else None
        self.share, self.span, self.what = 0.0, (0.0, 0.0), ""

    def __call__(self, done: float) -> None:
        """Tell that a share of the pass is done."""
        start, end = self.span
        self.share = start * (1 - done) + end * done
        if self.tell:
            self.tell(self.share, self.what)

    def iteration(self) -> None:
        """Begin a pass of the iterations."""
        self.begun += 1
        # Of an unbounded run nobody knows the length: each pass is a smaller share of what is left.
        if self.passes is None:
            self._begin(f"Iteration {self.begun}", self.begun / (self.begun + 20))
        else:
            self._begin(f"Iteration {self.begun} of {self.passes}", self.begun / (self.passes + 1))

    def reading(self) -> None:
        """Begin the pass that reads the plan."""
        self._begin("Reading the plan", 1.0)

    def _begin(self, what: str, end: float) -> None:
        self.what, self.span = what, (self.share, end)
