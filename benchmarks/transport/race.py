"""Every solver on one case: tuned, checked, then timed in turns; the fastest of each library stands for it."""

from __future__ import annotations

import math
from argparse import Namespace
from dataclasses import replace

from benchmarks.transport.batches import Case
from benchmarks.transport.clock import interleaved
from benchmarks.transport.solvers import Judge, Solver, Tuned, tune
from benchmarks.transport.table import milliseconds

OURS = "gca_viz"
CONTENDER = 3.0  # an algorithm so many times slower than its library's fastest is not timed again
HOPELESS = 10.0  # nor is one waited for that takes so many times longer than the best peer
LEAST_CAP = 1.0  # seconds


def race(case: Case, solvers: list[Solver], judge: Judge, options: Namespace) -> dict[str, Tuned]:
    """Library → its fastest algorithm that gets there, with its median seconds; or what kept the library from it.

    Args:
        judge: tells what is wrong with an answer.
        options: ``cap`` on the seconds of one run, ``seconds`` to spend on an algorithm's timed runs and their
            number ``repeats``; an algorithm that takes longer than ``seconds`` is run once.
    """
    tuned: dict[str, list[Tuned]] = {}
    best = math.inf
    for solver in sorted(solvers, key=lambda solver: solver.last_resort):
        if not solver.fits(case):
            continue
        rivals = tuned.setdefault(solver.library, [])
        if solver.last_resort and any(not rival.note for rival in rivals):
            continue
        own_best = min((rival.seconds for rival in rivals if not rival.note), default=math.inf)
        useful = max(LEAST_CAP, min(HOPELESS * best, CONTENDER * own_best))
        result = tune(solver, case, judge, min(options.cap, useful))
        rivals.append(result)
        if not result.note and solver.library != OURS:
            best = min(best, result.seconds)

    contenders = {
        f"{library} {rival.solver.name}": rival
        for library, rivals in tuned.items()
        for rival in rivals
        if not rival.note and rival.seconds <= CONTENDER * fastest(rivals).seconds
    }
    runs = {name: rival.run for name, rival in contenders.items() if rival.seconds < options.seconds}
    medians = interleaved(runs, options.repeats, options.seconds, case.device)
    return {
        library: fastest(
            [
                replace(rival, seconds=medians.get(f"{library} {rival.solver.name}", rival.seconds))
                for rival in rivals
            ]
        )
        for library, rivals in tuned.items()
    }


def fastest(rivals: list[Tuned]) -> Tuned:
    """The fastest of those that got there; else one that was stopped; else any."""
    return min(rivals, key=lambda rival: (bool(rival.note), not rival.slow, rival.seconds))


def ratio(raced: dict[str, Tuned]) -> tuple[float, bool]:
    """Best peer's time by ours (NaN if there is none), and whether it is a bound, as no peer got there in time."""
    own, peers = raced[OURS], [result for library, result in raced.items() if library != OURS]
    finished = [peer.seconds for peer in peers if not peer.note]
    stopped = [peer.seconds for peer in peers if peer.slow]
    if own.note or not (finished or stopped):
        return math.nan, False
    return min(finished or stopped) / own.seconds, not finished


def cell(result: Tuned | None, seconds: float) -> str:
    """Milliseconds and algorithm, or why it is out of the race, with the time of what is wrong in brackets.

    Args:
        seconds: ``once`` is added where it took longer.
    """
    if result is None:
        return "–"
    if result.slow or math.isnan(result.seconds):
        return result.note
    once = "once" if result.seconds >= seconds else ""
    text = " ".join(filter(None, [milliseconds(result.seconds), result.solver.name, once]))
    return f"({text}: {result.note})" if result.note else text
