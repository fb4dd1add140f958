"""What a file of ``torch.save`` would do and take when it is loaded, told from its opcodes; nothing is loaded here.

``torch.load(weights_only=True)`` runs nothing of a stranger, but a small file may still ask it for any memory or
time: a storage or a tensor of a size that is nowhere in the file, ``bytearray(3_000_000_000)``, one text that is
copied thousands of times, a key whose parts stand for themselves over and over. So the pickle is first followed
step by step with sizes in the place of values.
"""

from __future__ import annotations

import io
import math
import pickletools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch

from gca_viz.encoders.checkpoints.pickled_names import OF_A_TYPE, TENSOR_MAKERS, is_needed, runs
from gca_viz.encoders.checkpoints.pickled_values import (
    BYTES_EACH,
    HUGE,
    Box,
    Global,
    Storage,
    Tuple,
    is_whole,
    reach,
    shape_text,
    weight,
)
from gca_viz.settings.limits import TENSORS

_STEPS_PER_TENSOR = 60  # of a pickle, for each tensor that a checkpoint may have; torch.save needs 45


class TooMuchError(Exception):
    """A pickle that asks for what its file does not have; the message is the end of a sentence on the file."""


@dataclass
class Wanted:
    """What a pickle asks for.

    Attributes:
        objects: names of classes and functions that no checkpoint of weights needs.
        protocol: of the pickle, where ``torch.load`` does not read it; else 0.
    """

    objects: list[str] = field(default_factory=list)
    protocol: int = 0

    @property
    def runs(self) -> list[str]:
        """Those of the objects that run commands or reach outside."""
        return [name for name in self.objects if runs(name)]


def follow(content: bytes, records: Mapping[str, int] | None, file_bytes: int, pickles: int = 1) -> Wanted:
    """Follow the pickles at the start of some bytes.

    Args:
        content: the bytes.
        records: name → bytes of the storages of a zip; None in a file without one, where they stand behind.
        file_bytes: size of the whole file.
        pickles: how many there are.

    Raises:
        TooMuchError: it asks for what the file does not have, or for too much time.
        ValueError: it is no pickle, or damaged.
    """
    follower = _Follower(records, file_bytes, 10 * len(content) + 1_000_000)
    stream = io.BytesIO(content)
    for _ in range(pickles):
        follower.run(stream)
    return follower.wanted


class _Follower:
    """The machine of a pickle with sizes in the place of values."""

    def __init__(self, records: Mapping[str, int] | None, file_bytes: int, budget: int):
        self.records, self.file_bytes, self.budget = records, file_bytes, budget
        self.wanted = Wanted()
        self.steps = self.total = 0
        self.stored: dict[object, int] = {}

    def run(self, stream: io.BytesIO) -> None:
        self.stack: list[object] = []
        self.marks: list[list[object]] = []
        self.memo: dict[int, object] = {}
        most = _STEPS_PER_TENSOR * TENSORS.value
        # What a global of newer protocols is made of: texts, and those that were noted to be used again.
        texts: list[str] = []
        noted: list[str] = []
        is_text = False
        for opcode, argument, _ in pickletools.genops(stream):
            self.steps += 1
            if self.steps > most:
                raise TooMuchError(f"takes more than {most:,} steps to load")
            name = opcode.name
            if name == "STACK_GLOBAL":
                self._name(".".join(texts[-2:]))
            elif name in ("GLOBAL", "INST"):
                self._name(str(argument).replace(" ", ".", 1))
            if name == "MEMOIZE":
                noted.append(texts[-1] if is_text else "")
            is_text = isinstance(argument, str) or (name == "MEMOIZE" and is_text)
            if name in ("BINGET", "LONG_BINGET") and isinstance(argument, int) and any(noted[argument:][:1]):
                argument, is_text = noted[argument], True
            if isinstance(argument, str):
                texts = [*texts[-1:], argument]
            if self.wanted.protocol:
                continue  # it is refused: only names are of interest
            step = _STEPS.get(name)
            if step is None:
                self.wanted.protocol = max(opcode.proto, 1)
                continue
            try:
                step(self, argument)
            except (IndexError, KeyError, AttributeError) as error:
                raise ValueError("a pickle whose steps do not fit") from error

    def _name(self, name: str) -> None:
        if not is_needed(name) and name not in self.wanted.objects:
            self.wanted.objects.append(name)

    def push(self, value: object) -> None:
        self.stack.append(value)

    def spend(self, work: int) -> None:
        """Count work that may be much more than the file has bytes."""
        self.budget -= work
        if self.budget < 0:
            raise TooMuchError("has parts that stand for themselves so often that they would fill any memory")

    def mark(self) -> None:
        self.marks.append(self.stack)
        self.stack = []

    def since_mark(self) -> list[object]:
        items, self.stack = self.stack, self.marks.pop()
        return items

    def put_tuple(self, items: list[object]) -> None:
        self.push(Tuple(items))

    def take(self, items: list[object]) -> None:
        """Put items into what is on the stack."""
        box = self.stack[-1]
        if isinstance(box, Box):
            box.weight = min(HUGE, box.weight + sum(map(weight, items)))

    def pairs(self, items: list[object]) -> None:
        for key in items[::2]:
            if not isinstance(key, str):  # a tuple is hashed part by part, each as often as it stands there
                self.spend(weight(key))
        self.take(items)

    def call(self, function: object, arguments: object) -> object:
        arguments = arguments if isinstance(arguments, tuple) else ()
        weighs = sum(map(weight, arguments))
        self.spend(weighs)
        name = function.name if isinstance(function, Global) else ""
        if name == OF_A_TYPE and len(arguments) > 2:
            return self.call(arguments[0], arguments[2])
        if name in TENSOR_MAKERS:
            return self.tensor(name, arguments)
        if name.endswith(".bytearray") and arguments and isinstance(arguments[0], int):
            raise TooMuchError(f"asks for {arguments[0]:,} bytes that are not in it")
        if name.endswith(("Storage", "Tensor")) and name.startswith("torch."):
            raise TooMuchError(f"makes a {name} out of nothing")
        return Box(weighs + 8, name.startswith("torch._utils._rebuild"))

    def tensor(self, name: str, arguments: tuple[object, ...]) -> Box:
        storage, offset, size, stride = arguments[:4] if len(arguments) > 3 else (None,) * 4
        if storage is None:
            return Box(64, is_tensor=True)
        if not (isinstance(storage, Storage) and isinstance(size, tuple) and isinstance(stride, tuple)):
            raise ValueError("a tensor without a storage or a shape")
        kind = getattr(torch, str(getattr(arguments[-1], "name", "")).removeprefix("torch."), None)
        each = kind.itemsize if name.endswith("v3") and isinstance(kind, torch.dtype) else storage.bytes_each
        numbers = storage.numbers * storage.bytes_each // each
        reached = reach(offset, size, stride)
        is_copied = name.endswith("qtensor") and reached is not None and math.prod(size) > numbers
        if reached is None or reached > numbers or is_copied:
            raise TooMuchError(f"has a tensor of {shape_text(size)} on {numbers:,} numbers")
        return Box(64, is_tensor=True)

    def storage(self, key: object) -> None:
        """What stands for a storage: ``("storage", type, key, place, numbers)``."""
        if not (isinstance(key, tuple) and len(key) >= 5 and is_whole(key[4])):
            raise ValueError("a storage of no known form")
        kind = str(getattr(key[1], "name", "")).rpartition(".")[2].removesuffix("Storage")
        each, numbers = BYTES_EACH.get(kind, 16), key[4]
        wanted, there = each * numbers, self.file_bytes
        if self.records is not None:
            there = self.records.get(f"data/{key[2]}", 0)
        elif key[2] not in self.stored:  # without a zip, all stand one behind the other
            self.stored[key[2]] = wanted
            self.total += wanted
        if max(wanted, self.total) > there:
            raise TooMuchError(f"asks for {max(wanted, self.total):,} bytes of numbers where {there:,} are")
        self.push(Storage(numbers, each))

    def build(self) -> None:
        state, made = self.stack.pop(), self.stack[-1]
        self.spend(weight(state) if isinstance(state, tuple) else 0)
        if isinstance(made, Box) and made.is_tensor and isinstance(state, tuple) and len(state) >= 4:
            self.tensor("", state)  # a tensor may get another storage, as in very old files
        self.take([state])


