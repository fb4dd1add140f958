"""A small cache of results, keyed by what they were computed from."""

from __future__ import annotations

import inspect
from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from threading import Lock
from typing import ParamSpec, TypeVar

_caches: list[tuple[OrderedDict, Lock]] = []

P = ParamSpec("P")
Result = TypeVar("Result")


def cached(maxsize: int) -> Callable[[Callable[P, Result]], Callable[P, Result]]:
    """Keep the results of the ``maxsize`` latest calls, keyed by their positional arguments.

    Keyword-only arguments (a progress callback, say) are passed on but are not part of the key; the others must be
    passed by position. A call that raises, cancelled or refused, keeps nothing.
    """

    def decorate(function: Callable[P, Result]) -> Callable[P, Result]:
        parameters = inspect.signature(function).parameters.values()
        aside = {parameter.name for parameter in parameters if parameter.kind is parameter.KEYWORD_ONLY}
        results: OrderedDict[tuple, Result] = OrderedDict()
        lock = Lock()
        _caches.append((results, lock))

        @wraps(function)
        def call(*key: P.args, **others: P.kwargs) -> Result:
            if not aside.issuperset(others):
                raise TypeError(f"pass {', '.join(set(others) - aside)} of {function.__name__} by position")
            with lock:
                if key in results:
                    results.move_to_end(key)
                    return results[key]
            result = function(*key, **others)
            with lock:
                results[key] = result
                while len(results) > maxsize:
                    results.popitem(last=False)
            return result

        return call

    return decorate


def forget(name: str) -> None:
    """Drop every result that was computed from the data set or the encoder of that name."""
    for results, lock in _caches:
        with lock:
            for key in [key for key in results if any(_is_of(part, name) for part in key)]:
                del results[key]


def _is_of(part: object, name: str) -> bool:
    return name in (getattr(part, "dataset", None), getattr(part, "name", None))
