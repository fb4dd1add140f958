"""A computation under way that several wait for: one of them computes, the others see how far it is."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from threading import Event
from typing import Any

_STEP = 0.05  # seconds between two looks of one who waits
_NOTHING_SAID = (0.0, "Waiting for the same result")

#: called by who waits, in its own thread; may raise to stop waiting. The pages let it end a run whose visitor left.
while_waiting: list[Callable[[], None]] = []


class Flight:
    """One computation, from its start until its result, its error or its end without either.

    Attributes:
        names: of the uploads that it depends on; ``forgotten`` those that were removed since it began.
        abandoned: whether it was cancelled: there is no result, and whoever waits may begin anew.
    """

    def __init__(self, names: frozenset[str]):
        self.names, self.forgotten = names, set[str]()
        self.abandoned = False
        self._said: tuple[float, str] = _NOTHING_SAID
        self._result: Any = None
        self._error: BaseException | None = None
        self._cancelled = self._joined = False
        self._done = Event()
        self._waits_for: list[Flight] = []

    def compute(self, function: Callable[[], Any]) -> Any:
        """Compute in this thread; raises what the function raises, which whoever waits then gets as well."""
        outside = _inside.set((*_inside.get(), self))
        try:
            self._result = function()
            return self._result
        except BaseException as error:
            # A run that was stopped, by its own progress or from outside, is no answer to anybody else.
            self.abandoned = self._cancelled or not isinstance(error, Exception)
            self._error = error
            raise
        finally:
            _inside.reset(outside)

    def land(self) -> None:
        """Wake who waits; to be called once nobody can join any more."""
        if not self._joined:
            self._error = None  # whose frames hold this flight
        self._done.set()

    def join(self) -> bool:
        """Say that this thread will wait, as :meth:`wait` must then do; False if it would wait for itself.

        That is so where this flight, or one that it waits for, is computed further out in this very thread. Only
        one thread at a time may ask.
        """
        mine, seen, ahead = _inside.get(), set[int](), [self]
        while ahead:
            flight = ahead.pop()
            if any(flight is own for own in mine):
                return False
            if id(flight) not in seen:
                seen.add(id(flight))
                ahead += flight._waits_for
        for own in mine:
            own._waits_for.append(self)
        self._joined = True
        return True

    def wait(self, progress: Callable[..., None] | None) -> Any:
        """The result that another thread computes, or its error; None where it was abandoned.

        Args:
            progress: told every 50 ms what the computing thread told last; may raise to stop waiting.
        """
        try:
            while not self._done.wait(_STEP):
                for look in while_waiting:
                    look()
                if progress is not None:
                    progress(*self._said)
        finally:
            for own in _inside.get():
                own._waits_for.remove(self)
        if self._error is not None and not self.abandoned:
            raise self._error
        return self._result

    def report_progress(self, progress: Callable[..., None] | None) -> Callable[..., None]:
        """A progress function that lets who waits see what is told; an error of ``progress`` cancels the flight."""

        def tell(*said: Any) -> None:
            self._said = said
            if progress is not None:
                try:
                    progress(*said)
                except BaseException:
                    self._cancelled = True
                    raise

        return tell


def forgotten_around() -> set[str]:
    """The uploads that were removed since the computations began that this thread is in."""
    return set[str]().union(*(flight.forgotten for flight in _inside.get()))


#: the computations that this thread is in, the outermost first
_inside: ContextVar[tuple[Flight, ...]] = ContextVar("inside", default=())
