"""Where work is computed and kept: flags of the commands whose work can be cut into tasks."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gca_viz.cli.parser import Parser

if TYPE_CHECKING:
    from gca_viz.experiments.recipe.recipe import Recipe
    from gca_viz.experiments.results import ResultStore
    from gca_viz.experiments.tasks import Task


def add_executor(parser: Parser) -> None:
    """Add the flags; a recipe or a link cannot say any of this."""
    group = parser.add_argument_group("work", "Where it is computed and kept; no link and no recipe can say that.")
    group.add_argument(
        "--results",
        type=Path,
        metavar="FOLDER",
        help="keep each result there as it comes; the same command goes on where it was stopped",
    )
    group.add_argument(
        "--dry-run", action="store_true", help="say what there is to do and what is done already, and do nothing"
    )


def store_of(chosen: argparse.Namespace, recipe: Recipe) -> ResultStore | None:
    """Where results are kept; raises :class:`InputError` where the folder holds something else."""
    from gca_viz.experiments.results import ResultStore

    return None if chosen.results is None else ResultStore(chosen.results.expanduser(), recipe=recipe)


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
