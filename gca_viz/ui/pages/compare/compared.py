"""A comparison as the panels of other pages know a result."""

from __future__ import annotations

from dataclasses import dataclass

from gca_viz.experiments.compare.result import CompareResult
from gca_viz.experiments.compare.steps import CandidateResults
from gca_viz.ui.session.page_result import PageResult


@dataclass(frozen=True, eq=False)
class Compared(CompareResult, PageResult):
    """The result of A, with the images and the pick of this page, and all that are compared with it."""

    @classmethod
    def beside(cls, result: PageResult, results: CandidateResults) -> Compared:
        """The result of A with its results."""
        return cls(result.recipe, results.members[0].plan, None, None, result.seconds, results)
