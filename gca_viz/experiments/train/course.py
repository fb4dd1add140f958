"""Who trains on which images, and when: all at once, clients apart from each other, or styles one after the other.

Clients: McMahan et al., AISTATS 2017, algorithm 1 (FederatedAveraging). What is kept of an earlier phase is drawn
once, as in experience replay (Chaudhry et al., arXiv 1902.10486).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from gca_viz.datasets import Dataset
from gca_viz.errors import InputError
from gca_viz.experiments.recipe.field import NOTHING
from gca_viz.experiments.train.parts import MOST_CLIENTS, STYLE
from gca_viz.experiments.train.recipe import TrainingRecipe
from gca_viz.experiments.train.streams import KEPT, stream
from gca_viz.labels import UNLABELLED


@dataclass(frozen=True)
class Part:
    """Some of the training images.

    Attributes:
        name: of the style or class that they are of.
        rows: their numbers in the data set, in order.
    """

    name: str
    rows: Tensor


@dataclass(frozen=True)
class Leg:
    """A way once through some images, batch by batch.

    Attributes:
        client: whose images these are; 0 where all are in one hand.
        number: from 1, of the ways of this client; random numbers depend on it, and on the batch.
        first: number of its first batch among those of all clients.
        batches: the rows of each.
        before: batches since the learning rate started.
        steps: batches of an epoch of this client.
    """

    client: int
    number: int
    first: int
    batches: Tensor | Sequence[Tensor]
    before: int
    steps: int


def clients_of(recipe: TrainingRecipe, dataset: Dataset, rows: Tensor) -> tuple[Part, ...]:
    """The images of each client; none where nobody trains apart.

    Args:
        recipe, dataset: of the run.
        rows: the training images.

    Raises:
        InputError: fewer than two clients or too many, images without class, or a client with less than a batch.
    """
    if recipe.clients == NOTHING:
        return ()
    parts = _parts(recipe.clients, "clients", dataset, rows)
    if len(parts) > MOST_CLIENTS:
        raise InputError(
            f"{len(parts)} clients by {recipe.clients}",
            f"at most {MOST_CLIENTS} train apart",
            f"Choose data with fewer, or leave --clients {recipe.clients} out",
            parameter="clients",
        )
    _check_batches(parts, recipe, "client")
    return parts


def phases_of(recipe: TrainingRecipe, dataset: Dataset, rows: Tensor) -> tuple[Part, ...]:
    """The images of each phase: those of its style, and what is kept of earlier ones; none without phases.

    Args:
        recipe, dataset: of the run.
        rows: the training images.

    Raises:
        InputError: fewer than two styles, or one with less than a batch.
    """
    if recipe.in_turn == NOTHING:
        return ()
    parts = _parts(recipe.in_turn, "in_turn", dataset, rows)
    _check_batches(parts, recipe, recipe.in_turn)
    found: list[Part] = []
    kept = rows[:0]
    for number, part in enumerate(parts):
        found.append(Part(part.name, torch.cat([kept, part.rows]).sort().values))
        drawn = torch.randperm(len(part.rows), generator=stream(recipe.seed, 0, KEPT, number))[: recipe.buffer]
        kept = torch.cat([kept, part.rows[drawn]])
    return tuple(found)


def _parts(by: str, parameter: str, dataset: Dataset, rows: Tensor) -> tuple[Part, ...]:
    """The training images by their style or class, in the order of the data set."""
    of_style = by == STYLE
    groups = torch.tensor(dataset.domains if of_style else dataset.labels)[rows]
    names = dataset.domain_names if of_style else dataset.class_titles
    missing = 0 if of_style else int((groups == UNLABELLED).sum())
    if missing:
        raise InputError(
            f"{parameter} = {by!r} on {dataset.title}",
            f"every training image needs a class, and {missing:,} have none",
            f"Choose data with classes, or leave --{parameter.replace('_', '-')} out",
            parameter=parameter,
        )
    present = sorted({*groups.tolist()})
    if len(present) < 2:
        found = f"its training images are of one {by}" + (f", {names[present[0]]}" if names else "")
        raise InputError(
            f"{parameter} = {by!r} on {dataset.title}",
            found,
            f"Choose data with several, or leave --{parameter.replace('_', '-')} out",
            parameter=parameter,
        )
    return tuple(Part(str(names[group]), rows[groups == group]) for group in present)


def _check_batches(parts: Sequence[Part], recipe: TrainingRecipe, what: str) -> None:
    smallest = min(parts, key=lambda part: len(part.rows))
    if len(smallest.rows) < recipe.batch_size:
        raise InputError(
            f"batch_size = {recipe.batch_size}",
            f"the {what} {smallest.name} has {len(smallest.rows)} training images",
            f"Use a batch of at most {len(smallest.rows)}"
            if len(smallest.rows) > 1
            else "Choose data with more images of each",
            parameter="batch_size",
        )
