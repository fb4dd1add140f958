"""Train the bundled encoder with any registered method: ``python -m gca_viz.experiments.train --help``."""

from __future__ import annotations

import argparse
import datetime
import json
import math
import shlex
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from gca_viz.datasets import Dataset, load_dataset
from gca_viz.encoders import SmallResNet, load_encoder, save_checkpoint
from gca_viz.errors import InputError
from gca_viz.experiments.evaluate import evaluate
from gca_viz.transport import METHODS, align
from gca_viz.views import VIEWS, augment, to_tensor

INPUT_SIZE = 32
MEAN, STD = (0.75, 0.75, 0.75), (0.33, 0.33, 0.33)


@dataclass(frozen=True)
class TrainingRecipe:
    """Everything that decides a training run.

    Attributes:
        method: a name of :data:`gca_viz.transport.METHODS`, or ``"random"`` for an untrained network.
        dataset: a bundled data set; only its training split is used.
        views: a name of :data:`gca_viz.views.VIEWS`; one that crosses domains makes cross-style positives.
        epsilon: temperature of the kernel during training.
        parameters: further parameters of the method, e.g. ``(("lambda1", 1.0),)``.
        epochs, batch_size, learning_rate, weight_decay, warmup_epochs: AdamW with linear warm-up, then cosine.
        strength: strength of the views.
        seed: of initialisation, order and augmentation.
    """

    method: str = "gca-ince"
    dataset: str = "emoji"
    views: str = "simclr"
    epsilon: float = 0.2
    parameters: tuple[tuple[str, float], ...] = ()
    epochs: int = 50
    batch_size: int = 256
    learning_rate: float = 2e-3
    weight_decay: float = 1e-3
    warmup_epochs: int = 3
    strength: float = 1.0
    seed: int = 0

    def check(self) -> None:
        """Raise :class:`InputError` before the first step where the recipe cannot work."""
        if self.method != "random" and self.method not in METHODS:
            raise InputError(
                f"method = {self.method!r}",
                f"the methods are random, {', '.join(METHODS)}",
                "Choose one of these",
            )
        if self.views not in VIEWS:
            raise InputError(f"views = {self.views!r}", f"the views are {', '.join(VIEWS)}", "Choose one of these")
        if self.epochs < 1 or self.batch_size < 2:
            raise InputError(
                f"{self.epochs} epochs with batches of {self.batch_size}",
                "at least 1 epoch and 2 images per batch are needed",
                "Raise the smaller one",
            )


def train(recipe: TrainingRecipe, *, report: Callable[[int, float], None] | None = None) -> SmallResNet:
    """Train a network and return it in evaluation mode.

    Args:
        recipe: what to do; checked first.
        report: called with (epoch, mean loss) after each epoch.
    """
    recipe.check()
    torch.manual_seed(recipe.seed)
    network = SmallResNet().to(memory_format=torch.channels_last)
    if recipe.method == "random":
        return network.eval()
    dataset = load_dataset(recipe.dataset)
    images = small_images(dataset)
    partners = _Partners(dataset, VIEWS[recipe.views].cross_domain)
    rows = torch.from_numpy(np.flatnonzero(~dataset.held_out))
    generator = torch.Generator().manual_seed(recipe.seed)
    steps = len(rows) // recipe.batch_size
    if steps == 0:
        raise InputError(
            f"batch_size = {recipe.batch_size}",
            f"the training split of {recipe.dataset} has {len(rows)} images",
            "Use a smaller batch",
        )
    optimizer = torch.optim.AdamW(network.parameters(), recipe.learning_rate, weight_decay=recipe.weight_decay)
    rate = warmup_cosine(recipe.warmup_epochs, recipe.epochs, steps)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, rate)
    for epoch in range(1, recipe.epochs + 1):
        network.train()
        order = rows[torch.randperm(len(rows), generator=generator)]
        losses = []
        for first in order[: steps * recipe.batch_size].split(recipe.batch_size):
            second = partners.draw(first, generator)
            x = torch.cat([_view(images[index], recipe, generator) for index in (first, second)])
            with torch.autocast("cpu", torch.bfloat16):
                z = network(x.to(memory_format=torch.channels_last))
            z1, z2 = z.float().chunk(2)
            plan = align(z1, z2, recipe.method, epsilon=recipe.epsilon, trace=False, **dict(recipe.parameters))
            optimizer.zero_grad()
            plan.loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(float(plan.loss.detach()))
        if report is not None:
            report(epoch, sum(losses) / len(losses))
    return network.eval()


def small_images(dataset: Dataset) -> Tensor:
    """The images of a data set at the encoder's input size: augmenting small images is four times cheaper."""
    images = to_tensor(dataset.images)
    if images.shape[-1] == INPUT_SIZE:
        return images
    return torch.nn.functional.interpolate(images, (INPUT_SIZE, INPUT_SIZE), mode="bilinear", antialias=True)


