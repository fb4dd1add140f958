"""``gca-viz convert``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gca_viz.cli.parser import Commands


def add_parser(commands: Commands, *, chosen: bool) -> None:
    """Describe the command."""
    parser = commands.add_parser(
        "convert",
        help="write a checkpoint as .safetensors, which needs no trust",
        description="Write a checkpoint as .safetensors with a card beside it, and say what was understood of it.",
    )
    parser.add_argument("file", type=Path, help="a checkpoint of torch.save (.pt, .pth, .pth.tar, .ckpt, …)")
    parser.add_argument(
        "--trust",
        action="store_true",
        help="unpickle whatever it holds, in a process of its own: that runs what its author put into it",
    )
    parser.add_argument("--output", type=Path, help="the file to write; by default beside the checkpoint")
    parser.add_argument(
        "--assume",
        action="append",
        default=[],
        metavar="NAME=ANSWER",
        help="what its tensors do not say, e.g. stem_padding=2, which the file then records",
    )
    parser.set_defaults(run=_run)


def _run(chosen: argparse.Namespace) -> None:
    from gca_viz.encoders.checkpoints.assumptions import Assumptions
    from gca_viz.encoders.checkpoints.convert import convert  # torch takes seconds to import, and --help none
    from gca_viz.encoders.sources import read_encoder

    assume = Assumptions.of(",".join(chosen.assume))
    written = convert(chosen.file, chosen.output, trust=chosen.trust, assume=assume)
    print(f"Wrote {written}")
    print(read_encoder(written).report)
