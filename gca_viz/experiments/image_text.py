"""``python -m gca_viz.experiments.image_text``: the trainer of image and text as earlier cards call it.

It is ``gca-viz train --views image-text``, with one checkpoint and its card as result.
"""

from __future__ import annotations

import argparse
import json
import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from gca_viz.errors import InputError
from gca_viz.experiments.train import Hardware, Metrics, TrainingRecipe, train
from gca_viz.experiments.train.parts import LEARNED, LOCKED
from gca_viz.files import atomic

#: flag → what it was where it was left out; the others are those of the trainer
_DEFAULTS: dict[str, Any] = {
    "encoder": "ince-cross-style",
    "method": "clip",
    "epsilon": 0.1,
    "epochs": 20,
    "batch_size": 256,
    "learning_rate": 1e-3,
    "weight_decay": 0.1,
    "warmup_epochs": 2,
    "dropout": 0.1,
    "strength": 0.5,
    "seed": 0,
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line: one run, one checkpoint with its card."""
    chosen = parsed(arguments)
    words = [str(chosen.out), "--title", chosen.title or chosen.out.stem, "--order", str(chosen.order)]
    for name, default in _DEFAULTS.items():
        if getattr(chosen, name) != default:
            words += [f"--{name.replace('_', '-')}", str(getattr(chosen, name))]
    words += ["--locked"] * chosen.locked
    command = "python -m gca_viz.experiments.image_text " + shlex.join(words)
    try:
        card = _make(chosen, command)
    except InputError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    print(json.dumps(card["held_out"], indent=2))


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The flags of earlier cards."""
    parser = argparse.ArgumentParser(prog="python -m gca_viz.experiments.image_text", description=__doc__)
    parser.add_argument("out", type=Path, help="checkpoint to write, e.g. models/image-text.safetensors")
    parser.add_argument("--title", default="", help="what the app calls it (default: the file's name)")
    parser.add_argument("--order", type=int, default=100, help="place in the app's list")
    parser.add_argument("--locked", action="store_true", help="leave the image network as it is")
    for name, default in _DEFAULTS.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(default), default=default)
    return parser.parse_args(arguments)


def recipe_of(chosen: argparse.Namespace) -> TrainingRecipe:
    """What the trainer is told."""
    return TrainingRecipe(
        views="image-text",
        image_tower=LOCKED if chosen.locked else LEARNED,
        **{name: getattr(chosen, name) for name in _DEFAULTS},
    )


def _make(chosen: argparse.Namespace, command: str) -> dict[str, Any]:
    """Train, put the last checkpoint where it is asked for and its card beside it, and return the card."""
    recipe, out = recipe_of(chosen), chosen.out
    # What is on top of a locked tower is small, and was always trained in full precision.
    hardware = Hardware("cpu", precision="32-true" if chosen.locked else "bf16-mixed")
    with TemporaryDirectory(prefix="gca-viz-") as folder:
        run = train(recipe, Path(folder) / "run", hardware=hardware, title=chosen.title or out.stem, report=_tell)
        checkpoint = run.checkpoints[recipe.epochs]
        card: dict[str, Any] = json.loads(checkpoint.with_suffix(".json").read_text("utf-8"))
        shutil.copyfile(checkpoint, out)
    card |= {"order": chosen.order, "command": command}
    atomic.write(out.with_suffix(".json"), json.dumps(card, indent=2, ensure_ascii=False) + "\n")
    return card


def _tell(share: float, metrics: Metrics | None) -> None:
    if metrics is not None:
        print(f"epoch {metrics.epoch:3d}  loss {metrics.loss:.4f}", flush=True)


if __name__ == "__main__":
    main()
