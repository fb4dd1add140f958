"""Which images make a batch, and in which order it is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from gca_viz.datasets.batch import Batch
from gca_viz.datasets.dataset import Dataset
from gca_viz.errors import InputError

MODES = ("stratified", "random", "same identity", "chosen")
#: of scripts and links: word of before → that of today
MODE_SYNONYMS = {"balanced": "stratified", "identity": "same identity", "hand": "chosen"}
SPLITS = ("held-out", "train", "all")
ORDERS = ("class", "domain", "identity", "index")


@dataclass(frozen=True)
class Selection:
    """How to choose a batch; hashable, so that it can key a cache.

    Attributes:
        mode: ``"random"``: uniform without replacement. ``"stratified"``: as many images of each class in each
            domain, to within one while the supply lasts. ``"same identity"``: the same thing in every chosen
            domain, one image of each; ``size`` is rounded down to a multiple of the number of domains.
            ``"chosen"``: the given ``indices``.
        size: number of images, N; ignored by ``"chosen"``.
        seed: another seed, another batch. With the same seed, a smaller batch is part of a larger one.
        split: ``"held-out"``, ``"train"`` or ``"all"``; ignored by ``"chosen"``.
        classes: names of the classes to draw from; empty means all; ignored by ``"chosen"``.
        domains: names of the domains to draw from; empty means all; ignored by ``"chosen"``.
        indices: the images, kept in this order; each at most once.
    """

    mode: str = "random"
    size: int = 128
    seed: int = 0
    split: Literal["held-out", "train", "all"] = "held-out"
    classes: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    indices: tuple[int, ...] = ()


def pick(dataset: Dataset, selection: Selection) -> Batch:
    """Choose a batch; the same selection always gives the same batch.

    ``"random"`` and ``"stratified"`` list their images in the order of the data set, ``"same identity"`` groups the
    domains of one identity side by side, ``"chosen"`` keeps the given order.

    Raises:
        InputError: an unknown mode, split, class or domain; a size below 1 or above the supply; indices that are
            missing, repeated or out of range.
    """
    mode = todays_mode(selection.mode)
    check_choice("mode", mode, MODES)
    if mode == "chosen":
        return Batch(dataset, _by_hand(dataset, selection.indices))
    pool = _pool(dataset, selection)
    if selection.size < 1:
        raise InputError(
            f"size = {selection.size}", "a batch has at least 1 image", f"Use 1 to {len(pool)}", parameter="size"
        )
    draw = np.random.default_rng(selection.seed)
    if mode == "same identity":
        return Batch(dataset, _by_identity(dataset, pool, selection.size, draw))
    _check_supply(selection.size, len(pool))
    if mode == "stratified":
        chosen = _balanced(dataset, pool, selection.size, draw)
    else:
        chosen = draw.permutation(pool)[: selection.size]
    return Batch(dataset, np.sort(chosen))


def others(dataset: Dataset, selection: Selection, taken: Sequence[int] | np.ndarray) -> np.ndarray:
    """(n,) the images of a split, of classes and domains, in random order by the seed, without those taken.

    Of one seed, fewer are the first of more.

    Args:
        dataset: to draw from.
        selection: its split, classes, domains and seed count; mode, size and indices do not.
        taken: indices that are left out.
    """
    wide = replace(selection, mode="random", indices=())
    every = pick(dataset, replace(wide, size=supply(dataset, wide))).indices
    left: np.ndarray = np.random.default_rng(selection.seed).permutation(every[~np.isin(every, taken)])
    return left


def supply(dataset: Dataset, selection: Selection) -> int:
    """Size of the largest batch that a selection by split, classes, domains and mode can have.

    Raises:
        InputError: as :func:`pick`.
    """
    pool = _pool(dataset, selection)
    if todays_mode(selection.mode) != "same identity":
        return len(pool)
    width = len(selection.domains or dataset.domain_names)
    return len(_complete(dataset, pool, width)) * width


def todays_mode(mode: str) -> str:
    """The word of today for a way to choose a batch, of which some had others before."""
    return MODE_SYNONYMS.get(mode, mode)


def order(batch: Batch, by: Literal["class", "domain", "identity", "index"] = "class") -> np.ndarray:
    """A permutation of the batch's positions that puts like beside like; stable.

    Args:
        by: ``"class"`` (then domain), ``"domain"`` (then class), ``"identity"`` (then domain), or ``"index"`` (as
            picked).

    Returns:
        int64 (N,): position in the batch of each row to show.

    Raises:
        InputError: if ``by`` is none of these.
    """
    check_choice("order", by, ORDERS)
    keys = {
        "class": (batch.domains, batch.name_places),
        "domain": (batch.name_places, batch.domains),
        "identity": (batch.domains, batch.identities),
        "index": (np.arange(len(batch)),),
    }
    return np.lexsort(keys[by])  # the last key counts most


def _pool(dataset: Dataset, selection: Selection) -> np.ndarray:
    """Indices of the images that split, classes and domains allow."""
    check_choice("split", selection.split, SPLITS)
    allowed = np.ones(len(dataset), bool)
    if selection.split != "all":
        allowed = dataset.held_out == (selection.split == "held-out")
    for field, names, values in (
        ("classes", dataset.class_names, dataset.name_places),
        ("domains", dataset.domain_names, dataset.domains),
    ):
        wanted = getattr(selection, field)
        for name in wanted:
            check_choice(field, name, names)
        if wanted:
            allowed &= np.isin(values, [names.index(name) for name in wanted])
    pool = np.flatnonzero(allowed)
    if not len(pool):
        raise InputError(
            f"a choice that leaves no image of {dataset.name!r} ({selection.split})",
            "a batch has at least 1 image",
            "Add classes or domains, or choose another split",
            parameter="split",
        )
    return pool


def _balanced(dataset: Dataset, pool: np.ndarray, size: int, draw: np.random.Generator) -> np.ndarray:
    """Go round the cells (class × domain), one image at a time, until there are ``size``.

    The cells are visited along shifted diagonals, so that what is left over after whole rounds is spread over the
    classes and the domains, too.
    """
    pool = draw.permutation(pool)
    classes = draw.permutation(np.unique(dataset.labels[pool]))
    domains = draw.permutation(np.unique(dataset.domains[pool]))
    cells = [
        pool[(dataset.labels[pool] == label) & (dataset.domains[pool] == domains[(k + shift) % len(domains)])]
        for shift in range(len(domains))
        for k, label in enumerate(classes)
    ]
    rounds = max(len(cell) for cell in cells)
    visits = [cell[turn] for turn in range(rounds) for cell in cells if turn < len(cell)]
    return np.array(visits[:size])


def _by_identity(dataset: Dataset, pool: np.ndarray, size: int, draw: np.random.Generator) -> np.ndarray:
    """Whole groups: a drawn identity in every domain of the pool."""
    domains = np.unique(dataset.domains[pool])
    if len(domains) < 2:
        raise InputError(
            f"mode = 'identity' with {len(domains)} domain",
            "the same thing in several domains needs at least two",
            "Choose more domains, or another mode",
            parameter="mode",
        )
    complete = draw.permutation(_complete(dataset, pool, len(domains)))
    if size < len(domains):
        raise InputError(
            f"size = {size}",
            f"one group takes {len(domains)} images, one per domain",
            f"Use {len(domains)} or more",
            parameter="size",
        )
    groups = size // len(domains)
    _check_supply(groups * len(domains), len(complete) * len(domains))
    allowed = np.isin(np.arange(len(dataset)), pool)
    chosen = []
    for identity in complete[:groups].tolist():
        group = dataset.members[identity]
        group = draw.permutation(group[allowed[group]])
        first = np.unique(dataset.domains[group], return_index=True)[1]  # one of each domain, in their order
        chosen.append(group[first])
    return np.concatenate(chosen)


def _complete(dataset: Dataset, pool: np.ndarray, width: int) -> np.ndarray:
    """The identities that the pool shows in ``width`` domains."""
    seen = np.unique(np.stack([dataset.identities[pool], dataset.domains[pool]]), axis=1)
    identities, counts = np.unique(seen[0], return_counts=True)
    complete: np.ndarray = identities[counts == width]
    return complete


def _by_hand(dataset: Dataset, indices: Sequence[int]) -> np.ndarray:
    if not len(indices):
        raise InputError(
            "no chosen images", "a batch has at least 1 image", "Choose some images", parameter="indices"
        )
    wrong = [index for index in indices if not 0 <= index < len(dataset)]
    if wrong:
        raise InputError(
            f"image {wrong[0]}",
            f"the images of {dataset.name!r} are numbered 0 to {len(dataset) - 1}",
            "Remove it or choose another",
            parameter="indices",
        )
    seen: set[int] = set()
    for index in indices:
        if index in seen:
            # Two equal rows would make every question about a pair ambiguous.
            raise InputError(
                f"image {index} twice", "an image is in a batch once", "Remove one of them", parameter="indices"
            )
        seen.add(index)
    return np.array(indices, np.int64)


def check_choice(parameter: str, value: str, allowed: Sequence[str]) -> None:
    """Raise :class:`InputError` for a value that is none of those allowed."""
    if value not in allowed:
        raise InputError(
            f"{parameter} = {value!r}",
            f"the choices are {', '.join(allowed)}",
            "Choose one of these",
            parameter=parameter,
        )


def _check_supply(size: int, available: int) -> None:
    if size > available:
        raise InputError(
            f"size = {size}",
            f"{available} images are available with these classes, domains and split",
            f"Use {available} or fewer, or allow more",
            parameter="size",
        )
