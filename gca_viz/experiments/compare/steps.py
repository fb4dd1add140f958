"""The parts of a comparison under a recipe, each cached by what it depends on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from gca_viz.encoders import encoder_id
from gca_viz.errors import InputError
from gca_viz.experiments import engine
from gca_viz.experiments import geometry as geometry_steps
from gca_viz.experiments.cache import cached
from gca_viz.experiments.compare.alike import cka_matrix, overlap_matrix, shared_mass_matrix
from gca_viz.experiments.compare.changes import Changes, changes_between
from gca_viz.experiments.compare.comparison import losses_alike
from gca_viz.experiments.compare.contenders import Contender, Contest, left_out
from gca_viz.experiments.compare.entry import Entry
from gca_viz.experiments.compare.plan_measures import plan_measures
from gca_viz.experiments.compare.recipe import ENCODERS
from gca_viz.experiments.compare.table import Estimates, compared
from gca_viz.experiments.recipe import DataRecipe, EncoderRecipe, MethodRecipe, Recipe, ViewsRecipe
from gca_viz.geometry.aligned import aligned
from gca_viz.geometry.bootstrap import draws
from gca_viz.geometry.measures import MEASURES

Tell = Callable[[float, str], None]


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


def lineup_of(recipe: Recipe, contest: Contest, *, progress: Tell | None = None) -> Lineup:
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


def table_of(lineup: Lineup, *, progress: Tell | None = None) -> pd.DataFrame:
    """All numbers of all contenders; those of the embedding only where the embeddings differ.

    Args:
        progress: as for :func:`lineup_of`.
    """
    return compared(estimates_of(lineup, progress=progress), losses_alike=losses_alike(lineup.entries))


def estimates_of(lineup: Lineup, *, progress: Tell | None = None) -> Mapping[str, Estimates]:
    """The numbers of the table with their intervals: label → name → estimate."""
    told, recipe = progress or (lambda share, what: None), lineup.recipe
    found, total = {}, len(lineup.contenders)
    for number, contender in enumerate(lineup.contenders):

        def tell(share: float, what: str, number: int = number, label: str = contender.label) -> None:
            told(min(0.99, (number + share) / total), f"{label}: measuring")

        parts = recipe.data, recipe.views, contender.encoder
        numbers = dict(_plan_measures(*parts, contender.method, _id(contender.encoder)))
        if lineup.kind == ENCODERS:
            measures = geometry_steps.measures_of(*parts, progress=tell)
            numbers |= {name: measures[name] for name in MEASURES}
        found[contender.label] = numbers
    return found


@cached(64)
def _plan_measures(
    data: DataRecipe, views: ViewsRecipe, encoder: EncoderRecipe, method: MethodRecipe, content_id: str
) -> Estimates:
    labels = engine.batch_of(data).labels
    return plan_measures(engine.plan_of(data, views, encoder, method), labels, draws(len(labels)))


def changes_of(lineup: Lineup) -> Changes:
    """What became of each sample from A to B."""
    first, second = lineup.contenders[0], lineup.contenders[lineup.second]
    key = first.encoder, first.method, second.encoder, second.method
    ids = _id(first.encoder), _id(second.encoder)
    return _changes(lineup.recipe.data, lineup.recipe.views, *key, ids, lineup=lineup)


@cached(16)
def _changes(
    data: DataRecipe,
    views: ViewsRecipe,
    encoder_a: EncoderRecipe,
    method_a: MethodRecipe,
    encoder_b: EncoderRecipe,
    method_b: MethodRecipe,
    ids: tuple[str, str],
    *,
    lineup: Lineup,
) -> Changes:
    return changes_between(*lineup.pair)


def maps_of(
    lineup: Lineup, which: Sequence[int], how: str, *, anchor: int = 0, progress: Tell | None = None
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
    recipe, geometry = lineup.recipe, lineup.recipe.geometry
    numbers = (geometry.seed, geometry.neighbours) if how == "umap" else (0, 0)
    encoders = [lineup.contenders[number].encoder for number in which]
    points = [lineup.entries[number].points.z for number in which]
    ids = tuple(map(_id, encoders))
    return _maps(recipe.data, recipe.views, how, numbers, anchor, ids, *encoders, points=points, progress=progress)


@cached(32)
def _maps(
    data: DataRecipe,
    views: ViewsRecipe,
    how: str,
    numbers: tuple[int, int],
    anchor: int,
    ids: tuple[str, ...],
    *encoders: EncoderRecipe,
    points: Sequence[np.ndarray],
    progress: Tell | None = None,
) -> np.ndarray:
    seed, neighbours = numbers
    return aligned(points, how, anchor=anchor, seed=seed, neighbours=max(2, neighbours), progress=progress)


def alike_of(lineup: Lineup, *, progress: Tell | None = None) -> Mapping[str, pd.DataFrame]:
    """How alike each is to each: ``cka``, ``overlap`` (both only where the embeddings differ) and ``shared_mass``.

    Args:
        progress: as for :func:`lineup_of`.
    """
    keys = [part for contender in lineup.contenders for part in (contender.encoder, contender.method)]
    labels = tuple(contender.label for contender in lineup.contenders)
    ids = tuple(_id(contender.encoder) for contender in lineup.contenders)
    recipe = lineup.recipe
    return _alike(recipe.data, recipe.views, labels, ids, *keys, lineup=lineup, progress=progress)


@cached(8)
def _alike(
    data: DataRecipe,
    views: ViewsRecipe,
    labels: tuple[str, ...],
    ids: tuple[str, ...],
    *parts: EncoderRecipe | MethodRecipe,
    lineup: Lineup,
    progress: Tell | None = None,
) -> Mapping[str, pd.DataFrame]:
    found = {}
    if lineup.kind == ENCODERS:
        found["cka"] = cka_matrix(lineup.entries, progress)
        found["overlap"] = overlap_matrix(lineup.entries, progress)
    found["shared_mass"] = shared_mass_matrix(lineup.entries, progress)
    return found


def _id(encoder: EncoderRecipe) -> str:
    return encoder_id(encoder.name, encoder.output)
