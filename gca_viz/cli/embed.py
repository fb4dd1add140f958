"""``gca-viz embed``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from gca_viz.cli.console import print_json, progress, write
from gca_viz.cli.recipe_flags import add_recipe, read_recipe

if TYPE_CHECKING:
    from gca_viz.cli.parser import Commands


def add_parser(commands: Commands, *, chosen: bool) -> None:
    """Describe the command."""
    parser = commands.add_parser(
        "embed",
        help="write the embeddings of a batch or of a whole data set",
        description="Write the embeddings of both views with labels, domains and names, as “Bring your own” reads "
        "them: of the recipe's batch, or of all images.",
    )
    parser.add_argument(
        "--all", action="store_true", help="every image of the data set, whatever split, classes and N say"
    )
    parser.add_argument("--json", action="store_true", help="print for machines what was written")
    add_recipe(
        parser,
        chosen=chosen,
        shows=("data", "views", "encoder"),
        files=".npz or .parquet, with z1, z2, labels, domains and names",
    )
    parser.set_defaults(run=_run)


def _run(chosen: argparse.Namespace) -> None:
    with progress(quiet=chosen.quiet) as report_progress:
        asked = read_recipe(chosen, report_progress, endings=(".npz", ".parquet"), needed=True)
        from gca_viz.experiments.plan.embedding_file import of_all, of_batch

        found = (of_all if chosen.all else of_batch)(asked.recipe, report_progress)
    output = asked.output
    assert output is not None  # one was needed
    write(output, found.npz() if output.suffix.lower() == ".npz" else found.parquet())
    pairs, width = found.z1.shape
    if chosen.json:
        print_json({"output": str(output), "pairs": pairs, "width": width, "command": asked.command("embed")})
    elif not chosen.quiet:
        print(f"Wrote {pairs:,} pairs of {width} numbers to {output}")
