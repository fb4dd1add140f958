"""The command ``gca-viz``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from gca_viz.cli import train
from gca_viz.errors import InputError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status: 0, or 2 where the user was told of a mistake."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    parser = argparse.ArgumentParser(prog="gca-viz", description=__doc__)
    commands = parser.add_subparsers(required=True)
    convert = commands.add_parser(
        "convert",
        help="write a checkpoint as .safetensors, which needs no trust",
        description="Write a checkpoint as .safetensors with a card beside it, and say what was understood of it.",
    )
    convert.add_argument("file", type=Path, help="a checkpoint of torch.save (.pt, .pth, .ckpt, .bin)")
    convert.add_argument(
        "--trust",
        action="store_true",
        help="unpickle whatever it holds, in a process of its own: that runs what its author put into it",
    )
    convert.add_argument("--output", type=Path, help="the file to write; by default beside the checkpoint")
    convert.set_defaults(run=_convert)
    train.add_parser(commands, chosen="train" in arguments[:1])
    chosen = parser.parse_args(arguments)
    try:
        chosen.run(chosen)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _convert(chosen: argparse.Namespace) -> None:
    from gca_viz.encoders.convert import convert  # torch takes seconds to import, and --help none
    from gca_viz.encoders.model import read_model

    written = convert(chosen.file, chosen.output, trust=chosen.trust)
    print(f"Wrote {written}")
    print(read_model(written).report)
