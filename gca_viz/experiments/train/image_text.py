"""Train an encoder with texts, the text encoder locked: ``python -m gca_viz.experiments.image_text --help``.

Locked-image tuning (Zhai et al., CVPR 2022) keeps a tower as it is and trains what brings the other one to it. Here
the text tower is always locked; the image tower is too, under ``--locked``, and else it learns.
"""

from __future__ import annotations

import argparse
import datetime
import json
import shlex
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional as F

from gca_viz.datasets import Dataset, load_dataset
from gca_viz.encoders import Encoder, SmallResNet, load_encoder, save_checkpoint
from gca_viz.encoders.text import MINILM, TextProjection, text_features
from gca_viz.errors import InputError
from gca_viz.experiments.evaluate import evaluate
from gca_viz.experiments.train.data import shrink
from gca_viz.experiments.train.loop import warmup_cosine
from gca_viz.files import atomic
from gca_viz.geometry.metrics import retrieval
from gca_viz.transport import METHODS, align
from gca_viz.views import VIEWS, augment, to_tensor

DATASET = "emoji"
WIDTH = 64  # numbers per embedding
LOCKED_VIEWS = 4  # of each image, whose features are computed once: the image itself and three others


@dataclass(frozen=True)
class ImageTextRecipe:
    """Everything that decides a training run with texts.

    Attributes:
        encoder: whose backbone is used; it starts as it is.
        locked: whether it stays as it is, and only projections of its features and of the texts are trained.
        method: a name of :data:`gca_viz.transport.METHODS`, with a cross layout.
        epsilon: temperature of the kernel during training.
        epochs, batch_size, learning_rate, weight_decay, warmup_epochs: AdamW with linear warm-up, then cosine. An
            epoch shows every emoji in every style; a batch holds an emoji once.
        dropout: share of the text features that are hidden in training.
        strength: of SimCLR's augmentations of the images.
        seed: of initialisation, order and augmentation.
    """

    encoder: str = "ince-cross-style"
    locked: bool = False
    method: str = "clip"
    epsilon: float = 0.1
    epochs: int = 20
    batch_size: int = 256
    learning_rate: float = 1e-3
    weight_decay: float = 0.1
    warmup_epochs: int = 2
    dropout: float = 0.1
    strength: float = 0.5
    seed: int = 0

    def check(self) -> None:
        """Raise :class:`InputError` before the first step where the recipe cannot work."""
        crossing = [name for name, method in METHODS.items() if "cross" in method.layouts]
        if self.method not in crossing:
            raise InputError(
                f"method = {self.method!r}",
                f"images stand against texts under {', '.join(crossing)}",
                "Choose one of these",
                parameter="method",
            )
        if self.epochs < 1 or self.batch_size < 2 or not 0 <= self.dropout < 1:
            raise InputError(
                f"{self.epochs} epochs, batches of {self.batch_size}, dropout {self.dropout:g}",
                "at least 1 epoch, 2 images per batch and a dropout in [0, 1) are needed",
                "Correct the number",
            )


