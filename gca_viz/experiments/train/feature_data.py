"""What a head is trained on: features of views that the encoder below it has seen once."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from gca_viz.datasets import Batch
from gca_viz.embedding.features import augmented_features, clean_features
from gca_viz.encoders import Encoder, load_encoder, outputs_of
from gca_viz.encoders.checkpoints.load_report import OUTPUTS
from gca_viz.encoders.network import Network
from gca_viz.experiments.train.data import Pairs, Step, part_of
from gca_viz.experiments.train.frozen import frozen_encoder
from gca_viz.experiments.train.recipe import TrainingRecipe
from gca_viz.experiments.train.streams import DRAWN, stream
from gca_viz.progress import ReportProgress, ReportShare
from gca_viz.views import VIEWS


def encoder_below(recipe: TrainingRecipe) -> Encoder:
    """The encoder that a head stands on, with the output that it takes; raises :class:`InputError`."""
    asked = [output for output in OUTPUTS if output == recipe.on_output]
    return load_encoder(recipe.on, output=(asked or outputs_of(recipe.on))[0])


def embed_ahead(recipe: TrainingRecipe, progress: ReportProgress | None = None) -> None:
    """Embed what a head is trained on, where it is not kept from before; nothing for any other recipe.

    Args:
        recipe: of the run, checked.
        progress: called with the share of the views that are embedded; may raise to cancel.
    """
    if recipe.is_head:
        what = f"Embedding {recipe.embedded_views} views of each image by {recipe.on}"
        FeatureData(recipe, encoder_below(recipe), progress=progress and (lambda share: progress(share, what)))


class FeatureData(Pairs):
    """The images of a recipe as K views of each, embedded by the encoder below the head; a step draws some of them.

    The K views are the same whatever the seed of the recipe is; that decides which are drawn.

    Args:
        recipe: which, and how they are shown.
        below: the encoder.
        device: torch device.
        progress: called with the share of the views that are embedded; may raise to cancel.

    Raises:
        InputError: fewer images than a batch, or partners in another domain that there are not.
    """

    def __init__(
        self,
        recipe: TrainingRecipe,
        below: Encoder,
        device: torch.device | str = "cpu",
        progress: ReportShare | None = None,
    ):
        super().__init__(recipe)
        self.device = torch.device(device)
        self._clean = clean_features(self.dataset, below)
        frozen = frozen_encoder(recipe)
        report = progress or (lambda share: None)
        of = 1 if frozen is None else 2
        self._first, self._second = self._views(below, lambda share: report(share / of))
        self._away = None if frozen is None else self._views(frozen, lambda share: report((1 + share) / of))
        self._place = torch.zeros(len(self.dataset), dtype=torch.long)
        self._place[self.rows] = torch.arange(len(self.rows))

    def _views(self, encoder: Encoder, progress: ReportShare) -> tuple[Tensor, Tensor]:
        """What an encoder makes of the views of which view 1, and view 2, is one: K × training images × d each."""
        recipe, batch = self.recipe, Batch(self.dataset, self.rows.numpy())
        changes = list(dict.fromkeys(VIEWS[recipe.views].augmentations))
        found = [
            augmented_features(
                batch,
                encoder.below or encoder,  # what heads stand on sees the views once for all of them
                change,
                strength=recipe.strength,
                count=recipe.embedded_views,
                progress=lambda share, number=number: progress((number + share) / len(changes)),  # type: ignore[misc]  # bound
            )
            for number, change in enumerate(changes)
        ]
        if encoder.below is not None:
            found = [encoder.on_top(z.flatten(0, 1)).view(*z.shape[:2], -1) for z in found]
        found = [z.to(self.device) for z in found]
        return found[0], found[-1]

    def step(self, rows: Tensor, epoch: int, step: int, rank: int = 0, world: int = 1) -> Step:
        """The features of the views of the part of a batch that one process embeds."""
        others, part = self.partners(rows, epoch, step), part_of(len(rows), rank, world)
        images = self._place[rows], self._place[others]
        places = [(view, images[number % 2]) for number, view in enumerate(self._drawn(len(rows), epoch, step))]

        def of(pools: tuple[Tensor, Tensor]) -> list[Tensor]:
            return [pools[number % 2][place][part] for number, place in enumerate(places)]

        away = None if self._away is None else of(self._away)
        return self.seen(of((self._first, self._second)), rows, others, away)

    def _drawn(self, size: int, epoch: int, step: int) -> list[Tensor]:
        """Numbers of the views that a step draws, each (size,); none of an image twice while there are others."""
        draw = stream(self.recipe.seed, epoch, step, DRAWN)
        pools = self._first, self._second
        found: list[Tensor] = []
        for number in range(self.recipe.views_count):
            pool = pools[number % 2]
            before = [view for other, view in enumerate(found) if pools[other % 2] is pool]
            found.append(_unlike(torch.randint(len(pool), (size,), generator=draw), before, len(pool)))
        return found

    def embedded(self, network: Network) -> Tensor:
        """What the head makes of all images as they are, float32 N × d."""
        z: Tensor = network(self._clean.to(self.device))
        return z.float().cpu()


def _unlike(drawn: Tensor, before: Sequence[Tensor], count: int) -> Tensor:
    """Numbers below a count that are none of those before, counted on from the first of these.

    Args:
        drawn: (N,) below the count.
        before: of each (N,), all different.
        count: of the numbers that there are; where all are taken, what was drawn stays.
    """
    if not before or len(before) >= count:
        return drawn
    further = drawn % (count - len(before))
    for taken in torch.stack([(number - before[0]) % count for number in before]).sort(0).values:
        further = further + (further >= taken)
    return (before[0] + further) % count
