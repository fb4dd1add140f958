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
    said = json.dumps(header, sort_keys=True)
    own = _id(said, flat)
    index = {name: {"dtype": _DTYPES[a.dtype], "count": a.size, "offset": 0} for name, a in flat.items()}

    def whole() -> bytes:
        return f"{said[:-1]}{', ' * bool(header)}{json.dumps({'id': own, 'arrays': index})[1:]}".encode()

    # Offsets depend on the header's length, which depends on the offsets: reserve room, then pad with blanks.
    room = len(whole()) + 12 * len(flat)
    room += -room % 8
    offset = len(MAGIC) + 4 + room
    for name, array in flat.items():
        index[name]["offset"] = offset
        offset += array.nbytes + (-array.nbytes % 8)
    parts: list[bytes | memoryview] = [MAGIC, struct.pack("<I", room), whole().ljust(room)]
    for array in flat.values():
        parts += [_bytes(array), bytes(-array.nbytes % 8)]
    return Blob(own, b"".join(parts))


def content_id(header: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> str:
    """The id of the :class:`Blob` that header and arrays make."""
    return _id(
        json.dumps(header, sort_keys=True), {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    )


def _id(said: str, flat: Mapping[str, np.ndarray]) -> str:
    digest = hashlib.blake2b(said.encode(), digest_size=8)
    for name, array in flat.items():
        digest.update(f"{name}{array.dtype.str}{array.shape}".encode())
        digest.update(_bytes(array))
    return digest.hexdigest()


def _bytes(array: np.ndarray) -> memoryview:
    """An array's own bytes; a cost of 16 MB is not copied to be read."""
    return array.reshape(-1).view(np.uint8).data
