"""Any graph of Python objects as mappings, lists, tensors and plain values; what is none of these is left out."""

from __future__ import annotations

import datetime
import decimal
import enum
import fractions
import types
import uuid
from collections import deque
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

_DEEPEST = 60  # parts within parts; what is deeper is left out
_MOST = 1_000_000  # objects that are looked at
#: what OmegaConf's nodes hold: a value or values, beside the way back to their parents
_HELD, _BESIDE = ("_content", "_val"), ("_metadata", "_parent")
_LEAF = (str, bool, int, float, type(None), Tensor)
_AS_TEXT = (
    *(PurePath, torch.dtype, torch.device, uuid.UUID, decimal.Decimal, fractions.Fraction, complex),
    *(datetime.date, datetime.time, datetime.timedelta, datetime.tzinfo),
)


class _Nested(type):
    """Of a class that is not installed, what it holds (a member, a class within it) is not there, either."""

    def __getattr__(cls, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        return Stranger.named(cls.__module__, f"{cls.__name__}.{name}")


class Stranger(metaclass=_Nested):
    """Stands for an object whose class is not installed: it keeps whatever a pickle gives it."""

    def __new__(cls, *arguments: object, **named: object) -> Stranger:
        made = object.__new__(cls)
        vars(made).update(arguments=arguments, named=named, state=None, pairs={}, items=[])
        return made

    def __init__(self, *arguments: object, **named: object):
        """All is kept when it is made."""

    @staticmethod
    def named(module: str, name: str) -> type[Stranger]:
        """The class of that name that is not there."""
        return types.new_class(name, (Stranger,), exec_body=lambda names: names.update(__module__=module))

    def __setstate__(self, state: object) -> None:
        vars(self)["state"] = state

    def __setitem__(self, key: object, value: object) -> None:
        try:
            vars(self)["pairs"][key] = value
        except TypeError:  # a key that has no hash yet
            vars(self)["items"].append(value)

    def append(self, value: object) -> None:
        """Lists of strangers keep their items."""
        vars(self)["items"].append(value)

    add = append

    def extend(self, values: object) -> None:
        """The same of several."""
        vars(self)["items"].extend(values)

    update = extend

    def __call__(self, *arguments: object, **named: object) -> Stranger:
        """What a function of a module that is not there would give."""
        return type(self)(*arguments, **named)

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(self)

    @property
    def held(self) -> object:
        """What it holds, the most telling first: attributes and pairs, items, or what it was made of."""
        kept = vars(self)
        state = _joined(kept["state"])
        if state or kept["pairs"] or kept["named"]:
            return {**kept["named"], **kept["pairs"], **state}
        if kept["items"]:
            return kept["items"]
        made_of = kept["arguments"]
        return made_of[0] if len(made_of) == 1 else list(made_of)


def plain(content: object) -> object:
    """The same graph of mappings, lists, tensors and plain values; it may go round in circles, as before."""
    return _Reader().read(content, 0)


class _Reader:
    """Reads every object once, whatever points to it."""

    def __init__(self) -> None:
        self.done: dict[int, object] = {}
        self.kept: list[object] = []  # so that no id is given twice

    def read(self, value: object, depth: int) -> object:
        if isinstance(value, enum.Enum):
            return self.read(value.value, depth) if isinstance(value.value, _LEAF) else value.name
        if isinstance(value, _LEAF):
            return value
        if id(value) in self.done:
            return self.done[id(value)]
        if depth > _DEEPEST or len(self.kept) > _MOST:
            return None
        self.kept.append(value)
        try:
            return self._opened(value, depth)
        except Exception:  # an object's own code may fail in any way: then it is left out
            return self.done.setdefault(id(value), None)

    def _opened(self, value: object, depth: int) -> object:
        if isinstance(value, np.generic):
            return value.item()
        if isinstance(value, np.ndarray):
            return self._array(value)
        if isinstance(value, _AS_TEXT):
            return str(value)
        if isinstance(value, type) or (callable(value) and not isinstance(value, (nn.Module, Stranger))):
            return self.done.setdefault(id(value), _NOTHING)
        held = _held_by(value)
        if isinstance(held, Mapping):
            if "_modules" in held and "_parameters" in held:
                state: dict[str, Tensor] = {}
                self.done[id(value)] = state
                state.update(self._tensors(held, depth))
                return state
            inner = [name for name in _HELD if name in held]
            if inner and any(name in held for name in _BESIDE):
                self.done[id(value)] = None  # a node that holds itself holds nothing
                self.done[id(value)] = self.read(held[inner[0]], depth + 1)
                return self.done[id(value)]
            pairs: dict[object, object] = {}
            self.done[id(value)] = pairs
            for key, item in list(held.items()):
                read = self.read(item, depth + 1)
                if read is not _NOTHING:
                    pairs[self._key(key)] = read
            return pairs
        if isinstance(held, (list, tuple, set, frozenset, deque)):
            items: list[object] = []
            self.done[id(value)] = items
            items += [read for item in held if (read := self.read(item, depth + 1)) is not _NOTHING]
            return items
        return self.read(held, depth + 1) if held is not value else _NOTHING

    def _key(self, key: object) -> object:
        read = self.read(key, _DEEPEST)
        return read if isinstance(read, (str, int, float, bool)) else str(type(key).__name__)

    def _array(self, value: np.ndarray) -> object:
        """An array as a tensor, a small one of one dimension as a list, one of texts as a list of texts."""
        if value.dtype.kind in "US" or value.ndim == 0:
            return self.read(value.tolist(), _DEEPEST - 2)
        if value.dtype.kind not in "fiub":
            return _NOTHING
        return torch.from_numpy(np.ascontiguousarray(value.astype(value.dtype.newbyteorder("="))))

    def _tensors(self, module: Mapping[str, Any], depth: int) -> dict[str, Tensor]:
        """The state dict of a network, that of one whose class is not installed, too."""
        found: dict[str, Tensor] = {}
        for part in (module["_parameters"], module.get("_buffers") or {}):
            found |= {name: tensor for name, tensor in dict(part).items() if isinstance(tensor, Tensor)}
        for name, child in dict(module["_modules"]).items():
            below = self.read(child, depth + 1)
            if isinstance(below, Mapping):
                found |= {f"{name}.{key}": tensor for key, tensor in below.items() if isinstance(tensor, Tensor)}
        return found


#: stands for what is left out
_NOTHING = object()


def _held_by(value: object) -> object:
    """What an object holds: its pairs, its items, or its attributes."""
    if isinstance(value, Stranger):
        return value.held
    attributes = _attributes(value)
    if any(name in attributes for name in _HELD):  # OmegaConf's own mappings fail where a value is missing
        return attributes
    if isinstance(value, Mapping):
        return value
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return value._asdict()
    if isinstance(value, (list, tuple, set, frozenset, deque)):
        return value
    return attributes


def _attributes(value: object) -> dict[str, object]:
    found = {}
    for cls in type(value).__mro__:
        slots = vars(cls).get("__slots__", ())
        for name in [slots] if isinstance(slots, str) else slots:
            if name not in ("__dict__", "__weakref__") and hasattr(value, name):
                found[name] = getattr(value, name)
    return found | getattr(value, "__dict__", {})


def _joined(state: object) -> dict[str, Any]:
    """A state as attributes: a mapping, or a mapping and one of slots."""
    if isinstance(state, Mapping):
        return dict(state)
    if isinstance(state, tuple) and len(state) == 2:
        parts = [part for part in state if isinstance(part, Mapping)]
        return {name: value for part in parts for name, value in part.items()}
    return {}
