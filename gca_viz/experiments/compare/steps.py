"""The parts of a comparison under a recipe, each cached by what it depends on."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
import pandas as pd

from gca_viz.errors import InputError
from gca_viz.experiments import geometry as geometry_steps
from gca_viz.experiments.caching.cache import cached
from gca_viz.experiments.compare.alike import cka_matrix, cka_within_matrix, overlap_matrix, shared_mass_matrix
from gca_viz.experiments.compare.candidate_result import CandidateResult
from gca_viz.experiments.compare.candidates import Candidate, Candidates, left_out
from gca_viz.experiments.compare.changes import Changes, changes_between
from gca_viz.experiments.compare.comparison import losses_alike
from gca_viz.experiments.compare.course import course_frame
from gca_viz.experiments.compare.plan_measures import plan_measures
from gca_viz.experiments.compare.rules import rules_frame
from gca_viz.experiments.compare.table import Estimates, compared
from gca_viz.experiments.compare.together import Together, together
from gca_viz.experiments.plan import engine
from gca_viz.experiments.recipe.compare import ENCODERS
from gca_viz.experiments.recipe.recipe import Inputs, MethodRecipe, Recipe
from gca_viz.geometry.aligned import aligned
from gca_viz.geometry.bootstrap import draws
from gca_viz.geometry.measures import MEASURES
from gca_viz.progress import ReportProgress


@dataclass(frozen=True, eq=False)
class CandidateResults:
    """Candidates of a batch that could be computed, A first.

    Attributes:
        recipe: of batch and views.
        kind: ``"encoders"`` or ``"methods"``.
        candidates: who they are; ``members`` what they made of the batch, in the same order.
        notes: a sentence for each that could not be.
    """

    recipe: Recipe
    kind: str
    candidates: tuple[Candidate, ...]
    members: tuple[CandidateResult, ...]
    notes: tuple[str, ...]

    @property
    def second(self) -> int:
        """Which one is B: the recipe's choice, or the last; 0 where there is none beside A."""
        names = [candidate.name for candidate in self.candidates]
        wanted = self.recipe.compare.second
        return names.index(wanted) if wanted in names[1:] else len(names) - 1

    @property
    def pair(self) -> tuple[CandidateResult, CandidateResult]:
        """A and B."""
        return self.members[0], self.members[self.second]


def results_of(
    recipe: Recipe, candidates: Candidates, *, progress: ReportProgress | None = None
) -> CandidateResults:
    """Embed the batch with every candidate and make its plan; who cannot is told, and the others stay.

    Args:
        progress: called with the share done and what is being done; may raise to cancel.
    """
    report_progress = progress or (lambda share, what: None)
    able: list[Candidate] = []
    members: list[CandidateResult] = []
    refused: dict[str, InputError] = {}
    total = len(candidates.members)
    for number, candidate in enumerate(candidates.members):

        def tell(share: float, what: str, number: int = number, label: str = candidate.label) -> None:
            report_progress(min(0.99, (number + min(share, 1)) / total), f"{label}: {what}")

        try:
            inputs = replace(recipe.inputs, encoder=candidate.encoder)
            engine.embeddings_of(inputs, progress=tell)
            plan = engine.plan_of(inputs, candidate.method)
            member = CandidateResult(
                candidate.label,
                geometry_steps.points_of(inputs),
                plan,
                engine.labels_of(inputs, candidate.method),
            )
        except InputError as error:
            refused[candidate.label] = error
            continue
        able.append(candidate)
        members.append(member)
    if candidates.kind != ENCODERS and members:  # of one encoder: the same points, and seen to be
        members = [replace(member, points=members[0].points) for member in members]
    notes = (*candidates.notes, *left_out(refused))
    return CandidateResults(recipe, candidates.kind, tuple(able), tuple(members), notes)


def table_of(results: CandidateResults, *, progress: ReportProgress | None = None) -> pd.DataFrame:
    """All numbers of all candidates; those of the embedding only where the embeddings differ.

    Args:
        progress: as for :func:`results_of`.
    """
    return compared(estimates_of(results, progress=progress), losses_alike=losses_alike(results.members))


def course_of(results: CandidateResults) -> pd.DataFrame:
    """What the trainings of the encoders noted, see :func:`gca_viz.experiments.compare.course.course_frame`.

    Of several methods on one encoder it is empty.
    """
    return course_frame(results.candidates if results.kind == ENCODERS else ())


