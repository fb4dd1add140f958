"""Blocks of rows of a streamed plan on workers of Ray: who dies is replaced, and their piece done again."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any

import torch

from gca_viz.cluster.connect import AUTO, TRIES, connect, most_at_once
from gca_viz.cores import cores
from gca_viz.errors import InputError
from gca_viz.settings.server import CORES
from gca_viz.transport.streaming.block import Block
from gca_viz.transport.streaming.kernel import CosineKernel
from gca_viz.transport.streaming.ranks import moved
from gca_viz.transport.streaming.shards import BLOCKS, WORKERS, Work
from gca_viz.transport.streaming.workspace import ReportRows, Workspace

_LOOK = 0.2  # seconds between two looks at who is done


def rows(
    address: str = AUTO, workers: int | None = None, blocks: int = int(BLOCKS.default), gpus: float = 0.0
) -> RayShards:
    """What :func:`gca_viz.align_streamed` takes as ``on``: blocks of rows on the workers of a cluster.

    Args:
        address: ``"local"``, ``"auto"`` or ``host:port`` of the head of a cluster.
        workers: how many at most, each of one core; as many as there are cores, if None.
        blocks: into how many blocks the rows are divided. The numbers depend on it, not on who does them.
        gpus: cards that a worker takes, or a share of one, on which it then computes; 0 for its core.

    Raises:
        InputError: as of :func:`gca_viz.cluster.connect.connect`; no whole numbers ≥ 1; no such cards.
    """
    return RayShards(address, workers, blocks, gpus)


class RayShards:
    """Shards on actors of Ray; see :func:`rows`. One connection serves many plans, until it is closed."""

    def __init__(self, address: str, workers: int | None, blocks: int, gpus: float = 0.0):
        self.blocks = BLOCKS.check_whole(blocks)
        workers = None if workers is None else WORKERS.check_whole(workers)
        self._ray, self._gpus = connect(address, workers or cores()), gpus
        try:
            at_once = most_at_once(self._ray, gpus)
        except InputError:
            self.close()
            raise
        _send_tensors_as_arrays()
        self._workers = workers or max(1, at_once)

    def place(self, blocks: Sequence[Block], memory: float) -> _Pool:
        """Put columns and rows where all workers of a machine read them; each worker has strips of its own."""
        if blocks[0].kernel.rows.device.type != "cpu":
            raise InputError(
                f"embeddings on {blocks[0].kernel.rows.device} for workers of a cluster",
                "they travel from the memory of the processor",
                "Move them with .cpu()",
                parameter="on",
            )
        return _Pool(self._ray, blocks, min(self._workers, len(blocks)), self._gpus)

    def close(self) -> None:
        """Leave the cluster, or end the processes that ``"local"`` started."""
        self._ray.shutdown()

    def __enter__(self) -> RayShards:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Pool:
    """Gives blocks to whoever is free; a worker that is asked for gets one when it is there, which may be never."""

    def __init__(self, ray: ModuleType, blocks: Sequence[Block], workers: int, gpus: float):
        self.ray, self.gpus = ray, gpus
        self.columns = ray.put(blocks[0].kernel.columns)
        self.blocks = [(ray.put(block.kernel.rows), block.kernel.start, block.height) for block in blocks]
        self.sizes = [len(block) for block in blocks]
        self.kind = blocks[0].kernel.joint, blocks[0].kernel.log_weight
        self.free: list[Any] = []
        self.coming: dict[Any, Any] = {}
        for _ in range(workers):
            self._ask()

    def run(
        self, work: Work, shared: tuple[Any, ...], own: Sequence[tuple[Any, ...]], report: ReportRows
    ) -> Iterator[tuple[int, Any]]:
        """As of :class:`gca_viz.transport.streaming.shards.Placed`."""
        ray, common = self.ray, self.ray.put(shared)
        left, running, deaths = (
            list(reversed(range(len(self.blocks)))),
            dict[Any, tuple[Any, int]](),
            dict[int, int](),
        )
        try:
            while left or running:
                while left and self.free:
                    number, worker = left.pop(), self.free.pop()
                    job = worker.work.remote(number, *self.blocks[number], work, common, own[number])
                    running[job] = worker, number
                # Newcomers first: of many that are ready, the first is told, and quick blocks are always ready.
                done, _ = ray.wait([*self.coming, *running], timeout=_LOOK)
                report(0)
                for job in done:
                    if job in self.coming:
                        self._came(job)
                        continue
                    worker, number = running.pop(job)
                    try:
                        found = ray.get(job)
                    except ray.exceptions.RayActorError as error:
                        deaths[number] = deaths.get(number, 0) + 1
                        if deaths[number] == TRIES:
                            raise _dies(error) from error
                        left.append(number)
                        self._ask()
                    except ray.exceptions.RayTaskError as error:
                        raise error.cause from error  # a bug is the same wherever it is met
                    else:
                        self.free.append(worker)
                        report(self.sizes[number])
                        yield number, found
        finally:
            for worker, _ in running.values():  # who works for nobody any more is replaced
                ray.kill(worker)
                self._ask()

    def _ask(self) -> None:
        actor = self.ray.remote(_Worker).options(num_cpus=1, num_gpus=self.gpus, max_restarts=0)
        worker = actor.remote(self.columns, *self.kind, "cuda" if self.gpus else "cpu")
        self.coming[worker.ready.remote()] = worker

    def _came(self, job: Any) -> None:
        worker = self.coming.pop(job)
        try:
            self.ray.get(job)
        except self.ray.exceptions.RayActorError:
            self._ask()
        else:
            self.free.append(worker)


class _Worker:
    """One process: the columns, as they lie in its machine's store, and one workspace."""

    def __init__(self, columns: torch.Tensor, joint: bool, log_weight: float, device: str):
        os.environ[CORES.variable] = "1"
        torch.set_num_threads(1)
        _send_tensors_as_arrays()
        self.columns, self.kind, self.workspace = columns.to(device), (joint, log_weight), Workspace()

    def ready(self) -> None:
        """Answer as soon as it is there."""

    @torch.no_grad()
    def work(
        self,
        number: int,
        rows: torch.Tensor,
        start: int,
        height: int,
        work: Work,
        shared: tuple[Any, ...],
        own: tuple[Any, ...],
    ) -> Any:
        """Do the work of a block."""
        joint, log_weight = self.kind
        rows, shared, own = moved((rows, shared, own), self.columns.device)  # results come back over the processor
        block = Block(CosineKernel(rows, self.columns, joint, start, log_weight), height)
        return getattr(block, work)(self.workspace, *shared, *own)


def _send_tensors_as_arrays() -> None:
    """Of a part of a tensor torch would send the whole; arrays are read where they lie in the store."""
    import ray.util

    ray.util.register_serializer(torch.Tensor, serializer=_as_array, deserializer=_as_tensor)


def _as_array(tensor: torch.Tensor) -> Any:
    return tensor.detach().cpu().numpy()


def _as_tensor(array: Any) -> torch.Tensor:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it may not be written to, and nobody does
        return torch.from_numpy(array)


def _dies(error: Exception) -> InputError:
    return InputError(
        f"a block whose worker died {TRIES} times ({type(error).__name__})",
        "the likely reason is memory",
        "Use fewer workers on each machine, or lower memory=, which makes strips smaller",
        parameter="on",
    )
