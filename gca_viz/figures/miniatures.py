"""Small matrices as pictures of a pixel per cell, for cells of a table."""

from __future__ import annotations

import base64
import io
from typing import Literal

import numpy as np
from PIL import Image

from gca_viz.palette import SIGNED, VIRIDIS, on_dark, shades

_DECADES = 3  # below the largest mass; whatever is smaller has the darkest colour


def picture(values: np.ndarray, kind: Literal["mass", "difference"], *, dark: bool = False) -> str:
    """A matrix as a data address.

    Args:
        values: (N, M); masses are drawn on a scale of three decades below the largest, differences on one that is
            centred at 0.
        kind: which of the two.
        dark: whether the ground is.
    """
    most = float(np.abs(values).max(initial=0.0)) or 1.0
    if kind == "mass":
        with np.errstate(divide="ignore", invalid="ignore"):
            share = 1 + np.log10(np.maximum(values, 0) / most) / _DECADES
        stops: tuple[str, ...] = VIRIDIS
    else:
        share = 0.5 + values / (2 * most)
        stops = on_dark(SIGNED) if dark else SIGNED
    index = np.round(255 * np.nan_to_num(share, neginf=0.0).clip(0, 1)).astype(np.uint8)
    image = Image.fromarray(index, "P")
    image.putpalette(shades(stops, 256).ravel().tolist())
    out = io.BytesIO()
    image.save(out, "PNG")
    return f"data:image/png;base64,{base64.b64encode(out.getvalue()).decode()}"
