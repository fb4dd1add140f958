"""``gca-viz train``."""

from __future__ import annotations

import argparse
import logging
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gca_viz.cli.flags import add_flag
from gca_viz.cli.parser import Parser
from gca_viz.errors import InputError
from gca_viz.extras import need

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from gca_viz.cli.parser import Commands
    from gca_viz.experiments.train import Hardware, Metrics, TrainingRecipe

#: stand before the names of the parts of a recipe, of its options and of the hardware in the parsed arguments
_PART, _OPTION, _HARDWARE = "part_", "option_", "hardware_"


def add_parser(commands: Commands, *, chosen: bool) -> None:
    """Describe the command; in full only if it is chosen, as that imports what is described."""
    parser: Parser = commands.add_parser(
        "train",
        help="train an encoder with any method",
        description="Train an encoder into a folder: checkpoints with cards, metrics, and what it takes to go on.",
    )
    parser.usage = "%(prog)s FOLDER [flags]"
    parser.add_argument("folder", type=Path, help="of the run; a new one, or one to resume")
    parser.add_argument("--title", default="", help="what the app calls it; by default as the folder")
    parser.add_argument("--resume", action="store_true", help="go on where a run in the folder stopped")
    parser.add_argument("--save-at", default="", metavar="EPOCHS", help="also keep these, e.g. 0,1,2,5,10")
    parser.add_argument(
        "--measure",
        choices=("each", "last"),
        default="each",
        help="whose card says what the encoder is worth on held-out images: each checkpoint's, or that of the last",
    )
    # The flags of the options were values of this one once.
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help=argparse.SUPPRESS)
    parser.also_takes("--dataset", "--data")
    parser.set_defaults(run=_run)
    if chosen:
        _add_described(parser)


def _add_described(parser: Parser) -> None:
    from gca_viz.experiments.train import Hardware, TrainingRecipe
    from gca_viz.experiments.train.options import OPTIONS

    group = parser.add_argument_group("training", "What decides the result.")
    for item in fields(TrainingRecipe):
        if item.name != "options":
            add_flag(parser, group, item.metadata["spec"], _PART + item.name)
    group = parser.add_argument_group("options", "What a method or a target takes beside ε; each has its own.")
    for name, spec in OPTIONS.items():
        add_flag(parser, group, spec, _OPTION + name)
    group = parser.add_argument_group("hardware", "Where it runs, which changes a result by rounding only.")
    for item in fields(Hardware):
        add_flag(parser, group, item.metadata["spec"], _HARDWARE + item.name)


def _run(chosen: argparse.Namespace) -> None:
    recipe, hardware, save_at = recipe_of(chosen), hardware_of(chosen), epochs_of(chosen.save_at)
    from gca_viz.experiments.train import train  # takes seconds, and a mistake in a flag none

    # It tells how it was set up, several lines each time.
    logging.getLogger("lightning_fabric").setLevel(logging.ERROR)
    bar = Bar()
    run = train(
        recipe,
        chosen.folder,
        hardware=hardware,
        title=chosen.title,
        save_at=save_at,
        resume=chosen.resume,
        measure=chosen.measure,
        report=bar,
        progress=bar.before,
    )
    print(f"Wrote {', '.join(path.name for path in run.checkpoints.values())} to {run.folder}")


def recipe_of(chosen: argparse.Namespace) -> TrainingRecipe:
    """What the arguments train; raises :class:`InputError`."""
    from gca_viz.experiments.train import TrainingRecipe

    options = dict(map(_option, chosen.set)) | _given(chosen, _OPTION)
    return TrainingRecipe(**_given(chosen, _PART), options=tuple(options.items()))


def hardware_of(chosen: argparse.Namespace) -> Hardware:
    """Where the arguments train it; raises :class:`InputError`."""
    from gca_viz.experiments.train import Hardware

    return Hardware(**_given(chosen, _HARDWARE))


def _given(chosen: argparse.Namespace, start: str) -> dict[str, Any]:
    return {name.removeprefix(start): text for name, text in vars(chosen).items() if name.startswith(start)}


class Bar:
    """A line per epoch and a bar below; travels to another process before it is first drawn there."""

    def __init__(self) -> None:
        self._drawn: tuple[Progress, TaskID] | None = None

    def before(self, share: float, what: str) -> None:
        """A bar of what is done before the first step; gone when that is done."""
        progress, _ = self._at(share, what)
        if share >= 1:
            progress.stop()
            self._drawn = None

    def _at(self, share: float, what: str) -> tuple[Progress, TaskID]:
        if self._drawn is None:
            rich = need("rich.progress", "train")
            progress = rich.Progress(*rich.Progress.get_default_columns(), rich.TimeElapsedColumn())
            self._drawn = progress, progress.add_task(what, total=1.0)
            progress.start()
        progress, task = self._drawn
        progress.update(task, completed=share)
        return self._drawn

    def __call__(self, share: float, metrics: Metrics | None) -> None:
        progress, _ = self._at(share, "training")
        if metrics is not None:
            told = "".join(f"  {text.format(value)}" for text, value in _told(metrics) if value is not None)
            speed = f"{metrics.images_per_second:,.0f} images/s"
            progress.console.print(f"epoch {metrics.epoch:4d}  loss {metrics.loss:.4f}{told}  {speed}")
        if share >= 1 and metrics is not None:
            progress.stop()


def _told(metrics: Metrics) -> tuple[tuple[str, float | None], ...]:
    """What a line says of an epoch, where it is known, between loss and speed."""
    return (
        ("kNN {:.1%}", metrics.knn_class),
        ("phase {}", metrics.phase),
        ("forgotten {:.1%}", metrics.forgetting),
        ("clients apart {:.1%}", metrics.client_distance),
        ("clients' CKA {:.2f}", metrics.client_cka),
        ("CKA to stay away {:.2f}", metrics.away_cka),
    )


def _option(text: str) -> tuple[str, str]:
    """``name=value``."""
    name, sign, value = text.partition("=")
    if not sign or not value:
        raise InputError(f"--set {text}", "it takes name=value", "Write it as lambda1=1")
    return name, value


def epochs_of(text: str) -> tuple[int, ...]:
    """The epochs that a text names; raises :class:`InputError`."""
    try:
        return tuple(sorted({int(part) for part in text.split(",") if part.strip()}))
    except ValueError as error:
        raise InputError(
            f"--save-at {text}", "it takes whole numbers with commas between", "Write it as 0,1,2,5,10"
        ) from error
