"""Who computes tasks: this process, or others; results are the same to the last bit, in whatever order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Protocol

from gca_viz.device import best_device
from gca_viz.experiments.tasks import Done, Task, run_task
from gca_viz.progress import ReportProgress


class Executor(Protocol):
    """Computes tasks.

    Attributes:
        device: the kind of device that it computes on, ``"cpu"``, ``"cuda"`` or ``"mps"``; results of one folder
            are of one kind.
    """

    @property
    def device(self) -> str: ...

    def run(self, tasks: Sequence[Task], *, progress: ReportProgress) -> Iterator[Done]:
        """What became of each task, as they come; closing the iterator cancels what was not asked for yet.

        Args:
            tasks: what to compute.
            progress: called with the share of all places that is done and what is being done; may raise to cancel.
        """

    def close(self) -> None:
        """Give back what was taken."""


class LocalExecutor:
    """Computes tasks in this process, one after the other."""

    @property
    def device(self) -> str:
        """That of this process."""
        return best_device().name.partition(":")[0]

    def run(self, tasks: Sequence[Task], *, progress: ReportProgress) -> Iterator[Done]:
        """As of :class:`Executor`; a task that is being computed tells how far it is."""
        total, done = sum(len(task.places) for task in tasks), 0
        for task in tasks:
            size = len(task.places)
            yield run_task(task, partial(tell_part, progress, done / total, size / total))
            done += size

    def close(self) -> None:
        """Nothing was taken."""


def tell_part(report_progress: ReportProgress, before: float, share: float, part: float, what: str) -> None:
    """Tell of a part of the work, which begins at ``before`` and is ``share`` of all; only the end is told as 1."""
    report_progress(min(before + share * part, 0.99), what)
