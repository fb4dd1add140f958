"""The images and texts of a training run: image against text, an identity once in a batch.

Locked-image tuning (Zhai et al., CVPR 2022) keeps a tower as it is and trains what brings the other one to it. Here
the text tower is always locked; the image tower may be, and else it learns.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gca_viz.encoders import Encoder
from gca_viz.encoders.text import text_features
from gca_viz.errors import InputError
from gca_viz.experiments.train.course import Leg, Part
from gca_viz.experiments.train.data import Step, shrink, training_data
from gca_viz.experiments.train.parts import LOCKED
from gca_viz.experiments.train.recipe import TrainingRecipe
from gca_viz.views import VIEWS, augment, to_tensor

#: of each image, whose features a locked tower computes once: the image itself and three others
LOCKED_VIEWS = 4
_AUGMENTATION = VIEWS["simclr"].augmentation


class ImageTextData:
    """The images of a recipe and the locked features of their texts, on a device.

    Its random numbers follow each other from the first epoch to the last, so that where they stand is part of the
    state of a run: of the images from the seed, of the dropout from where the initialisation of the networks ended.

    Args:
        recipe: which, and how they are shown.
        encoder: the image tower as it is at the start.
        device: torch device.

    Raises:
        InputError: images without texts, identities that are not in every domain once, or fewer than a batch.
    """

    def __init__(self, recipe: TrainingRecipe, encoder: Encoder, device: torch.device | str = "cpu"):
        self.recipe, self.encoder, self.device = recipe, encoder, torch.device(device)
        self.dataset = training_data(recipe.data)
        self._rows = training_rows(recipe)
        domains, identities = self._rows.shape
        self.steps = domains * (identities // recipe.batch_size)
        self.epochs = recipe.epochs
        self.clients: tuple[Part, ...] = ()  # all images are in one hand, and there at once
        self.phases: tuple[Part, ...] = ()
        self._words = text_features(self.dataset.texts)
        self._images = torch.Generator().manual_seed(recipe.seed)
        self._dropout = torch.Generator()
        self._dropout.set_state(torch.get_rng_state())
        self._labels = torch.tensor(self.dataset.labels)
        self._domains = torch.tensor(self.dataset.domains)
        locked = recipe.image_tower == LOCKED
        self._views = self._locked_views() if locked else None
        self._pixels = None if locked else shrink(self.dataset.images, encoder.input_size).to(self.device)

    def epoch(self, number: int) -> list[Tensor]:
        """The rows of each batch of the next epoch."""
        domains, count = self._rows.shape
        size = self.recipe.batch_size
        batches: list[Tensor] = []
        for _ in range(domains):
            identities = torch.randperm(count, generator=self._images)[: count // size * size]
            style = torch.randint(0, domains, (len(identities),), generator=self._images)
            batches += torch.split(self._rows[style, identities], size)
        return batches

    def legs(self, epoch: int) -> Iterator[Leg]:
        """The one way through the images in the next epoch."""
        yield Leg(0, epoch, 0, self.epoch(epoch), (epoch - 1) * self.steps, self.steps)

    def step(self, rows: Tensor, epoch: int, step: int, rank: int = 0, world: int = 1) -> Step:
        """The images, or their features, and the text features of the part of a batch that one process embeds."""
        size = len(rows) // world
        part = slice(rank * size, (rank + 1) * size)
        kept = 1 - self.recipe.dropout
        mask = torch.empty(len(rows), self._words.shape[1]).bernoulli_(kept, generator=self._dropout).div_(kept)
        first = self._image_input(rows, part)
        second = (self._words[rows] * mask)[part].view(torch.int32).to(self.device)
        domains = self._domains[rows].expand(2, -1)
        return Step((first, second), self._labels[rows].to(self.device), domains.to(self.device))

    def _image_input(self, rows: Tensor, part: slice) -> Tensor:
        if self._views is not None:
            view = torch.randint(0, LOCKED_VIEWS, (len(rows),), generator=self._images)
            return self._views[view, rows][part]
        assert self._pixels is not None  # where there are no features
        images = self._pixels[rows[part].to(self.device)].float() / 255
        strength, place = self.recipe.strength, (part.start, len(rows))
        images = augment(images, _AUGMENTATION, strength=strength, generator=self._images, part=place)
        return self.encoder.preprocess(images).to(memory_format=torch.channels_last)

    @torch.no_grad()
    def _locked_views(self) -> Tensor:
        """What the locked tower makes of some views of each image: views × images × features."""
        images = to_tensor(self.dataset.images)
        found = [self.encoder.encode(images)]
        for _ in range(LOCKED_VIEWS - 1):
            view = augment(images, _AUGMENTATION, strength=self.recipe.strength, generator=self._images)
            found.append(self.encoder.encode(view))
        return torch.stack(found).to(self.device)

    def state_dict(self) -> dict[str, Any]:
        """Where the random numbers stand."""
        return {"images": self._images.get_state(), "dropout": self._dropout.get_state()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there."""
        self._images.set_state(state["images"].cpu())
        self._dropout.set_state(state["dropout"].cpu())


def training_rows(recipe: TrainingRecipe) -> Tensor:
    """Images to train with: domains × identities; no batch shows one twice, or its text would be there twice.

    Raises:
        InputError: images without texts, identities that are not in every domain once, or fewer than a batch.
    """
    dataset, batch_size = training_data(recipe.data), recipe.batch_size
    if not dataset.texts:
        raise InputError(
            f"image and text of {dataset.title}",
            "its images have no texts",
            "Choose other views, or data with texts",
            parameter="views",
        )
    rows = np.flatnonzero(~dataset.held_out if not dataset.held_out.all() else dataset.held_out)
    found = [rows[dataset.domains[rows] == domain] for domain in range(len(dataset.domain_names))]
    identities = [dataset.identities[of] for of in found]
    once = len(set(identities[0])) == len(identities[0])
    if not once or not all(np.array_equal(of, identities[0]) for of in identities):
        raise InputError(
            f"image and text of {dataset.title}",
            "every identity is needed once in every domain",
            "Choose other views, or data whose domains show the same",
            parameter="views",
        )
    if len(found[0]) < batch_size:
        raise InputError(
            f"batch_size = {batch_size}",
            f"{len(found[0])} identities are there to be trained with, each once in a batch",
            "Use a smaller batch",
            parameter="batch_size",
        )
    return torch.from_numpy(np.stack(found))
