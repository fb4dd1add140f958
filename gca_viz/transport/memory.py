"""Reading and writing large matrices at the speed of the cache: row blocks, huge pages, passes there and back."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gca_viz.errors import enough_memory

_BLOCK = 2**20  # bytes: a block and its neighbours fit the second-level cache of a core
_SMALL_BLOCK = 2**17  # bytes: malloc takes more from the system each time
_LARGE = 2**24  # bytes from which blocks are worth their overhead
_NUMPY = {torch.float32: np.float32, torch.float64: np.float64}


@contextmanager
def memory_for(
    rows: int, z: Tensor, remedy: str = "Use a smaller batch, or align_streamed(), which holds no such matrix"
) -> Iterator[None]:
    """Within it, memory that runs out for a plan of so many rows, in the format of ``z``, is a user's mistake."""
    try:
        yield
    except (MemoryError, RuntimeError):  # told only then: writing the sentence takes as long as a small kernel
        gigabytes = rows**2 * z.element_size() / 1e9
        with enough_memory(
            f"{z.shape[0]:,} samples, for whose {rows:,} × {rows:,} plan the memory did not suffice",
            f"one matrix of that size takes {gigabytes:,.1f} GB, and a plan takes several",
            remedy,
            parameter="size",
        ):
            raise


def room(shape: Sequence[int], like: Tensor) -> Tensor | None:
    """Where an operation may write a matrix of that shape, in the number format of another tensor (its ``out``).

    On the CPU numpy allocates it: its large arrays ask for huge pages, which makes the first touch several times
    cheaper than that of torch's. None where torch's own are as good: on an accelerator, and of small matrices.
    """
    if math.prod(shape) * like.element_size() < _BLOCK or not like.is_cpu:
        return None
    return torch.from_numpy(np.empty(shape, _NUMPY[like.dtype]))


def empty(shape: Sequence[int], like: Tensor) -> Tensor:
    """An uninitialised tensor of that shape, of the number format and on the device of another."""
    found = room(shape, like)
    return like.new_empty(shape) if found is None else found


def steps_between_looks(tensor: Tensor) -> int:
    """How many steps to take between two looks at a number: reading one back stalls an accelerator."""
    return 1 if tensor.is_cpu else 8


def look(*numbers: Tensor) -> list[Any]:
    """Some 0-d tensors of one type as Python's numbers; an accelerator is waited for once and not for each."""
    return [number.item() for number in numbers] if numbers[0].is_cpu else torch.stack(numbers).tolist()


class Awaited:
    """0-d tensors that nobody waits for yet: an accelerator hands them over with the next number that is read.

    Attributes:
        read: whether they have been.
    """

    def __init__(self, *tensors: Tensor):
        self.tensors, self.read = tensors, False

    def beside(self, number: Tensor) -> Any:
        """Another number, and these with it."""
        found, *self._numbers = look(number.to(torch.float64), *(tensor.double() for tensor in self.tensors))
        self.read = True
        return found

    @property
    def numbers(self) -> list[float]:
        """They themselves."""
        if not self.read:
            self.beside(self.tensors[0])
        return self._numbers


def is_large(matrix: Tensor) -> bool:
    """Whether it is worth reading in blocks."""
    return matrix.is_cpu and matrix.nbytes > _LARGE


def row_blocks(matrix: Tensor) -> list[slice]:
    """Slices of rows that fit the cache; one slice for a small matrix, or on an accelerator."""
    return _slices(matrix, _BLOCK) if is_large(matrix) else [slice(0, matrix.shape[0])]


def small_blocks(matrix: Tensor) -> list[slice]:
    """Slices of rows whose temporary copies cost no fresh pages; one slice on an accelerator."""
    on_cpu = matrix.device.type == "cpu"
    return _slices(matrix, _SMALL_BLOCK) if on_cpu and matrix.nbytes else [slice(0, matrix.shape[0])]


def _slices(matrix: Tensor, size: int) -> list[slice]:
    rows = matrix.shape[0]
    height = max(1, rows * size // matrix.nbytes)
    return [slice(first, min(first + height, rows)) for first in range(0, rows, height)]


def blocks(*tensors: Tensor) -> Iterator[tuple[Tensor, ...]]:
    """The tensors row block by row block of the first; all of them at once where that is small."""
    if not is_large(tensors[0]):
        yield tensors  # an operation that only cuts costs as much as one that computes
        return
    for rows in row_blocks(tensors[0]):
        yield tuple(tensor[rows] for tensor in tensors)


def extremes(matrix: Tensor) -> tuple[float, float]:
    """Smallest and largest entry, in one pass; the smallest is NaN if any entry is."""
    if not is_large(matrix):
        lowest, highest = matrix.aminmax()
    else:
        ends = [block.aminmax() for (block,) in blocks(matrix)]
        lowest, highest = torch.stack([end[0] for end in ends]).amin(), torch.stack([end[1] for end in ends]).amax()
    smallest, largest = look(lowest, highest)
    return smallest, largest


def column_squares(matrix: Tensor, weight: Tensor) -> Tensor:
    """(M,) ``Σ_i weight_i·A_ij²``, without writing out the squares of a large matrix."""
    total = matrix.new_zeros(matrix.shape[1])
    for rows in row_blocks(matrix):
        total.addmv_(matrix[rows].square().T, weight[rows])
    return total


def there_and_back(
    matrix: Tensor, there: Tensor, turn: Callable[[Tensor, slice], Tensor]
) -> tuple[Tensor, Tensor, Tensor]:
    """``A x``, ``w = turn(A x)`` and ``Aᵀ w`` in one pass over A, each block being read from memory once.

    Args:
        matrix: (N, M) A.
        there: (M,) x.
        turn: makes the rows of w, given those of ``A x`` and which they are.
    """
    if not is_large(matrix):
        out = torch.mv(matrix, there)
        turned = turn(out, slice(None))
        return out, turned, torch.mv(matrix.T, turned)
    outs, turns = [], []
    back = torch.zeros_like(there)
    for rows in row_blocks(matrix):
        block = matrix[rows]
        outs.append(torch.mv(block, there))
        turns.append(turn(outs[-1], rows))
        back.addmv_(block.T, turns[-1])
    return torch.cat(outs), torch.cat(turns), back
