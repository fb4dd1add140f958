"""The byte format of what the elements are sent: one JSON header, then raw little-endian arrays."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

MAGIC = b"GCA1"
_DTYPES = {np.dtype("<f4"): "f4", np.dtype("<u4"): "u4", np.dtype("u1"): "u1"}


@dataclass(frozen=True)
class Blob:
    """Bytes with a name made from their content.

    Attributes:
        id: 16 hexadecimal digits; equal content has an equal id.
        data: what travels to the browser, see :func:`pack`.
    """

    id: str
    data: bytes


def pack(header: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Blob:
    """Join a JSON header and arrays into one :class:`Blob`.

    Layout: ``GCA1``, header length (uint32), header (UTF-8 JSON), then each array at the offset (bytes from the
    start) that ``header["arrays"]`` names. The content's id is ``header["id"]``.

    Args:
        header: anything JSON can say; ``id`` and ``arrays`` are added.
        arrays: float32, uint32 or uint8 arrays of any shape (stored flat, row by row).
    """
    flat = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    digest = hashlib.blake2b(json.dumps(header, sort_keys=True).encode(), digest_size=8)
    for name, array in flat.items():
        digest.update(f"{name}{array.dtype.str}{array.shape}".encode())
        digest.update(_bytes(array))
    index = {name: {"dtype": _DTYPES[a.dtype], "count": a.size, "offset": 0} for name, a in flat.items()}
    full = {**header, "id": digest.hexdigest(), "arrays": index}
    # Offsets depend on the header's length, which depends on the offsets: reserve room, then pad with blanks.
    room = len(json.dumps(full).encode()) + 12 * len(flat)
    room += -room % 8
    offset = len(MAGIC) + 4 + room
    for name, array in flat.items():
        index[name]["offset"] = offset
        offset += array.nbytes + (-array.nbytes % 8)
    text = json.dumps(full).encode().ljust(room)
    parts: list[bytes | memoryview] = [MAGIC, struct.pack("<I", room), text]
    for array in flat.values():
        parts += [_bytes(array), bytes(-array.nbytes % 8)]
    return Blob(full["id"], b"".join(parts))


def _bytes(array: np.ndarray) -> memoryview:
    """An array's own bytes; a cost of 16 MB is not copied to be read."""
    return array.reshape(-1).view(np.uint8).data
