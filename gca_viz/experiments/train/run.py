"""A training run on disk: its recipe, its checkpoints with their cards, its metrics, and where it stopped."""

from __future__ import annotations

import csv
import errno
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from filelock import FileLock, Timeout

from gca_viz.datasets import Dataset
from gca_viz.errors import InputError
from gca_viz.experiments.train.cards import write_card
from gca_viz.experiments.train.learner import Learner
from gca_viz.experiments.train.recipe import TrainingRecipe
from gca_viz.files import atomic
from gca_viz.files.csv_cells import csv_of

_RECIPE, _METRICS, _STATE = "recipe.json", "metrics.csv", "last.pt"
_VERSION = 1
_LOCK = ".running"  # held while a process writes the folder
_FULL = (errno.ENOSPC, errno.EDQUOT)
_LEAST = 2**20  # bytes on a disk that is not full
_BY_DOMAIN = "knn_class/"  # before the name of a domain, in a column's
_PHASES = "phases.json"
#: of clients, told as means over rounds, too
_DRIFT = ("client_distance", "client_cka", "client_cka_low", "client_cka_high")
#: what a card tells beside loss, speed and accuracies
_READINGS = ("phase", "forgetting", "forgetting_low", "forgetting_high", *_DRIFT, "away_cka")
_ALWAYS = ("epoch", "loss", "learning_rate", "knn_class", "seconds", "images_per_second")


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
        by_domain: the same accuracy of the held-out images of each domain, where there are several.
        phase: which style it is that comes in turn, from 1.
        forgetting: what :func:`.readings.forgetting` says, at the end of each phase but the first.
        forgetting_low, forgetting_high: its 95 % interval with other held-out things.
        client_distance: how far the weights of clients lie from their average, over the length of that.
        client_cka: how alike the clients' embeddings of held-out images are before the average, where looked at.
        client_cka_low, client_cka_high: its 95 % interval over these images.
        away_cka: how alike the embeddings of a batch are to those to stay away from, mean over steps.
    """

    epoch: int
    loss: float
    learning_rate: float
    knn_class: float | None
    seconds: float
    images_per_second: float
    by_domain: Mapping[str, float] = field(default_factory=dict)
    phase: int | None = None
    forgetting: float | None = None
    forgetting_low: float | None = None
    forgetting_high: float | None = None
    client_distance: float | None = None
    client_cka: float | None = None
    client_cka_low: float | None = None
    client_cka_high: float | None = None
    away_cka: float | None = None

    @property
    def values(self) -> dict[str, float]:
        """Column of the table of metrics → what is known."""
        known = {item.name: getattr(self, item.name) for item in fields(self) if item.name != "by_domain"}
        of = {_BY_DOMAIN + domain: accuracy for domain, accuracy in self.by_domain.items()}
        return {name: value for name, value in (known | of).items() if value is not None}

    @property
    def readings(self) -> dict[str, Any]:
        """What is told of a training beside its loss and speed, for a card; empty where nothing is."""
        found = {name: getattr(self, name) for name in _READINGS}
        found |= {"knn_class_by_domain": dict(self.by_domain) or None}
        return {name: value for name, value in found.items() if value is not None}


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

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else writes the folder within; raises :class:`InputError` where somebody does."""
        lock = FileLock(self.folder / _LOCK)
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise InputError(
                f"the folder {self.folder}, which another run is writing",
                "one run writes a folder at a time",
                "Wait until it is done, stop it, or name another folder",
                parameter="folder",
            ) from error
        with lock:
            lock.release()  # it was counted twice
            yield

    @contextmanager
    def room(self) -> Iterator[None]:
        """Tell of a disk that is full as of any other mistake; raises :class:`InputError` then."""
        try:
            yield
        except Exception as error:
            full = getattr(error, "errno", None) in _FULL or shutil.disk_usage(self.folder).free < _LEAST
            if isinstance(error, InputError) or not full:
                raise
            raise InputError(
                f"the folder {self.folder}, whose disk is full",
                "checkpoints and what it takes to go on are written after each epoch",
                "Make room and resume the run: all epochs so far are there",
                parameter="folder",
            ) from error

    def save(
        self, learner: Learner, dataset: Dataset, metrics: Metrics | None = None, *, measure: bool = True
    ) -> None:
        """Write a checkpoint of an epoch, and its card.

        Args:
            learner: what was trained.
            dataset: on which it is measured.
            metrics: of the epoch; None at the start.
            measure: whether the card says what the encoder is worth on held-out images, which takes seconds.
        """
        epoch = 0 if metrics is None else metrics.epoch
        path = self.folder / f"epoch-{epoch:03d}.safetensors"
        learner.write(path)
        seconds = 0.0 if metrics is None else metrics.seconds
        seconds += sum(float(row["seconds"]) for row in self.metrics if int(row["epoch"]) < epoch)
        readings = {} if metrics is None else metrics.readings | self._drift(metrics)
        write_card(
            path,
            learner,
            dataset,
            epoch=epoch,
            title=self.title,
            seconds=seconds,
            readings=readings,
            measure=measure,
        )

    def _drift(self, metrics: Metrics) -> dict[str, float]:
        """How far apart clients were, mean over rounds: in the last ones the learning rate lets nobody go far."""
        rows = [row for row in self.metrics if int(row["epoch"]) < metrics.epoch]
        found: dict[str, float] = {}
        for name in _DRIFT:
            known = [float(row[name]) for row in rows if row.get(name)]
            known += [value] if (value := getattr(metrics, name)) is not None else []
            found |= {f"{name}_mean": sum(known) / len(known)} if known else {}
        return found

    def log(self, metrics: Metrics) -> None:
        """Note an epoch; a later one that an interrupted run had noted is forgotten."""
        rows = [row for row in self.metrics if int(row["epoch"]) < metrics.epoch]
        rows.append({name: f"{value:.6g}" for name, value in metrics.values.items()})
        names = dict.fromkeys([*_ALWAYS, *(name for row in rows for name in row)])
        table = pd.DataFrame([[row.get(name, "") for name in names] for row in rows], columns=[*names])
        atomic.write(self.folder / _METRICS, csv_of(table))

    def after_phases(self, epochs: int) -> list[dict[str, float]]:
        """The accuracies by domain that are noted at the ends of phases of so many epochs each, in order."""
        ends = [row for row in self.metrics if int(row["epoch"]) % epochs == 0]
        return [
            {
                name.removeprefix(_BY_DOMAIN): float(value)
                for name, value in row.items()
                if name.startswith(_BY_DOMAIN) and value
            }
            for row in ends
        ]

    def after_each_phase(self, phase: int, hits: np.ndarray) -> list[np.ndarray]:
        """Note of which images the class is found after a phase; the same of all phases so far, in order.

        Args:
            phase: from 1.
            hits: (n,) bool, see :class:`gca_viz.experiments.train.readings.Look`.

        Returns:
            Fewer than ``phase`` where an earlier version of the program trained some of them.
        """
        path = self.folder / _PHASES
        known = json.loads(path.read_text("utf-8")) if path.exists() else {}
        known = {name: text for name, text in known.items() if int(name) < phase}
        known[str(phase)] = np.packbits(hits).tobytes().hex()
        atomic.write(path, json.dumps(known))
        packed = (np.frombuffer(bytes.fromhex(text), np.uint8) for text in known.values())
        return [np.unpackbits(bits, count=len(hits)).astype(bool) for bits in packed]

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
