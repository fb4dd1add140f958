"""Images on a map, each framed in the colour of its point."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageColor

SIDE = 40  # pixels, frame included
_FRAME = 3


def thumbnail(image: np.ndarray, colour: str) -> str:
    """A picture as a data address.

    Args:
        image: uint8, H × W × 3.
        colour: of the frame, as CSS writes it (``#0072B2`` or ``rgb(0, 114, 178)``).
    """
    inner = SIDE - 2 * _FRAME
    framed = Image.new("RGB", (SIDE, SIDE), ImageColor.getrgb(colour))
    framed.paste(Image.fromarray(image).resize((inner, inner), Image.Resampling.BOX), (_FRAME, _FRAME))
    buffer = io.BytesIO()
    framed.save(buffer, "JPEG", quality=85, subsampling=0)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def evenly(count: int, most: int, first: Sequence[int] = ()) -> np.ndarray:
    """int64: ``most`` of 0 … count−1 or all of them, ``first`` before the others, which are spread evenly."""
    if count <= most:
        return np.arange(count)
    spread = np.linspace(0, count - 1, most).astype(int).tolist()
    return np.array(list(dict.fromkeys([*first, *spread]))[:most])
