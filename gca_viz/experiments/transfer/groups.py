"""Which images make the two sets of a recipe, and which groups are compared beside them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from gca_viz.datasets import Batch, Dataset, Selection, load_dataset, pick, supply
from gca_viz.errors import InputError
from gca_viz.experiments.plan import engine
from gca_viz.experiments.recipe.field import AUTO
from gca_viz.experiments.recipe.recipe import DataRecipe, Inputs, Recipe, ViewsRecipe
from gca_viz.experiments.recipe.transfer import OTHER
from gca_viz.settings.server import MAX_N

#: groups of which all distances are computed; more would be no picture
MOST_GROUPS = 12
Split = Literal["held-out", "train", "all"]
_SPLITS: Mapping[Split, str] = {"train": "training", "held-out": "held-out"}


@dataclass(frozen=True)
class Group:
    """Images of one set, as they are: nothing is done to them.

    Attributes:
        label: what a figure calls it.
        data: the data set, and which of its images.
    """

    label: str
    data: DataRecipe

    @property
    def batch(self) -> Batch:
        """The images."""
        return engine.batch_of(self.data)

    def inputs(self, recipe: Recipe) -> Inputs:
        """What its embeddings are made of."""
        return Inputs(self.data, ViewsRecipe(preset="none"), recipe.encoder)


@dataclass(frozen=True)
class Sets:
    """The two sets, and the groups whose distances are shown.

    Attributes:
        source: whose classes are known.
        receiver: who receives classes.
        groups: those two and others like them.
    """

    source: Group
    receiver: Group
    groups: tuple[Group, ...]


def sets_of(recipe: Recipe) -> Sets:
    """The sets that a recipe names.

    Raises:
        InputError: a domain that there is not, one domain only, or sets of which one would be empty.
    """
    return _KINDS[recipe.transfer.sets](recipe, load_dataset(recipe.data.dataset))


def domains_of(recipe: Recipe, dataset: Dataset) -> tuple[str, str]:
    """The domains from and to which classes are handed on.

    Raises:
        InputError: one that there is not, twice the same, or a data set of one domain.
    """
    known, chosen = dataset.domain_names, recipe.transfer
    if len(known) < 2:
        raise InputError(
            f"two domains of {dataset.title}, which has one",
            "two domains are needed",
            "Choose sets by split, by labelled images or by data",
            parameter="sets",
        )
    source = (
        chosen.from_domain
        if chosen.from_domain != AUTO
        else next(name for name in known if name != chosen.to_domain)
    )
    receiver = chosen.to_domain if chosen.to_domain != AUTO else next(name for name in known if name != source)
    for field, name in (("from", source), ("to", receiver)):
        if name not in known:
            raise InputError(
                f"{field} = {name!r}", f"the domains are {', '.join(known)}", "Choose one of these", parameter=field
            )
    if source == receiver:
        raise InputError(f"{source!r} twice", "two domains are needed", "Choose another one", parameter="to")
    return source, receiver


def _domains(recipe: Recipe, dataset: Dataset) -> Sets:
    names = domains_of(recipe, dataset)
    source, receiver = (_drawn(dataset, recipe, domains=(name,)) for name in names)
    pools: dict[str, np.ndarray] = {}
    for name in dataset.domain_names:
        with suppress(InputError):  # a domain of which the choice leaves nothing is no group
            pools[name] = _drawn(dataset, recipe, domains=(name,))
    if dataset.shares_identities:
        choose = _of_other_things if recipe.transfer.identities == OTHER else _of_the_same_things
        source, receiver = choose(dataset, recipe, source, names[1])
    pools |= {names[0]: source, names[1]: receiver}
    pools = {name: pools[name] for name in sorted(pools, key=lambda name: name not in names)[:MOST_GROUPS]}
    groups = {name: _group(recipe.data, dataset.titles.get(name, name), indices) for name, indices in pools.items()}
    return Sets(groups[names[0]], groups[names[1]], tuple(groups.values()))


def _splits(recipe: Recipe, dataset: Dataset) -> Sets:
    parts = [_group(recipe.data, label, _drawn(dataset, recipe, split=split)) for split, label in _SPLITS.items()]
    by_domain = [
        _group(
            recipe.data,
            f"{dataset.titles.get(name, name)}, {label}",
            _drawn(dataset, recipe, split=split, domains=(name,)),
        )
        for name in dataset.domain_names
        for split, label in _SPLITS.items()
        if _there(dataset, recipe, split, name)
    ]
    several = len(dataset.domain_names) > 1 and len(by_domain) <= MOST_GROUPS
    return Sets(parts[0], parts[1], tuple(by_domain) if several else tuple(parts))


def _labelled(recipe: Recipe, dataset: Dataset) -> Sets:
    indices = engine.batch_of(recipe.data).indices
    known = indices[dataset.labels[indices] >= 0]
    count = recipe.transfer.labelled
    if not count < len(known):
        raise InputError(
            f"{count} labelled images of {len(known)}",
            "some of the batch must be left without",
            f"Choose fewer than {len(known)} labelled images, or a larger batch",
            parameter="labelled",
        )
    order = np.random.default_rng(recipe.data.seed).permutation(known)
    parts = (
        _group(recipe.data, f"{count} labelled", order[:count]),
        _group(recipe.data, f"{len(known) - count} unlabelled", order[count:]),
    )
    return Sets(*parts, parts)


def _data(recipe: Recipe, dataset: Dataset) -> Sets:
    name = recipe.transfer.other_data
    other = replace(recipe.data, dataset=name, classes=(), domains=(), indices=())
    second = load_dataset(name)
    if name == recipe.data.dataset:
        raise InputError(
            f"{dataset.title} twice", "two data sets are needed", "Choose another one", parameter="other"
        )
    if not set(dataset.class_names) & set(second.class_names):
        raise InputError(
            f"{dataset.title} and {second.title}, which share no class",
            "classes of one name are one class",
            "Choose data with classes of the same names, or name the folders alike",
            parameter="other",
        )
    seconds = recipe.with_values(data=name, classes=(), domains=(), images=())
    parts = (
        _group(recipe.data, dataset.title, _drawn(dataset, recipe)),
        _group(other, second.title, _drawn(second, seconds, split=_split_of(second, recipe))),
    )
    return Sets(*parts, parts)


_KINDS = {"domain": _domains, "split": _splits, "labelled": _labelled, "data": _data}


def _drawn(
    dataset: Dataset, recipe: Recipe, *, split: Split | None = None, domains: tuple[str, ...] = ()
) -> np.ndarray:
    """At most N images as the recipe draws them; of hand-picked ones, those of the domains."""
    data = recipe.data
    if data.mode == "chosen":
        indices = np.array(data.indices, np.int64)
        wanted = [dataset.domain_names.index(name) for name in domains]
        held_out = {"train": False, "held-out": True}.get(split or "", dataset.held_out[indices])
        kept = (dataset.held_out[indices] == held_out) & (np.isin(dataset.domains[indices], wanted) | (not domains))
        if not kept.any():
            what = ", ".join(domains) or split
            raise InputError(
                f"no chosen image of {what}", "each set has at least one", "Choose more images", parameter="images"
            )
        return np.asarray(indices[kept])
    chosen = data.selection
    mode = chosen.mode if chosen.mode == "random" else "stratified"
    chosen = replace(chosen, mode=mode, split=split or chosen.split, domains=domains or chosen.domains)
    return pick(dataset, replace(chosen, size=min(chosen.size, supply(dataset, chosen)))).indices


def _there(dataset: Dataset, recipe: Recipe, split: Split, domain: str) -> bool:
    return recipe.data.mode != "chosen" and bool(
        (
            (dataset.held_out == (split == "held-out")) & (dataset.domains == dataset.domain_names.index(domain))
        ).any()
    )


def _split_of(dataset: Dataset, recipe: Recipe) -> Split:
    """The recipe's split, where the other data set has images in it."""
    split = recipe.data.split
    there = split == "all" or bool((dataset.held_out == (split == "held-out")).any())
    return split if there else "all"


