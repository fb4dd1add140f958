"""The one family of errors that a user's mistake raises."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager


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

    def __reduce__(self) -> tuple[type[InputError], tuple[str, str, str], dict[str, str | None]]:
        """The same mistake in another process."""
        return InputError, (self.got, self.allowed, self.remedy), {"parameter": self.parameter}

    def __init__(self, got: str, allowed: str, remedy: str, *, parameter: str | None = None):
        got = got if len(got) <= 300 else f"{got[:297]}…"
        self.got, self.allowed, self.remedy, self.parameter = got, allowed, remedy, parameter
        sentences = (f"Got {got}; {allowed}", remedy)
        super().__init__(" ".join(text if text[-1:] in ".?!" else f"{text}." for text in sentences))


def listed(names: Sequence[str], most: int = 6) -> str:
    """Names with commas between, as a sentence can hold them: of very many, the first ones and how many more."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more:,} more" if more > 0 else "")


def why(error: Exception) -> str:
    """A short reason for people why something could not be read."""
    if isinstance(error, InputError):
        return f"{error.got}; {error.allowed}"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror  # the whole text would show where the file lies on this machine
    return (str(error) or repr(error)).splitlines()[0]


@contextmanager
def enough_memory(got: str, allowed: str, remedy: str, *, parameter: str | None = None) -> Iterator[None]:
    """Tell of memory that runs out, on a processor or on a card, as of any other request that is too large.

    Args:
        got, allowed, remedy, parameter: of the :class:`InputError` that is raised then.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not _out_of_memory(error):
            raise
        raise InputError(got, allowed, remedy, parameter=parameter) from error


#: how PyTorch says so where it has no error of its own: on Linux, on Windows, on cards
_OUT_OF_MEMORY = ("can't allocate memory", "not enough memory", "out of memory", "alloc_failed")


def _out_of_memory(error: Exception) -> bool:
    named = isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"
    return named or any(words in str(error).lower() for words in _OUT_OF_MEMORY)
