"""The bytes of a picture without its metadata, which can be long, hostile, or slow to read, and are not needed.

Pillow reads metadata in Python, byte by byte in places: 20 MB of comments take it half a minute, and a PNG with a
long text is no picture to it. What is left here is what makes pixels; what would take very long is refused.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

import numpy as np
from PIL import UnidentifiedImageError

from gca_viz.errors import InputError
from gca_viz.settings.limits import IMAGE_PIXELS, SMALL

_MOST_PARTS = 100_000  # chunks, blocks and segments before the pixels; a picture has some dozens
_SCANS_OF_THE_LARGEST = 12  # times the pixels of the largest picture may be gone through in a progressive JPEG
_MOST_TEXT = 3_000_000  # bytes of a picture that is written as text, or run-length encoded, which Python reads
_AT_ONCE = 4_000_000  # numbers
_MOST_NUMBERS = 200_000  # in one tag of a TIFF file: a colour map of 16 bits has 196,608
_ORIENTATION = 0x0112
_UPRIGHT = 1


class Broken(ValueError):
    """A picture that is not as its format says."""


def bare(content: bytes) -> tuple[bytes, int]:
    """A picture without metadata, and how it is turned (1 to 8, as EXIF counts).

    Args:
        content: all of a file, or its beginning, of which an error tells that it is too short.

    Raises:
        InputError: one that would take very long to read.
        Broken: it ends before its pixels begin, or is damaged.
        PIL.UnidentifiedImageError: it starts like no format that is read.
    """
    for start, strip in _FORMATS.items():
        if content.startswith(start):
            return strip(content)
    raise UnidentifiedImageError("no picture")


def looks_like_picture(start: bytes) -> bool:
    """Whether a file that starts so is a picture of a format that is read."""
    if start[:4] == b"RIFF":
        return start[8:12] == b"WEBP"
    if start[:1] == b"P":
        return re.match(rb"P[1-6]\s", start) is not None
    if start[:2] == b"BM":  # two letters are a weak sign: then comes the size, two zeros, and where the pixels lie
        return len(start) > 13 and start[6:10] == bytes(4)
    return start.startswith(tuple(_FORMATS))


def _jpeg(content: bytes) -> tuple[bytes, int]:
    kept, turned, at, pixels = [content[:2]], _UPRIGHT, 2, 0
    for _ in range(_MOST_PARTS):
        marker = _MARKER.match(content, at)
        if marker is None:
            raise Broken("a JPEG without pixels")
        kind, start = marker[1][0], marker.end()
        if kind == 0xDA:
            break
        end = start + int.from_bytes(content[start : start + 2], "big")
        if end < start + 2 or end > len(content):
            raise Broken("a JPEG that ends early")
        if kind in _FRAMES and end >= start + 7:
            height, width = struct.unpack_from(">2H", content, start + 3)
            pixels = max(pixels, height * width)
        if kind == 0xE1 and content.startswith(b"Exif\0\0", start + 2):
            turned = orientation(content[start + 8 : end])
        if kind in _NEEDED_APPLICATION or not (0xE0 <= kind <= 0xEF or kind == 0xFE):
            kept.append(b"\xff" + content[start - 1 : end])
        at = end
    else:
        raise _slow(f"a JPEG of more than {_MOST_PARTS:,} segments")
    end = content.find(b"\xff\xd9", start)  # behind it may be a second picture, or a film
    end = end + 2 if end >= 0 else len(content)
    scans = content.count(b"\xff\xda", start - 2, end)
    if scans * pixels > _SCANS_OF_THE_LARGEST * IMAGE_PIXELS.value or scans > _MOST_PARTS:
        raise _slow(f"a JPEG of {pixels:,} pixels in {scans:,} scans")
    return b"".join((*kept, b"\xff", memoryview(content)[start - 1 : end])), turned


def _png(content: bytes) -> tuple[bytes, int]:
    head: list[bytes | memoryview] = [content[:8]]
    pixels: list[memoryview] = []
    turned, at, whole = _UPRIGHT, 8, memoryview(content)
    for _ in range(_MOST_PARTS):
        if at + 12 > len(content):
            break  # what is missing is missed when the pixels are read
        length, kind = struct.unpack_from(">I4s", content, at)
        body, end = whole[at + 8 : at + 8 + length], at + 12 + length
        if kind in _PNG_CHUNKS and end <= len(content):
            if whole[end - 4 : end] != struct.pack(">I", zlib.crc32(body, zlib.crc32(kind))):
                raise Broken("a PNG with a wrong checksum")
            if kind != b"IDAT":
                head.append(whole[at:end])
        if kind == b"IDAT":
            pixels.append(body)
        elif kind == b"eXIf":
            turned = orientation(bytes(body))
        elif kind == b"IEND":
            break
        at = end
    else:
        raise _slow(f"a PNG of more than {_MOST_PARTS:,} chunks")
    if len(head) < 2:
        raise Broken("a PNG that ends early")
    checksum = zlib.crc32(b"IDAT")
    for part in pixels:
        checksum = zlib.crc32(part, checksum)
    start = struct.pack(">I", sum(map(len, pixels))) + b"IDAT"
    return b"".join((*head, start, *pixels, struct.pack(">I", checksum), _END_OF_PNG)), turned


def _gif(content: bytes) -> tuple[bytes, int]:
    if len(content) < 13:
        raise Broken("a GIF that ends early")
    palette = 3 * 2 ** ((content[10] & 7) + 1) if content[10] & 0x80 else 0
    head, control, at = content[: 13 + palette], b"", 13 + palette
    for _ in range(_MOST_PARTS):
        at = _behind(_ZEROS, content, at)
        if content[at : at + 1] == b",":
            return b"".join((head, control, content[at:])), _UPRIGHT
        if content[at : at + 1] != b"!":
            raise Broken("a GIF without pixels")
        start = at
        at += 2
        for _ in range(_MOST_PARTS):
            size = content[at : at + 1]
            at += 1 + (size[0] if size else 0)
            if size in (b"", b"\0"):
                break
        if content[start + 1 : start + 2] == b"\xf9":
            control = content[start:at] if at - start == 8 else b""
    raise _slow(f"a GIF of more than {_MOST_PARTS:,} blocks")


def _webp(content: bytes) -> tuple[bytes, int]:
    if content[8:12] != b"WEBP" or content[12:16] != b"VP8X":
        return content, _UPRIGHT
    at = 12
    for _ in range(_MOST_PARTS):
        if at + 8 > len(content):
            break
        kind, length = struct.unpack_from("<4sI", content, at)
        if kind == b"EXIF":
            body = content[at + 8 : at + 8 + length]
            return content, orientation(body.removeprefix(b"Exif\0\0"))
        at += 8 + length + length % 2
    return content, _UPRIGHT


def _behind(skipped: re.Pattern[bytes], content: bytes, at: int) -> int:
    """The first place from which a pattern does not go on; ``at`` where it is not there at all."""
    found = skipped.match(content, at)
    return at if found is None else found.end()


def _bmp(content: bytes) -> tuple[bytes, int]:
    if len(content) > _MOST_TEXT and len(content) > 34 and content[30:34] in _RUN_LENGTHS:
        raise _slow(f"a run-length encoded BMP of {len(content) / 1e6:,.0f} MB")
    return content, _UPRIGHT


def _portable(content: bytes) -> tuple[bytes, int]:
    numbers: list[bytes] = []
    kind, at = content[1:2], 2
    for _ in range(_MOST_PARTS):
        at = _behind(_SPACE, content, at)
        part = _COMMENT.match(content, at) or _NUMBER.match(content, at)
        if part is None:
            raise Broken("a PPM, PGM or PBM without a header")
        numbers += part.groups()
        at = part.end()
        if len(numbers) == (2 if kind in b"14" else 3):
            break
    rest = content[at + 1 :]
    if kind in b"123":
        if len(rest) > _MOST_TEXT:
            raise _slow(f"a PPM, PGM or PBM of {len(rest) / 1e6:,.0f} MB that is written as text")
        rest = _COMMENT.sub(b"", rest)
    elif kind in b"56" and numbers[2] != b"255":
        rest, numbers[2] = _of_bytes(rest, *map(int, numbers), channels=3 if kind == b"6" else 1), b"255"
    return b" ".join((b"P" + kind, *numbers)) + b"\n" + rest, _UPRIGHT


def _of_bytes(values: bytes, width: int, height: int, most: int, *, channels: int) -> bytes:
    """Values from 0 to ``most`` as bytes, which Pillow would make one by one."""
    kind = np.dtype(">u2" if most > 255 else "u1")
    count = min(width * height, IMAGE_PIXELS.value) * channels
    numbers = np.frombuffer(values, kind, min(count, len(values) // kind.itemsize))
    parts = (numbers[start : start + _AT_ONCE].astype(np.uint32) for start in range(0, len(numbers), _AT_ONCE))
    return b"".join(
        ((part * 255 + most // 2) // max(most, 1)).clip(0, 255).astype(np.uint8).tobytes() for part in parts
    )


def _tiff(content: bytes) -> tuple[bytes, int]:
    total = 0
    for _, size, count, values in _tags(content):
        if values > 1 and count > _MOST_NUMBERS:
            raise _slow(f"a TIFF with {count:,} numbers in one tag")
        total += size
    if total > max(SMALL, 2 * len(content)):
        raise _slow(f"a TIFF whose tags have {total / 1e6:,.0f} MB")
    return content, _UPRIGHT  # Pillow turns it


def orientation(tiff: bytes) -> int:
    """How a picture is turned, of EXIF's data; upright where they do not say, or are damaged."""
    try:
        order = "<" if tiff[:2] == b"II" else ">"
        large = tiff[2:4] in (b"+\0", b"\0+")
        for at, *_ in _tags(tiff):
            if struct.unpack_from(f"{order}H", tiff, at)[0] == _ORIENTATION:
                turned = struct.unpack_from(f"{order}H", tiff, at + (12 if large else 8))[0]
                return turned if 1 <= turned <= 8 else _UPRIGHT
    except (Broken, struct.error):
        pass
    return _UPRIGHT


