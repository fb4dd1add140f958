"""What is compared: ways to one answer, each with the loosest stop setting with which it is good enough."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from benchmarks.transport.batches import Case
from benchmarks.transport.clock import Run, TooSlow, seconds_of, time_limit

SLOW_TRIES = 2  # runs that end at the cap before a solver is given up


@dataclass(frozen=True)
class Solver:
    """One algorithm of one library.

    Attributes:
        library: the column it competes for; only its fastest algorithm is shown there.
        name: the algorithm within the library.
        prepare: (case, cap on seconds) → (setting → answer). Conversions and compilation happen here, outside the
            clock; the answer comes in the library's own type.
        settings: case → stop settings, from the loosest to the strictest.
        fits: whether the algorithm is made for a case.
        last_resort: tried only where none of the library's other algorithms gets there.
        rows_of_one: whether a row of its plan has mass 1 rather than 1/N.
    """

    library: str
    name: str
    prepare: Callable[[Case, float], Callable[[Any], Any]]
    settings: Callable[[Case], Sequence[Any]]
    fits: Callable[[Case], bool] = lambda case: True
    last_resort: bool = False
    rows_of_one: bool = False


@dataclass(frozen=True)
class Tuned:
    """A solver with a setting for one case, and whether that gets it there.

    Attributes:
        run: computes the answer.
        seconds: wall time of one run, warm but alone; the cap for one stopped there, NaN for one that failed.
        note: why it is out of the race; empty if it is in.
        slow: whether it was stopped at the cap.
    """

    solver: Solver
    run: Run
    seconds: float
    note: str = ""
    slow: bool = False


Judge = Callable[[Any, Solver, Case], str]  # (answer, solver, case) → what is wrong with it, or nothing


def thresholds(case: Case) -> list[float]:
    """Stop settings for a solver with a threshold in its own norm: from ten times the tolerance down, 5 % apart."""
    return [10 * case.tol / 1.05**k for k in range(200)]


def counts(case: Case) -> list[int]:
    """Stop settings for a solver without a threshold: numbers of iterations, at most 10 % or 1 apart."""
    numbers = [2]
    while numbers[-1] < 200_000:
        numbers.append(max(numbers[-1] + 1, round(1.1 * numbers[-1])))
    return numbers


def tune(solver: Solver, case: Case, judge: Judge, cap: float) -> Tuned:
    """The loosest setting with which the answer is right.

    Args:
        judge: tells what is wrong with an answer.
        cap: seconds that one run may take.
    """
    run, settings = solver.prepare(case, cap), solver.settings(case)
    tried: dict[int, Tuned] = {}

    def strict_enough(index: int) -> bool:
        tried[index] = _attempt(solver, partial(run, settings[index]), case, judge, cap)
        if sum(result.slow for result in tried.values()) >= SLOW_TRIES:
            raise TooSlow
        return tried[index].slow or not tried[index].note

    try:
        found = tried[_first(strict_enough, len(settings))]
    except TooSlow:
        return next(result for result in tried.values() if result.slow)
    if found.note or found.seconds > cap / 2:
        return found
    # Again: the first run of a library may have loaded or compiled something.
    again = _attempt(solver, found.run, case, judge, cap)
    return min(found, again, key=lambda result: result.seconds)


def _first(holds: Callable[[int], bool], count: int) -> int:
    """The first index that holds, by galloping and halving, of a property that holds from there on; or the last."""
    low, high = -1, 0
    while not holds(high):
        if high == count - 1:
            return high
        low, high = high, min(2 * high + 1, count - 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def _attempt(solver: Solver, run: Run, case: Case, judge: Judge, cap: float) -> Tuned:
    try:
        with time_limit(cap):
            seconds, answer = seconds_of(run, case.device)
    except TooSlow:
        return Tuned(solver, run, cap, f"> {cap:.2g} s", slow=True)
    except (ValueError, RuntimeError, ArithmeticError) as failure:  # a peer's own words for "no"
        return Tuned(solver, run, math.nan, type(failure).__name__)
    return Tuned(solver, run, seconds, judge(answer, solver, case))
