"""The images of a training run: their order, their partners, and the two views of a step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from gca_viz.datasets import DATASETS, Dataset, load_dataset
from gca_viz.datasets.images import open_images
from gca_viz.encoders.network import Network
from gca_viz.errors import InputError
from gca_viz.experiments.train.course import Leg, clients_of, phases_of
from gca_viz.experiments.train.frozen import frozen_encoder
from gca_viz.experiments.train.networks import normalise
from gca_viz.experiments.train.recipe import TrainingRecipe
from gca_viz.experiments.train.streams import CLIENT, FIRST, FURTHER, ORDER, PARTNER, SECOND, WRONG, stream
from gca_viz.labels import UNLABELLED
from gca_viz.uploads import is_upload
from gca_viz.views import VIEWS, Augmentation, OneOf, augment

_RESIZED_AT_ONCE = 1024


def training_data(name: str, images: int = 0) -> Dataset:
    """A bundled data set, what was uploaded under a name here, or the images at a path.

    Args:
        name: which.
        images: how many of the training images are used, and of the held-out ones at most as many; 0 uses all.

    Raises:
        InputError: neither, or images that cannot be read.
    """
    dataset = _whole(name)
    return _few(dataset, images) if images else dataset


@lru_cache(maxsize=2)
def _few(dataset: Dataset, images: int) -> Dataset:
    """A part of a data set, see :func:`training_data`."""
    kept = np.zeros(len(dataset), bool)
    for split in (dataset.held_out, ~dataset.held_out):
        left = images
        of_split = [rows[split[rows]] for rows in dataset.members.values()]
        for number in np.random.default_rng(0).permutation(len(of_split)):
            # An identity comes as a whole, so that each of its images keeps its partners.
            if 0 < len(of_split[number]) <= left:
                kept[of_split[number]] = True
                left -= len(of_split[number])
    rows = np.flatnonzero(kept)
    if not len(rows):
        raise InputError(
            f"images = {images}",
            f"every identity of {dataset.title} has more images",
            "Use more",
            parameter="images",
        )
    return dataset.part(rows)


def _whole(name: str) -> Dataset:
    if name in DATASETS or is_upload(name):
        return load_dataset(name)
    if not Path(name).exists():
        raise InputError(
            f"data = {name!r}",
            f"the bundled data sets are {', '.join(DATASETS)}; anything else is a path to images",
            "Choose one of these or check the path",
            parameter="data",
        )
    return _read(Path(name).resolve())


@lru_cache(maxsize=1)
def _read(path: Path) -> Dataset:
    return open_images(path).load()[0]


@dataclass(frozen=True)
class Step:
    """What one process sees of a batch.

    Attributes:
        views: float32 views n × 3 × H × W in [0, 1] of its part of the batch, two or more; for a head the features
            of these; of image and text what their towers take.
        labels: (N,) classes of the whole batch.
        domains: (2, N) domains of both views of the whole batch.
        away: what an encoder to stay away from makes of each view of its part, n × d; None without one.
    """

    views: tuple[Tensor, ...]
    labels: Tensor
    domains: Tensor
    away: tuple[Tensor, ...] | None = None

    @property
    def swapped(self) -> Step:
        """The same batch with columns for rows: what is known of its samples is that of the other side."""
        return replace(self, domains=self.domains.flip(0))


class Pairs:
    """The images of a recipe by their numbers: their order, and which is behind view 2 of each.

    Args:
        recipe: which.

    Raises:
        InputError: fewer images than a batch, partners in another domain that there are not, or clients or phases
            into which the images cannot be parted.
    """

    def __init__(self, recipe: TrainingRecipe):
        self.recipe = recipe
        self.dataset = training_data(recipe.data, recipe.images)
        held_out = self.dataset.held_out
        # Images that a user brought have no training split unless they say so.
        self.rows = torch.from_numpy(np.flatnonzero(np.ones_like(held_out) if held_out.all() else ~held_out))
        self.steps = len(self.rows) // recipe.batch_size
        if self.steps == 0:
            raise InputError(
                f"batch_size = {recipe.batch_size}",
                f"there are {len(self.rows)} images of {recipe.data} to train with",
                "Use a smaller batch",
                parameter="batch_size",
            )
        self.clients = clients_of(recipe, self.dataset, self.rows)
        self.phases = phases_of(recipe, self.dataset, self.rows)
        self.labels = torch.tensor(self.dataset.labels)
        self.domains = torch.tensor(self.dataset.domains)
        self.second = self.wrong_partners()
        self.others = self._others() if VIEWS[recipe.views].cross_domain else None

    @property
    def epochs(self) -> int:
        """Of the whole run."""
        return self.recipe.epochs * max(1, len(self.phases))

    def phase(self, epoch: int) -> int:
        """From 1, to which an epoch belongs; always 1 where nothing comes in turn."""
        return (epoch - 1) // self.recipe.epochs + 1 if self.phases else 1

    def legs(self, epoch: int) -> Iterator[Leg]:
        """Who goes through which images in an epoch, one after the other."""
        recipe, first = self.recipe, 0
        for client, part in enumerate(self.clients):
            steps = recipe.local_epochs * (len(part.rows) // recipe.batch_size)
            for number in range((epoch - 1) * recipe.local_epochs + 1, epoch * recipe.local_epochs + 1):
                batches = self.epoch(number, part.rows, client)
                yield Leg(client, number, first, batches, (number - 1) * len(batches), steps)
            first += len(part.rows) // recipe.batch_size
        if not self.clients:
            phase = self.phase(epoch)
            batches = self.epoch(epoch, self.phases[phase - 1].rows if self.phases else None)
            before = (epoch - 1 - (phase - 1) * recipe.epochs) * len(batches)
            yield Leg(0, epoch, 0, batches, before, len(batches))

    def epoch(self, number: int, rows: Tensor | None = None, client: int = 0) -> Tensor:
        """The rows of each batch of a way through some images, by default all: steps × batch size."""
        rows, size = self.rows if rows is None else rows, self.recipe.batch_size
        of_client = (CLIENT, client) if client else ()
        order = torch.randperm(len(rows), generator=stream(self.recipe.seed, number, ORDER, *of_client))
        steps = len(rows) // size
        return rows[order[: steps * size]].view(steps, size)

    def partners(self, rows: Tensor, epoch: int, step: int) -> Tensor:
        """The image behind view 2 of each row."""
        rows = self.second[rows]
        if self.others is None:
            return rows
        pick = torch.rand(len(rows), generator=stream(self.recipe.seed, epoch, step, PARTNER)).tolist()
        choices = [self.others[row] for row in rows.tolist()]
        return torch.stack([found[int(p * len(found))] for found, p in zip(choices, pick, strict=True)])

    def seen(
        self,
        views: Sequence[Tensor],
        rows: Tensor,
        others: Tensor,
        away: Sequence[Tensor] | None = None,
    ) -> Step:
        """The views with what is known of the whole batch, on their device."""
        device = views[0].device
        domains = torch.stack([self.domains[rows], self.domains[others]])
        known = self.labels[rows].to(device), domains.to(device)
        return Step(tuple(views), *known, None if away is None else tuple(away))

    def wrong_partners(self) -> Tensor:
        """Index → index of the image behind view 2: another one for a share of the training images."""
        second = torch.arange(len(self.dataset))
        generator = stream(self.recipe.seed, WRONG)
        chosen = self.rows[torch.randperm(len(self.rows), generator=generator)]
        chosen = chosen[: round(self.recipe.wrong_pairs * len(chosen))]
        second[chosen] = chosen.roll(1)
        return second

    def _others(self) -> dict[int, Tensor]:
        """Row → images of the same identity, or of the same class, in other domains."""
        dataset, rows = self.dataset, self.rows
        by_identity = VIEWS[self.recipe.views].partner == "identity"
        groups = torch.tensor(dataset.identities if by_identity else dataset.labels)[rows]
        cells: dict[tuple[int, int], Tensor] = {}  # those of one group and domain share their partners
        for group in {*groups.tolist()} - {UNLABELLED}:
            members = rows[groups == group]
            domains = self.domains[members]
            cells |= {(group, domain): members[domains != domain] for domain in {*domains.tolist()}}
        places = zip(rows.tolist(), groups.tolist(), self.domains[rows].tolist(), strict=True)
        found = {row: cells.get((group, domain), rows[:0]) for row, group, domain in places}
        if not all(len(others) for others in found.values()):
            raise InputError(
                f"cross-domain views of {dataset.name!r}",
                "they need every identity, or every class, in at least two domains",
                "Choose other views, or a data set with several domains",
                parameter="views",
            )
        return found


class TrainingData(Pairs):
    """The images of a recipe on a device, small and as bytes.

    Args:
        recipe: which, and how they are shown.
        device: torch device.

    Raises:
        InputError: fewer images than a batch, or partners in another domain that there are not.
    """

    def __init__(self, recipe: TrainingRecipe, device: torch.device | str = "cpu"):
        super().__init__(recipe)
        self.device = torch.device(device)
        self.images = shrink(self.dataset.images, recipe.input_size).to(self.device)
        self._frozen = frozen_encoder(recipe, self.device)

    def step(self, rows: Tensor, epoch: int, step: int, rank: int = 0, world: int = 1) -> Step:
        """The views of the part of a batch that one process embeds, of the first and the second kind in turns."""
        others, part = self.partners(rows, epoch, step), part_of(len(rows), rank, world)
        kinds = list(zip((rows, others), VIEWS[self.recipe.views].augmentations, strict=True))
        views = []
        for number in range(self.recipe.views_count):
            source, change = kinds[number % 2]
            what = (FIRST,), (SECOND,)
            drawn = stream(self.recipe.seed, epoch, step, *(what[number] if number < 2 else (FURTHER, number)))
            views.append(self._view(source[part], change, drawn, (part.start, len(rows))))
        away = None
        if self._frozen is not None:
            away = [self._frozen.encode(view).to(self.device) for view in views]
        return self.seen(views, rows, others, away)

    def _view(
        self, rows: Tensor, change: Augmentation | OneOf, generator: torch.Generator, part: tuple[int, int]
    ) -> Tensor:
        images = self.images[rows.to(self.device)].float().div_(255)
        return augment(images, change, strength=self.recipe.strength, generator=generator, part=part)

    def embedded(self, network: Network) -> Tensor:
        """Backbone features of all images as they are, float32 N × d."""
        parts = torch.split(self.images, 512)
        return torch.cat([network.backbone(normalise(part.float().div(255))).float().cpu() for part in parts])


def part_of(size: int, rank: int, world: int) -> slice:
    """The part of a batch that one process embeds."""
    return slice(rank * (size // world), (rank + 1) * (size // world))


def shrink(images: np.ndarray, side: int) -> Tensor:
    """uint8 images N × 3 × side × side: augmenting small images is four times cheaper."""
    whole = torch.from_numpy(np.array(images)).permute(0, 3, 1, 2)
    if whole.shape[-2:] == (side, side):
        return whole.contiguous()
    return torch.cat(
        [
            F.interpolate(part.float(), (side, side), mode="bilinear", antialias=True)
            .round()
            .clamp(0, 255)
            .to(torch.uint8)
            for part in torch.split(whole, _RESIZED_AT_ONCE)
        ]
    )
