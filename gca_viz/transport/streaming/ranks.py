"""Blocks of rows on the ranks of a process group: each process makes the same call, and has the same plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any

import torch
import torch.distributed as dist

from gca_viz.errors import InputError
from gca_viz.transport.streaming.block import Block
from gca_viz.transport.streaming.shards import BLOCKS, Work
from gca_viz.transport.streaming.workspace import ReportRows, Workspace


class RankShards:
    """Shards on the ranks of a process group of ``torch.distributed``, as Ray Train and torchrun start them.

    Every rank calls :func:`gca_viz.align_streamed` with the same arguments; each works on its share of the blocks,
    what they found goes from rank to rank, and each returns the same plan, with the same bits for any number of
    ranks. No process gathers for the others, which is what limits workers that one process feeds. Where a rank
    dies, the others fail, and whoever starts them all again goes on from ``checkpoint=``, which the first writes
    and reads.

    Args:
        blocks: into how many blocks the rows are divided. By default 64.
        group: a process group; by default that of all ranks.

    Raises:
        InputError: no whole number ≥ 1, or no process group.
    """

    def __init__(self, blocks: int = int(BLOCKS.default), group: Any = None):
        self.blocks = BLOCKS.check_whole(blocks)
        if not (dist.is_available() and dist.is_initialized()):
            raise InputError(
                "RankShards() where torch.distributed has no process group",
                "it is for processes that were started together, as by Ray Train or torchrun",
                "Call torch.distributed.init_process_group() before, or use LocalShards()",
                parameter="on",
            )
        self.group = dist.group.WORLD if group is None else group

    @property
    def is_first(self) -> bool:
        """Whether this is rank 0 of the group, which writes what is written once."""
        return dist.get_rank(self.group) == 0

    def place(self, blocks: Sequence[Block], memory: float) -> _Ranks:
        """Leave the blocks where they are: each rank has all rows, and works on its own."""
        return _Ranks(blocks, self.group)

    def of_first(self, value: Any, device: torch.device) -> Any:
        """What rank 0 has, on a device of this rank."""
        return moved(_sent(value if self.is_first else None, 0, self.group), device)


class _Ranks:
    def __init__(self, blocks: Sequence[Block], group: Any):
        self.blocks, self.group, self.workspace = blocks, group, Workspace()

    def run(
        self, work: Work, shared: tuple[Any, ...], own: Sequence[tuple[Any, ...]], report: ReportRows
    ) -> Iterator[tuple[int, Any]]:
        """As of :class:`gca_viz.transport.streaming.shards.Placed`: a block of each rank, then the exchange."""
        device = self.blocks[0].kernel.rows.device
        ranks, rank, count = dist.get_world_size(self.group), dist.get_rank(self.group), len(self.blocks)
        for first in range(0, count, ranks):
            number = first + rank
            mine = self._done(work, shared, own[number], number) if number < count else None
            for source in range(min(ranks, count - first)):
                found = _sent(mine if source == rank else None, source, self.group)
                report(len(self.blocks[first + source]))
                yield first + source, mine if source == rank else moved(found, device)

    def _done(self, work: Work, shared: tuple[Any, ...], own: tuple[Any, ...], number: int) -> Any:
        """What a block finds, with one thread of torch: with another number it would have other bits."""
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            return getattr(self.blocks[number], work)(self.workspace, *shared, *own)
        finally:
            torch.set_num_threads(threads)


def _sent(value: Any, source: int, group: Any) -> Any:
    """What a rank of the group gives to all, over the processor, as cards have other numbers elsewhere."""
    # Of a part of a tensor the whole would travel, but for a copy of it.
    box = [_each_tensor(value, lambda tensor: tensor.detach().cpu().clone())]
    dist.broadcast_object_list(box, dist.get_global_rank(group, source), group)
    return box[0]


def moved(value: Any, device: torch.device) -> Any:
    """The same with all its tensors on a device: tuples, lists, dictionaries and data classes are looked into."""
    return _each_tensor(value, lambda tensor: tensor.to(device))


def _each_tensor(value: Any, change: Callable[[torch.Tensor], torch.Tensor]) -> Any:
    if isinstance(value, torch.Tensor):
        return change(value)
    if isinstance(value, dict):
        return {name: _each_tensor(of, change) for name, of in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(_each_tensor(of, change) for of in value))
    if isinstance(value, (tuple, list)):
        return type(value)(_each_tensor(of, change) for of in value)
    if is_dataclass(value) and not isinstance(value, type):
        changed = {item.name: _each_tensor(getattr(value, item.name), change) for item in fields(value)}
        return replace(value, **changed)
    return value
