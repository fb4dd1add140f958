"""Training runs that several experiments share: made once, resumed where they stopped."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from gca_viz.experiments.train import Hardware, Metrics, Run, TrainingRecipe, train

RUNS = Path("runs") / "paper"
UOT = (("lambda1", 1.0), ("lambda2", 1.0))
#: the methods of the table: name → method and its options
METHODS = {
    "ince": ("ince", ()),
    "simclr": ("simclr", ()),
    "rince": ("rince", ()),
    "gca-ince": ("gca-ince", ()),
    "gca-rince": ("gca-rince", ()),
    "gca-uot": ("gca-uot", UOT),
    "byol": ("byol", ()),
}


@dataclass(frozen=True)
class Case:
    """A recipe under a name that says what is varied.

    Attributes:
        name: of the folder, without the seed.
        recipe: with the first seed.
    """

    name: str
    recipe: TrainingRecipe

    def seeds(self, count: int) -> Iterable[tuple[int, Run]]:
        """A finished run for each seed from 0."""
        for seed in range(count):
            yield seed, finished(f"{self.name}-seed{seed}", replace(self.recipe, seed=seed))


def finished(name: str, recipe: TrainingRecipe) -> Run:
    """The run of that name, trained to its end if it is not there yet."""
    folder = RUNS / name
    there = (folder / "recipe.json").exists()
    if there and recipe.epochs in Run.open(folder).checkpoints:
        run = Run.open(folder)
        if run.recipe == recipe:
            return run
    print(f"training {name}", flush=True)
    # A run is the same on one thread and many machines only in full precision; 16 bits are not faster everywhere.
    return train(recipe, folder, hardware=Hardware(accelerator="auto"), resume=there, report=_say)


def _say(share: float, metrics: Metrics | None) -> None:
    if metrics is not None and (metrics.epoch % 10 == 0 or share == 1):
        print(f"  epoch {metrics.epoch}  loss {metrics.loss:.4f}", flush=True)


def measured(run: Run, output: str = "backbone") -> dict[str, float]:
    """What the card of a run's last checkpoint says of held-out families."""
    last = max(run.checkpoints.values())
    return json.loads(last.with_suffix(".json").read_text("utf-8"))["held_out"][output]
