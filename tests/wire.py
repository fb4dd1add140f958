"""The bytes that the elements of the page are sent, read back."""

from __future__ import annotations

import json
import struct

import numpy as np

_DTYPES = {"f4": "<f4", "u4": "<u4", "u1": "u1"}


def unpack(data: bytes) -> tuple[dict, dict[str, np.ndarray]]:
    """Header and arrays of a blob."""
    room = struct.unpack("<I", data[4:8])[0]
    header = json.loads(data[8 : 8 + room])
    arrays = {
        name: np.frombuffer(data, _DTYPES[entry["dtype"]], entry["count"], entry["offset"])
        for name, entry in header["arrays"].items()
    }
    return header, arrays
