"""A number over the constraint square as a small picture, a pixel per cell."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass

import numpy as np
from PIL import Image

from gca_viz.figures.effects import colours_of
from gca_viz.palette import on_dark, shades


@dataclass(frozen=True)
class HeatPicture:
    """What a page needs to draw the cells.

    Attributes:
        address: of the picture, as data: the first index runs to the right, the second upwards; NaN is clear.
        low, high: the numbers at the ends of the scale.
        scale: its colours from low to high, as CSS writes them.
    """

    address: str
    low: float
    high: float
    scale: tuple[str, ...]


def heat_picture(values: np.ndarray, *, diverging: bool = False, dark: bool = False) -> HeatPicture:
    """Cells in the colours of :func:`gca_viz.figures.effects.heat_map`.

    Args:
        values: (columns, rows); NaN where there is none yet.
        diverging: colours centred at 0, for differences.
        dark: whether the ground is.
    """
    stops, low, high = colours_of(values, diverging)
    stops = on_dark(stops) if dark else stops
    table = shades(stops, 256)
    share = (np.asarray(values, float).T[::-1] - low) / (high - low)
    index = np.nan_to_num(np.round(255 * share)).clip(0, 255).astype(int)
    clear = np.where(np.isfinite(share), 255, 0).astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(np.dstack([table[index], clear])).save(out, "PNG")
    address = f"data:image/png;base64,{base64.b64encode(out.getvalue()).decode()}"
    return HeatPicture(address, low, high, stops)
