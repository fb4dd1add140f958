"""A result with others beside it, as the panels of other pages know it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gca_viz.experiments.compare.steps import Lineup
from gca_viz.transport import Plan
from gca_viz.ui.panels.result import Result


@dataclass(frozen=True, eq=False)
class Compared(Result):
    """The result of A, and all that are compared with it.

    Attributes:
        lineup: A first.
    """

    lineup: Lineup

    @classmethod
    def beside(cls, result: Result, lineup: Lineup) -> Compared:
        """The result of A with its line-up."""
        return cls(result.recipe, lineup.entries[0].plan, None, None, result.seconds, lineup)

    @property
    def names(self) -> Mapping[str, Plan]:
        """Label → plan of all that are compared, A's first."""
        return {entry.label: entry.plan for entry in self.lineup.entries}

    @property
    def last_step(self) -> int:
        """Last step of the plan, of A and B, that has more of them."""
        return max(entry.plan.last_step for entry in self.lineup.pair)

    @property
    def labels(self) -> list[str]:
        """What all that are compared are called, A's first."""
        return [entry.label for entry in self.lineup.entries]
