"""The one reading of numbers out of text that somebody else wrote: a link, a recipe, a command, an environment.

Python's own ``int`` and ``float`` take more than a person means (``1_000``, digits of other scripts, ``1e999`` as
infinity), and ``int`` raises where there are thousands of digits.
"""

from __future__ import annotations

import math
import re

_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
_REAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?")
_INFINITY = re.compile(r"([+-]?)(inf|infinity|∞)", re.IGNORECASE)
_LONGEST = 400  # characters; a double written out in full has fewer


def whole_number(text: str) -> int:
    """A whole number of at most 18 decimal digits, with spaces around or not; else :class:`ValueError`."""
    if len(text) > _LONGEST or not _WHOLE.fullmatch(text.strip()):
        raise ValueError("no whole number")
    return int(text)


def real_number(text: str) -> float:
    """A decimal number such as ``-0.5``, ``1e-3`` or ``inf``; else, and beyond float64, :class:`ValueError`."""
    if len(text) > _LONGEST:
        raise ValueError("no number")
    text = text.strip()
    if infinity := _INFINITY.fullmatch(text):
        return -math.inf if infinity[1] == "-" else math.inf
    number = float(text) if _REAL.fullmatch(text) else math.nan
    if not math.isfinite(number):
        raise ValueError("no number")
    return number
