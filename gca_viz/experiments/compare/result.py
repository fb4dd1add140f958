"""A comparison that a recipe names, computed as the page Compare checkpoints does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from time import perf_counter

from gca_viz.errors import InputError
from gca_viz.experiments.compare import steps
from gca_viz.experiments.compare.candidate_tasks import CandidateStore, compute_candidates
from gca_viz.experiments.compare.candidates import candidates_of
from gca_viz.experiments.compare.steps import CandidateResults
from gca_viz.experiments.compare.words import headline
from gca_viz.experiments.executor import Executor, LocalExecutor
from gca_viz.experiments.plan.result import PlanResult
from gca_viz.experiments.recipe.compare import ENCODERS
from gca_viz.experiments.recipe.recipe import NOTHING, Recipe
from gca_viz.progress import ReportProgress
from gca_viz.transport import Plan


@dataclass(frozen=True, eq=False)
class CompareResult(PlanResult):
    """What the recipe of A comes to, and all that are compared with it.

    Attributes:
        compared: A first.
    """

    compared: CandidateResults

    @property
    def names(self) -> Mapping[str, Plan]:
        """Label → plan of all that are compared, A's first."""
        return {member.label: member.plan for member in self.compared.members}

    @property
    def last_step(self) -> int:
        """Last step of the plan, of A and B, that has more of them."""
        return max(member.plan.last_step for member in self.compared.pair)

    @property
    def labels(self) -> list[str]:
        """What all that are compared are called, A's first."""
        return [member.label for member in self.compared.members]

    @property
    def headline(self) -> str:
        """What changed from A to B, in one sentence."""
        return headline(*self.compared.pair, steps.changes_of(self.compared))


def compare_recipe(
    recipe: Recipe,
    progress: ReportProgress | None = None,
    *,
    executor: Executor | None = None,
    store: CandidateStore | None = None,
) -> CompareResult:
    """Embed the recipe's batch with all that it compares, and make their plans.

    ``compare_recipe(Recipe().with_values(n=64, encoders=("random", "gca-ince"))).headline``

    Args:
        recipe: whose own encoder and method are A.
        progress: called with the share done and what is being done; may raise to cancel.
        executor: who embeds the batch with each encoder and measures that; this process, one by one, if it is None.
        store: where what each encoder comes to is kept, so that the same call goes on where it was stopped.

    Returns:
        Numbers, changes and maps are read from its results by the functions of
        :mod:`gca_viz.experiments.compare.steps`; who could not take part is told in ``compared.notes``.

    Raises:
        InputError: A cannot be computed, or nobody is beside it.
    """
    start, report_progress = perf_counter(), progress or (lambda share, what: None)
    if executor is not None or store is not None:
        whole, who = report_progress, candidates_of(recipe)
        compute_candidates(
            recipe, who, executor or LocalExecutor(), store, lambda share, what: whole(0.8 * share, what)
        )
        report_progress = lambda share, what: whole(0.8 + 0.2 * share, what)  # noqa: E731
    alone = replace(recipe, method=replace(recipe.method, reference=NOTHING))
    PlanResult.of(alone, lambda share, what: report_progress(0.2 * share, what))
    candidates = candidates_of(recipe)
    results = steps.results_of(
        recipe, candidates, progress=lambda share, what: report_progress(0.2 + 0.8 * share, what)
    )
    if len(results.members) < 2:
        flag = "encoders" if results.kind == ENCODERS else "methods"
        raise InputError(
            " ".join([f"no candidate beside {candidates.members[0].label}", *results.notes]).removesuffix("."),
            "a comparison needs at least two",
            f"Name others with --{flag}, or in the field {flag} of the recipe",
            parameter=flag,
        )
    report_progress(1.0, "Done")
    return CompareResult(recipe, results.members[0].plan, None, None, perf_counter() - start, results)
