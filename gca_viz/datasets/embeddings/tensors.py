"""safetensors → arrays."""

from __future__ import annotations

import struct
from pathlib import PurePath

import torch
from safetensors.torch import load

from gca_viz.datasets.embeddings.numpy_files import tidied
from gca_viz.datasets.embeddings.table import Room, Table, worth_reading
from gca_viz.settings.limits import TENSORS

_HEADER_BYTES = 10_000_000


def read_safetensors(path: PurePath, content: bytes) -> Table:
    """The tensors of a file, in single precision where NumPy has no such numbers."""
    length = struct.unpack("<Q", content[:8])[0]
    if length > min(len(content) - 8, _HEADER_BYTES):
        raise ValueError("its header is damaged")
    table, room = Table(), Room(path.name)
    room.take(len(content))
    tensors = load(content)
    TENSORS.check(len(tensors), path.name)
    worth = worth_reading(tensors)
    table.further = len(tensors) - len(worth)
    for name in worth:
        tensor = tensors.pop(name)
        small = tensor.is_floating_point() and tensor.element_size() <= 2
        table.arrays[name] = tidied((tensor.to(torch.float32) if small else tensor).numpy(), name, table, room)
    return table
