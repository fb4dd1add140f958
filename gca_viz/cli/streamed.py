"""``gca-viz plan --streamed``: a plan too large to hold, what it would cost, or a part that stands for it."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from gca_viz.cli.console import note, print_json, progress, table, within, write
from gca_viz.cli.executor_flags import EXECUTORS, RAY, add_engine, check_engine, made_folder
from gca_viz.cli.recipe_flags import Asked, read_recipe
from gca_viz.errors import InputError
from gca_viz.files.strict_json import strict_json

if TYPE_CHECKING:
    from gca_viz.cli.parser import Parser
    from gca_viz.experiments.plan.streamed import StreamInput
    from gca_viz.progress import ReportProgress
    from gca_viz.transport import Shards

_READ = ("loss", "matched_share", "top1_rows", "top1_columns", "false_negative_mass", "same_domain_mass")
#: in the folder of results
_CHECKPOINT = "checkpoint.npz"
#: pairs of a sub-sample that a dry run tells of, where none are asked for
_SAMPLE = 4096
#: flags that need --streamed → their values where they are not given
_OWN = {
    "all": False,
    "results": None,
    "dry_run": False,
    "sample": None,
    "executor": EXECUTORS[0],
    "address": None,
    "workers": None,
    "gpus": None,
    "memory": None,
}


def add_flags(parser: Parser) -> None:
    """Add the flags of a plan that is never written down."""
    group = parser.add_argument_group("large plans", "of which no matrix is ever written down")
    group.add_argument(
        "--streamed", action="store_true", help="compute the plan strip by strip; --output takes .npz"
    )
    group.add_argument("--all", action="store_true", help="of every sample of the data, whatever split and N say")
    group.add_argument(
        "--results",
        type=Path,
        metavar="FOLDER",
        help="keep plan and progress there; after an interruption the same command goes on",
    )
    group.add_argument(
        "--dry-run", action="store_true", help="only say what it would take, and what --sample would take"
    )
    group.add_argument(
        "--sample",
        type=int,
        metavar="n",
        help="in place of the plan, eight weighed sub-samples of n pairs that stand for it, with their ±",
    )
    add_engine(
        group,
        workers="how many share the work at most: threads of this process (by default 1), or processes of Ray (by "
        "default as many as there are cores)",
        each="worker",
    )
    group.add_argument("--memory", type=float, metavar="MiB", help="what the plan may use (default 1200)")


def check_flags(chosen: argparse.Namespace) -> None:
    """Raise :class:`InputError` for a flag that only a streamed plan has, without ``--streamed``."""
    given = [name for name, default in _OWN.items() if getattr(chosen, name) != default]
    if given and not chosen.streamed:
        flag = f"--{given[0].replace('_', '-')}"
        raise InputError(f"{flag} without --streamed", f"{flag} is of plans that are streamed", "Add --streamed")
    check_engine(chosen, "address", "gpus")
    if chosen.executor == RAY and chosen.sample is not None and not chosen.dry_run:
        raise InputError(
            "--executor ray with --sample", "sub-samples are small: this process computes them", "Leave one out"
        )


def run(chosen: argparse.Namespace) -> None:
    """Compute what was asked for."""
    with progress(quiet=chosen.quiet) as report_progress:
        asked = read_recipe(chosen, report_progress, endings=(".npz",))
        if asked.output is not None and (chosen.dry_run or chosen.sample is not None):
            raise InputError("--output", "there is no plan to write", "Leave it out, or --sample and --dry-run")
        folder = None if chosen.results is None else made_folder(chosen.results)
        from gca_viz.experiments.plan.streamed import StreamInput

        given = {} if chosen.memory is None else {"memory": chosen.memory}
        with _shards(chosen) as on:  # before a million images are embedded for a cluster that is not there
            asked_of = StreamInput.of(asked.recipe, within(report_progress, 0, 0.2), whole=chosen.all)
            rest = within(report_progress, 0.2, 1)
            if chosen.dry_run:
                said = _forecast(asked_of, chosen.sample or _SAMPLE, chosen.workers or 1, given)
            elif chosen.sample is not None:
                said = _sampled(asked_of, chosen.sample, given, rest)
            else:
                said = _streamed(asked_of, on, folder, asked.output, given, rest)
    values = said.values | _about(asked)
    if folder is not None and not chosen.dry_run:
        name = "plan.json" if chosen.sample is None else "sample.json"
        write(folder / name, strict_json(values, indent=2) + "\n")
    if chosen.json:
        print_json(values)
    else:
        print(said.text)
    for path in (folder, asked.output):
        if path is not None and not (chosen.quiet or chosen.dry_run):
            note(f"Wrote {path}")


@contextmanager
def _shards(chosen: argparse.Namespace) -> Iterator[Shards | None]:
    """Who works on the blocks of the plan that was asked for, until the block ends; None for one block here."""
    if chosen.dry_run or chosen.sample is not None:
        yield None
    elif chosen.executor == RAY:
        from gca_viz.cluster import rows
        from gca_viz.cluster.connect import AUTO

        with rows(chosen.address or AUTO, chosen.workers, gpus=chosen.gpus or 0.0) as workers:
            yield workers
    else:
        from gca_viz.transport import LocalShards

        threads = chosen.workers or 1
        yield LocalShards(threads) if chosen.results is not None or threads > 1 else None


class Said(NamedTuple):
    """What a command says, to people and to machines."""

    text: str
    values: dict[str, Any]


def _streamed(
    of: StreamInput,
    on: Shards | None,
    folder: Path | None,
    output: Path | None,
    given: dict[str, Any],
    tell: ReportProgress,
) -> Said:
    from gca_viz.experiments.plan.streamed import plan_npz
    from gca_viz.transport import READINGS, align_streamed

    given |= {"on": on}
    if folder is not None:
        given |= {"checkpoint": folder / _CHECKPOINT}
    try:
        of_samples = {"labels": of.embeddings.labels, "domains": of.embeddings.domains}
        given |= of.keywords | of_samples
        plan = align_streamed(*of.views, of.method, **given, progress=tell)
    except KeyboardInterrupt:
        if folder is not None:
            note(f"What is done is in {folder}: the same command goes on from there.")
        raise
    for path in (folder and folder / "plan.npz", output):
        if path is not None:
            write(path, plan_npz(plan, of.embeddings.names))
    numbers = {name: float(getattr(plan, name)) for name in _READ}
    size, told = len(plan.f), plan.diagnostics
    rows = [[f"{size:,} × {size:,} cells", of.method]]
    rows += [[READINGS[name].label, READINGS[name].text(value)] for name, value in numbers.items()]
    text = f"{table(rows)}\n\n{told}."
    values = {"rows": size, "readings": numbers, "half_steps": plan.half_steps, "passes": told.passes}
    values |= {"converged": plan.converged, "marginal_error": plan.marginal_error}
    return Said(text, values)


def _sampled(of: StreamInput, size: int, given: dict[str, Any], tell: ReportProgress) -> Said:
    from gca_viz.transport import READINGS, sample_plan

    z1, z2 = of.views
    weighed = sample_plan(z1, z2, of.method, size=size, **of.keywords, **given, progress=within(tell, 0, 0.6))
    plain = sample_plan(
        z1, z2, of.method, size=size, weighed=False, **of.keywords, **given, progress=within(tell, 0.6, 1)
    )
    exact, top1 = weighed.exact, weighed.top1_rows
    assert exact is not None  # it is weighed
    assert top1 is not None
    rows = [["", f"the whole plan, N = {weighed.samples:,}", f"mini-batch OT, N = {plain.size:,}"]]
    for name in ("loss", "matched_share"):
        rows.append([READINGS[name].label, str(getattr(weighed, name)), str(getattr(plain, name))])
    rows.append([READINGS["top1_rows"].label, str(top1), "–"])
    told = zip(exact.hubs[:5].tolist(), exact.hub_rows[:5].tolist(), strict=True)
    hubs = ", ".join(f"{of.embeddings.names[hub % len(z1)]} ({count})" for hub, count in told)
    text = (
        f"{table(rows)}\n\n"
        f"Estimated by {weighed.name}: strangers count as often as there are others like them. ± is 1.96 standard "
        f"errors of {weighed.draws} draws, and what was taken off as common to all of them.\n"
        f"Top-1 and hubs come from {len(exact.rows):,} exact rows, with the potentials of the first sub-sample; "
        f"columns that most of them send most to, and how many do: {hubs}.\n"
        "Mini-batch OT is another quantity, that of batches of this size: fewer strangers."
    )
    values = {
        "samples": weighed.samples,
        "size": weighed.size,
        "draws": weighed.draws,
        "weighed": {"loss": weighed.loss._asdict(), "matched_share": weighed.matched_share._asdict()},
        "minibatch": {"loss": plain.loss._asdict(), "matched_share": plain.matched_share._asdict()},
        "top1_rows": top1._asdict(),
        "exact_rows": len(exact.rows),
        "hubs": exact.hubs.tolist(),
        "hub_rows": exact.hub_rows.tolist(),
        "converged": weighed.converged,
    }
    return Said(text, values)


def _forecast(of: StreamInput, size: int, workers: int, given: dict[str, Any]) -> Said:
    from gca_viz.transport.streaming.forecast import GPU_SECONDS_PER_CELL, forecast
    from gca_viz.transport.streaming.sample import DRAWS, EXACT_ROWS, SAMPLE_SIZE

    z1, z2 = of.views
    found = forecast(z1, z2, of.method, **of.keywords, **given)
    size = min(SAMPLE_SIZE.check_whole(size), len(of.embeddings.z1))
    sample = found.seconds_of_sample(len(of.embeddings.z1), size, int(DRAWS.default), int(EXACT_ROWS.default))
    endless = found.passes == math.inf
    rows = [
        [f"{found.rows:,} × {found.rows:,} cells", f"{found.cells:.3g}"],
        ["Passes that iterate", "as many as it takes" if endless else f"{found.passes:.0f}"],
        ["A pass, one worker", _time(found.cells * found.seconds_per_cell)],
        ["Reading the plan", _time(found.cells * found.reading_per_cell)],
        ["All of it, one worker", "not known" if endless else _time(found.seconds)],
        *(
            [[f"All of it, {workers} workers", "not known" if endless else _time(found.seconds / workers)]]
            * (workers > 1)
        ),
        ["GPU-hours, by the model", "not known" if endless else f"{found.gpu_seconds / 3600:.3g}"],
        [f"--sample {size}", "not known" if endless else _time(sample)],
    ]
    text = f"{table(rows)}\n\nMeasured on a strip of rows: {1e9 * found.seconds_per_cell:.1f} ns a cell. Where the "
    text += "memory holds the kernel, passes after the first take less. Of a GPU nothing was measured: "
    text += f"{1e12 * GPU_SECONDS_PER_CELL:.0f} ps a cell of one H100, on paper. Nothing was computed."
    values = {
        "rows": found.rows,
        "cells": found.cells,
        "passes": None if endless else found.passes,
        "seconds_per_cell": found.seconds_per_cell,
        "seconds": None if endless else found.seconds,
        "minutes": None if endless else found.seconds / 60 / workers,
        "gpu_hours": None if endless else found.gpu_seconds / 3600,
        "sample": {"size": size, "seconds": None if endless else sample},
    }
    return Said(text, values)


def _time(seconds: float) -> str:
    for unit, length in (("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.3g} {unit}"
    return f"{seconds:.2g} seconds"


def _about(asked: Asked) -> dict[str, Any]:
    """Whose numbers these are, and where they were computed."""
    from gca_viz.experiments.environment import environment

    return {
        "recipe": json.loads(asked.recipe.to_json()),
        "command": asked.command("plan", "--streamed"),
        "environment": environment(),
    }
