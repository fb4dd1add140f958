"""Where work is computed and kept: flags of the commands whose work can be cut into tasks."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from gca_viz.cli.parser import Parser
from gca_viz.errors import InputError

if TYPE_CHECKING:
    from gca_viz.experiments.executor import Executor
    from gca_viz.experiments.recipe.recipe import Recipe
    from gca_viz.experiments.results import ResultStore
    from gca_viz.experiments.tasks import Task


RAY = "ray"
EXECUTORS = ("local", RAY)


def add_executor(parser: Parser) -> None:
    """Add the flags; a recipe or a link cannot say any of this."""
    group = parser.add_argument_group("work", "Where it is computed and kept; no link and no recipe can say that.")
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
    group.add_argument(
        "--workers", type=int, metavar="N", help="how many tasks Ray computes at once at most; by default all cores"
    )
    group.add_argument(
        "--gpus", type=float, metavar="X", help="cards for each task of Ray, or a part of one: 0.5; by default none"
    )
    group.add_argument(
        "--results",
        type=Path,
        metavar="FOLDER",
        help="keep each result there as it comes; the same command goes on where it was stopped",
    )
    group.add_argument(
        "--dry-run", action="store_true", help="say what there is to do and what is done already, and do nothing"
    )


@contextmanager
def executor_of(chosen: argparse.Namespace) -> Iterator[Executor]:
    """Who computes, until the block ends.

    Raises:
        InputError: Ray is not installed, nobody is at the address, or a flag of Ray without it.
    """
    from gca_viz.experiments.executor import LocalExecutor

    for flag, least in (("workers", 1), ("gpus", 0)):
        given = getattr(chosen, flag)
        if given is not None and not least <= given < 1e6:
            raise InputError(f"--{flag} {given}", f"it must be ≥ {least}", "Correct it, or leave it out")
    if chosen.executor != RAY:
        others = [f"--{flag}" for flag in ("address", "workers", "gpus") if getattr(chosen, flag) is not None]
        if others:
            raise InputError(
                f"{' and '.join(others)} without --executor ray", "they say what Ray does", "Add --executor ray"
            )
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


def store_of(chosen: argparse.Namespace, recipe: Recipe) -> ResultStore | None:
    """Where results are kept; raises :class:`InputError` where the folder holds something else."""
    from gca_viz.experiments.results import ResultStore

    if chosen.results is None:
        return None
    return ResultStore(chosen.results.expanduser(), recipe=recipe, device=device_of(chosen))


def what_remains(tasks: Sequence[Task], store: ResultStore | None) -> dict[str, float | int | None]:
    """What a dry run tells: tasks and plans, how many of each are there, and seconds of work for the others."""
    from gca_viz.experiments.results import remaining

    missing, seconds = remaining(tasks, store)
    plans, left = (sum(len(task.places) for task in some) for some in (tasks, missing))
    return {
        "tasks": len(tasks),
        "tasks_done": len(tasks) - len(missing),
        "plans": plans,
        "plans_done": plans - left,
        "seconds_left": None if seconds is None else seconds * left,
    }


def remains_text(found: dict[str, float | int | None]) -> str:
    """The same in words."""
    begun = f"{found['plans']:,} plans in {found['tasks']:,} tasks; {found['plans_done']:,} plans are done"
    seconds = found["seconds_left"]
    if seconds is None:
        return (
            f"{begun}. How long that takes is measured, not guessed: start it with --results, stop it with Ctrl-C "
            "after some tasks, and ask again."
        )
    return f"{begun}; at their pace the others take {_time(seconds)} of one process."


def _time(seconds: float) -> str:
    for size, name in ((3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {name}"
    return f"{seconds:.1f} seconds"
