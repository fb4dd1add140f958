"""SVHN's cropped digits, in MATLAB files.

They are read here because ``scipy.io.loadmat`` can crash the whole process on a damaged file. Format: https://www.mathworks.com/help/pdf_doc/matlab/matfile_format.pdf
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from gca_viz.datasets.images.decode import why
from gca_viz.datasets.images.found import Found
from gca_viz.datasets.images.parts import Labelled, Part, check_labels, joined, read_exactly
from gca_viz.errors import InputError
from gca_viz.files.folder import Files, Opener
from gca_viz.settings.limits import SAMPLES, check_growth

_BLOCK = 2_000  # images
_HEADER, _TAG = 128, 8  # bytes
_MATRIX, _COMPRESSED = 14, 15  # types of an element
_ORDERS = MappingProxyType({b"IM": "<", b"MI": ">"})
_DESCRIPTION = 4_096  # bytes of an array that are unpacked to see what it is
# class of an array → its name, of those that are told apart here
_CLASSES = MappingProxyType({1: "cell", 2: "struct", 3: "object", 4: "char", 5: "sparse", 6: "double", 9: "uint8"})
# type of the numbers of an array, which may be smaller than its class → NumPy's
_NUMBERS = MappingProxyType({1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8"})


@dataclass(frozen=True)
class _Array:
    """An array in a MATLAB file: what it is, and where its numbers lie."""

    kind: str
    shape: tuple[int, ...]
    numbers: np.dtype | None  # None of what is no array of numbers
    start: int
    content: memoryview
    compressed: bool

    def __str__(self) -> str:
        return f"{self.kind} {self.shape}"

    @property
    def end(self) -> int:
        """Where its numbers end."""
        return self.start + math.prod(self.shape) * (0 if self.numbers is None else self.numbers.itemsize)

    def values(self) -> np.ndarray:
        """Its numbers, column-major; no more are unpacked than its shape has."""
        content = zlib.decompressobj().decompress(self.content, self.end) if self.compressed else self.content
        return np.frombuffer(content, self.numbers, math.prod(self.shape), self.start).reshape(
            self.shape, order="F"
        )


def find_svhn(files: Files) -> Found | None:
    """SVHN: ``X``, uint8 H × W × 3 × N, and ``y``, N labels of which 10 means 0.

    Raises:
        InputError: a damaged file, other or object arrays, too large ones.
    """
    paths = list(files.named(r"(train|test|extra)_\d+x\d+\.mat") or files.only(r".*\.mat"))
    if not paths:
        return None
    parts = [_part(files, path) for path in paths]
    return joined(files, "SVHN, cropped digits", parts, [str(digit) for digit in range(10)])


def _part(files: Files, path: str) -> Part:
    with files.opened() as open_file:
        height, width, _, count = _pixels_and_digits(files, path, open_file)[0].shape
    SAMPLES.check(count, path)

    def read(open_file: Opener) -> Iterator[Labelled]:
        arrays = _pixels_and_digits(files, path, open_file)
        try:
            images, labels = (array.values() for array in arrays)
        except (ValueError, zlib.error) as error:
            raise _damaged(path, error) from error
        images, labels = images.transpose(3, 0, 1, 2), labels.reshape(-1).astype(np.int64)
        check_labels(labels, 11, path)
        for start in range(0, count, _BLOCK):
            yield images[start : start + _BLOCK], labels[start : start + _BLOCK] % 10

    return Part(path, count, (width, height), read)


def _pixels_and_digits(files: Files, path: str, open_file: Opener) -> tuple[_Array, _Array]:
    with open_file(path) as file:
        content = read_exactly(file, files.sizes[path], path)
    try:
        arrays = dict(_arrays(content))
    except (struct.error, ValueError, zlib.error) as error:
        raise _damaged(path, error) from error
    pixels, digits = arrays.get("X"), arrays.get("y")
    if pixels is None or digits is None or not _fit(pixels, digits):
        raise InputError(
            f"{path} with {', '.join(f'{name}: {array}' for name, array in arrays.items()) or 'nothing'}",
            "SVHN has X: uint8 (height, width, 3, N) and y: N numbers; arrays of objects are never opened",
            "Bring the cropped digits (format 2), such as train_32x32.mat",
        )
    for array in (pixels, digits):
        check_growth(len(array.content), array.end, path)
    return pixels, digits


def _fit(pixels: _Array, digits: _Array) -> bool:
    """Whether these are pixels, and one number for each image."""
    bytes_only = pixels.kind == "uint8" and pixels.numbers is not None and pixels.numbers == np.uint8
    are_pixels = bytes_only and len(pixels.shape) == 4 and pixels.shape[2] == 3
    return are_pixels and digits.numbers is not None and sorted(digits.shape) == sorted((1, pixels.shape[3]))


def _arrays(content: bytes) -> Iterator[tuple[str, _Array]]:
    """Name and place of each array in a file; of compressed ones only the beginning is unpacked."""
    order = _ORDERS.get(content[_HEADER - 2 : _HEADER])
    if order is None or not content.startswith(b"MATLAB 5.0"):
        raise ValueError("it is of another version")
    start = _HEADER
    while start + _TAG <= len(content):
        kind, size = struct.unpack_from(f"{order}2I", content, start)
        body = memoryview(content)[start + _TAG : start + _TAG + size]
        if len(body) < size:
            raise ValueError("it ends early")
        compressed = kind == _COMPRESSED
        if compressed:
            head = zlib.decompressobj().decompress(body, _DESCRIPTION)
            kind = struct.unpack_from(f"{order}I", head)[0]
        else:
            head = bytes(body[:_DESCRIPTION])
        if kind == _MATRIX:
            yield _described(head, _TAG if compressed else 0, order, body, compressed)
        start += _TAG + size


def _described(head: bytes, at: int, order: str, body: memoryview, compressed: bool) -> tuple[str, _Array]:
    """Name and place of an array, described from a position of ``head`` by class, shape, name and numbers."""
    fields = []
    for _ in range(4):
        kind, size = struct.unpack_from(f"{order}2I", head, at)
        at += _TAG
        if kind >> 16:  # four bytes or less lie in the tag itself, behind their number and type
            kind, size, at = kind & 0xFFFF, kind >> 16, at - 4
            step = 4
        else:
            step = -(-size // _TAG) * _TAG
        fields.append((kind, at, size))
        at += step
    (_, flags, _), (_, lengths, bytes_of_shape), (_, name, bytes_of_name), (numbers, start, bytes_of_numbers) = (
        fields
    )
    shape = struct.unpack_from(f"{order}{bytes_of_shape // 4}i", head, lengths)
    kind = struct.unpack_from(f"{order}I", head, flags)[0] & 0xFF
    dtype = np.dtype(order + _NUMBERS[numbers]) if numbers in _NUMBERS else None
    if dtype is not None and (min(shape, default=-1) < 0 or math.prod(shape) * dtype.itemsize != bytes_of_numbers):
        raise ValueError("an array has another length than its shape")
    text = head[name : name + bytes_of_name].decode("ascii", "replace")
    return text, _Array(_CLASSES.get(kind, "other"), shape, dtype, start, body, compressed)


def _damaged(path: str, error: Exception) -> InputError:
    return InputError(
        f"{path}, which could not be read ({why(error)})",
        "a complete MATLAB file of version 5 to 7 is needed",
        "Download it again, or save it with -v7",
    )
