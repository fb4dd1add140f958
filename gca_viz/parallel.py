"""Two views at a time, where a processor has cores that lie idle."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from threading import Event
from typing import TypeVar

import torch

from gca_viz.cores import cores
from gca_viz.progress import ReportShare

Result = TypeVar("Result")
_PAUSE = 0.05  # seconds between two looks at how far both are


class _CancelledError(Exception):
    """Ends a thread whose result nobody waits for any more."""


def side_by_side(
    first: Callable[[ReportShare], Result],
    second: Callable[[ReportShare], Result],
    *,
    device: str,
    progress: ReportShare | None = None,
) -> tuple[Result, Result]:
    """Do the same for both views: at once in two threads on a CPU with idle cores, else one after the other.

    Args:
        first, second: what to do; each is given a function to which it reports the share it has done.
        device: torch device on which they compute.
        progress: called in the caller's thread with the share of both that is done; may raise to cancel.

    Returns:
        What both returned.
    """
    if device != "cpu" or 2 * torch.get_num_threads() > cores():
        report_progress = progress or (lambda share: None)
        return first(lambda share: report_progress(share / 2)), second(
            lambda share: report_progress(0.5 + share / 2)
        )
    done, cancelled = [0.0, 0.0], Event()

    def run(view: int, work: Callable[[ReportShare], Result]) -> Result:
        def report_progress(share: float) -> None:
            done[view] = share
            if cancelled.is_set():
                raise _CancelledError

        return work(report_progress)

    # A thread's first product takes all cores, whatever torch says, and has other last bits, until it is told.
    with ThreadPoolExecutor(2, initializer=torch.set_num_threads, initargs=(torch.get_num_threads(),)) as pool:
        # Each in a copy of the caller's context, so that what runs there knows what it is part of.
        running = [pool.submit(copy_context().run, run, view, work) for view, work in enumerate((first, second))]
        try:
            while wait(running, _PAUSE, FIRST_EXCEPTION).not_done and not _failures(running):
                if progress is not None:
                    progress(sum(done) / 2)
        finally:
            cancelled.set()  # where both are done already, nobody asks
    for failure in _failures(running):
        raise failure
    if progress is not None:
        progress(1.0)
    one, two = (future.result() for future in running)
    return one, two


def _failures(running: list[Future[Result]]) -> list[BaseException]:
    errors = (future.exception() for future in running if future.done())
    return [error for error in errors if error is not None and not isinstance(error, _CancelledError)]
