"""Who works on the blocks of a streamed plan, and how their results come together: in the order of the blocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Event, Lock
from typing import Any, Literal, Protocol, TypeVar

import torch

from gca_viz.settings.parameter import Parameter
from gca_viz.transport.streaming.block import Block
from gca_viz.transport.streaming.workspace import ReportRows, Workspace

Result = TypeVar("Result")
#: what can be asked of a block: the name of a method of :class:`Block`
Work = Literal["sums", "columns", "read"]
#: tiles that a worker may need beside each other, and some room for what is made of them
TILES_OF_A_WORKER = 3
_PAUSE = 0.05  # seconds between two looks at how far the threads are

WORKERS = Parameter(
    name="workers",
    symbol="",
    label="Workers",
    default=2,
    minimum=1,
    maximum=100_000,
    low=1,
    high=64,
    integer=True,
    help="How many blocks are worked on at a time; the numbers do not depend on it.",
)
BLOCKS = Parameter(
    name="blocks",
    symbol="",
    label="Blocks",
    default=64,
    minimum=1,
    maximum=100_000,
    low=1,
    high=256,
    integer=True,
    help="Into how many blocks the rows of a streamed plan are divided: each is a piece of work.",
)


class Placed(Protocol):
    """Blocks where they are worked on."""

    def run(
        self, work: Work, shared: tuple[Any, ...], own: Sequence[tuple[Any, ...]], report: ReportRows
    ) -> Iterator[tuple[int, Any]]:
        """Call ``block.work(workspace, *shared, *own[number])`` for each block, and yield the results as they come.

        Results depend on nothing else: a block may be done anywhere, and again where a worker is lost.

        Args:
            work: the method.
            shared: arguments that are the same for all blocks, such as log v.
            own: of each block, its own.
            report: called in the caller's thread with rows that have been done since; may raise to cancel.

        Yields:
            The number of a block, and what its method returned.
        """
        ...


class Shards(Protocol):
    """Who works on the blocks of a streamed plan: threads here, or workers elsewhere.

    Attributes:
        blocks: into how many blocks the rows are divided. It must not depend on the number of workers, so that the
            result has the same bits with any.
    """

    @property
    def blocks(self) -> int: ...

    def place(self, blocks: Sequence[Block], memory: float) -> Placed:
        """Bring the blocks to where they are worked on.

        Args:
            blocks: which share their columns.
            memory: bytes for tiles on this machine, of which a worker needs ``TILES_OF_A_WORKER`` strips.
        """
        ...


@dataclass(frozen=True)
class LocalShards:
    """Threads of this process, each with one thread of torch.

    Args:
        workers: how many, at most: fewer where the memory has no room for their tiles. By default 2.
        blocks: into how many blocks the rows are divided. By default 64.

    Raises:
        InputError: no whole numbers ≥ 1.
    """

    workers: int = int(WORKERS.default)
    blocks: int = int(BLOCKS.default)

    def __post_init__(self) -> None:
        WORKERS.check_whole(self.workers)
        BLOCKS.check_whole(self.blocks)

    def place(self, blocks: Sequence[Block], memory: float) -> Placed:
        """Leave the blocks where they are."""
        strip = max(block.height * block.kernel.row_bytes for block in blocks)
        fitting = int(memory // (TILES_OF_A_WORKER * strip))
        return _Threads(blocks, max(1, min(self.workers, fitting, len(blocks))))


def _tell_nobody(rows: int) -> None:
    """What a workspace reports to while nobody waits for it."""


class Here:
    """One block of all rows, in the caller's thread."""

    blocks = 1

    def place(self, blocks: Sequence[Block], memory: float) -> Placed:
        """Leave the blocks where they are."""
        return _Caller(blocks)


class _Caller:
    def __init__(self, blocks: Sequence[Block]):
        self.blocks, self.workspace = blocks, Workspace()

    def run(
        self, work: Work, shared: tuple[Any, ...], own: Sequence[tuple[Any, ...]], report: ReportRows
    ) -> Iterator[tuple[int, Any]]:
        self.workspace.report = report
        try:
            for number, block in enumerate(self.blocks):
                yield number, getattr(block, work)(self.workspace, *shared, *own[number])
        finally:
            self.workspace.report = _tell_nobody  # the caller's own refers to it: a circle would keep the tiles


class _Cancelled(Exception):
    """Ends a thread whose result nobody waits for any more."""


class _Threads:
    def __init__(self, blocks: Sequence[Block], workers: int):
        self.blocks, self.workers = blocks, workers
        self.spaces: SimpleQueue[Workspace] = SimpleQueue()
        for _ in range(workers):
            self.spaces.put(Workspace())

    def run(
        self, work: Work, shared: tuple[Any, ...], own: Sequence[tuple[Any, ...]], report: ReportRows
    ) -> Iterator[tuple[int, Any]]:
        lock, cancelled, done, threads = Lock(), Event(), 0, torch.get_num_threads()
        device = self.blocks[0].kernel.rows.device.type

        def tell(rows: int) -> None:
            nonlocal done
            if cancelled.is_set():
                raise _Cancelled
            with lock:
                done += rows

        def one(number: int) -> tuple[int, Any]:
            if cancelled.is_set():
                raise _Cancelled
            space = self.spaces.get()
            space.report = tell
            try:
                with torch.no_grad(), torch.autocast(device, enabled=False):
                    return number, getattr(self.blocks[number], work)(space, *shared, *own[number])
            finally:
                self.spaces.put(space)

        told = 0
        with ThreadPoolExecutor(self.workers, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            running: set[Future[tuple[int, Any]]] = {
                pool.submit(copy_context().run, one, number) for number in range(len(self.blocks))
            }
            torch.set_num_threads(threads)  # of this thread; each of the pool has its own number
            try:
                while running:
                    ready, running = wait(running, _PAUSE, FIRST_COMPLETED)
                    with lock:
                        rows = done - told
                    told += rows
                    report(rows)
                    for future in ready:
                        yield future.result()
            finally:
                cancelled.set()


def in_order(parts: Iterator[tuple[int, Result]]) -> Iterator[Result]:
    """Results of blocks as they come → in the order of the blocks, so that sums of them have the same bits."""
    waiting: dict[int, Result] = {}
    following = 0
    for number, part in parts:
        waiting[number] = part
        while following in waiting:
            yield waiting.pop(following)
            following += 1
