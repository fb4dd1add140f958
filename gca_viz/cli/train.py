"""``gca-viz train``."""

from __future__ import annotations

import argparse
import logging
import math
from dataclasses import fields
from pathlib import Path

from gca_viz.errors import InputError
from gca_viz.extras import need

_HELP = {
    "method": "loss to train with; random trains nothing",
    "dataset": "bundled data set, or a path to images",
    "views": "how the two views of an image are made",
    "epsilon": "temperature of the kernel",
    "network": "small-resnet, resnet-18 or resnet-50, with a stem for small images",
    "input_size": "pixels to which images are resized",
    "batch_size": "images over which the plan is computed, on all devices together",
    "wrong_pairs": "share of images whose view 2 shows another image",
    "momentum": "of BYOL's target network, at the start",
    "knn_every": "epochs between two looks at held-out accuracy",
    "epochs": "passes over the training images",
    "learning_rate": "of AdamW, after the warm-up",
    "weight_decay": "of AdamW",
    "warmup_epochs": "until the learning rate is reached; then it falls as a cosine",
    "strength": "of the views: 0 leaves the image alone, 1 is the usual setting",
    "seed": "of initialisation, order and augmentation",
    "accelerator": "auto, cpu, cuda or mps",
    "devices": "how many; the plan is over the images on all of them",
    "precision": "of the network: bf16-mixed, 32-true or 16-mixed",
}


def add_parser(commands: argparse._SubParsersAction, *, chosen: bool) -> None:
    """Describe the command; in full only if it is chosen, as that imports packages that take seconds."""
    parser = commands.add_parser(
        "train",
        help="train an encoder with any method",
        description="Train an encoder into a folder: checkpoints with cards, metrics, and what it takes to go on.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("folder", type=Path, help="of the run; a new one, or one to resume")
    parser.add_argument("--title", default="", help="what the app calls it")
    parser.add_argument("--resume", action="store_true", help="go on where a run in the folder stopped")
    parser.add_argument("--save-at", default="", metavar="EPOCHS", help="also keep these, e.g. 0,1,2,5,10")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="an option of the method or target, e.g. lambda1=1, tau2=0.5, target=label",
    )
    parser.add_argument("--target", metavar="NAME", help="target plan, e.g. relation; as --set target=NAME")
    parser.set_defaults(run=_run)
    if not chosen:
        return
    from gca_viz.experiments.train import Hardware, TrainingRecipe

    described = (("training", "What decides the result.", TrainingRecipe), ("hardware", "Where it runs.", Hardware))
    for title, about, of in described:
        group = parser.add_argument_group(title, about)
        for item in fields(of):
            if item.name != "options":
                flag, kind = f"--{item.name.replace('_', '-')}", type(item.default)
                group.add_argument(flag, type=kind, default=item.default, help=_HELP[item.name])


def _run(chosen: argparse.Namespace) -> None:
    from gca_viz.experiments.train import Hardware, TrainingRecipe, train

    logging.getLogger("lightning_fabric").setLevel(
        logging.ERROR
    )  # it tells how it was set up, several lines each time
    given = vars(chosen)
    recipe = TrainingRecipe(
        **{item.name: given[item.name] for item in fields(TrainingRecipe) if item.name != "options"},
        options=(*map(_option, chosen.set), *([("target", chosen.target)] if chosen.target else [])),
    )
    run = train(
        recipe,
        chosen.folder,
        hardware=Hardware(**{item.name: given[item.name] for item in fields(Hardware)}),
        title=chosen.title,
        save_at=_epochs(chosen.save_at),
        resume=chosen.resume,
        report=Bar(),
    )
    print(f"Wrote {', '.join(path.name for path in run.checkpoints.values())} to {run.folder}")


class Bar:
    """A line per epoch and a bar below; travels to another process before it is first drawn."""

    def __init__(self) -> None:
        self.progress = None

    def __call__(self, share: float, metrics) -> None:
        if self.progress is None:
            rich = need("rich.progress", "train")
            self.progress = rich.Progress(*rich.Progress.get_default_columns(), rich.TimeElapsedColumn())
            self.task = self.progress.add_task("training", total=1.0)
            self.progress.start()
        self.progress.update(self.task, completed=share)
        if metrics is not None:
            knn = "" if metrics.knn_class is None else f"  kNN {metrics.knn_class:.1%}"
            self.progress.console.print(
                f"epoch {metrics.epoch:4d}  loss {metrics.loss:.4f}{knn}  {metrics.images_per_second:,.0f} images/s"
            )
        if share >= 1 and metrics is not None:
            self.progress.stop()


def _option(text: str) -> tuple[str, float | str]:
    """``name=value``; a number if it is one."""
    name, sign, value = text.partition("=")
    if not sign or not value:
        raise InputError(f"--set {text}", "it takes name=value", "Write it as lambda1=1")
    try:
        number = float(value)
    except ValueError:
        return name, value
    return name, int(number) if name == "iterations" and math.isfinite(number) else number


def _epochs(text: str) -> tuple[int, ...]:
    try:
        return tuple(sorted({int(part) for part in text.split(",") if part.strip()}))
    except ValueError as error:
        raise InputError(
            f"--save-at {text}", "it takes whole numbers with commas between", "Write it as 0,1,2,5,10"
        ) from error
