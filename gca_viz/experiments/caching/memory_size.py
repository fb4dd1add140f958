"""How much memory a value takes, by the buffers that it holds, so that what two values share is counted once."""

from __future__ import annotations

import gc
import sys
from types import BuiltinFunctionType, FunctionType, ModuleType

import numpy as np
import torch

from gca_viz.datasets import Dataset

#: never followed: parts of the program, and data sets, which are kept (and let go) by who loaded them
_NOT_ITS_OWN = (type, ModuleType, BuiltinFunctionType, Dataset)
_SMALL = 1024  # bytes; smaller pieces are added up and never looked at singly


def buffers(value: object) -> dict[int, int]:
    """Where each buffer that a value holds lies → its bytes; all small pieces together are one, at the value.

    Tensors and arrays count with the whole storage that they keep alive, however small a part of it they show.
    """
    found: dict[int, int] = {}
    rest, seen, small = [value], {}, 0
    while rest:
        piece = rest.pop()
        if id(piece) in seen or isinstance(piece, _NOT_ITS_OWN):
            continue
        seen[id(piece)] = piece  # held until the end, so that no other takes its place
        if isinstance(piece, torch.Tensor):
            storage = piece.untyped_storage()
            found[storage.data_ptr()] = storage.nbytes()
            continue
        if isinstance(piece, FunctionType):
            rest.extend(cell.cell_contents for cell in piece.__closure__ or ())
            continue
        rest.extend(gc.get_referents(piece))
        if isinstance(piece, np.ndarray):
            where, size = piece.__array_interface__["data"][0], piece.nbytes
            if piece.base is not None:
                rest.append(piece.base)  # it is the base's memory
                size = 0
            elif piece.dtype.hasobject:
                rest.extend(piece.ravel().tolist())
        else:
            size, where = sys.getsizeof(piece), id(piece)
        if size < _SMALL:
            small += size
        else:
            found[where] = max(size, found.get(where, 0))
    found[id(value)] = found.get(id(value), 0) + small
    return found
