"""What a recipe trains, on what, and what is kept of it."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from gca_viz.encoders import Encoder, SmallResNet, load_encoder, save_checkpoint
from gca_viz.encoders.checkpoints.load_report import Output
from gca_viz.encoders.network import Network
from gca_viz.encoders.text import MINILM
from gca_viz.errors import InputError
from gca_viz.experiments.recipe.parts import NOTHING
from gca_viz.experiments.train.data import Step, TrainingData
from gca_viz.experiments.train.networks import MEAN, NETWORKS, STD, ImageText, Online, normalise
from gca_viz.experiments.train.recipe import LOCKED, RANDOM, TrainingRecipe
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
        tower: the encoder that it was at the start, under the views image-text; else None.
    """

    recipe: TrainingRecipe
    model: nn.Module
    network: Network
    tower: Encoder | None = None

    @classmethod
    def of(cls, recipe: TrainingRecipe) -> Learner:
        """The networks of a recipe as they are before the first step, after the seed of torch."""
        if not recipe.reads_texts:
            network = NETWORKS[recipe.network]()
            return cls(recipe, Online(network, predicts=recipe.follows), network)
        tower = image_tower(recipe)
        locked = recipe.image_tower == LOCKED
        width = None if tower.report is None else tower.report.widths["backbone"]
        assert width is not None  # load_encoder says it of every backbone
        return cls(recipe, ImageText(tower.network, width, locked=locked), tower.network, tower)

    def data(self, device: torch.device) -> TrainingData | ImageTextData:
        """What it is trained on."""
        return (
            TrainingData(self.recipe, device)
            if self.tower is None
            else ImageTextData(self.recipe, self.tower, device)
        )

    def inputs(self, step: Step) -> tuple[Tensor, ...]:
        """What the model takes of a step: two towers take their own, one network both views as one batch."""
        if self.tower is not None:
            return step.first, step.second
        return (normalise(torch.cat([step.first, step.second])),)

    def write(self, path: Path) -> None:
        """Write a checkpoint; of a locked tower what was trained on top of it alone."""
        if self.recipe.image_tower == LOCKED:
            weights = self.network.state_dict().items()
            heads = {
                name: value.cpu().to(_ON_DISK)
                for name, value in weights
                if name.startswith(("projector.", "text."))
            }
            with atomic.written(path) as (part,):
                save_file(heads, part, metadata={"texts": MINILM})
        elif self.tower is not None:
            size, mean, std = self.tower.input_size, self.tower.mean, self.tower.std
            save_checkpoint(path, self.network, input_size=size, mean=mean, std=std, dtype=_ON_DISK)
        else:
            size = self.recipe.input_size
            save_checkpoint(path, self.network, input_size=size, mean=MEAN, std=STD, dtype=_ON_DISK)

    def encoder(self, path: Path, output: Output) -> Encoder:
        """The encoder to be measured: that of the checkpoint, or the towers as they are."""
        if self.tower is None:
            return load_encoder(path, output=output)
        return replace(self.tower, network=copy.deepcopy(self.network).cpu().eval(), output=output)


def check_data(recipe: TrainingRecipe) -> None:
    """Raise :class:`InputError` where the data, or the encoder that is gone on with, cannot be trained."""
    if recipe.reads_texts:
        image_tower(recipe)
        training_rows(recipe)
    else:
        TrainingData(recipe)


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
