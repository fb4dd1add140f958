"""Tasks on the workers of Ray: what dies is done again, and what is asked for no more is cancelled."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

import torch

from gca_viz.cluster.connect import LOCAL, TRIES, connect, most_at_once
from gca_viz.cluster.uploads import named_in, packed, unpacked
from gca_viz.cores import cores
from gca_viz.errors import InputError
from gca_viz.experiments.tasks import Done, Task, run_task
from gca_viz.progress import ReportProgress
from gca_viz.settings.server import CORES, DEVICE, THREADS

_LOOK = 0.2  # seconds between two looks at who is done
#: tasks that wait for each worker, so that it need not wait for the driver
_WAITING = 2


class RayExecutor:
    """Computes tasks on the workers of Ray; results are taken as they come, and few tasks wait at a time.

    Args:
        address: ``"local"``, ``"auto"`` or ``host:port``.
        workers: how many tasks are computed at once at most; as many as there are cores, if None.
        gpus: cards that a task takes, or a share of one; 0 computes on the CPU, whatever there is.

    Raises:
        InputError: as of :func:`gca_viz.cluster.connect.connect`; no worker has that many cards.
    """

    def __init__(self, address: str = LOCAL, workers: int | None = None, gpus: float = 0.0):
        self.device = "cuda" if gpus else "cpu"
        self._ray = connect(address, workers or cores())
        try:
            at_once = most_at_once(self._ray, gpus)
        except InputError:
            self.close()
            raise
        self._gpus, self._remote = gpus, self._ray.remote(_compute)
        self._most = workers if workers and workers < at_once else _WAITING * max(1, at_once)

    @property
    def connected(self) -> bool:
        """Whether the connection is open."""
        return bool(self._ray.is_initialized())

    def run(self, tasks: Sequence[Task], *, progress: ReportProgress) -> Iterator[Done]:
        """As of :class:`gca_viz.experiments.executor.Executor`; a task whose worker dies is done again, twice."""
        ray, waiting, running = self._ray, iter(tasks), dict[Any, Task]()
        things: dict[str, Any] = {}  # uploads, once for all tasks and machines, and only as long as they are needed
        total, done = sum(len(task.places) for task in tasks), 0
        try:
            while True:
                while len(running) < self._most and (task := next(waiting, None)) is not None:
                    running[self._started(task, things)] = task
                if not running:
                    return
                ready, _ = ray.wait(list(running), timeout=_LOOK)
                for ref in ready:
                    task = running.pop(ref)
                    done += len(task.places)
                    yield self._result(ref, task)
                progress(min(done / total, 0.99), f"{len(running)} tasks on the workers")
        finally:
            for ref in running:
                ray.cancel(ref, force=True)

    def close(self) -> None:
        """Leave the cluster, or end the processes that ``"local"`` started."""
        self._ray.shutdown()

    def _started(self, task: Task, things: dict[str, Any]) -> Any:
        names = sorted(named_in(task))
        for name in names:
            if name not in things:
                things[name] = self._ray.put(packed(name))
        remote = self._remote.options(
            num_cpus=task.resources.cpus,
            num_gpus=self._gpus or task.resources.gpus,
            memory=task.resources.memory,
            max_retries=TRIES - 1,
            retry_exceptions=False,
        )
        return remote.remote(task, self.device, names, *(things[name] for name in names))

    def _result(self, ref: Any, task: Task) -> Done:
        failed = self._ray.exceptions
        try:
            found: Done = self._ray.get(ref)
            return found
        except (failed.WorkerCrashedError, failed.OutOfMemoryError, failed.ObjectLostError) as error:
            problem = InputError(
                f"a task whose worker died {TRIES} times ({type(error).__name__})",
                "the likely reason is memory",
                "Give the same command with fewer --workers, or on machines with more memory",
            )
            return Done(task, (str(problem),) * len(task.places), problem=problem, lost=True)
        except failed.RayTaskError as error:
            raise error.cause from error  # a bug is the same wherever it is met


def _compute(task: Task, device: str, names: Sequence[str], *things: tuple[str, Any]) -> Done:
    """Compute a task in a worker, which has as many cores as the task asked for."""
    os.environ[CORES.variable] = str(max(1, int(task.resources.cpus)))
    os.environ[DEVICE.variable] = device
    torch.set_num_threads(THREADS.value)
    for name, (kind, thing) in zip(names, things, strict=True):
        unpacked(name, kind, thing)
    return run_task(task)
