"""NumPy's files: ``.npy`` and ``.npz``; headers are checked before a byte of an array is read."""

from __future__ import annotations

import io
import math
import zipfile
from pathlib import PurePath
from typing import IO

import numpy as np

from gca_viz.datasets.embeddings.table import KNOWN, Room, Table, plain_name, worth_reading
from gca_viz.errors import InputError
from gca_viz.files.archive import check_directory
from gca_viz.settings.limits import COLUMNS, UNPACKED_BYTES, check_growth

_PICKLED = "numbers and text only: object arrays hold pickles, which can run code when they are read"
_PIECE = 4_000_000  # bytes of texts that are taken apart at a time
_LONGEST_TEXT = 1000  # letters


def read_npy(path: PurePath, content: bytes) -> Table:
    """The one array of a file, which goes by the name of the file; or the fields of a structured one."""
    table, room = Table(), Room(path.name)
    array = _array(path.name, io.BytesIO(content), len(content), room)
    if array.dtype.names:
        for name in worth_reading(array.dtype.names):
            table.arrays[name] = tidied(array[name], name, table, room)
    else:
        table.arrays[path.stem] = tidied(array, path.stem, table, room)
    return table


def read_npz(path: PurePath, content: bytes) -> Table:
    """The arrays of an archive."""
    table, room, unpacked = Table(), Room(path.name), 0
    file = io.BytesIO(content)
    check_directory(file, path.name)
    with zipfile.ZipFile(file) as archive:
        members = {member.filename.removesuffix(".npy"): member for member in archive.infolist()}
        COLUMNS.check(len(members), path.name)
        worth = set(worth_reading(members))
        for name, member in members.items():
            what = f"{name} in {path.name}"
            if not member.filename.endswith(".npy"):
                raise InputError(
                    f"{member.filename} in {path.name}",
                    "an .npz file holds arrays only",
                    "Write it with numpy.savez",
                    parameter="embeddings",
                )
            if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise InputError(  # the others unpack all at once, however much that is
                    f"{what}, packed by method {member.compress_type}",
                    "NumPy stores arrays as they are, or deflates them",
                    "Write it with numpy.savez('embeddings.npz', …) or numpy.savez_compressed",
                    parameter="embeddings",
                )
            unpacked += member.file_size
            UNPACKED_BYTES.check(unpacked, path.name)
            check_growth(member.compress_size, member.file_size, what)
            if name not in worth:
                table.further += 1
                continue
            with archive.open(member) as opened:
                if _is_needed(name, opened, table):
                    opened.seek(0)
                    array = _array(what, opened, member.file_size, room)
                    table.arrays[name] = tidied(array, name, table, room)
    return table


def tidied(array: np.ndarray, name: str, table: Table, room: Room) -> np.ndarray:
    """Matrices in single precision and texts as objects, so that nothing is larger than it must be."""
    if array.dtype.kind in "fiub" and array.ndim > 1 and not (array.dtype == np.uint8 and array.ndim > 2):
        if array.dtype != np.float32 or not array.flags.c_contiguous:
            room.take(4 * array.size)
            with np.errstate(over="ignore"):  # what single precision cannot hold becomes infinite, and is listed
                array = np.ascontiguousarray(array, np.float32)
        return array
    if array.dtype.kind in "US" and array.ndim == 1:
        room.take(array.nbytes // 2 + 100 * len(array))
        return _texts(array)
    return array


def _is_needed(name: str, file: IO[bytes], table: Table) -> bool:
    """Whether an array can be of use, going by its header; if not, ``table`` is told why."""
    shape, _, dtype = _header(file)
    if plain_name(name) in KNOWN:
        return True
    if dtype.hasobject:
        table.left_out[name] = "it holds pickled objects"
    elif len(shape) != 1 and shape[1:] != (1,):
        table.left_out[name] = ""
    return name not in table.left_out


def _header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype]:
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    return read(file)


def _array(what: str, file: IO[bytes], size: int, room: Room) -> np.ndarray:
    """An array whose header is checked before a byte of it is read."""
    shape, in_columns, dtype = _header(file)
    if dtype.hasobject:
        raise InputError(
            f"{what} of type object",
            _PICKLED,
            "Save numbers as numbers, numpy.stack(z1).astype('float32'), and texts as texts, "
            "numpy.array([str(x) for x in labels]): numpy.savez('embeddings.npz', z1=z1, z2=z2, labels=labels)",
            parameter="embeddings",
        )
    declared = math.prod(shape) * dtype.itemsize
    UNPACKED_BYTES.check(declared, what)
    if declared > size:
        raise InputError(
            f"{what} that declares {declared:,} bytes in a file of {size:,}",
            "a complete array is needed",
            "Save or copy it again",
            parameter="embeddings",
        )
    room.take(declared)
    flat = np.frombuffer(file.read(declared), dtype, math.prod(shape))
    return flat.reshape(shape[::-1]).T if in_columns else flat.reshape(shape)


def _texts(array: np.ndarray) -> np.ndarray:
    """Texts as objects, some at a time: one long text makes all cells of such an array as wide."""
    if array.dtype.itemsize > 4 * _LONGEST_TEXT:
        kind = f"{array.dtype.kind}{_LONGEST_TEXT}"
        step = max(1, _PIECE // array.dtype.itemsize)
        array = np.concatenate([array[k : k + step].astype(kind) for k in range(0, len(array), step)])
    values = array.tolist()
    if array.dtype.kind == "S":
        values = [value.decode("utf-8", "replace") for value in values]
    once: dict[str, str] = {}
    return np.array([once.setdefault(value, value) for value in values], object)
