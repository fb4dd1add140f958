"""``gca-viz report``."""

from __future__ import annotations

import argparse
from pathlib import Path

from gca_viz.cli.console import note, print_json, progress, write
from gca_viz.cli.recipe_flags import add_recipe, check_output, read_recipe


def add_parser(commands: argparse._SubParsersAction, *, chosen: bool) -> None:
    """Describe the command."""
    parser = commands.add_parser(
        "report",
        help="write one HTML file of a plan, to be read without a server",
        description="Write a page of a recipe's plan: interactive figures, numbers, images of the worst pairs, "
        "recipe and versions, in one file that asks no server for anything.",
    )
    parser.add_argument("--zip", action="store_true", help="the page with CSV, NPZ and the recipe, as one archive")
    parser.add_argument("--json", action="store_true", help="print for machines what was written")
    add_recipe(parser, chosen=chosen, files=".html, or .zip for all files; report.html in this folder by default")
    parser.set_defaults(run=_run)


def _run(chosen: argparse.Namespace) -> None:
    from gca_viz.experiments.outcome import Outcome
    from gca_viz.report import bundle, page

    with progress(quiet=chosen.quiet) as told:
        asked = read_recipe(chosen, told)
        endings = (".zip",) if chosen.zip else (".html", ".zip")
        output = check_output(asked.output, endings) or Path("report.zip" if chosen.zip else "report.html")
        outcome = Outcome.of(asked.recipe, told)
        command = asked.command("report")
        html = page(outcome, command=command, progress=told)
        content = html if output.suffix.lower() == ".html" else bundle(outcome, html, command)
    if outcome.reference_problem is not None:
        note(f"No second plan: {outcome.reference_problem}")
    write(output, content)
    size = output.stat().st_size
    if chosen.json:
        print_json({"output": str(output), "bytes": size, "headline": outcome.headline, "command": command})
    elif not chosen.quiet:
        print(f"{outcome.headline}\nWrote {output}, {size / 1e6:.1f} MB")
