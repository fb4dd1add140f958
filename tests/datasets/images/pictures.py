"""Pictures and files that the tests here write, with no help of the code that reads them."""

import io
import struct
import zlib

import numpy as np
from PIL import Image


def noise(seed: int, side: int = 32, count: int | None = None) -> np.ndarray:
    shape = (side, side, 3) if count is None else (count, side, side, 3)
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def encoded(pixels, kind: str = "PNG", mode: str | None = None, **options) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.asarray(pixels), mode).save(buffer, kind, **options)
    return buffer.getvalue()


def write(folder, files: dict[str, bytes]):
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def huge_png(width: int = 50_000, height: int = 50_000) -> bytes:
    """A PNG that is a few bytes long and declares billions of pixels."""
    header = struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)
    data = chunk(b"IDAT", zlib.compress(bytes(1000)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + data + chunk(b"IEND", b"")
