"""From the bytes of a picture, or arrays of pixels, to square RGB images of one size."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from contextlib import nullcontext
from threading import Lock
from types import MappingProxyType
from typing import BinaryIO

import numpy as np
from PIL import Image, UnidentifiedImageError

from gca_viz import errors
from gca_viz.datasets.images.bare import bare
from gca_viz.errors import InputError
from gca_viz.settings.limits import DATASET_BYTES, IMAGE_PIXELS

#: endings of the files that are taken for pictures
SUFFIXES = (".png", ".jpg", ".jpeg", ".jfif", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".ppm", ".pgm", ".pbm")
_BEGINNING = 1_000_000  # bytes of a picture, in which its size usually is
_LARGE = 4_000_000  # pixels: two in full size fill the memory, so that one is decoded at a time
_ONE_LARGE = Lock()
_BAND = 256  # rows
_TURNS = MappingProxyType(
    {turned: Image.Transpose(method) for turned, method in ((2, 0), (3, 3), (4, 1), (5, 5), (6, 4), (7, 6), (8, 2))}
)
# The others that Pillow reads are rare, and some start other programs.
_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM")
_SMALLEST, _LARGEST = 32, 224
_LEAST_SIDE, _MOST_SIDE = 8, 1024


def header_size(file: BinaryIO) -> tuple[int, int]:
    """Width and height in pixels of a picture, of which no more is read than its beginning, if that tells them.

    Raises:
        InputError: it has more pixels than are read, or would take very long to read.
        Exception: it is no picture.
    """
    start = file.read(_BEGINNING)
    try:
        with _opened(bare(start)[0]) as image:
            return image.size
    except InputError:
        raise
    except Exception:  # whatever a format's reader stumbles on where the beginning is too short
        rest = file.read() if len(start) == _BEGINNING else b""
        if not rest:
            raise
    with _opened(bare(start + rest)[0]) as image:
        return image.size


def decode(content: bytes, side: int) -> np.ndarray:
    """The middle of a picture as uint8 (side, side, 3): first frame, upright, on white where it is transparent.

    Args:
        content: a picture in one of the formats of :data:`SUFFIXES`.
        side: pixels.

    Raises:
        InputError: it has more pixels than are read, or would take very long to read.
        Exception: it is damaged; each format has exceptions of its own.
    """
    stripped, turned = bare(content)
    with _opened(stripped) as image:
        image.draft(None, (2 * side, 2 * side))  # a JPEG is read at the least size that is still twice as fine
        with _ONE_LARGE if image.width * image.height > _LARGE else nullcontext():
            image.load()
            if turned in _TURNS:
                image = image.transpose(_TURNS[turned])
            return np.asarray(_middle(image, side))


def fitted(images: np.ndarray, side: int) -> np.ndarray:
    """The middle of each image (N, H, W, 3) as uint8 (N, side, side, 3)."""
    if images.shape[1:3] == (side, side):
        return images
    return np.stack([np.asarray(_middle(Image.fromarray(np.ascontiguousarray(image)), side)) for image in images])


def why(error: Exception) -> str:
    """A short reason for people why a picture could not be read."""
    if isinstance(error, UnidentifiedImageError):
        return "no picture in a format that is read, whatever its name says"
    return errors.why(error)


def choose_side(sizes: np.ndarray, count: int, given: int | None) -> tuple[int, tuple[str, ...]]:
    """The side that all images get, in pixels, and sentences on it.

    The size of the images where they have only one, of at most 224; else the median of their shorter sides, between
    32 and 224; in both cases less if they would not fit into memory.

    Args:
        sizes: (K, 2) widths and heights of some of the images.
        count: how many images there will be.
        given: the side that a user wants, or None.

    Raises:
        InputError: the given side is too small, too large, or takes too much memory.
    """
    if given is not None:
        if not _LEAST_SIDE <= given <= _MOST_SIDE:
            raise InputError(
                f"side = {given}",
                f"images have {_LEAST_SIDE} to {_MOST_SIDE} pixels per side",
                f"Use a value between {_SMALLEST} and {_LARGEST}",
                parameter="side",
            )
        DATASET_BYTES.check(_memory(count, given), f"{count:,} images of {given} × {given} pixels")
        return given, ()
    shorter = sizes.min(1)
    wanted = round(float(np.median(shorter)))
    if (sizes != sizes[0]).any() or wanted > _LARGEST:
        wanted = min(max(wanted, _SMALLEST), _LARGEST)
    side = min(wanted, math.isqrt(DATASET_BYTES.value // (3 * count)))
    if side < min(wanted, _LEAST_SIDE):
        DATASET_BYTES.check(_memory(count, wanted), f"{count:,} images of {wanted} × {wanted} pixels")
    if side == wanted:
        return side, ()
    limit = DATASET_BYTES.text(DATASET_BYTES.value)
    return side, (f"Images are reduced to {side} instead of {wanted} pixels per side, to stay within {limit}.",)


def _memory(count: int, side: int) -> int:
    return count * side * side * 3


def _opened(content: bytes) -> Image.Image:
    """A picture of which the header is read, and whose number of pixels is allowed."""
    try:
        image = Image.open(io.BytesIO(content), formats=_FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        most = IMAGE_PIXELS.text(IMAGE_PIXELS.value)
        raise InputError(
            "a picture of far too many pixels", f"at most {most} are read", "Make it smaller"
        ) from error
    IMAGE_PIXELS.check(image.width * image.height, f"a picture of {image.width:,} × {image.height:,}")
    return image


def _middle(image: Image.Image, side: int) -> Image.Image:
    """The middle square of a picture in any mode, as RGB of side × side pixels."""
    edge = min(image.size)
    left, top = (image.width - edge) // 2, (image.height - edge) // 2
    to_rgb = _to_rgb(image)
    # cropped first: resize(box=…) would mix in pixels from outside the box
    if image.width * image.height <= _LARGE:
        square = to_rgb(image).crop((left, top, left + edge, top + edge))
    else:  # in bands, of which no other copy in full size is made, and three times as fine as what is wanted
        less = max(1, edge // (3 * side))
        square = Image.new("RGB", (edge // less, edge // less))
        rows = -(-_BAND // less) * less
        for start in range(0, edge // less * less, rows):
            band = image.crop((left, top + start, left + edge, min(top + start + rows, top + edge)))
            square.paste(to_rgb(band).reduce(less), (0, start // less))
    return square.resize((side, side), Image.Resampling.BICUBIC)


def _to_rgb(image: Image.Image) -> Callable[[Image.Image], Image.Image]:
    """What makes RGB of a picture, or of a part of it."""
    if image.mode.startswith(("I", "F")):
        low, high = _span(image)
        return lambda part: Image.fromarray(_grey(np.asarray(part), low, high)).convert("RGB")
    if image.mode in ("P", "PA", "LA", "La", "RGBA", "RGBa") or "transparency" in image.info:

        def on_white(part: Image.Image) -> Image.Image:
            over = part.convert("RGBA")
            return Image.alpha_composite(Image.new("RGBA", over.size, "white"), over).convert("RGB")

        return on_white
    return lambda part: part.convert("RGB")


def _span(image: Image.Image) -> tuple[float, float]:
    """What is black and white in deep grey: of 16 bits, fractions 0 to 1, or 0 to 255; all else spans its range."""
    low, high, whole = math.inf, -math.inf, True
    for start in range(0, image.height, _BAND):
        values = np.asarray(image.crop((0, start, image.width, min(start + _BAND, image.height))))
        whole = values.dtype.kind in "iu"
        values = np.nan_to_num(values)
        low, high = min(low, float(values.min())), max(high, float(values.max()))
    usual = (65535,) if whole else (1, 255, 65535)
    if low >= 0 and high <= usual[-1]:
        return 0, next(top for top in usual if high <= top)
    return low, high


def _grey(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Deep grey values (H, W) as uint8, of which two are black and white."""
    values = np.nan_to_num(values).astype(np.float64)
    return np.rint((values - low) * (255 / max(high - low, np.finfo(np.float64).tiny))).astype(np.uint8)