def _view(images: Tensor, recipe: TrainingRecipe, generator: torch.Generator) -> Tensor:
    augmentation = VIEWS[recipe.views].augmentation
    view = augment(images, augmentation, strength=recipe.strength, generator=generator)
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (MEAN, STD))
    return (view - mean) / std


class _Partners:
    """Draws the image behind view 2: the same one, or the same identity in another domain."""

    def __init__(self, dataset: Dataset, cross_domain: bool):
        self.cross_domain = cross_domain
        others = {
            row: members[dataset.domains[members] != dataset.domains[row]]
            for members in dataset.members.values()
            for row in members.tolist()
        }
        if cross_domain and any(len(rows) == 0 for rows in others.values()):
            raise InputError(
                f"cross-domain views of {dataset.name!r}",
                "they need every identity in at least two domains",
                "Choose other views, or a data set with several domains",
                parameter="views",
            )
        self.others = {row: torch.from_numpy(rows) for row, rows in others.items()}

    def draw(self, first: Tensor, generator: torch.Generator) -> Tensor:
        if not self.cross_domain:
            return first
        pick = torch.rand(len(first), generator=generator).tolist()
        choices = [self.others[row] for row in first.tolist()]
        return torch.stack([rows[int(p * len(rows))] for rows, p in zip(choices, pick, strict=True)])


def warmup_cosine(warmup_epochs: int, epochs: int, steps_per_epoch: int) -> Callable[[int], float]:
    """Factor of the learning rate at a step: a line up to 1, times a cosine down to 0."""
    warmup, total = warmup_epochs * steps_per_epoch, epochs * steps_per_epoch
    return lambda step: min(1.0, (step + 1) / max(1, warmup)) * (0.5 + 0.5 * math.cos(math.pi * step / total))


def make_checkpoint(recipe: TrainingRecipe, path: Path, *, title: str, order: int, command: str) -> dict:
    """Train, save ``path`` (.safetensors) and its card beside it, and return the card."""
    dataset = load_dataset(recipe.dataset)
    started = time.process_time()
    network = train(recipe, report=lambda epoch, loss: print(f"epoch {epoch:3d}  loss {loss:.4f}", flush=True))
    seconds = time.process_time() - started
    save_checkpoint(path, network, input_size=INPUT_SIZE, mean=MEAN, std=STD)
    card = {
        "title": title,
        "order": order,
        "architecture": "small-resnet (ResNet-8, width 16, two-layer projector to 64)",
        "parameters": sum(p.numel() for p in network.parameters()),
        "recipe": asdict(recipe) | {"parameters": dict(recipe.parameters)},
        "command": command,
        "data": {
            "name": dataset.name,
            "content_id": dataset.content_id,
            "trained_on": "training families only",
        },
        "date": datetime.date.today().isoformat(),
        "torch": torch.__version__,
        "cpu_seconds": round(seconds, 1),
        "held_out": {
            output: {
                key: round(value, 4) for key, value in evaluate(load_encoder(path, output=output), dataset).items()
            }
            for output in ("backbone", "projector")
        },
    }
    path.with_suffix(".json").write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return card


def main(arguments: list[str] | None = None) -> None:
    """Command line: one run, one checkpoint with its card."""
    defaults = TrainingRecipe()
    parser = argparse.ArgumentParser(prog="python -m gca_viz.experiments.train", description=__doc__)
    parser.add_argument("out", type=Path, help="checkpoint to write, e.g. models/ince.safetensors")
    parser.add_argument("--title", default="", help="what the app calls it (default: the file's name)")
    parser.add_argument("--order", type=int, default=100, help="place in the app's list")
    for name in (
        "method",
        "dataset",
        "views",
        "epsilon",
        "epochs",
        "batch_size",
        "learning_rate",
        "strength",
        "seed",
    ):
        default = getattr(defaults, name)
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(default), default=default)
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a parameter of the method, e.g. lambda1=1",
    )
    options = vars(parser.parse_args(arguments))
    out, title, order = options.pop("out"), options.pop("title"), options.pop("order")
    pairs = tuple((name, float(value)) for name, value in (item.split("=", 1) for item in options.pop("set")))
    torch.set_num_threads(1)
    recipe = TrainingRecipe(**options, parameters=pairs)
    command = "python -m gca_viz.experiments.train " + _as_command(recipe, out, title, order)
    try:
        card = make_checkpoint(recipe, out, title=title or out.stem, order=order, command=command)
    except InputError as error:
        parser.error(str(error))
    print(json.dumps(card["held_out"], indent=2))


def _as_command(recipe: TrainingRecipe, out: Path, title: str, order: int) -> str:
    defaults = TrainingRecipe()
    words = [f"models/{out.name}", "--title", title or out.stem, "--order", str(order)]
    for name, value in asdict(recipe).items():
        if name == "parameters":
            words += [word for key, number in value for word in ("--set", f"{key}={number:g}")]
        elif value != getattr(defaults, name) or name == "method":
            words += [f"--{name.replace('_', '-')}", str(value)]
    return shlex.join(words)


if __name__ == "__main__":
    main()
