"""``gca-viz transfer``."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from gca_viz.cli.console import note, print_json, progress, table, write
from gca_viz.cli.recipe_flags import Asked, add_recipe, read_recipe
from gca_viz.files.strict_json import strict_json

if TYPE_CHECKING:
    from gca_viz.cli.parser import Commands
    from gca_viz.experiments.transfer.result import TransferResult

ENDINGS = (".csv", ".json", ".npz", ".html", ".zip")


def add_parser(commands: Commands, *, chosen: bool) -> None:
    """Describe the command."""
    parser = commands.add_parser(
        "transfer",
        help="hand classes from one set of images to another, and tell how far apart they are",
        description="Lay two sets without pairs beside each other, as the page Transfer does: --sets says what "
        "tells them apart, --from and --to name domains. Prints how many classes Sinkhorn's plan, the row "
        "soft-max and nearest neighbours hand on rightly, with intervals, and the set distance of all groups.",
    )
    parser.add_argument("--json", action="store_true", help="print everything for machines")
    add_recipe(
        parser,
        chosen=chosen,
        shows=("data", "encoder", "eps", "transfer"),
        files=".csv has the table, .json all that --json prints, .npz plan and classes, .html and .zip the report",
    )
    parser.set_defaults(run=_run)


def _run(chosen: argparse.Namespace) -> None:
    with progress(quiet=chosen.quiet) as report_progress:
        asked = read_recipe(chosen, report_progress, endings=ENDINGS)
        from gca_viz.experiments.transfer.result import transfer_recipe  # takes seconds, a mistake in a flag none

        found = transfer_recipe(asked.recipe, report_progress)
        output = asked.output
        content = None if output is None else _content(asked, output.suffix.lower(), found)
    if output is not None and content is not None:
        write(output, content)
    if chosen.json:
        print_json(_as_json(asked, found))
    else:
        print(_as_text(found))
    if output is not None and not chosen.quiet:
        note(f"Wrote {output}")


def _content(asked: Asked, ending: str, found: TransferResult) -> str | bytes:
    from gca_viz.experiments.transfer.files import transfer_csv, transfer_npz
    from gca_viz.report import transfer_report

    if ending == ".csv":
        return transfer_csv(found)
    if ending == ".json":
        return strict_json(_as_json(asked, found), indent=2) + "\n"
    if ending == ".npz":
        return transfer_npz(found)
    report = transfer_report(found, command=asked.command("report", "--page", "transfer"))
    return report.html() if ending == ".html" else report.zip()


def _as_text(found: TransferResult) -> str:
    from gca_viz.experiments.transfer.words import distance_sentence, headline
    from gca_viz.report.transfer_parts import ways_table

    ways = ways_table(found)
    rows: list[list[str]] = [["", *map(str.strip, ways.columns)]]
    rows += [list(map(str, row)) for row in ways.itertuples()]
    groups = [str(label) for label in found.distances]
    far = [["", *groups]] + [
        [name, *(f"{value:.3f}" for value in values)]
        for name, values in zip(groups, found.distances.to_numpy(), strict=True)
    ]
    return "\n\n".join((headline(found), table(rows), distance_sentence(found), table(far)))


def _as_json(asked: Asked, found: TransferResult) -> dict[str, object]:
    from gca_viz.experiments.environment import environment
    from gca_viz.report import transfer_values

    return {
        **transfer_values(found),
        "recipe": json.loads(asked.recipe.to_json()),
        "link": f"transfer?{urlencode(asked.recipe.to_address())}",
        "command": asked.command("transfer"),
        "seconds": found.seconds,
        "environment": environment(),
    }
