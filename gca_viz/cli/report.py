"""``gca-viz report``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from gca_viz.cli.console import note, print_json, progress, within, write
from gca_viz.cli.recipe_flags import PLAN, Asked, add_recipe, query_of, read_recipe
from gca_viz.progress import ReportProgress

if TYPE_CHECKING:
    from gca_viz.cli.parser import Commands
    from gca_viz.report import Report

#: page of the app → tab in its link → what a report shows of it; the empty tab is the page as a whole
_PAGES = {
    "effects": {
        "": "effects",
        "Constraint square": "square",
        "Sweep": "sweep",
        "Calibration": "calibration",
        "More columns": "columns",
        "Noise lab": "noise",
    },
    "compare": {"": "compare"},
    "transfer": {"": "transfer"},
}
PAGES = ("alignment", "effects", "square", "sweep", "calibration", "columns", "noise", "compare", "transfer")


def add_parser(commands: Commands, *, chosen: bool) -> None:
    """Describe the command."""
    parser = commands.add_parser(
        "report",
        help="write one HTML file of a plan, of parameter effects or of a comparison",
        description="Write what a page shows of a recipe: interactive figures, numbers, sentences, images, recipe "
        "and versions, in one file that asks no server for anything.",
    )
    parser.add_argument(
        "--page",
        choices=PAGES,
        help="what to write: the plan (alignment), the five tabs of Parameter effects (effects) or one of them "
        "(square, sweep, calibration, columns, noise), the comparison (compare) or two sets (transfer); by default "
        "the page of the link, else alignment",
    )
    parser.add_argument("--zip", action="store_true", help="the page with CSV, NPZ and the recipe, as one archive")
    parser.add_argument("--json", action="store_true", help="print for machines what was written")
    add_recipe(
        parser,
        chosen=chosen,
        shows=(*PLAN, "display", "effects", "compare", "transfer", "neighbours", "mapseed"),
        files=".html, or .zip for all files; report.html in this folder by default",
    )
    parser.set_defaults(run=_run)


def _run(chosen: argparse.Namespace) -> None:
    with progress(quiet=chosen.quiet) as report_progress:
        asked = read_recipe(chosen, report_progress, endings=(".zip",) if chosen.zip else (".html", ".zip"))
        output = asked.output or Path("report.zip" if chosen.zip else "report.html")
        page = chosen.page or page_of(chosen.link or "")
        report = _MADE[page](asked, page, report_progress)
        content = report.html() if output.suffix.lower() == ".html" else report.zip()
    write(output, content)
    size = output.stat().st_size
    if chosen.json:
        written = {"output": str(output), "bytes": size, "page": page}
        print_json({**written, "headline": report.headline, "command": report.command})
    elif not chosen.quiet:
        print(f"{report.headline}\nWrote {output}, {size / 1e6:.1f} MB")


def page_of(link: str) -> str:
    """What the page of a link shows: one of :data:`PAGES`."""
    tabs = _PAGES.get(urlsplit(link).path.rstrip("/").rpartition("/")[2])
    return "alignment" if tabs is None else tabs.get(query_of(link).get("effect", ""), tabs[""])


def _alignment(asked: Asked, page: str, report_progress: ReportProgress) -> Report:
    from gca_viz.experiments.plan.result import PlanResult
    from gca_viz.report import plan_report

    result = PlanResult.of(asked.recipe, within(report_progress, 0.0, 0.7))
    if result.reference_problem is not None:
        note(f"No second plan: {result.reference_problem}")
    return plan_report(result, command=asked.command("report"), progress=within(report_progress, 0.7, 1.0))


def _effects(asked: Asked, page: str, report_progress: ReportProgress) -> Report:
    from gca_viz.experiments.effects.result import PARTS, effects_recipe
    from gca_viz.report import effects_report

    found = effects_recipe(asked.recipe, PARTS if page == "effects" else (page,), report_progress)
    for problem in found.problems.values():
        note(problem)
    return effects_report(found, command=asked.command("report", "--page", page))


def _compare(asked: Asked, page: str, report_progress: ReportProgress) -> Report:
    from gca_viz.experiments.compare.result import compare_recipe
    from gca_viz.report import compare_report

    found = compare_recipe(asked.recipe, within(report_progress, 0.0, 0.5))
    for sentence in found.compared.notes:
        note(sentence)
    command = asked.command("report", "--page", page)
    return compare_report(found, command=command, progress=within(report_progress, 0.5, 1.0))


def _transfer(asked: Asked, page: str, report_progress: ReportProgress) -> Report:
    from gca_viz.experiments.transfer.result import transfer_recipe
    from gca_viz.report import transfer_report

    found = transfer_recipe(asked.recipe, report_progress)
    return transfer_report(found, command=asked.command("report", "--page", page))


_MADE = dict.fromkeys(PAGES, _effects) | {"alignment": _alignment, "compare": _compare, "transfer": _transfer}
