"""A training run on disk: its recipe, its checkpoints with their cards, its metrics, and where it stopped."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import torch

from gca_viz.datasets import Dataset
from gca_viz.errors import InputError
from gca_viz.experiments.train.cards import write_card
from gca_viz.experiments.train.learner import Learner
from gca_viz.experiments.train.recipe import TrainingRecipe
from gca_viz.files import atomic

_RECIPE, _METRICS, _STATE = "recipe.json", "metrics.csv", "last.pt"
_VERSION = 1


@dataclass(frozen=True)
class Metrics:
    """What is noted of an epoch.

    Attributes:
        epoch: from 1.
        loss: mean over its steps.
        learning_rate: at its end.
        knn_class: share of held-out images whose nearest training images vote for the right class, where looked at.
        seconds: of its steps alone.
        images_per_second: of the training split, both views counted once.
    """

    epoch: int
    loss: float
    learning_rate: float
    knn_class: float | None
    seconds: float
    images_per_second: float


@dataclass(frozen=True)
class Run:
    """A folder and the run in it.

    Attributes:
        folder: of this run alone.
        recipe: what is trained.
        title: what people call it.
    """

    folder: Path
    recipe: TrainingRecipe
    title: str = ""

    @classmethod
    def open(cls, folder: Path) -> Run:
        """The run in a folder; raises :class:`InputError` where there is none."""
        try:
            values = json.loads((folder / _RECIPE).read_text("utf-8"))
            return cls(folder, TrainingRecipe.from_dict(values["recipe"]), values["title"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"the folder {folder} without a readable {_RECIPE}",
                "a run is a folder that gca-viz train wrote",
                "Check the path",
                parameter="folder",
            ) from error

    def prepare(self, *, resume: bool) -> None:
        """Make the folder ready; raises :class:`InputError` where it holds what may not be written over."""
        if (self.folder / _RECIPE).exists():
            before = Run.open(self.folder).recipe
            if not resume:
                raise InputError(
                    f"the folder {self.folder}, which holds a run",
                    "a run is not written over",
                    "Resume it, or name another folder",
                    parameter="folder",
                )
            if before != self.recipe:
                ours, theirs = self.recipe.to_dict(), before.to_dict()
                differs = [
                    f"{name} {theirs[name]!r} → {ours[name]!r}" for name in ours if ours[name] != theirs[name]
                ]
                raise InputError(
                    f"another recipe than that of the run in {self.folder} ({', '.join(differs)})",
                    "a run goes on as it began",
                    "Give the same recipe, or name another folder",
                    parameter="folder",
                )
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            occupied = any(self.folder.iterdir())
        except OSError as error:
            raise InputError(
                f"the folder {self.folder} ({error.strerror})",
                "a folder that can be written is needed",
                "Name another",
            ) from error
        if occupied:
            raise InputError(
                f"the folder {self.folder}, which is not empty",
                "a run has a folder of its own",
                "Name a new or empty one",
                parameter="folder",
            )
        content = {"version": _VERSION, "title": self.title, "recipe": self.recipe.to_dict()}
        atomic.write(self.folder / _RECIPE, json.dumps(content, indent=2))

    @property
    def checkpoints(self) -> dict[int, Path]:
        """Epoch → checkpoint, in order."""
        found = {int(path.stem.partition("-")[2]): path for path in self.folder.glob("epoch-*.safetensors")}
        return dict(sorted(found.items()))

    @property
    def metrics(self) -> list[dict[str, str]]:
        """One row per epoch."""
        path = self.folder / _METRICS
        return list(csv.DictReader(path.read_text("utf-8").splitlines())) if path.exists() else []

    def save(self, learner: Learner, epoch: int, dataset: Dataset, seconds: float = 0.0) -> None:
        """Write a checkpoint of an epoch, and its card.

        Args:
            learner: what was trained.
            epoch: after which this is.
            dataset: on which it is measured.
            seconds: that the epoch took.
        """
        path = self.folder / f"epoch-{epoch:03d}.safetensors"
        learner.write(path)
        seconds += sum(float(row["seconds"]) for row in self.metrics if int(row["epoch"]) < epoch)
        write_card(path, learner, dataset, epoch=epoch, title=self.title, seconds=seconds)

    def log(self, metrics: Metrics) -> None:
        """Note an epoch; a later one that an interrupted run had noted is forgotten."""
        kept = [row for row in self.metrics if int(row["epoch"]) < metrics.epoch]
        names = [item.name for item in fields(Metrics)]
        values = {name: "" if getattr(metrics, name) is None else f"{getattr(metrics, name):.6g}" for name in names}
        lines = [",".join(names), *(",".join(row[name] for name in names) for row in [*kept, values])]
        atomic.write(self.folder / _METRICS, "\n".join(lines) + "\n")

    def save_state(self, parts: Mapping[str, Any], epoch: int) -> None:
        """Note all that is needed to go on after an epoch."""
        state = {name: part.state_dict() for name, part in parts.items()} | {"epoch": epoch}
        with atomic.written(self.folder / _STATE) as (part,):
            torch.save(state, part)

    def load_state(self, parts: Mapping[str, Any], device: torch.device) -> int:
        """Go back to where the run stopped; returns the last whole epoch, 0 at the start."""
        path = self.folder / _STATE
        if not path.exists():
            return 0
        state = torch.load(path, map_location=device, weights_only=True)
        for name, part in parts.items():
            part.load_state_dict(state[name])
        return int(state["epoch"])
