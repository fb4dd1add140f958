"""``gca-viz family``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from gca_viz.cli.console import note, print_json, progress, table, write
from gca_viz.cli.recipe_flags import PLAN, add_recipe, read_recipe
from gca_viz.metric import percent

if TYPE_CHECKING:
    import pandas as pd

    from gca_viz.cli.parser import Commands


def add_parser(commands: Commands, *, chosen: bool) -> None:
    """Describe the command."""
    parser = commands.add_parser(
        "family",
        help="compute the plan of every contrastive loss on one batch",
        description="Compute the plan of every contrastive loss on one batch, as the page Family does: its six "
        "dials, its loss, and how much of the mass is on the pairs and within the classes. Batch, views, encoder, "
        "temperature and iterations are those of the recipe.",
    )
    parser.add_argument("--json", action="store_true", help="print everything for machines")
    add_recipe(parser, chosen=chosen, shows=PLAN, files=".csv has a line per loss, with sources and evidence")
    parser.set_defaults(run=_run)


def _run(chosen: argparse.Namespace) -> None:
    with progress(quiet=chosen.quiet) as report_progress:
        asked = read_recipe(chosen, report_progress, endings=(".csv",))
        # These take seconds, and a mistake in a flag none.
        from gca_viz.experiments.family.frame import family_frame
        from gca_viz.files.csv_cells import csv_of

        found = family_frame(asked.recipe, report_progress)
    if asked.output is not None:
        write(asked.output, csv_of(found))
    if chosen.json:
        known = found.astype(object).where(found.notna(), None)  # JSON has no NaN
        print_json({"command": asked.command("family"), "losses": known.to_dict("records")})
    else:
        print(_as_text(found))
    if asked.output is not None and not chosen.quiet:
        note(f"Wrote {asked.output}")


def _as_text(found: pd.DataFrame) -> str:
    """A line per loss; what has no plan says why below."""
    columns = ("name", "kernel", "held", "target", "distance", "views")
    rows = [[*columns, "loss", "pair mass", "class mass"]]
    for row in found.to_dict("records"):
        shares = [percent(row[name], 1) if row[name] == row[name] else "–" for name in ("pair_mass", "class_mass")]
        loss = f"{row['loss']:.4g}" if row["loss"] == row["loss"] else "–"
        rows.append([*(str(row[name]) for name in columns), loss, *shares])
    problems = [f"{row['name']}: {row['problem']}" for row in found.to_dict("records") if row["problem"]]
    return "\n".join([table(rows), *problems])
