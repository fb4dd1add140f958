"""How far a streamed plan is."""

from __future__ import annotations

import math

from gca_viz.progress import ReportProgress


class Progress:
    """Tells which share is done: passes of the iterations, as many as expected, and one that reads the plan."""

    def __init__(self, tell: ReportProgress | None, passes: float):
        self.tell, self.begun = tell, 0
        self.passes = math.ceil(passes) if passes < math.inf else None
        self.share, self.span, self.what = 0.0, (0.0, 0.0), ""

    def __call__(self, done: float) -> None:
        """Tell that a share of the pass is done."""
        start, end = self.span
        self.share = start * (1 - done) + end * done
        if self.tell:
            self.tell(self.share, self.what)

    def skip(self, passes: int) -> None:
        """Count passes that were made before this call."""
        self.begun = passes
        if passes and self.passes:
            self.share = min(passes, self.passes) / (self.passes + 1)

    def iteration(self) -> None:
        """Begin a pass of the iterations."""
        self.begun += 1
        # Of an unbounded run nobody knows the length: each pass is a smaller share of what is left.
        if self.passes is None:
            self._begin(f"Iteration {self.begun}", self.begun / (self.begun + 20))
        else:
            self._begin(f"Iteration {self.begun} of {self.passes}", self.begun / (self.passes + 1))

    def reading(self) -> None:
        """Begin the pass that reads the plan."""
        self._begin("Reading the plan", 1.0)

    def _begin(self, what: str, end: float) -> None:
        self.what, self.span = what, (self.share, end)