def _tags(tiff: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Place, bytes, numbers and bytes of one number of each tag in the first directory of a TIFF file."""
    if tiff[:4] not in _TIFF_STARTS:
        raise Broken("no TIFF")
    order, large = "<" if tiff[:2] == b"II" else ">", tiff[2:4] in (b"+\0", b"\0+")
    try:
        if large:
            start = struct.unpack_from(f"{order}Q", tiff, 8)[0]
            tags, first, entry, form = struct.unpack_from(f"{order}Q", tiff, start)[0], start + 8, 20, "HHQ"
        else:
            start = struct.unpack_from(f"{order}I", tiff, 4)[0]
            tags, first, entry, form = struct.unpack_from(f"{order}H", tiff, start)[0], start + 2, 12, "HHI"
        for at in range(first, first + entry * min(tags, 65_535), entry):
            _, kind, count = struct.unpack_from(f"{order}{form}", tiff, at)
            size = _SIZES.get(kind, 1)
            yield at, size * count, count, size
    except (struct.error, OverflowError) as error:
        raise Broken("a TIFF that ends early") from error


def _slow(what: str) -> InputError:
    return InputError(what, "it would take very long to read", "Save it again as PNG or JPEG")


_MARKER = re.compile(rb"\xff+([\xc0-\xfe])")
_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_NEEDED_APPLICATION = (0xE0, 0xEE)  # JFIF, and Adobe's, which says how colours are written
_PNG_CHUNKS = (b"IHDR", b"PLTE", b"tRNS", b"IDAT")
_END_OF_PNG = b"\0\0\0\0IEND\xaeB`\x82"
_ZEROS = re.compile(rb"\0*")
_SPACE = re.compile(rb"\s*")
_NUMBER = re.compile(rb"(\d{1,9})")
_COMMENT = re.compile(rb"#[^\r\n]*")
_RUN_LENGTHS = (struct.pack("<I", 1), struct.pack("<I", 2))
_TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_SIZES = MappingProxyType({3: 2, 8: 2, 4: 4, 9: 4, 11: 4, 13: 4, 5: 8, 10: 8, 12: 8, 16: 8, 17: 8, 18: 8})

#: how a file of a format starts → what strips it
_FORMATS: Mapping[bytes, Callable[[bytes], tuple[bytes, int]]] = MappingProxyType(
    {
        b"\xff\xd8\xff": _jpeg,
        b"\x89PNG\r\n\x1a\n": _png,
        b"GIF87a": _gif,
        b"GIF89a": _gif,
        b"RIFF": _webp,
        b"BM": _bmp,
        **dict.fromkeys(_TIFF_STARTS, _tiff),
        **{b"P%d" % k: _portable for k in range(1, 7)},
    }
)
