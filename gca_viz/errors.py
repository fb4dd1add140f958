"""The one family of errors that a user's mistake raises."""

from __future__ import annotations

from collections.abc import Sequence


class InputError(ValueError):
    """A user's mistake, told as what came, what is allowed and what to do.

    ``str(error)`` is one readable line; the parts stay available so that a page can lay them out.
    Any other exception in this package is a bug.

    Args:
        got: what came, e.g. ``"epsilon = -1"``.
        allowed: what is allowed, e.g. ``"epsilon must be greater than 0"``.
        remedy: what to do, e.g. ``"Use a value between 0.02 and 2."``.
        parameter: name of the offending parameter, if there is one.
    """

    def __init__(self, got: str, allowed: str, remedy: str, *, parameter: str | None = None):
        got = got if len(got) <= 300 else f"{got[:297]}…"
        self.got, self.allowed, self.remedy, self.parameter = got, allowed, remedy, parameter
        sentences = (f"Got {got}; {allowed}", remedy)
        super().__init__(" ".join(text if text[-1:] in ".?!" else f"{text}." for text in sentences))


def listed(names: Sequence[str], most: int = 6) -> str:
    """Names with commas between, as a sentence can hold them: of very many, the first ones and how many more."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more:,} more" if more > 0 else "")
