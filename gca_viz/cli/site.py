"""``gca-viz site``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from gca_viz.cli.console import note, print_json, progress
from gca_viz.cli.recipe_flags import PLAN, add_recipe, read_recipe, recipe_at

if TYPE_CHECKING:
    from gca_viz.cli.parser import Commands


def add_parser(commands: Commands, *, chosen: bool) -> None:
    """Describe the command."""
    parser = commands.add_parser(
        "site",
        help="write pages that need no server: their plans are computed by the browser that shows them",
        description="Write a folder of plain files that any web server or a disk serves: the plan of a recipe with "
        "its board, its temperature, iterations and penalties alive, lessons, and a page that lists what there is.",
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="where the pages go; made if it is not there")
    parser.add_argument(
        "--lessons",
        default="all",
        metavar="NAMES",
        help="lessons of Learn to write besides, with commas between, or none; by default all that a browser can "
        "compute; their texts need the extra [site]",
    )
    parser.add_argument(
        "--compare",
        metavar="FILE|URL",
        help="a recipe or a link of Compare checkpoints, whose candidates become a page of their own",
    )
    parser.add_argument("--json", action="store_true", help="print for machines what was written")
    add_recipe(parser, chosen=chosen, shows=(*PLAN, "display"))
    parser.usage = "%(prog)s FOLDER [--recipe FILE | --link URL] [flags]"
    parser.set_defaults(run=_run)


def _run(chosen: argparse.Namespace) -> None:
    with progress(quiet=chosen.quiet) as report_progress:
        asked = read_recipe(chosen, report_progress)
        compared, notices = (None, []) if chosen.compare is None else recipe_at(chosen.compare, "--compare")
        for sentence in notices:
            note(sentence)
        from gca_viz.ui.site.pages import OFFERED, write_site  # takes seconds, and a mistake in a flag none

        named = {"all": OFFERED, "none": ()}.get(chosen.lessons, tuple(chosen.lessons.split(",")))
        files = write_site(chosen.folder, asked.recipe, named, note, report_progress, compared=compared)
    sizes = {str(file): file.stat().st_size for file in files}
    if chosen.json:
        print_json({"folder": str(chosen.folder), "bytes": sizes})
    elif not chosen.quiet:
        for file, size in sizes.items():
            print(f"{size / 1e6:6.2f} MB  {file}")
