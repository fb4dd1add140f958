"""A piece of work as text: it can be computed anywhere, and its result is known by what it was computed from."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any, TypeAlias

import torch

from gca_viz.errors import InputError
from gca_viz.progress import ReportProgress
from gca_viz.uploads import UPLOAD

#: name → value of what differs between the rows of a result
Place: TypeAlias = tuple[tuple[str, Any], ...]
#: the numbers of a place, in the order of the readings (of a tile its arrays), or why there are none
Outcome: TypeAlias = "tuple[Any, ...] | str"
#: the column of a row that says why it has no numbers
ERROR = "error"
_ROOMS = ("transport", "datasets", "views", "encoders", "embedding", "geometry", "experiments")


@dataclass(frozen=True)
class Resources:
    """What a task takes of the machine that computes it; never part of what it is.

    Attributes:
        cpus: cores; 1 by default, as torch computes with one thread.
        gpus: cards, or a share of one.
        memory: bytes, or None for as much as it takes.
    """

    cpus: float = 1.0
    gpus: float = 0.0
    memory: int | None = None


@dataclass(frozen=True)
class Task:
    """Numbers at some places that are computed together.

    Attributes:
        function: what computes it, ``"package.module:name"``; by name, never a pickled closure. It takes the task
            and a function for its progress, and returns for each place its numbers or an :class:`InputError`.
        recipe: JSON of what is the same for all places.
        places: what differs, one for each row of the result.
        readings: names of the numbers.
        content: ids of the data set, the encoder, the program and the kind of device. Names of uploads, which are
            other ones in every process, are no part of :attr:`key`: what they name is, by these.
        resources: what it takes.
    """

    function: str
    recipe: str
    places: tuple[Place, ...]
    readings: tuple[str, ...]
    content: tuple[str, ...]
    resources: Resources = Resources()

    @cached_property
    def key(self) -> str:
        """The name of its result: sha256 of all of it but the resources, 32 hexadecimal digits."""
        text = json.dumps([self.function, self.recipe, self.places, self.readings, self.content])
        return hashlib.sha256(without_uploads(text).encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Done:
    """What became of a task.

    Attributes:
        task: the task.
        outcomes: for each place its numbers, or a sentence that says why there are none.
        seconds: how long it took.
        worker: the process that computed it, as ``host:pid``.
        problem: the first mistake, where it was met in this run.
        lost: whether it could not be computed for no fault of its own, so that it is worth another try.
    """

    task: Task
    outcomes: tuple[Outcome, ...]
    seconds: float = 0.0
    worker: str = ""
    problem: InputError | None = None
    lost: bool = False

    @property
    def rows(self) -> list[dict[str, Any]]:
        """A row for each place: what differs, the numbers, and :data:`ERROR`, which is None beside numbers."""
        none = (None,) * len(self.task.readings)
        return [
            dict(place)
            | dict(zip(self.task.readings, none if isinstance(outcome, str) else outcome, strict=True))
            | {ERROR: outcome if isinstance(outcome, str) else None}
            for place, outcome in zip(self.task.places, self.outcomes, strict=True)
        ]


def run_task(task: Task, report_progress: ReportProgress = lambda share, what: None) -> Done:
    """Compute a task in this process.

    A mistake becomes the sentence of the places that it concerns; any other exception is a bug, and is raised.
    """
    module, _, name = task.function.partition(":")
    function: Callable[[Task, ReportProgress], Sequence[tuple[Any, ...] | InputError]]
    function = getattr(import_module(module), name)
    started = time.perf_counter()
    try:
        found = function(task, report_progress)
    except InputError as error:
        found = (error,) * len(task.places)
    return Done(
        task,
        tuple(str(of_place) if isinstance(of_place, InputError) else of_place for of_place in found),
        time.perf_counter() - started,
        f"{platform.node()}:{os.getpid()}",
        next((of_place for of_place in found if isinstance(of_place, InputError)), None),
    )


def without_uploads(text: str) -> str:
    """A text in which no name of an upload tells it from that of another process."""
    return re.sub(UPLOAD, "own", text)


@lru_cache(maxsize=1)
def program_id() -> str:
    """Changes with the program that numbers are computed by, and with the version of torch below it."""
    package = Path(__file__).parents[1]
    digest = hashlib.sha256(torch.__version__.encode())
    for path in sorted(path for room in _ROOMS for path in (package / room).rglob("*.py")):
        digest.update(path.relative_to(package).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:32]
