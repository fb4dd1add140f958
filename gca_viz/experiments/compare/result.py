"""A comparison that a recipe names, computed as the page Compare checkpoints does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from time import perf_counter

from gca_viz.errors import InputError
from gca_viz.experiments.compare import steps
from gca_viz.experiments.compare.candidates import contest_of
from gca_viz.experiments.compare.steps import Lineup
from gca_viz.experiments.compare.words import headline
from gca_viz.experiments.plan.result import Outcome
from gca_viz.experiments.recipe.compare import ENCODERS
from gca_viz.experiments.recipe.recipe import NOTHING, Recipe
from gca_viz.progress import ReportProgress
from gca_viz.transport import Plan


@dataclass(frozen=True, eq=False)
class ComparedOutcome(Outcome):
    """What the recipe of A comes to, and all that are compared with it.

    Attributes:
        lineup: A first.
    """

    lineup: Lineup

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

    @property
    def headline(self) -> str:
        """What changed from A to B, in one sentence."""
        return headline(*self.lineup.pair, steps.changes_of(self.lineup))


def compare_recipe(recipe: Recipe, progress: ReportProgress | None = None) -> ComparedOutcome:
    """Embed the recipe's batch with all that it compares, and make their plans.

    ``compare_recipe(Recipe().with_values(n=64, encoders=("random", "gca-ince"))).headline``

    Args:
        recipe: whose own encoder and method are A.
        progress: called with the share done and what is being done; may raise to cancel.

    Returns:
        Numbers, changes and maps are read from its line-up by the functions of
        :mod:`gca_viz.experiments.compare.steps`; who could not take part is told in ``lineup.notes``.

    Raises:
        InputError: A cannot be computed, or nobody is beside it.
    """
    start, told = perf_counter(), progress or (lambda share, what: None)
    alone = replace(recipe, method=replace(recipe.method, reference=NOTHING))
    Outcome.of(alone, lambda share, what: told(0.2 * share, what))
    contest = contest_of(recipe)
    lineup = steps.lineup_of(recipe, contest, progress=lambda share, what: told(0.2 + 0.8 * share, what))
    if len(lineup.entries) < 2:
        flag = "encoders" if lineup.kind == ENCODERS else "methods"
        raise InputError(
            " ".join([f"nobody beside {contest.contenders[0].label}", *lineup.notes]).removesuffix("."),
            "a comparison needs at least two",
            f"Name others with --{flag}, or in the field {flag} of the recipe",
            parameter=flag,
        )
    told(1.0, "Done")
    return ComparedOutcome(recipe, lineup.entries[0].plan, None, None, perf_counter() - start, lineup)
