"""From the bytes of a picture, or arrays of pixels, to square RGB images of one size."""

from __future__ import annotations

import io
import math

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from gca_viz.errors import InputError
from gca_viz.limits import DATASET_BYTES, IMAGE_PIXELS

#: endings of the files that are taken for pictures
SUFFIXES = (".png", ".jpg", ".jpeg", ".jfif", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".ppm", ".pgm", ".pbm")
# The others that Pillow reads are rare, and some start other programs.
_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM")
_SMALLEST, _LARGEST = 32, 224
_LEAST_SIDE, _MOST_SIDE = 8, 1024


def header_size(content: io.BufferedIOBase) -> tuple[int, int]:
    """Width and height in pixels of a picture, of which no more than the header is read.

    Raises:
        InputError: it has more pixels than are read.
        Exception: it is no picture.
    """
    with _opened(content) as image:
        return image.size


def decode(content: bytes, side: int) -> np.ndarray:
    """The middle of a picture as uint8 (side, side, 3): first frame, upright, on white where it is transparent.

    Args:
        content: a picture in one of the formats of :data:`SUFFIXES`.
        side: pixels.

    Raises:
        InputError: it has more pixels than are read.
        Exception: it is damaged; each format has exceptions of its own.
    """
    with _opened(io.BytesIO(content)) as image:
        image.draft(None, (2 * side, 2 * side))  # a JPEG is read at the least size that is still twice as fine
        ImageOps.exif_transpose(image, in_place=True)
        return np.asarray(_middle(_rgb(image), side))


def fitted(images: np.ndarray, side: int) -> np.ndarray:
    """The middle of each image (N, H, W, 3) as uint8 (N, side, side, 3)."""
    if images.shape[1:3] == (side, side):
        return images
    return np.stack([np.asarray(_middle(Image.fromarray(np.ascontiguousarray(image)), side)) for image in images])


def why(error: Exception) -> str:
    """A short reason for people why something could not be read."""
    if isinstance(error, InputError):
        return f"{error.got}; {error.allowed}"
    if isinstance(error, UnidentifiedImageError):
        return "no picture in a format that is read, whatever its name says"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror  # the whole text would show where the file lies on this machine
    return (str(error) or repr(error)).splitlines()[0]


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


def _opened(content: io.BufferedIOBase) -> Image.Image:
    """A picture of which the header is read, and whose number of pixels is allowed."""
    try:
        image = Image.open(content, formats=_FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        most = IMAGE_PIXELS.text(IMAGE_PIXELS.value)
        raise InputError(
            "a picture of far too many pixels", f"at most {most} are read", "Make it smaller"
        ) from error
    IMAGE_PIXELS.check(image.width * image.height, f"a picture of {image.width:,} × {image.height:,}")
    return image


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith(("I", "F")):
        return Image.fromarray(_grey(np.asarray(image))).convert("RGB")
    if image.mode in ("P", "PA", "LA", "La", "RGBA", "RGBa") or "transparency" in image.info:
        over = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", over.size, "white"), over).convert("RGB")
    return image.convert("RGB")


def _grey(values: np.ndarray) -> np.ndarray:
    """Deep grey values (H, W) as uint8: of 16 bits, fractions 0 to 1, or 0 to 255; all else spans its own range."""
    whole, values = values.dtype.kind in "iu", np.nan_to_num(values.astype(np.float64))
    low, high = values.min(), values.max()
    usual = (65535,) if whole else (1, 255, 65535)
    if low >= 0 and high <= usual[-1]:
        low, high = 0, next(top for top in usual if high <= top)
    return np.rint((values - low) * (255 / max(high - low, 1))).astype(np.uint8)


def _middle(image: Image.Image, side: int) -> Image.Image:
    edge = min(image.size)
    left, top = (image.width - edge) // 2, (image.height - edge) // 2
    # cropped first: resize(box=…) would mix in pixels from outside the box
    square = image.crop((left, top, left + edge, top + edge))
    return square.resize((side, side), Image.Resampling.BICUBIC)
