"""Turn a trusted pickle into safetensors, in a process of its own.

``python -m gca_viz.encoders.checkpoints.unpickle IN OUT`` is what ``gca-viz convert --trust`` starts.

Whatever the pickle holds runs here, once, and only because the user said ``gca-viz convert --trust``.
"""

from __future__ import annotations

import builtins
import copyreg
import pickle
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path, PurePosixPath, PureWindowsPath
from types import SimpleNamespace
from typing import Any, BinaryIO

import torch

from gca_viz.encoders.checkpoints.contents import contents_of
from gca_viz.encoders.checkpoints.convert import write
from gca_viz.encoders.checkpoints.plain import Stranger, plain

#: what is needed to make tensors and plain values, and runs nothing of a stranger
_KNOWN = ("torch", "collections", "numpy", "builtins", "_codecs", "datetime", "argparse")
_RUNS = frozenset({"eval", "exec", "compile", "open", "__import__", "getattr", "setattr", "input"})
_PATHS = {
    "PosixPath": PurePosixPath,
    "PurePosixPath": PurePosixPath,
    "WindowsPath": PureWindowsPath,
    "PureWindowsPath": PureWindowsPath,
}


def _reconstructed(cls: type, base: type, state: object) -> object:
    """``copyreg._reconstructor`` that takes strangers, too."""
    if isinstance(cls, type) and issubclass(cls, Stranger):
        return cls(*([] if state is None else [state]))
    made: object = copyreg._reconstructor(cls, base, state)  # type: ignore[attr-defined]  # private, and what a pickle calls
    return made


def _as_tensor(make: Callable[..., object], kind: object, arguments: Iterable[object], state: object) -> object:
    """``torch._tensor._rebuild_from_type_v2``: of a tensor whose class is not installed, the numbers."""
    return make(*arguments)


_REPLACED = {
    ("copyreg", "_reconstructor"): _reconstructed,
    ("copy_reg", "_reconstructor"): _reconstructed,
    ("torch._tensor", "_rebuild_from_type_v2"): _as_tensor,
    **{(module, name): path for name, path in _PATHS.items() for module in ("pathlib", "pathlib._local")},
}


class _Unpickler(pickle.Unpickler):
    """Finds every class; one that is not installed, or cannot be imported, becomes a :class:`Stranger`."""

    def find_class(self, module: str, name: str) -> object:
        if (module, name) in _REPLACED:
            return _REPLACED[module, name]
        try:
            return super().find_class(module, name)
        except Exception:  # a module may fail in any way while it is imported
            return Stranger.named(module, name)


class _AmongStrangers(_Unpickler):
    """Knows tensors and plain values; all else is a :class:`Stranger`, whose code is not run."""

    def find_class(self, module: str, name: str) -> object:
        if module.partition(".")[0] not in _KNOWN or (module == builtins.__name__ and name in _RUNS):
            replaced = _REPLACED.get((module, name))
            return replaced or Stranger.named(module, name)
        return super().find_class(module, name)


def load(source: Path) -> object:
    """What a file of ``torch.save`` holds.

    Objects whose own code fails to bring them back, as of another version of their package, are read as what was
    written of them.
    """
    try:
        return _load_with(source, _Unpickler)
    except Exception as error:  # of whatever code ran
        with suppress(Exception):
            return _load_with(source, _AmongStrangers)
        raise error


def _load_with(source: Path, reader: type[pickle.Unpickler]) -> object:
    def load(file: BinaryIO, **options: Any) -> object:
        return reader(file, **options).load()

    module = SimpleNamespace(Unpickler=reader, load=load, __name__="pickle")
    with source.open("rb") as file:
        return torch.load(file, map_location="cpu", weights_only=False, pickle_module=module)


def main(source: str, target: str) -> None:
    """Unpickle a file of ``torch.save`` and write its tensors and plain values."""
    write(contents_of(plain(load(Path(source)))), Path(target))


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Exception as error:  # one line for the process that started this
        lines = str(error).splitlines()
        sys.exit(lines[0] if lines else type(error).__name__)
