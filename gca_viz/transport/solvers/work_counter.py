"""How often a kernel is read: the work of a solver, counted and reported."""

from __future__ import annotations

import math

from gca_viz.progress import ReportProgress


class WorkCounter:
    """Counts passes over a kernel, and reports how far the work is; whom it reports to may raise to cancel it.

    Args:
        progress: called with the share done and what is being done.
        expected: how many passes there will be; infinity where nobody knows.

    Attributes:
        count: passes so far.
    """

    def __init__(self, progress: ReportProgress | None = None, expected: float = math.inf):
        self.count, self.progress, self.expected = 0, progress, expected

    def __call__(self, times: int = 1) -> None:
        """Note some more passes."""
        self.count += times
        if self.progress is not None:
            # Of a search nobody knows the length: each pass is a smaller share of what is left.
            endless = math.isinf(self.expected)
            share = self.count / (self.count + 100) if endless else min(1.0, self.count / self.expected)
            self.progress(share, "Solving")
