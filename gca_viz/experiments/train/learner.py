"""What a recipe trains, on what, and what is kept of it."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from gca_viz.encoders import Encoder, SmallResNet, load_encoder, save_checkpoint
from gca_viz.encoders.checkpoints.ground import Ground
from gca_viz.encoders.checkpoints.load_report import Output
from gca_viz.encoders.head import save_head
from gca_viz.encoders.network import Network
from gca_viz.encoders.text import MINILM
from gca_viz.errors import InputError
from gca_viz.experiments.recipe.field import NOTHING
from gca_viz.experiments.train.data import Pairs, Step, TrainingData
from gca_viz.experiments.train.feature_data import FeatureData, encoder_below
from gca_viz.experiments.train.frozen import frozen_encoder
from gca_viz.experiments.train.networks import MEAN, NETWORKS, STD, Head, ImageText, Online, normalise
from gca_viz.experiments.train.parts import LOCKED, RANDOM
from gca_viz.experiments.train.recipe import TrainingRecipe
from gca_viz.experiments.train.text_data import ImageTextData, training_rows
from gca_viz.files import atomic

#: weights on disk; 16 bits move no accuracy on the bundled data by more than 2 of 976 images
_ON_DISK = torch.float16


@dataclass(frozen=True)
class Learner:
    """What is trained.

    Attributes:
        recipe: how.
        model: what gradients reach: inputs of a step → the embeddings of both views.
        network: the encoder in it, of which checkpoints are made.
        tower: the encoder that it was at the start, under the views image-text, or that is below a head; else None.
    """

    recipe: TrainingRecipe
    model: nn.Module
    network: Network
    tower: Encoder | None = None

    @classmethod
    def of(cls, recipe: TrainingRecipe) -> Learner:
        """The networks of a recipe as they are before the first step, after the seed of torch."""
        if not recipe.reads_texts:
            tower = encoder_below(recipe) if recipe.is_head else None
            network = Head(_width(tower)) if tower else NETWORKS[recipe.network]()
            model = Online(network, predicts=recipe.predicts, views=recipe.views_count)
            return cls(recipe, model, network, tower)
        tower, locked = image_tower(recipe), recipe.image_tower == LOCKED
        width = _width(tower)
        return cls(recipe, ImageText(tower.network, width, locked=locked), tower.network, tower)

    def data(self, device: torch.device) -> TrainingData | FeatureData | ImageTextData:
        """What it is trained on."""
        if self.tower is None:
            return TrainingData(self.recipe, device)
        kind = FeatureData if self.recipe.is_head else ImageTextData
        return kind(self.recipe, self.tower, device)

    def inputs(self, step: Step) -> tuple[Tensor, ...]:
        """What the model takes of a step: two towers take their own, one network all views as one batch."""
        if self.recipe.reads_texts:
            return step.views
        together = torch.cat(step.views)
        return (together if self.recipe.is_head else normalise(together),)

    @property
    def ground(self) -> Ground | None:
        """What a head stands on; None of any other network."""
        if not self.recipe.is_head or self.tower is None:
            return None
        return Ground(self.recipe.on, self.tower.content_id, self.tower.output)

    def write(self, path: Path) -> None:
        """Write a checkpoint; of a head, or of a locked tower, what was trained on top alone."""
        if self.ground is not None:
            save_head(path, self._weights("projector."), self.ground)
        elif self.recipe.image_tower == LOCKED:
            with atomic.written(path) as (part,):
                save_file(self._weights("projector.", "text."), part, metadata={"texts": MINILM})
        elif self.tower is not None:
            size, mean, std = self.tower.input_size, self.tower.mean, self.tower.std
            save_checkpoint(path, self.network, input_size=size, mean=mean, std=std, dtype=_ON_DISK)
        else:
            size = self.recipe.input_size
            save_checkpoint(path, self.network, input_size=size, mean=MEAN, std=STD, dtype=_ON_DISK)

    def _weights(self, *parts: str) -> dict[str, Tensor]:
        """The tensors of some parts of the network, as they are written."""
        weights = {name: value for name, value in self.network.state_dict().items() if name.startswith(parts)}
        return {
            name: value.cpu().to(_ON_DISK) if value.is_floating_point() else value.cpu()
            for name, value in weights.items()
        }

    def encoder(self, path: Path, output: Output) -> Encoder:
        """The encoder to be measured: that of the checkpoint, or the towers as they are."""
        if self.tower is None or self.recipe.is_head:
            return load_encoder(path, output=output)
        return replace(self.tower, network=copy.deepcopy(self.network).cpu().eval(), output=output)


def check_data(recipe: TrainingRecipe) -> None:
    """Raise :class:`InputError` where the data, or the encoder that is gone on with, cannot be trained."""
    if recipe.reads_texts:
        image_tower(recipe)
        training_rows(recipe)
    elif recipe.is_head:
        encoder_below(recipe)
        frozen_encoder(recipe)
        Pairs(recipe)
    else:
        TrainingData(recipe)


def _width(tower: Encoder) -> int:
    """Numbers per embedding of an encoder."""
    width = None if tower.report is None else tower.report.widths[tower.output]
    assert width is not None  # load_encoder says it of every output that there is
    return width


def image_tower(recipe: TrainingRecipe) -> Encoder:
    """The encoder of images under the views image-text; raises :class:`InputError` where it cannot be trained."""
    tower = load_encoder(RANDOM if recipe.encoder == NOTHING else recipe.encoder, output="backbone")
    if recipe.image_tower != LOCKED and not isinstance(tower.network, SmallResNet):
        raise InputError(
            f"encoder = {recipe.encoder!r}, which is no SmallResNet",
            "of other networks the projections alone are trained",
            f"Add --image-tower {LOCKED}",
            parameter="encoder",
        )
    return tower
