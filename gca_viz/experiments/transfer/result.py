"""What two sets come to: their plan, the classes that it and nearest neighbours hand on, and their distances."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter

import numpy as np
import pandas as pd
import torch
from sklearn.neighbors import KNeighborsClassifier
from torch import Tensor

from gca_viz.datasets import Dataset, load_dataset
from gca_viz.errors import InputError
from gca_viz.experiments.caching.cache import cached
from gca_viz.experiments.plan import engine
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.experiments.transfer.groups import Group, Sets, sets_of
from gca_viz.geometry.bootstrap import draws, interval, of_mean, paired
from gca_viz.labels import UNLABELLED
from gca_viz.metric import Estimate
from gca_viz.progress import ReportProgress
from gca_viz.transport import align, transfer
from gca_viz.transport.sets import set_distance, set_distances

#: who hands classes on → what a table calls it
WAYS: Mapping[str, str] = {
    "sinkhorn": "Sinkhorn’s plan",
    "rows": "Row soft-max",
    "knn1": "Nearest neighbour",
    "knn20": "20 nearest neighbours",
}
_NEIGHBOURS = {"knn1": 1, "knn20": 20}


@dataclass(frozen=True)
class Handed:
    """How well classes were handed on.

    Attributes:
        found: int64 (M,) class that each image of the receiving set gets, an index into ``TransferResult.classes``.
        accuracy: share of the images with a known class that got it.
        balanced: mean of that share over classes.
    """

    found: np.ndarray
    accuracy: Estimate
    balanced: Estimate


@dataclass(frozen=True, eq=False)
class TransferResult:
    """Two sets without pairs.

    Attributes:
        recipe: what was computed.
        sets: which images.
        classes: their titles.
        lent, truth: int64 (N,), (M,) class of each image of both sets; −1 where none is known.
        plan: (N, M) the balanced plan, of the mass N.
        ways: name in :data:`WAYS` → how well classes were handed on.
        gain: accuracy of Sinkhorn's plan less that of the better of the neighbours, on the same resampled images.
        distances: set distance of each group from each.
        distance: that of the two sets.
        by_chance: that of two random halves of the lending set, each as large as half of it.
        seconds: how long it took.
    """

    recipe: Recipe
    sets: Sets
    classes: tuple[str, ...]
    lent: np.ndarray
    truth: np.ndarray
    plan: Tensor
    ways: Mapping[str, Handed]
    gain: Estimate
    distances: pd.DataFrame
    distance: float
    by_chance: float
    seconds: float

    @property
    def best_neighbours(self) -> str:
        """The better of the neighbours, a name in :data:`WAYS`."""
        return max(_NEIGHBOURS, key=lambda way: self.ways[way].accuracy.value)


def transfer_recipe(recipe: Recipe, progress: ReportProgress | None = None) -> TransferResult:
    """Compute what the page Transfer shows.

    ``transfer_recipe(Recipe().with_values(eps=0.02)).ways["sinkhorn"].accuracy``

    Args:
        recipe: data, encoder, ε and ``transfer`` count; views and method do not.
        progress: called with the share done and what is being done; may raise to cancel.

    Raises:
        InputError: sets that cannot be, or without classes.
    """
    start, report_progress = perf_counter(), progress or (lambda share, what: None)
    sets = sets_of(recipe)
    groups = tuple(dict.fromkeys((sets.source, sets.receiver, *sets.groups)))
    z = {}
    for number, group in enumerate(groups):

        def tell(share: float, what: str, number: int = number) -> None:
            report_progress(0.5 * (number + share) / len(groups), what)

        z[group] = engine.embeddings_of(group.inputs(recipe), progress=tell).z1
    classes, lent, truth = _classes(sets)
    epsilon = recipe.method.epsilon
    first, second = z[sets.source], z[sets.receiver]
    report_progress(0.5, "Handing classes on")
    plan = align(first, second, "gca-ince", epsilon=epsilon, iterations=math.inf, paired=False, trace=False).matrix
    ways = _handed(first, second, lent, truth, epsilon)
    best = max(_NEIGHBOURS, key=lambda way: ways[way].accuracy.value)
    labels = [group.label for group in sets.groups]
    values = set_distances(
        [z[group] for group in sets.groups],
        epsilon,
        lambda share, what: report_progress(0.6 + 0.39 * share, what),
    )
    report_progress(1.0, "Done")
    return TransferResult(
        recipe=recipe,
        sets=sets,
        classes=classes,
        lent=lent,
        truth=truth,
        plan=plan,
        ways=ways,
        gain=paired(ways[best].accuracy, ways["sinkhorn"].accuracy),
        distances=pd.DataFrame(values.numpy(), labels, labels),
        distance=float(set_distance(first, second, epsilon)),
        by_chance=_by_chance(first, epsilon),
        seconds=perf_counter() - start,
    )


@cached(key=lambda recipe: (recipe.data, engine.as_it_is(recipe.encoder), recipe.method.epsilon, recipe.transfer))
def transfer_of(recipe: Recipe, *, progress: ReportProgress | None = None) -> TransferResult:
    """:func:`transfer_recipe`, computed once for all visitors."""
    return transfer_recipe(recipe, progress)


def _classes(sets: Sets) -> tuple[tuple[str, ...], np.ndarray, np.ndarray]:
    """Titles of the classes of the lending set, and the class of each image of both."""
    first, second = (load_dataset(group.data.dataset) for group in (sets.source, sets.receiver))
    lent = sets.source.batch.labels
    if (lent == UNLABELLED).all():
        raise InputError(
            f"{sets.source.label} without classes",
            "the set that hands classes on must have some",
            "Choose the other direction, or other data",
            parameter="from",
        )
    return first.class_titles, lent, _numbered_as(first, second, sets.receiver)


def _numbered_as(first: Dataset, second: Dataset, group: Group) -> np.ndarray:
    """Classes of a group by their numbers in another data set; −1 where that has none of the name."""
    place = {name: number for number, name in enumerate(first.class_names)}
    numbers = np.array([*(place.get(name, UNLABELLED) for name in second.class_names), UNLABELLED])
    return np.asarray(numbers[group.batch.labels])  # −1 is the last


def _handed(
    first: Tensor, second: Tensor, lent: np.ndarray, truth: np.ndarray, epsilon: float
) -> dict[str, Handed]:
    known = lent != UNLABELLED
    kinds = np.unique(lent[known])
    found = {}
    for way, hold in (("sinkhorn", "both"), ("rows", "rows")):
        shares = transfer(first, second, torch.from_numpy(lent), epsilon, hold=hold).cpu().numpy()
        found[way] = kinds[np.nan_to_num(shares).argmax(1)]
    labelled, asked = first.cpu().numpy()[known], second.cpu().numpy()
    for way, k in _NEIGHBOURS.items():
        near = KNeighborsClassifier(min(k, len(labelled)), metric="cosine", algorithm="brute")
        found[way] = near.fit(labelled, lent[known]).predict(asked)
    return {way: _scored(found[way], truth) for way in WAYS}


def _scored(found: np.ndarray, truth: np.ndarray) -> Handed:
    known = truth != UNLABELLED
    if not known.any():
        nothing = Estimate(math.nan, math.nan, math.nan)
        return Handed(found, nothing, nothing)
    hits, of_class = (found == truth)[known].astype(np.float32), truth[known]
    drawn = draws(len(hits))
    kinds, counts = np.unique(of_class, return_counts=True)
    members = (of_class[:, None] == kinds).astype(np.float32)
    with np.errstate(invalid="ignore", divide="ignore"):
        recalls = (drawn @ (members * hits[:, None])) / (drawn @ members)
    balanced = float(((members * hits[:, None]).sum(0) / counts).mean())
    return Handed(
        found,
        of_mean(hits, drawn, chance=float(counts.max() / counts.sum())),
        interval(balanced, np.nanmean(recalls, 1), chance=1 / len(kinds)),
    )


def _by_chance(z: Tensor, epsilon: float) -> float:
    """How far apart two random halves of one set are."""
    order, half = halves(len(z)).to(z.device), len(z) // 2
    return float(set_distance(z[order[:half]], z[order[half:]], epsilon)) if half else math.nan


def halves(count: int) -> Tensor:
    """(N,) the order of a set in which its first half and its second are random."""
    return torch.randperm(count, generator=torch.Generator().manual_seed(0))
