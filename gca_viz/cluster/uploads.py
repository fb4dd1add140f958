"""What a user named by a path, on its way to the processes that compute with it, where it has the same name."""

from __future__ import annotations

import platform
import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from gca_viz.datasets import UPLOADS, Dataset
from gca_viz.encoders import uploads
from gca_viz.errors import InputError, why
from gca_viz.experiments.tasks import Task
from gca_viz.uploads import UPLOAD


def named_in(task: Task) -> set[str]:
    """The names of uploads in a task."""
    return set(re.findall(UPLOAD, task.recipe))


def packed(name: str) -> tuple[str, Any]:
    """What a name stands for here, fit to travel; raises :class:`InputError` where it is not there."""
    try:
        dataset = UPLOADS.find(name)
    except InputError:
        return "encoder", uploads.find(name)
    return "data", {item.name: _packed(getattr(dataset, item.name)) for item in fields(dataset)}


def unpacked(name: str, kind: str, thing: Any) -> None:
    """Keep a thing of :func:`packed` under its name, if it is not here yet, and let go of those before it."""
    kept = UPLOADS if kind == "data" else uploads
    try:
        kept.find(name)
    except InputError:
        if kind == "data":
            thing = Dataset(**{key: _unpacked(value) for key, value in thing.items()})
        kept.keep_as(name, thing)
        _brought.append((kept, name))
        while len(_brought) > _MANY:  # a worker outlives the visitors of a server
            others, gone = _brought.popleft()
            others.forget(gone)


_MANY = 16
_brought: deque[tuple[Any, str]] = deque()


@dataclass(frozen=True)
class _OnDisk:
    """Where an array lies that is too large to travel."""

    path: str
    offset: int
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    def read(self) -> np.ndarray:
        """The array, of which those rows are read that are asked for."""
        try:
            return np.memmap(self.path, self.dtype, "r", self.offset, self.shape)
        except (OSError, ValueError) as error:
            raise InputError(
                f"{self.path}, which a worker on {platform.node()} cannot read ({why(error)})",
                "what is too large for memory lies on a disk that all machines read",
                "Name data and --results on a disk that they share, or use --executor local",
                parameter="results",
            ) from error


def _packed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, tuple):
        return tuple(map(_packed, value)) if value and isinstance(value[0], np.ndarray) else value
    return (_on_disk(value) or value) if isinstance(value, np.ndarray) else value


def _unpacked(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(_unpacked, value)) if value and isinstance(value[0], _OnDisk) else value
    return value.read() if isinstance(value, _OnDisk) else value


def _on_disk(array: np.ndarray) -> _OnDisk | None:
    """Where an array lies that is mapped from a file; None of one in memory."""
    whole: Any = array
    while whole is not None and not isinstance(whole, np.memmap):
        whole = getattr(whole, "base", None)
    if whole is None or whole.filename is None or not array.flags.c_contiguous:
        return None
    offset = whole.offset + array.ctypes.data - whole.ctypes.data
    return _OnDisk(str(whole.filename), offset, array.shape, array.dtype)
