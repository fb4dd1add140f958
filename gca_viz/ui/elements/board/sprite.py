"""Thumbnails of a batch in one picture."""

from __future__ import annotations

import io
import math

import numpy as np
from PIL import Image

from gca_viz.errors import InputError


def sprite(images: np.ndarray, *, tile: int = 48) -> bytes:
    """Tile thumbnails row by row into one WebP atlas of ``ceil(sqrt(N))`` columns.

    Args:
        images: uint8 array (N, H, W, 3) or (N, H, W, 4); squares look best.
        tile: side of a thumbnail in pixels; smaller images are kept as they are.

    Raises:
        InputError: if the array has another shape or type.
    """
    images = np.asarray(images)
    if images.ndim != 4 or images.shape[-1] not in (3, 4) or images.dtype != np.uint8 or not images.size:
        raise InputError(
            f"images of shape {images.shape} and type {images.dtype}",
            "thumbnails must be a uint8 array (N, H, W, 3) or (N, H, W, 4)",
            "Scale to 0…255, move the channels last and convert with .astype('uint8')",
        )
    count, height, width, channels = images.shape
    columns = math.ceil(math.sqrt(count))
    rows = math.ceil(count / columns)
    grid = np.zeros((rows * columns, height, width, channels), np.uint8)
    grid[:count] = images
    grid = grid.reshape(rows, columns, height, width, channels).swapaxes(1, 2)
    atlas = Image.fromarray(grid.reshape(rows * height, columns * width, channels))
    if max(height, width) > tile:
        # A box filter at tile borders never mixes neighbours, so that the whole atlas shrinks at once.
        atlas = atlas.resize((columns * tile, rows * tile), Image.Resampling.BOX)
    out = io.BytesIO()
    atlas.save(out, "WEBP", quality=82, method=2)
    return out.getvalue()