def _of_the_same_things(
    dataset: Dataset, recipe: Recipe, source: np.ndarray, receiver: str
) -> tuple[np.ndarray, np.ndarray]:
    """Images of the source whose thing the other domain shows, too, and those; else both as they were drawn."""
    there: dict[int, list[int]] = {}
    for index in np.flatnonzero(dataset.domains == dataset.domain_names.index(receiver))[::-1].tolist():
        there.setdefault(int(dataset.identities[index]), []).append(index)
    pairs = zip(source.tolist(), dataset.identities[source].tolist(), strict=True)
    both = [(index, there[thing].pop()) for index, thing in pairs if there.get(thing)]
    if not both:
        return source, _drawn(dataset, recipe, domains=(receiver,))
    first, second = zip(*both, strict=True)
    return np.array(first), np.array(second)


def _of_other_things(
    dataset: Dataset, recipe: Recipe, source: np.ndarray, receiver: str
) -> tuple[np.ndarray, np.ndarray]:
    """Of the source as many images as leave as many of other things in the other domain, and these."""
    random = np.random.default_rng(recipe.data.seed)
    others = _drawn(dataset, recipe.with_values(n=MAX_N.value), domains=(receiver,))
    things = random.permutation(np.unique(dataset.identities[source]))
    there = len(np.union1d(things, dataset.identities[others]))
    source = source[np.isin(dataset.identities[source], things[: max(1, there // 2)])]  # half for each, at most
    others = others[~np.isin(dataset.identities[others], dataset.identities[source])]
    if not len(others):
        raise InputError(
            f"other things in {receiver}, of which none is left",
            "the two domains must show different things",
            "Choose a smaller batch, or the same things",
            parameter="identities",
        )
    return source, others[np.sort(random.permutation(len(others))[: len(source)])]


def _group(data: DataRecipe, label: str, indices: np.ndarray) -> Group:
    selection = Selection(mode="chosen", indices=tuple(indices.tolist()))
    chosen = replace(
        data, mode=selection.mode, indices=selection.indices, classes=(), domains=(), size=DataRecipe().size, seed=0
    )
    return Group(label, chosen)