def train(recipe: ImageTextRecipe, *, report: Callable[[int, float], None] | None = None) -> nn.Module:
    """Train an image network with ``projector`` and ``text`` and return it in evaluation mode.

    Args:
        recipe: what to do; checked first.
        report: called with (epoch, mean loss) after each epoch.
    """
    recipe.check()
    torch.manual_seed(recipe.seed)
    dataset = load_dataset(DATASET)
    encoder = load_encoder(recipe.encoder, output="backbone")
    generator = torch.Generator().manual_seed(recipe.seed)
    network = encoder.network
    if not (recipe.locked or isinstance(network, SmallResNet)):
        raise InputError(
            f"encoder = {recipe.encoder!r}, which is no SmallResNet",
            "of other networks the projections alone are trained",
            "Add --locked",
            parameter="encoder",
        )
    features = text_features(dataset.texts)
    network.text = TextProjection(WIDTH)
    if recipe.locked:
        views = _locked_features(encoder, dataset, recipe, generator)
        width = views.shape[-1]
        network.projector = nn.Sequential(nn.BatchNorm1d(width, affine=False), nn.Linear(width, WIDTH))
        trained = nn.ModuleList([network.projector, network.text])
    else:
        images = shrink(dataset.images, encoder.input_size)
        trained = network.to(memory_format=torch.channels_last)

    def embed(rows: Tensor) -> Tensor:
        if recipe.locked:
            view = torch.randint(0, LOCKED_VIEWS, (len(rows),), generator=generator)
            return network.projector(views[view, rows])
        augmentation = VIEWS["simclr"].augmentation
        view = augment(images[rows].float() / 255, augmentation, strength=recipe.strength, generator=generator)
        with torch.autocast("cpu", torch.bfloat16):
            return network(encoder.preprocess(view).to(memory_format=torch.channels_last)).float()

    batches = _Batches(dataset, recipe.batch_size)
    optimizer = torch.optim.AdamW(trained.parameters(), recipe.learning_rate, weight_decay=recipe.weight_decay)
    rate = warmup_cosine(recipe.warmup_epochs, recipe.epochs, batches.per_epoch)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, rate)
    for epoch in range(1, recipe.epochs + 1):
        trained.train()
        losses = []
        for rows in batches.draw(generator):
            words = network.text.linear(F.dropout(features[rows], recipe.dropout))
            loss = align(embed(rows), words, recipe.method, epsilon=recipe.epsilon, trace=False).loss
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(float(loss.detach()))
        if report is not None:
            report(epoch, sum(losses) / len(losses))
    return network.eval()


@torch.no_grad()
def _locked_features(
    encoder: Encoder, dataset: Dataset, recipe: ImageTextRecipe, generator: torch.Generator
) -> Tensor:
    """What the locked network makes of some views of each image: views × images × features."""
    images = to_tensor(dataset.images)
    found = [encoder.encode(images)]
    for _ in range(LOCKED_VIEWS - 1):
        view = augment(images, VIEWS["simclr"].augmentation, strength=recipe.strength, generator=generator)
        found.append(encoder.encode(view))
    return torch.stack(found)


