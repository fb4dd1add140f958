"""Train the small network to say what EfficientNet-Lite0 says: ``python models/distill.py`` (about ten minutes).

A developer's tool, not needed by the app. The teacher sees the clean images of the training families of ``emoji``
and ``things`` at 224 px; the student sees random views of them at 32 px, and learns where the teacher puts each
image and whom it puts beside it.

Source: similarities as distributions as in Fang et al. (SEED), ICLR 2021.
"""

from __future__ import annotations

import argparse
import datetime
import json
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from gca_viz.datasets import load_dataset
from gca_viz.embedding.features import clean_features
from gca_viz.encoders import SmallResNet, load_encoder, save_checkpoint
from gca_viz.experiments.evaluate import evaluate
from gca_viz.experiments.train.networks import MEAN, STD, normalise
from gca_viz.views import VIEWS, augment

MODELS = Path(__file__).resolve().parent
TEACHER, DATA = "efficientnet-lite0-224", ("emoji", "things")
SEEN, SIZE, WIDTH = 64, 32, 64  # pixels that views are cut from, pixels of the student, numbers of the target
BATCH, RATE, DECAY, STRENGTH, TEMPERATURE = 256, 4e-3, 1e-3, 0.5, 0.1
AUGMENTATION = VIEWS["simclr"].augmentation


def main() -> None:
    """Distil, write the checkpoint and its card."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=MODELS / "distilled.safetensors")
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(1)
    started = time.process_time()
    images, targets = training_set()
    network = distil(images, targets, epochs=options.epochs, seed=options.seed)
    save_checkpoint(options.out, network, input_size=SIZE, mean=MEAN, std=STD, dtype=torch.float16)
    seconds = time.process_time() - started
    card = card_of(options.out, options.epochs, options.seed, seconds)
    options.out.with_suffix(".json").write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", "utf-8")


def training_set() -> tuple[Tensor, Tensor]:
    """Images N × 3 × 64 × 64 in [0, 1] of the training families, and targets N × 64 of length 1."""
    teacher = load_encoder(TEACHER, output="backbone")
    images, features = [], []
    for name in DATA:
        dataset = load_dataset(name)
        kept = ~dataset.held_out
        pixels = torch.from_numpy(dataset.images[kept].transpose(0, 3, 1, 2).copy()).float() / 255
        images.append(F.interpolate(pixels, (SEEN, SEEN), mode="bilinear", antialias=True, align_corners=False))
        z = F.normalize(clean_features(dataset, teacher)[torch.from_numpy(kept)])
        features.append(z - z.mean(0))  # what all images of a set have in common tells nothing
    centred = torch.cat(features)
    directions = torch.linalg.svd(centred, full_matrices=False)[2][:WIDTH]
    return torch.cat(images), F.normalize(centred @ directions.T)


def distil(images: Tensor, targets: Tensor, *, epochs: int, seed: int) -> SmallResNet:
    """A student of the targets, in evaluation mode.

    Args:
        images: N × 3 × H × W in [0, 1].
        targets: N × 64, rows of length 1.
        epochs: passes over the images.
        seed: of initialisation, order and views.
    """
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    network = SmallResNet(projection=targets.shape[1]).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = torch.optim.AdamW(network.parameters(), RATE, weight_decay=DECAY)
    steps = len(images) // BATCH
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=epochs * steps, pct_start=0.1)
    for epoch in range(epochs):
        order, losses = torch.randperm(len(images), generator=generator), []
        for rows in torch.split(order[: steps * BATCH], BATCH):
            views = augment(images[rows], AUGMENTATION, strength=STRENGTH, generator=generator)
            small = F.interpolate(views, (SIZE, SIZE), mode="bilinear", antialias=True, align_corners=False)
            loss = distance(F.normalize(network(normalise(small))), targets[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(float(loss))
        print(f"epoch {epoch + 1:3d}  loss {np.mean(losses):.4f}", flush=True)
    return network.eval()


def distance(student: Tensor, teacher: Tensor) -> Tensor:
    """How far two sets of unit vectors are apart, row by row and in the neighbours that each row has."""
    cosine = (1 - (student * teacher).sum(1)).mean()
    ours, theirs = (z @ z.T / TEMPERATURE for z in (student, teacher))
    return cosine + 0.5 * F.kl_div(ours.log_softmax(1), theirs.softmax(1), reduction="batchmean")


def card_of(path: Path, epochs: int, seed: int, seconds: float) -> dict[str, object]:
    """What is told of the checkpoint: how it was made, and what was measured on held-out images of both sets."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for name in DATA:
        measured = {
            out: evaluate(load_encoder(path, output=out), load_dataset(name)) for out in ("backbone", "projector")
        }
        found[name] = {out: {key: round(value, 4) for key, value in of.items()} for out, of in measured.items()}
    emoji = load_dataset("emoji")
    network = load_encoder(path).network
    return {
        "title": "Small network distilled from EfficientNet-Lite0",
        "order": 23,
        "architecture": "SmallResNet",
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
        "recipe": {
            "teacher": TEACHER,
            "data": list(DATA),
            "epochs": epochs,
            "batch_size": BATCH,
            "learning_rate": RATE,
            "weight_decay": DECAY,
            "strength": STRENGTH,
            "temperature": TEMPERATURE,
            "seed": seed,
        },
        "command": "python models/distill.py",
        "data": {
            "name": "emoji and things",
            "content_id": emoji.content_id,
            "content_ids": {name: load_dataset(name).content_id for name in DATA},
            "trained_on": "the training split only",
        },
        "date": datetime.date.today().isoformat(),
        "torch": torch.__version__,
        "seconds": round(seconds, 1),
        "held_out": found["emoji"],
        "held_out_things": found["things"],
    }


if __name__ == "__main__":
    main()
