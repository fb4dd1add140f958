"""Batches too large for an N × N matrix: the plan of a method, computed and read strip by strip."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from os import PathLike
from typing import Any

import torch
from torch import Tensor

from gca_viz.progress import ReportProgress
from gca_viz.transport.memory import memory_for
from gca_viz.transport.parameters import EPSILON, ITERATIONS, TOLERANCE
from gca_viz.transport.plans.diagnostics import common_diagnostics
from gca_viz.transport.streaming.checkpoint import Checkpoint, problem_id
from gca_viz.transport.streaming.outcome import diagnostics_of, loss_per_row
from gca_viz.transport.streaming.parameters import MEMORY, OVERVIEW, TOP
from gca_viz.transport.streaming.plan import StreamedPlan
from gca_viz.transport.streaming.prepared import Prepared
from gca_viz.transport.streaming.progress import Progress
from gca_viz.transport.streaming.ranks import RankShards
from gca_viz.transport.streaming.shards import Shards
from gca_viz.transport.streaming.sinkhorn import State, iterate
from gca_viz.transport.streaming.tiles import Tiles


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
    on: Shards | None = None,
    start: Any = None,
    checkpoint: str | PathLike[str] | None = None,
) -> StreamedPlan:
    """Align two views of a batch that is too large for an N × N matrix; without gradient.

    The iterations are those of :func:`gca_viz.transport.align`, plain Sinkhorn from f = g = 0: one pass over strips
    of rows of the kernel for each of them, and one more that reads the plan. Where the memory has room for the
    whole kernel it is held, and a pass takes a fraction of the time.

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
        memory: bound in MiB on what is allocated besides the inputs. A pass is fastest where there is room for
            three strips of 128 rows: 1,536·N bytes in single precision.
        progress: called after every strip with the share done and what is being done; may raise to cancel.
        on: who does the work, in blocks of rows: :class:`~gca_viz.transport.LocalShards`, the ranks of a process
            group (:class:`~gca_viz.transport.RankShards`), or whatever else has their methods. The result has the
            same bits with any number of workers. By default one block, in this thread.
        start: (N,) ``log_v`` of another plan to go on from, in place of zero; iterations are counted from there.
        checkpoint: path of a file that tells where the iterations are. It is written after a pass if the last time
            was 30 s ago, and whatever ends them; the same call goes on from it, with the same bits, and where it
            tells of the end, only reads the plan. The kernel is not held then.

    Raises:
        InputError: anything that does not fit, with what came, what is allowed and what to do.

    Source: Chen et al., NeurIPS 2024, arXiv 2502.20141.
    """
    prepared = Prepared.of(z1, z2, method, locals())
    return stream(
        prepared,
        groups={"labels": labels, "domains": domains},
        overview=OVERVIEW.check_whole(overview),
        top=TOP.check_whole(top),
        memory=memory,
        progress=progress,
        on=on,
        start=prepared.start(start),
        checkpoint=checkpoint,
    )


@torch.no_grad()
def stream(
    prepared: Prepared,
    *,
    groups: Mapping[str, Any] | None = None,
    overview: int = int(OVERVIEW.default),
    top: int = int(TOP.default),
    memory: float = MEMORY.default,
    progress: ReportProgress | None = None,
    on: Shards | None = None,
    start: Tensor | None = None,
    checkpoint: str | PathLike[str] | None = None,
    log_weight: float = 0.0,
) -> StreamedPlan:
    """The plan that was prepared; arguments as those of :func:`align_streamed`, and the weight of the kernel."""
    problems, limits, size = prepared.problems, prepared.limits, prepared.size
    known = {name: values for name, values in (groups or {}).items() if values is not None}
    codes = {name: prepared.codes(values, name) for name, values in known.items()}
    top, overview = min(top, size), min(overview, size)
    room = prepared.room(memory, top, overview)
    told = Progress(progress, passes=sum(limits) / 2)
    with (
        torch.autocast(prepared.z1.device.type, enabled=False),
        memory_for(size, prepared.z1, "Use a smaller batch, or lower memory=…"),
    ):
        kernel = prepared.kernel(log_weight)
        tiles = Tiles(kernel, room, told, on, hold=checkpoint is None)
        runs = _iterated(prepared, tiles, told, start, checkpoint, on if isinstance(on, RankShards) else None)
        told.reading()
        scalings = [(run.log_u, run.log_v) for run in runs]
        block = math.ceil(size / overview)
        reading = tiles.read(scalings, prepared.pairing.partner, block=block, top=top, groups=codes)
        all_diagnostics = [
            diagnostics_of(tiles, problem, run, reading.log_row_mass, prepared.tol)
            for problem, run in zip(problems, runs, strict=True)
        ]
        losses = [
            loss_per_row(prepared.divergence, problem, run.log_u, log_pair, reading.log_row_mass, diagnostics)
            for problem, run, log_pair, diagnostics in zip(
                problems, runs, reading.log_pair, all_diagnostics, strict=True
            )
        ]
    first, log_u, log_v = problems[0], runs[0].log_u, runs[-1].log_v
    of_rows = sum(losses[1:], losses[0]) / len(losses)
    return StreamedPlan(
        **vars(reading),
        method=prepared.method.name,
        epsilon=first.epsilon,
        log_u=log_u,
        log_v=log_v,
        f=log_u * first.epsilon,
        g=log_v * first.mean_epsilon,
        loss_per_row=of_rows,
        loss=of_rows.sum() / float(first.rows.masses.sum()),
        diagnostics=common_diagnostics(all_diagnostics),
        pairing=prepared.pairing,
        cosine_kernel=kernel,
        scalings=scalings,
    )


def _iterated(
    prepared: Prepared,
    tiles: Tiles,
    told: Progress,
    start: Tensor | None,
    checkpoint: str | PathLike[str] | None,
    ranks: RankShards | None,
) -> list[State]:
    """Where the iterations of each plan end; they go on from the checkpoint, if there is one."""
    problems, limits = prepared.problems, prepared.limits
    read_after = prepared.divergence.read_after
    name = ""
    if checkpoint is not None:
        name = problem_id(tiles.kernel, problems, start, [limits, prepared.tol, read_after])
    runs = []
    with Checkpoint(checkpoint, name, problems[0].columns.masses) as kept:
        if ranks is not None:  # which may have files of their own, that are older or not there
            kept.states, kept.passes = ranks.of_first((kept.states, kept.passes), tiles.kernel.rows.device)
            kept.writes = ranks.is_first
        tiles.passes = kept.passes
        told.skip(kept.passes)
        for number, (problem, limit) in enumerate(zip(problems, limits, strict=True)):
            runs.append(
                iterate(
                    tiles,
                    problem,
                    kept.of(number) or State.at_start(problem, start),
                    limit=limit,
                    tol=prepared.tol,
                    read_after=read_after,
                    begin=told.iteration,
                    keep=partial(_keep, kept, number, tiles),
                )
            )
    return runs


def _keep(kept: Checkpoint, number: int, tiles: Tiles, state: State) -> None:
    kept.keep(number, state, tiles.passes)