def estimates_of(results: CandidateResults, *, progress: ReportProgress | None = None) -> Mapping[str, Estimates]:
    """The numbers of the table with their intervals: label → name → estimate."""
    report_progress, recipe = progress or (lambda share, what: None), results.recipe
    found, total = {}, len(results.candidates)
    for number, candidate in enumerate(results.candidates):

        def tell(share: float, what: str, number: int = number, label: str = candidate.label) -> None:
            report_progress(min(0.99, (number + share) / total), f"{label}: measuring")

        inputs = replace(recipe.inputs, encoder=candidate.encoder)
        numbers = dict(_plan_measures(inputs, candidate.method))
        if results.kind == ENCODERS:
            measures = geometry_steps.measures_of(inputs, progress=tell)
            numbers |= {name: measures[name] for name in MEASURES}
        found[candidate.label] = numbers
    return found


@cached(key=engine.key_of)
def _plan_measures(inputs: Inputs, method: MethodRecipe) -> Estimates:
    drawn = draws(len(engine.batch_of(inputs.data)))
    return plan_measures(engine.plan_of(inputs, method), engine.labels_of(inputs, method), drawn)


def _encoders(results: CandidateResults, which: Iterable[int]) -> tuple[Hashable, ...]:
    """The batch, and the encoders of some candidates as they are now: a part of a key."""
    encoders = tuple(engine.as_it_is(results.candidates[number].encoder) for number in which)
    return results.recipe.data, results.recipe.views, encoders


def _candidates(results: CandidateResults, which: Sequence[int]) -> tuple[Hashable, ...]:
    """The same with their methods."""
    return *_encoders(results, which), tuple(results.candidates[number].method for number in which)


@cached(key=lambda results: _candidates(results, (0, results.second)))
def changes_of(results: CandidateResults) -> Changes:
    """What became of each sample from A to B."""
    return changes_between(*results.pair)


def _map_numbers(results: CandidateResults, how: str) -> dict[str, int]:
    """The numbers that a kind of map has."""
    geometry = results.recipe.geometry
    return {"seed": geometry.seed, "neighbours": max(2, geometry.neighbours)} if how == "umap" else {}


@cached(
    key=lambda results, which, how, anchor=0: (
        *_encoders(results, which),
        how,
        *_map_numbers(results, how).values(),
        anchor,
    )
)
def maps_of(
    results: CandidateResults,
    which: Sequence[int],
    how: str,
    *,
    anchor: int = 0,
    progress: ReportProgress | None = None,
) -> np.ndarray:
    """Aligned maps of some candidates, float32 (which, 2N, 2).

    Args:
        which: positions among the candidates.
        how: a name in :data:`gca_viz.geometry.kinds.ALIGNMENTS`.
        anchor: position in ``which`` of the map that the others are turned onto.
        progress: as for :func:`results_of`.

    Raises:
        InputError: as :func:`gca_viz.geometry.aligned.aligned`.
    """
    points = [results.members[number].points.z for number in which]
    return aligned(points, how, anchor=anchor, **_map_numbers(results, how), progress=progress)


def _all(results: CandidateResults) -> tuple[Hashable, ...]:
    """All candidates with what they are called: a key."""
    labels = tuple(candidate.label for candidate in results.candidates)
    return _candidates(results, range(len(results.candidates))), labels, results.kind


@cached(key=_all)
def alike_of(results: CandidateResults, *, progress: ReportProgress | None = None) -> Mapping[str, pd.DataFrame]:
    """How alike each is to each: ``cka``, ``cka_within``, ``overlap`` and ``shared_mass``.

    The first three are there only where the embeddings differ, ``cka_within`` only with classes of two samples.

    Args:
        progress: as for :func:`results_of`.
    """
    found = {}
    if results.kind == ENCODERS:
        found["cka"] = cka_matrix(results.members, progress)
        within = cka_within_matrix(results.members, progress)
        if within.notna().any(axis=None):
            found["cka_within"] = within
        found["overlap"] = overlap_matrix(results.members, progress)
    found["shared_mass"] = shared_mass_matrix(results.members, progress)
    return MappingProxyType(found)


@cached(key=_all)
def together_of(results: CandidateResults, *, progress: ReportProgress | None = None) -> Together:
    """What all reach together and two by two, beside the best alone.

    Args:
        progress: as for :func:`results_of`.
    """
    report_progress = progress or (lambda share, what: None)
    alike = alike_of(results, progress=lambda share, what: report_progress(0.5 * share, what))
    drawn = draws(results.members[0].points.samples)
    return together(
        results.members, alike, drawn, progress=lambda share, what: report_progress(0.5 + 0.5 * share, what)
    )


@cached(key=_all)
def rules_of(results: CandidateResults, *, progress: ReportProgress | None = None) -> pd.DataFrame:
    """Trees on the class shares of every plan, see :func:`gca_viz.experiments.compare.rules.rules_frame`.

    Args:
        progress: as for :func:`results_of`.
    """
    return rules_frame(results.members, draws(results.members[0].points.samples), progress=progress)
