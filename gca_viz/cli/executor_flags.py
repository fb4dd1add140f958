"""Where work is computed and kept: flags of the commands whose work can be cut into tasks."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from gca_viz.cli.parser import Parser
from gca_viz.errors import InputError, why

if TYPE_CHECKING:
    from gca_viz.experiments.executor import Executor
    from gca_viz.experiments.recipe.recipe import Recipe
    from gca_viz.experiments.results import ResultStore
    from gca_viz.experiments.tasks import Task


RAY = "ray"
EXECUTORS = ("local", RAY)
_FLAGS = ("executor", "address", "workers", "gpus", "results", "dry_run")


def add_executor(parser: Parser) -> None:
    """Add the flags; a recipe or a link cannot say any of this."""
    group = parser.add_argument_group("work", "Where it is computed and kept; no link and no recipe can say that.")
    add_engine(group, workers="how many tasks Ray computes at once at most; by default all cores", each="task")
    group.add_argument(
        "--results",
        type=Path,
        metavar="FOLDER",
        help="keep each result there as it comes; the same command goes on where it was stopped",
    )
    group.add_argument(
        "--dry-run", action="store_true", help="say what there is to do and what is done already, and do nothing"
    )


def add_engine(group: argparse._ArgumentGroup, *, workers: str, each: str) -> None:
    """Add the flags that say who computes.

    Args:
        workers: what --workers says.
        each: what takes cards.
    """
    group.add_argument(
        "--executor",
        choices=EXECUTORS,
        default=EXECUTORS[0],
        help="local: this process (the default); ray: the workers of Ray, which the extra [ray] brings",
    )
    group.add_argument(
        "--address",
        metavar="PLACE",
        help="of Ray: auto, the cluster that this machine is part of (the default), host:port of another's head, "
        "or local, processes of this machine that end with the command",
    )
    group.add_argument("--workers", type=int, metavar="N", help=workers)
    group.add_argument(
        "--gpus",
        type=float,
        metavar="X",
        help=f"cards for each {each} of Ray, or a part of one: 0.5; by default none",
    )


def check_engine(chosen: argparse.Namespace, *of_ray: str) -> None:
    """Raise :class:`InputError` for a number out of range, or flags ``of_ray`` without ``--executor ray``."""
    for flag, least in (("workers", 1), ("gpus", 0)):
        given = getattr(chosen, flag)
        if given is not None and not least <= given < 1e6:
            raise InputError(f"--{flag} {given}", f"it must be ≥ {least}", "Correct it, or leave it out")
    others = [f"--{flag}" for flag in of_ray if getattr(chosen, flag) is not None]
    if others and chosen.executor != RAY:
        raise InputError(
            f"{' and '.join(others)} without --executor ray", "they say what Ray does", "Add --executor ray"
        )


@contextmanager
def executor_of(chosen: argparse.Namespace) -> Iterator[Executor]:
    """Who computes, until the block ends.

    Raises:
        InputError: Ray is not installed, nobody is at the address, or a flag of Ray without it.
    """
    from gca_viz.experiments.executor import LocalExecutor

    check_engine(chosen, "address", "workers", "gpus")
    if chosen.executor != RAY:
        yield LocalExecutor()
        return
    from gca_viz.cluster.connect import AUTO
    from gca_viz.cluster.executor import RayExecutor

    executor = RayExecutor(chosen.address or AUTO, chosen.workers, chosen.gpus or 0.0)
    try:
        yield executor
    finally:
        executor.close()


def device_of(chosen: argparse.Namespace) -> str:
    """The kind of device that will compute, without asking anybody else."""
    from gca_viz.experiments.executor import LocalExecutor

    return LocalExecutor().device if chosen.executor != RAY else "cuda" if chosen.gpus else "cpu"


def store_of(
    chosen: argparse.Namespace, recipe: Recipe, kind: type[ResultStore] | None = None
) -> ResultStore | None:
    """Where results are kept; raises :class:`InputError` where the folder holds something else."""
    from gca_viz.experiments.results import ResultStore

    if chosen.results is None:
        return None
    return (kind or ResultStore)(chosen.results.expanduser(), recipe=recipe, device=device_of(chosen))


def results_folder(results: Path | None) -> Path | None:
    """The folder that ``--results`` names, made and seen to be ours before anything large is read; None for none.

    Raises:
        InputError: it cannot be made, or holds something else.
    """
    if results is None:
        return None
    from gca_viz.experiments.results import manifest_of

    folder = results.expanduser()
    manifest_of(folder)
    return made_folder(folder)


def made_folder(results: Path) -> Path:
    """The folder that ``--results`` names, made where it is not there; :class:`InputError` where it cannot be."""
    folder = results.expanduser()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"the folder {folder}, which cannot be made ({why(error)})",
            "--results names a folder that can be written to",
            "Name another",
            parameter="results",
        ) from error
    return folder


def refuse_executor(chosen: argparse.Namespace, what: str, remedy: str) -> None:
    """Raise :class:`InputError` where what is asked for is no work that can be cut into tasks."""
    given = [name for name in _FLAGS if getattr(chosen, name) not in (None, False, EXECUTORS[0])]
    if given:
        flag = f"--{given[0].replace('_', '-')}"
        raise InputError(f"{flag} for {what}", f"{flag} is of work that is cut into tasks", remedy)


def what_remains(
    chosen: argparse.Namespace, tasks: Sequence[Task], store: ResultStore | None
) -> dict[str, float | int | None]:
    """What a dry run tells: tasks and their places, how many of each are there, and what the others take.

    ``seconds_left`` is work of one process, at the pace of what is there; ``minutes_left`` is that of all
    ``--workers`` together, ``gpu_hours_left`` of all cards, where there are any.
    """
    from gca_viz.experiments.results import remaining

    missing, pace = remaining(tasks, store)
    plans, left = (sum(len(task.places) for task in some) for some in (tasks, missing))
    seconds = None if pace is None else pace * left
    return {
        "tasks": len(tasks),
        "tasks_done": len(tasks) - len(missing),
        "plans": plans,
        "plans_done": plans - left,
        "seconds_left": seconds,
        "minutes_left": None if seconds is None else seconds / 60 / min(chosen.workers or 1, max(1, len(missing))),
        "gpu_hours_left": None if seconds is None or not chosen.gpus else seconds * chosen.gpus / 3600,
    }


def remains_text(chosen: argparse.Namespace, found: dict[str, float | int | None], what: str = "plans") -> str:
    """The same in words, where the places of a task are ``what``."""
    begun = f"{found['plans']:,} {what} in {found['tasks']:,} tasks; {found['plans_done']:,} {what} are done"
    seconds, minutes, hours = (found[name] for name in ("seconds_left", "minutes_left", "gpu_hours_left"))
    if seconds is None or minutes is None:
        return (
            f"{begun}. How long that takes is measured, not guessed: start it with --results, stop it with Ctrl-C "
            "after some tasks, and ask again."
        )
    workers = f", {duration(60 * minutes)} of {chosen.workers} workers" if (chosen.workers or 1) > 1 else ""
    cards = f", {hours:.3g} GPU-hours" if hours is not None else ""
    return f"{begun}; at their pace the others take {duration(seconds)} of one process{workers}{cards}."


def duration(seconds: float) -> str:
    """A time as people say it."""
    for size, name in ((3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {name}"
    return f"{seconds:.1f} seconds"
