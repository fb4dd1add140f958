"""Little cards that stand for samples without a picture: their name on the colour of their class."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

_SIDE = 64
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


def name_cards(names: Sequence[str], labels: np.ndarray) -> np.ndarray:
    """Draw one card per sample, uint8 N × 64 × 64 × 3; of more than 10,000 only the colour, N × 16 × 16 × 3.

    Args:
        names: what to write, cut to what fits.
        labels: (N,) class of each sample, which gives the colour.
    """
    if len(names) > _MOST_WRITTEN:
        colours = np.array(_COLOURS, np.uint8)[labels % len(_COLOURS)]
        return np.tile(colours[:, None, None], (1, _PLAIN_SIDE, _PLAIN_SIDE, 1))
    font = ImageFont.load_default(12)
    cards = np.empty((len(names), _SIDE, _SIDE, 3), np.uint8)
    for k, (name, label) in enumerate(zip(names, labels.tolist(), strict=True)):
        card = Image.new("RGB", (_SIDE, _SIDE), _COLOURS[label % len(_COLOURS)])
        text = "\n".join(textwrap.wrap(name, 9, max_lines=4, placeholder="…"))
        ImageDraw.Draw(card).multiline_text((4, 4), text, (0, 0, 0), font, spacing=1)
        cards[k] = card
    return cards
