"""A comparison as the panels of other pages know a result."""

from __future__ import annotations

from dataclasses import dataclass

from gca_viz.experiments.compare.result import ComparedOutcome
from gca_viz.experiments.compare.steps import Lineup
from gca_viz.ui.session.page_result import PageResult


@dataclass(frozen=True, eq=False)
class Compared(ComparedOutcome, PageResult):
    """The result of A, with the images and the pick of this page, and all that are compared with it."""

    @classmethod
    def beside(cls, result: PageResult, lineup: Lineup) -> Compared:
        """The result of A with its line-up."""
        return cls(result.recipe, lineup.entries[0].plan, None, None, result.seconds, lineup)
