"""Pictures are drawn one after the other: threads that want the interpreter at the same time hold each other up.

Each of the many short operations of a picture lets the interpreter go and asks for it again; where thirty sessions
drew at once, most of their time went to that. Whoever turns out to take long lets the others pass.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, local

_PATIENCE = 3.0  # seconds after which somebody who has no turn yet goes on all the same
_turn = Lock()


class _Mine(local):
    """Whether this thread has the turn."""

    held = False


_mine = _Mine()


@contextmanager
def turn() -> Iterator[None]:
    """Do what is within while nobody else does, unless that takes them long; within itself it is nothing."""
    if _mine.held:
        yield
        return
    _mine.held = _turn.acquire(timeout=_PATIENCE)
    try:
        yield
    finally:
        let_others_pass()


def let_others_pass() -> None:
    """End this thread's turn, if it has it: it waits for another, or works for longer than a moment."""
    if _mine.held:
        _mine.held = False
        _turn.release()
