"""The parts of a comparison under a recipe, each cached by what it depends on."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from gca_viz.errors import InputError
from gca_viz.experiments import geometry as geometry_steps
from gca_viz.experiments.caching.cache import cached
from gca_viz.experiments.compare.alike import cka_matrix, overlap_matrix, shared_mass_matrix
from gca_viz.experiments.compare.candidate import Entry
from gca_viz.experiments.compare.candidates import Contender, Contest, left_out
from gca_viz.experiments.compare.changes import Changes, changes_between
from gca_viz.experiments.compare.comparison import losses_alike
from gca_viz.experiments.compare.plan_measures import plan_measures
from gca_viz.experiments.compare.table import Estimates, compared
from gca_viz.experiments.plan import engine
from gca_viz.experiments.recipe.compare import ENCODERS
from gca_viz.experiments.recipe.recipe import DataRecipe, EncoderRecipe, MethodRecipe, Recipe, ViewsRecipe
from gca_viz.geometry.aligned import aligned
from gca_viz.geometry.bootstrap import draws
from gca_viz.geometry.measures import MEASURES
from gca_viz.progress import ReportProgress


@dataclass(frozen=True, eq=False)
class Lineup:
    """Contenders of a batch that could be computed, A first.

    Attributes:
        recipe: of batch and views.
        kind: ``"encoders"`` or ``"methods"``.
        contenders: who they are; ``entries`` what they made of the batch, in the same order.
        notes: a sentence for each that could not be.
    """

    recipe: Recipe
    kind: str
    contenders: tuple[Contender, ...]
    entries: tuple[Entry, ...]
    notes: tuple[str, ...]

    @property
    def second(self) -> int:
        """Which one is B: the recipe's choice, or the last; 0 where there is none beside A."""
        names = [contender.name for contender in self.contenders]
        wanted = self.recipe.compare.second
        return names.index(wanted) if wanted in names[1:] else len(names) - 1

    @property
    def pair(self) -> tuple[Entry, Entry]:
        """A and B."""
        return self.entries[0], self.entries[self.second]


def lineup_of(recipe: Recipe, contest: Contest, *, progress: ReportProgress | None = None) -> Lineup:
    """Embed the batch with every contender and make its plan; who cannot is told, and the others stay.

    Args:
        progress: called with the share done and what is being done; may raise to cancel.
    """
    told = progress or (lambda share, what: None)
    contenders, entries, refused, total = [], [], {}, len(contest.contenders)
    for number, contender in enumerate(contest.contenders):

        def tell(share: float, what: str, number: int = number, label: str = contender.label) -> None:
            told(min(0.99, (number + min(share, 1)) / total), f"{label}: {what}")

        try:
            parts = recipe.data, recipe.views, contender.encoder
            engine.embeddings_of(*parts, progress=tell)
            plan = engine.plan_of(*parts, contender.method)
            entry = Entry(contender.label, geometry_steps.points_of(*parts), plan)
        except InputError as error:
            refused[contender.label] = error
            continue
        contenders.append(contender)
        entries.append(entry)
    if contest.kind != ENCODERS and entries:  # of one encoder: the same points, and seen to be
        entries = [Entry(entry.label, entries[0].points, entry.plan) for entry in entries]
    return Lineup(recipe, contest.kind, tuple(contenders), tuple(entries), (*contest.notes, *left_out(refused)))


def table_of(lineup: Lineup, *, progress: ReportProgress | None = None) -> pd.DataFrame:
    """All numbers of all contenders; those of the embedding only where the embeddings differ.

    Args:
        progress: as for :func:`lineup_of`.
    """
    return compared(estimates_of(lineup, progress=progress), losses_alike=losses_alike(lineup.entries))


def estimates_of(lineup: Lineup, *, progress: ReportProgress | None = None) -> Mapping[str, Estimates]:
    """The numbers of the table with their intervals: label → name → estimate."""
    told, recipe = progress or (lambda share, what: None), lineup.recipe
    found, total = {}, len(lineup.contenders)
    for number, contender in enumerate(lineup.contenders):

        def tell(share: float, what: str, number: int = number, label: str = contender.label) -> None:
            told(min(0.99, (number + share) / total), f"{label}: measuring")

        parts = recipe.data, recipe.views, contender.encoder
        numbers = dict(_plan_measures(*parts, contender.method))
        if lineup.kind == ENCODERS:
            measures = geometry_steps.measures_of(*parts, progress=tell)
            numbers |= {name: measures[name] for name in MEASURES}
        found[contender.label] = numbers
    return found


@cached(key=engine.key_of)
def _plan_measures(data: DataRecipe, views: ViewsRecipe, encoder: EncoderRecipe, method: MethodRecipe) -> Estimates:
    labels = engine.batch_of(data).labels
    return plan_measures(engine.plan_of(data, views, encoder, method), labels, draws(len(labels)))


def _encoders(lineup: Lineup, which: Iterable[int]) -> tuple[Hashable, ...]:
    """The batch, and the encoders of some contenders as they are now: a part of a key."""
    encoders = tuple(engine.as_it_is(lineup.contenders[number].encoder) for number in which)
    return lineup.recipe.data, lineup.recipe.views, encoders


def _contenders(lineup: Lineup, which: Sequence[int]) -> tuple[Hashable, ...]:
    """The same with their methods."""
    return *_encoders(lineup, which), tuple(lineup.contenders[number].method for number in which)


@cached(key=lambda lineup: _contenders(lineup, (0, lineup.second)))
def changes_of(lineup: Lineup) -> Changes:
    """What became of each sample from A to B."""
    return changes_between(*lineup.pair)


def _map_numbers(lineup: Lineup, how: str) -> dict[str, int]:
    """The numbers that a kind of map has."""
    geometry = lineup.recipe.geometry
    return {"seed": geometry.seed, "neighbours": max(2, geometry.neighbours)} if how == "umap" else {}


@cached(
    key=lambda lineup, which, how, anchor=0: (
        *_encoders(lineup, which),
        how,
        *_map_numbers(lineup, how).values(),
        anchor,
    )
)
def maps_of(
    lineup: Lineup, which: Sequence[int], how: str, *, anchor: int = 0, progress: ReportProgress | None = None
) -> np.ndarray:
    """Aligned maps of some contenders, float32 (which, 2N, 2).

    Args:
        which: positions among the contenders.
        how: a name in :data:`gca_viz.geometry.kinds.ALIGNMENTS`.
        anchor: position in ``which`` of the map that the others are turned onto.
        progress: as for :func:`lineup_of`.

    Raises:
        InputError: as :func:`gca_viz.geometry.aligned.aligned`.
    """
    points = [lineup.entries[number].points.z for number in which]
    return aligned(points, how, anchor=anchor, **_map_numbers(lineup, how), progress=progress)


@cached(
    key=lambda lineup: (
        _contenders(lineup, range(len(lineup.contenders))),
        tuple(contender.label for contender in lineup.contenders),
        lineup.kind,
    )
)
def alike_of(lineup: Lineup, *, progress: ReportProgress | None = None) -> Mapping[str, pd.DataFrame]:
    """How alike each is to each: ``cka``, ``overlap`` (both only where the embeddings differ) and ``shared_mass``.

    Args:
        progress: as for :func:`lineup_of`.
    """
    found = {}
    if lineup.kind == ENCODERS:
        found["cka"] = cka_matrix(lineup.entries, progress)
        found["overlap"] = overlap_matrix(lineup.entries, progress)
    found["shared_mass"] = shared_mass_matrix(lineup.entries, progress)
    return MappingProxyType(found)