class _Batches:
    """Draws images of the training families; no batch shows an identity twice, or its text would be there twice."""

    def __init__(self, dataset: Dataset, size: int):
        rows, count = np.flatnonzero(~dataset.held_out), len(dataset.domain_names)
        self.of_identity = torch.from_numpy(np.stack([rows[dataset.domains[rows] == d] for d in range(count)]))
        self.size = size
        if self.of_identity.shape[1] < size:
            raise InputError(
                f"batch_size = {size}",
                f"{self.of_identity.shape[1]} identities are there to be trained with, each once in a batch",
                "Use a smaller batch",
                parameter="batch_size",
            )
        self.per_epoch = self.of_identity.shape[0] * (self.of_identity.shape[1] // size)

    def draw(self, generator: torch.Generator) -> list[Tensor]:
        """The batches of one epoch: indices of images."""
        styles, count = self.of_identity.shape
        batches = []
        for _ in range(styles):
            identities = torch.randperm(count, generator=generator)[: count // self.size * self.size]
            style = torch.randint(0, styles, (len(identities),), generator=generator)
            batches += self.of_identity[style, identities].split(self.size)
        return batches


def evaluate_retrieval(encoder: Encoder, dataset: Dataset) -> dict[str, float]:
    """How often an image finds its text among those of all held-out identities, and a text its image.

    Returns:
        ``image_to_text_r1``, ``…_r5``, ``text_to_image_r1`` and ``…_r5``: shares in [0, 1], averaged over domains.
    """
    found = []
    for domain in range(len(dataset.domain_names)):
        rows = np.flatnonzero(dataset.held_out & (dataset.domains == domain))
        images = encoder.encode(to_tensor(dataset.images[rows]))
        texts = encoder.encode_texts([dataset.texts[row] for row in rows])
        found.append(
            {
                f"{name}_r{k}": retrieval(first, second, k)
                for name, first, second in (("image_to_text", images, texts), ("text_to_image", texts, images))
                for k in (1, 5)
            }
        )
    return {key: float(np.mean([result[key] for result in found])) for key in found[0]}


def make_checkpoint(recipe: ImageTextRecipe, path: Path, *, title: str, order: int, command: str) -> dict:
    """Train, save ``path`` (.safetensors) and its card beside it, and return the card.

    Of a locked network only the projections are saved.
    """
    started = time.process_time()
    network = train(recipe, report=lambda epoch, loss: print(f"epoch {epoch:3d}  loss {loss:.4f}", flush=True))
    seconds = time.process_time() - started
    encoder = load_encoder(recipe.encoder, output="backbone")
    if recipe.locked:
        weights = network.state_dict().items()
        heads = {key: value.half() for key, value in weights if key.startswith(("projector.", "text."))}
        with atomic.written(path) as (part,):
            save_file(heads, part, metadata={"texts": MINILM})
    else:
        preprocessing = {"input_size": encoder.input_size, "mean": encoder.mean, "std": encoder.std}
        save_checkpoint(path, network, **preprocessing, dtype=torch.float16)
    dataset = load_dataset(DATASET)
    card = {
        "title": title,
        "order": order,
        "recipe": asdict(recipe),
        "command": command,
        "text_encoder": f"{MINILM} (locked), a linear projection of its features to {WIDTH}",
        "data": {"name": DATASET, "content_id": dataset.content_id, "trained_on": "training families only"},
        "date": datetime.date.today().isoformat(),
        "torch": torch.__version__,
        "cpu_seconds": round(seconds, 1),
    }
    trained = {output: replace(encoder, network=network, output=output) for output in ("backbone", "projector")}
    found = {output: evaluate(measured, dataset) for output, measured in trained.items()}
    found["projector"] |= evaluate_retrieval(trained["projector"], dataset)
    card["held_out"] = {
        output: {key: round(value, 4) for key, value in values.items()} for output, values in found.items()
    }
    atomic.write(path.with_suffix(".json"), json.dumps(card, indent=2, ensure_ascii=False) + "\n")
    return card


def main(arguments: list[str] | None = None) -> None:
    """Command line: one run, one checkpoint with its card."""
    parser = argparse.ArgumentParser(prog="python -m gca_viz.experiments.image_text", description=__doc__)
    parser.add_argument("out", type=Path, help="checkpoint to write, e.g. models/image-text.safetensors")
    parser.add_argument("--title", default="", help="what the app calls it (default: the file's name)")
    parser.add_argument("--order", type=int, default=100, help="place in the app's list")
    for item in fields(ImageTextRecipe):
        option = f"--{item.name.replace('_', '-')}"
        if item.name == "locked":
            parser.add_argument(option, action="store_true", help="leave the image network as it is")
        else:
            parser.add_argument(option, type=type(item.default), default=item.default)
    options = vars(parser.parse_args(arguments))
    out, title, order = options.pop("out"), options.pop("title"), options.pop("order")
    torch.set_num_threads(1)
    recipe = ImageTextRecipe(**options)
    words = [str(out), "--title", title or out.stem, "--order", str(order)]
    for item in fields(recipe):
        value = getattr(recipe, item.name)
        if value != item.default:
            words += [f"--{item.name.replace('_', '-')}", *([] if value is True else [str(value)])]
    command = "python -m gca_viz.experiments.image_text " + shlex.join(words)
    try:
        card = make_checkpoint(recipe, out, title=title or out.stem, order=order, command=command)
    except InputError as error:
        parser.error(str(error))
    print(json.dumps(card["held_out"], indent=2))


if __name__ == "__main__":
    main()
