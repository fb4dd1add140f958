"""Turn a trusted pickle into safetensors: ``python -m gca_viz.encoders.unpickle IN OUT``, a process of its own.

Whatever the pickle holds runs here, once, and only because the user said ``gca-viz convert --trust``.
"""

from __future__ import annotations

import pickle
import sys
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace

import torch
from torch import nn

from gca_viz.encoders.contents import contents_of
from gca_viz.encoders.convert import write


class _Stranger(dict):
    """Stands for an object whose class is not installed: what it held is kept, so far as it is plain."""

    def __init__(self, *arguments: object, **named: object):
        super().__init__(named)

    def __setstate__(self, state: object) -> None:
        self.update(state if isinstance(state, Mapping) else {})

    def append(self, value: object) -> None:
        """Lists of strangers are not kept."""

    def extend(self, values: object) -> None:
        """Lists of strangers are not kept."""


class _Unpickler(pickle.Unpickler):
    """Finds every class; one that is not installed becomes :class:`_Stranger`."""

    def find_class(self, module: str, name: str) -> object:
        try:
            return super().find_class(module, name)
        except (ImportError, AttributeError):
            return type(name, (_Stranger,), {"__module__": module})


def _plain(content: object) -> object:
    """Networks replaced by their tensors, those of a class that is not installed too."""
    content = vars(content) if isinstance(content, nn.Module) else content
    if not isinstance(content, Mapping):
        return content
    if "_modules" not in content:
        return {key: _plain(value) for key, value in content.items()}
    tensors = {**content["_parameters"], **content["_buffers"]}
    for name, module in content["_modules"].items():
        tensors.update({f"{name}.{key}": tensor for key, tensor in (_plain(module) or {}).items()})
    return {name: tensor for name, tensor in tensors.items() if tensor is not None}


def main(source: str, target: str) -> None:
    """Unpickle a file of ``torch.save`` and write its tensors and plain values."""
    reader = SimpleNamespace(Unpickler=_Unpickler, load=pickle.load, __name__="pickle")
    with open(source, "rb") as file:
        content = torch.load(file, map_location="cpu", weights_only=False, pickle_module=reader)
    write(contents_of(_plain(content)), Path(target))


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Exception as error:  # one line for the process that started this
        lines = str(error).splitlines()
        sys.exit(lines[0] if lines else type(error).__name__)
