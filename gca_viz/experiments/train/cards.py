"""What is told of a checkpoint: how it was made, and what was measured on held-out families."""

from __future__ import annotations

import datetime
import json
import shlex
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import torch

from gca_viz.datasets import Dataset
from gca_viz.encoders import OUTPUTS
from gca_viz.encoders.checkpoints.ground import Ground
from gca_viz.encoders.text import MINILM
from gca_viz.experiments.evaluate import evaluate, evaluate_retrieval
from gca_viz.experiments.train.frozen import frozen_encoder
from gca_viz.experiments.train.learner import Learner
from gca_viz.experiments.train.networks import SHARED_WIDTH
from gca_viz.experiments.train.parts import RANDOM
from gca_viz.experiments.train.recipe import TrainingRecipe
from gca_viz.files import atomic
from gca_viz.labels import class_count

_DIGITS = 4


def command(recipe: TrainingRecipe, folder: str, title: str = "", *, epoch: int | None = None) -> str:
    """The line that trains a recipe again, and keeps the checkpoint of that epoch, where it is not the last."""
    words = ["gca-viz", "train", folder, "--method", recipe.method, *(["--title", title] if title else [])]
    for item in fields(recipe):
        value = getattr(recipe, item.name)
        given = value if item.name == "options" else ((item.name, value),) * (value != item.default)
        words += [word for name, value in given if name != "method" for word in (_flag(name), _text(value))]
    always = recipe.epochs and epoch and epoch % recipe.epochs == 0  # the last one, and the end of each phase
    if epoch is not None and not always and recipe.method != RANDOM:
        words += ["--save-at", str(epoch)]
    return shlex.join(words)


def write_card(
    path: Path,
    learner: Learner,
    dataset: Dataset,
    *,
    epoch: int,
    title: str,
    seconds: float,
    readings: Mapping[str, Any],
    measure: bool = True,
) -> dict[str, Any]:
    """Measure a checkpoint, write its card beside it, and return the card.

    Args:
        path: the checkpoint, in the folder of its run.
        learner, dataset: of the run.
        epoch: after which it was written.
        title: what people call the run.
        seconds: of training so far, on the clock.
        readings: what was noted of the training at that epoch, beside its loss.
        measure: whether it is measured.
    """
    recipe = learner.recipe
    encoder = learner.encoder(path, "projector")
    card: dict[str, Any] = {
        "title": title or path.parent.name,
        "epoch": epoch,
        "architecture": encoder.report and encoder.report.architecture,
        "parameters": sum(parameter.numel() for parameter in learner.network.parameters()),
        "recipe": recipe.to_dict(),
        "command": command(recipe, path.parent.as_posix(), title, epoch=epoch),
        "data": {"name": dataset.name, "content_id": dataset.content_id, "trained_on": _trained_on(dataset)},
        "date": datetime.date.today().isoformat(),
        "torch": torch.__version__,
        "seconds": round(seconds, 1),
        "held_out": _measured(path, learner, dataset) if measure else {},
    }
    if readings:
        card["readings"] = _rounded(readings)
    if learner.ground is not None:
        card["on"] = asdict(learner.ground)
    if (frozen := frozen_encoder(recipe)) is not None:
        card["away_from"] = asdict(Ground(recipe.away_from, frozen.content_id, frozen.output))
    if recipe.reads_texts:
        card["text_encoder"] = f"{MINILM} (locked), a linear projection of its features to {SHARED_WIDTH}"
    atomic.write(path.with_suffix(".json"), json.dumps(card, indent=2, ensure_ascii=False) + "\n")
    return card


def _measured(path: Path, learner: Learner, dataset: Dataset) -> dict[str, dict[str, float]]:
    """Output → what was measured; nothing where no images were held out, or there is one class only."""
    splits = (dataset.labels[dataset.held_out], dataset.labels[~dataset.held_out])
    if min(map(class_count, splits)) < 1 or class_count(dataset.labels) < 2:
        return {}
    encoders = {output: learner.encoder(path, output) for output in OUTPUTS}
    found = {output: evaluate(encoder, dataset) for output, encoder in encoders.items()}
    if learner.recipe.reads_texts:
        found["projector"] |= evaluate_retrieval(encoders["projector"], dataset)
    return {output: _rounded(values) for output, values in found.items()}


def _rounded(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _rounded(value) if isinstance(value, Mapping) else round(value, _DIGITS)
        for name, value in values.items()
    }


def _trained_on(dataset: Dataset) -> str:
    return "all images" if dataset.held_out.all() else "the training split only"


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _text(value: object) -> str:
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)
