"""What is there, although its type cannot know it."""

from __future__ import annotations

from typing import TypeVar

T = TypeVar("T")


def known(part: T | None) -> T:
    """A part of a recipe's plan, which always has marginals, trace, target and pairing; other plans may lack them.

    Raises:
        TypeError: there is none, which is a bug.
    """
    if part is None:
        raise TypeError("a recipe's plan has marginals, trace, target and pairing")
    return part
