"""The named arrays in a file of numbers, whatever its format; nothing is ever unpickled."""

from __future__ import annotations

import io
import json
import math
import re
import struct
import zipfile
from collections.abc import Callable, Mapping
from pathlib import PurePath
from types import MappingProxyType

import numpy as np

from gca_viz.errors import InputError
from gca_viz.limits import FILE_BYTES, GROWTH, UNPACKED_BYTES

_COLUMN_OF_MATRIX = re.compile(r"^(.*?)[ _.\[]?(\d+)\]?$")  # z1_0, z1.17, z[3], e5
_PICKLED = "numbers and text only: object arrays hold pickles, which can run code when they are read"


def named_arrays(name: str, content: bytes) -> dict[str, np.ndarray]:
    """Every array of a file by its name in there; a bare ``.npy`` goes by the name of the file.

    Args:
        name: the file's name; its ending tells the format.
        content: its bytes.

    Raises:
        InputError: an unknown ending, a damaged file, one that holds pickles, or one above a limit.
    """
    path = PurePath(name)
    reader = FORMATS.get(path.suffix.lower())
    if reader is None:
        raise InputError(
            f"{path.name}",
            f"embeddings come as {', '.join(FORMATS)}",
            "Save them as .npz with arrays z1 and z2: numpy.savez('embeddings.npz', z1=z1, z2=z2)",
            parameter="embeddings",
        )
    FILE_BYTES.check(len(content), path.name)
    try:
        return reader(path, content)
    except InputError:
        raise
    except Exception as error:  # each format's library has exceptions of its own for a damaged file
        raise InputError(
            f"{path.name}, which could not be read ({str(error).splitlines()[0] if str(error) else error!r})",
            f"a complete {path.suffix} file is needed",
            "Save or copy it again",
            parameter="embeddings",
        ) from error


def _npy(path: PurePath, content: bytes) -> dict[str, np.ndarray]:
    return {path.stem: _array(path.name, io.BytesIO(content), len(content))}


def _npz(path: PurePath, content: bytes) -> dict[str, np.ndarray]:
    arrays, unpacked = {}, 0
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for member in archive.infolist():
            unpacked += member.file_size
            UNPACKED_BYTES.check(unpacked, path.name)
            GROWTH.check(member.file_size // max(1, member.compress_size), f"{member.filename} in {path.name}")
            if not member.filename.endswith(".npy"):
                raise InputError(
                    f"{member.filename} in {path.name}",
                    "an .npz file holds arrays only",
                    "Write it with numpy.savez",
                    parameter="embeddings",
                )
            with archive.open(member) as file:
                key = member.filename.removesuffix(".npy")
                arrays[key] = _array(f"{key} in {path.name}", file, member.file_size)
    return arrays


def _array(what: str, file: io.BufferedIOBase, size: int) -> np.ndarray:
    """An array whose header is checked before a byte of it is read."""
    version = np.lib.format.read_magic(file)
    header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, in_columns, dtype = header(file)
    if dtype.hasobject:
        raise InputError(
            f"{what} of type object", _PICKLED, "Save it as numbers, or text as dtype 'U'", parameter="embeddings"
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
    flat = np.frombuffer(file.read(declared), dtype, math.prod(shape))
    return flat.reshape(shape[::-1]).T if in_columns else flat.reshape(shape)


def _safetensors(path: PurePath, content: bytes) -> dict[str, np.ndarray]:
    import torch
    from safetensors.torch import load

    length = struct.unpack("<Q", content[:8])[0]
    if length > len(content) - 8 or not isinstance(json.loads(content[8 : 8 + length]), dict):
        raise ValueError("its header is damaged")
    tensors = load(content)
    return {
        key: (tensor.float() if tensor.dtype == torch.bfloat16 else tensor).numpy()
        for key, tensor in tensors.items()
    }


def _parquet(path: PurePath, content: bytes) -> dict[str, np.ndarray]:
    import pyarrow.parquet as parquet

    file = parquet.ParquetFile(io.BytesIO(content))
    groups = (file.metadata.row_group(k) for k in range(file.metadata.num_row_groups))
    UNPACKED_BYTES.check(sum(group.total_byte_size for group in groups), path.name)
    table = file.read()
    return _joined({name: _column(table.column(name)) for name in table.column_names})


def _column(column) -> np.ndarray:
    import pyarrow.types as types

    kind = column.type
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        rows = column.combine_chunks()
        widths = {None if row is None else len(row) for row in rows.to_pylist()} if len(rows) else {0}
        if len(widths) > 1 or None in widths:
            raise ValueError("a column of lists has rows of unequal length")
        return rows.flatten().to_numpy(zero_copy_only=False).reshape(len(rows), -1)
    values = column.to_numpy()
    return values.astype(str) if values.dtype == object else values


def _csv(path: PurePath, content: bytes) -> dict[str, np.ndarray]:
    import pandas as pd

    heading = content.split(b"\n", 1)[0]
    separator = max(b",;\t", key=heading.count)
    table = pd.read_csv(io.BytesIO(content), sep=chr(separator), encoding="utf-8-sig")
    columns = {str(name): table[name] for name in table.columns}
    return _joined(
        {
            name: values.to_numpy() if values.dtype.kind in "biuf" else values.fillna("").to_numpy(str)
            for name, values in columns.items()
        }
    )


def _joined(columns: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Columns that are the entries of one vector (z1_0, z1_1, …) put side by side."""
    single, matrices = {}, {}
    for name, values in columns.items():
        match = _COLUMN_OF_MATRIX.match(name)
        if match and match[1] and values.ndim == 1 and values.dtype.kind in "biuf":
            matrices.setdefault(match[1], {})[int(match[2])] = (name, values)
        else:
            single[name] = values
    for stem, entries in matrices.items():
        if len(entries) == 1:  # a column called z1, say, is no vector by itself
            name, values = next(iter(entries.values()))
            single[name] = values
        else:
            single[stem] = np.stack([entries[k][1] for k in sorted(entries)], 1)
    return single


#: ending → reader
FORMATS: Mapping[str, Callable[[PurePath, bytes], dict[str, np.ndarray]]] = MappingProxyType(
    {
        ".npz": _npz,
        ".npy": _npy,
        ".parquet": _parquet,
        ".csv": _csv,
        ".tsv": _csv,
        ".safetensors": _safetensors,
    }
)
