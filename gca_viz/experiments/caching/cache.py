"""Results kept by what they were computed from: each is computed once, however many visitors ask for it at once.

All of them share one budget of memory, :data:`gca_viz.settings.limits.RESULT_BYTES`; the least recently used go
first.
"""

from __future__ import annotations

import inspect
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from functools import partial, wraps
from threading import Lock
from typing import Any, ParamSpec, TypeVar, overload

from gca_viz.experiments.caching.flight import Flight, forgotten_around
from gca_viz.experiments.caching.memory_size import buffers
from gca_viz.settings.limits import RESULT_BYTES
from gca_viz.uploads import is_upload

P = ParamSpec("P")
Result = TypeVar("Result")
Place = tuple[Callable[..., Any], Hashable]


@overload
def cached(function: Callable[P, Result]) -> Callable[P, Result]: ...
@overload
def cached(*, key: Callable[..., Hashable]) -> Callable[[Callable[P, Result]], Callable[P, Result]]: ...
def cached(function: Callable[..., Any] | None = None, *, key: Callable[..., Hashable] | None = None) -> Any:
    """Keep what a function returns, which nobody may change afterwards; ``@cached`` or ``@cached(key=…)``.

    While one thread computes, others that ask for the same wait for it: they get its result or its error, their own
    ``progress`` is told how far it is, and may raise to stop waiting. Where the computing one is cancelled, one of
    those who wait computes anew. A call that raises, cancelled or refused, keeps nothing.

    Args:
        function: with ``progress`` as a keyword, if it has one; that is never part of the key.
        key: the same arguments without ``progress`` → all that the result depends on. Left out: the arguments
            themselves, which must then be given by position.
    """
    if function is None:
        return partial(cached, key=key)
    tells = "progress" in inspect.signature(function).parameters
    _keys[function] = key or (lambda *arguments: arguments)

    @wraps(function)
    def call(*arguments: Any, **named: Any) -> Any:
        progress = named.pop("progress", None) if tells else None
        if key is None and named:
            raise TypeError(f"pass {', '.join(named)} of {function.__name__} by position")
        place = function, (arguments if key is None else key(*arguments, **named))
        while True:
            with _results.lock:
                kept = _results.get(place)
                if kept is not None:
                    return kept.value
                under_way = _flights.get(place)
                wait = under_way is not None and under_way.join()
                if not wait:
                    flight = Flight(frozenset(_own_names(place[1])))
                    _flights.setdefault(place, flight)
            if not wait:
                telling = {"progress": flight.report_progress(progress)} if tells else {}
                return _compute(place, flight, partial(function, *arguments, **named, **telling))
            if under_way is not None:
                result = under_way.wait(progress)
                if not under_way.abandoned:
                    return result

    return call


def remember(call: Callable[..., Result], arguments: tuple[Any, ...], result: Result) -> None:
    """Keep what somebody else computed, as if ``call(*arguments)`` of a cached function had returned it here."""
    function = inspect.unwrap(call)
    place = function, _keys[function](*arguments)
    with _results.lock:
        _results.keep(place, _Kept(result, frozenset(_own_names(place[1])), buffers(place[1])))


def forget(name: str) -> None:
    """Drop every result that was computed from what a user uploaded under that name, and keep none under way."""
    with _results.lock:
        for flight in _flights.values():
            if name in flight.names:
                flight.forgotten.add(name)
        _results.forget(name)


def _compute(place: Place, flight: Flight, function: Callable[[], Result]) -> Result:
    try:
        result: Result = flight.compute(function)
        kept = _Kept(result, flight.names, buffers(place[1]))
        with _results.lock:
            if flight.names.isdisjoint(flight.forgotten | forgotten_around()):
                _results.keep(place, kept)
        return result
    finally:
        with _results.lock:
            if _flights.get(place) is flight:
                del _flights[place]
        flight.land()


@dataclass
class _Kept:
    """A result, the uploads that it depends on, and where each buffer of its key lies → its bytes.

    With those of the result itself they are its ``pieces``, which are looked at again after it was used.
    """

    value: Any
    names: frozenset[str]
    of_key: dict[int, int]

    def __post_init__(self) -> None:
        self.measure()

    def measure(self) -> None:
        """See how large it is now."""
        self.pieces = self.of_key | buffers(self.value)


class _Results:
    """The results of all functions, the least recently used first; every call needs its lock."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.bytes = 0
        self._kept: OrderedDict[Place, _Kept] = OrderedDict()
        self._held: dict[int, tuple[int, int]] = {}  # buffer → how many results hold it, and its bytes
        self._used: set[Place] = set()

    def get(self, place: Place) -> _Kept | None:
        """A result, used just now."""
        kept = self._kept.get(place)
        if kept is not None:
            self._kept.move_to_end(place)
            self._used.add(place)
        return kept

    def keep(self, place: Place, kept: _Kept) -> None:
        """Keep a result, and let go of the oldest where all are too large; the newest stays whatever its size."""
        self._drop(place)
        self._kept[place] = kept
        self._count(kept.pieces)
        used, self._used = self._used, set()
        for old in used & self._kept.keys():  # a plan computes some of its parts when it is first asked for them
            self._measure(old)
        while self.bytes > RESULT_BYTES.value and len(self._kept) > 1:
            self._drop(next(iter(self._kept)))

    def forget(self, name: str) -> None:
        """Let go of all that depends on an upload."""
        for place in [place for place, kept in self._kept.items() if name in kept.names]:
            self._drop(place)

    def _measure(self, place: Place) -> None:
        kept = self._kept[place]
        before = kept.pieces
        kept.measure()
        self._count(kept.pieces)
        self._discount(before)

    def _drop(self, place: Place) -> None:
        kept = self._kept.pop(place, None)
        if kept is not None:
            self._discount(kept.pieces)

    def _count(self, pieces: dict[int, int]) -> None:
        for where, size in pieces.items():
            holders, known = self._held.get(where, (0, 0))
            self._held[where] = holders + 1, max(size, known)
            self.bytes += max(0, size - known)

    def _discount(self, pieces: dict[int, int]) -> None:
        for where in pieces:
            holders, known = self._held.pop(where)
            if holders > 1:
                self._held[where] = holders - 1, known
            else:
                self.bytes -= known


_results = _Results()
_keys: dict[Callable[..., Any], Callable[..., Hashable]] = {}
_flights: dict[Place, Flight] = {}


def _own_names(key: Any) -> Iterator[str]:
    """The names of uploads in a key, however deep."""
    if isinstance(key, str):
        if is_upload(key):
            yield key
    elif isinstance(key, (tuple, frozenset)):
        for part in key:
            yield from _own_names(part)
    elif is_dataclass(key):
        for field in fields(key):
            yield from _own_names(getattr(key, field.name))
