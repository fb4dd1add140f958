"""What stands for the values of a pickle that is followed and not loaded: their sizes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeGuard

#: no size, weight or count is larger
HUGE = 1 << 62
#: kind of a storage → bytes of each of its numbers
BYTES_EACH = {"Double": 8, "Long": 8, "Float": 4, "Int": 4, "Half": 2, "BFloat16": 2, "Short": 2} | {
    **{"ComplexDouble": 16, "ComplexFloat": 8, "QInt32": 4},
    **dict.fromkeys(("Char", "Byte", "Bool", "Untyped", "QUInt8", "QInt8", "QUInt4x2", "QUInt2x4"), 1),
}


@dataclass(frozen=True)
class Global:
    """A class or a function, by its name."""

    name: str


@dataclass(frozen=True)
class Storage:
    """Where a tensor has its numbers."""

    numbers: int
    bytes_each: int


@dataclass
class Box:
    """Something that is not followed further: how much it would be, written out."""

    weight: int
    is_tensor: bool = False


class Tuple(tuple[object, ...]):
    """A tuple that knows how much it would be, written out."""

    def __init__(self, items: Iterable[object]):
        self.weight = min(HUGE, 8 + sum(map(weight, self)))


def is_whole(value: object) -> TypeGuard[int]:
    """Whether something is a size, a place or a count."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < HUGE


def shape_text(size: tuple[object, ...]) -> str:
    """A shape as it is written in a message."""
    return " × ".join(f"{n:,}" for n in size) if len(size) < 9 else "no shape"


def reach(offset: object, size: tuple[object, ...], stride: tuple[object, ...]) -> int | None:
    """How many numbers of its storage a tensor reaches; None where these are no sizes."""
    sizes, steps = list(filter(is_whole, size)), list(filter(is_whole, stride))
    if not (is_whole(offset) and len(sizes) == len(size) == len(stride) == len(steps)):
        return None
    return 0 if 0 in sizes else 1 + offset + sum((n - 1) * step for n, step in zip(sizes, steps, strict=True))


def weight(value: object) -> int:
    """How much a value would be, written out."""
    if isinstance(value, (Box, Tuple)):
        return value.weight
    if isinstance(value, (str, bytes)):
        return len(value) + 8
    if isinstance(value, int) and abs(value) >> 60:  # any number of these may have one hash
        return 10_000
    return 8