_Step = Callable[["_Follower", Any], None]


def _global(machine: _Follower, argument: str) -> None:
    machine.push(Global(argument.replace(" ", ".", 1)))


def _reduce(machine: _Follower, _: object) -> None:
    arguments = machine.stack.pop()
    machine.stack[-1] = machine.call(machine.stack[-1], arguments)


def _new(machine: _Follower, _: object) -> None:
    arguments, kind = machine.stack.pop(), machine.stack.pop()
    machine.push(machine.call(kind, arguments))


def _last(count: int) -> _Step:
    def step(machine: _Follower, _: object) -> None:
        items = machine.stack[-count:]
        del machine.stack[-count:]
        machine.put_tuple(items)

    return step


def _keep(machine: _Follower, index: int) -> None:
    machine.memo[index] = machine.stack[-1]


def _value(machine: _Follower, argument: object) -> None:
    machine.push(argument)


def _constant(value: object) -> _Step:
    return lambda machine, _: machine.push(value)


#: what ``torch.load`` reads, and how it is followed
_STEPS: Mapping[str, _Step] = {
    "PROTO": lambda machine, _: None,
    "STOP": lambda machine, _: None,
    "GLOBAL": _global,
    "REDUCE": _reduce,
    "NEWOBJ": _new,
    "BUILD": lambda machine, _: machine.build(),
    "BINPERSID": lambda machine, _: machine.storage(machine.stack.pop()),
    "MARK": lambda machine, _: machine.mark(),
    "TUPLE": lambda machine, _: machine.put_tuple(machine.since_mark()),
    **{f"TUPLE{count}": _last(count) for count in (1, 2, 3)},
    "EMPTY_TUPLE": lambda machine, _: machine.put_tuple([]),
    **{name: lambda machine, _: machine.push(Box(8)) for name in ("EMPTY_LIST", "EMPTY_DICT", "EMPTY_SET")},
    "APPEND": lambda machine, _: machine.take([machine.stack.pop()]),
    "APPENDS": lambda machine, _: machine.take(machine.since_mark()),
    "SETITEM": lambda machine, _: machine.pairs([machine.stack.pop(-2), machine.stack.pop()]),
    "SETITEMS": lambda machine, _: machine.pairs(machine.since_mark()),
    **dict.fromkeys(("BINPUT", "LONG_BINPUT"), _keep),
    **{name: lambda machine, index: machine.push(machine.memo[index]) for name in ("BINGET", "LONG_BINGET")},
    **dict.fromkeys(("BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT", "BINUNICODE", "SHORT_BINSTRING"), _value),
    "NONE": _constant(None),
    "NEWTRUE": _constant(True),
    "NEWFALSE": _constant(False),
}
