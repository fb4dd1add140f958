"""Little cards that stand for samples without a picture: words on the colour of their class."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

_PLAIN_SIDE = 16
_MOST_WRITTEN = 10_000  # beyond, the cards alone would take more than 100 MB, and seconds to write
# Paul Tol's "light" scheme: ten soft colours that colour-blind people tell apart, black text readable on all.
_COLOURS = (
    (119, 170, 221),
    (238, 136, 102),
    (238, 221, 136),
    (255, 170, 187),
    (153, 221, 255),
    (68, 187, 153),
    (187, 204, 51),
    (170, 170, 0),
    (221, 221, 221),
    (204, 187, 221),
)
_WITHOUT = (242, 242, 242)  # without label


def word_cards(texts: Sequence[str], labels: np.ndarray, side: int = 64) -> np.ndarray:
    """Draw one card per sample, uint8 N × side × side × 3; of more than 10,000 only the colour, N × 16 × 16 × 3.

    Args:
        texts: what to write, cut to what fits.
        labels: (N,) class of each sample, which gives the colour; −1 without label.
        side: height and width in pixels.
    """
    colours = np.where(labels[:, None] < 0, _WITHOUT, np.array(_COLOURS)[labels % len(_COLOURS)]).astype(np.uint8)
    if len(texts) > _MOST_WRITTEN:
        # Each colour once in memory, however many pixels have it.
        return np.broadcast_to(colours[:, None, None], (len(texts), _PLAIN_SIDE, _PLAIN_SIDE, 3))
    margin = side / 16
    font = ImageFont.load_default(3 * margin)
    cards = np.empty((len(texts), side, side, 3), np.uint8)
    for k, (text, colour) in enumerate(zip(texts, colours.tolist(), strict=True)):
        card = Image.new("RGB", (side, side), tuple(colour))
        lines = "\n".join(textwrap.wrap(text, 9, max_lines=4, placeholder="…"))
        ImageDraw.Draw(card).multiline_text((margin, margin), lines, (0, 0, 0), font, spacing=side / 64)
        cards[k] = np.asarray(card)
    return cards
