"""``gca-viz plan``."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gca_viz.cli import streamed
from gca_viz.cli.console import note, print_json, progress, table, write
from gca_viz.cli.recipe_flags import PLAN, Asked, add_recipe, read_recipe

if TYPE_CHECKING:
    from gca_viz.cli.parser import Commands
    from gca_viz.experiments.plan.convergence_check import ConvergenceCheck
    from gca_viz.experiments.plan.result import PlanResult

_ENDINGS = (".npz", ".csv")


def add_parser(commands: Commands, *, chosen: bool) -> None:
    """Describe the command."""
    parser = commands.add_parser(
        "plan",
        help="compute a plan and read its numbers",
        description="Compute the plan of a recipe and the one beside it; print the numbers that the page shows.",
    )
    parser.add_argument("--json", action="store_true", help="print everything for machines")
    streamed.add_flags(parser)
    add_recipe(
        parser,
        chosen=chosen,
        shows=(*PLAN, "t", "order"),
        files=".npz has cost, plans, targets, marginals and potentials of every half step; .csv the plan alone",
    )
    parser.set_defaults(run=_run)


def _run(chosen: argparse.Namespace) -> None:
    streamed.check_flags(chosen)
    if chosen.streamed:
        streamed.run(chosen)
        return
    with progress(quiet=chosen.quiet) as report_progress:
        asked = read_recipe(chosen, report_progress, endings=_ENDINGS)
        from gca_viz.experiments.plan.result import PlanResult  # takes seconds, and a mistake in a flag none

        result = PlanResult.of(asked.recipe, report_progress)
        checks = result.convergence_checks(report_progress)
    if result.reference_problem is not None:
        note(f"No second plan: {result.reference_problem}")
    if asked.output is not None:
        _write(asked.output, result)
    if chosen.json:
        print_json(as_json(asked, result, checks))
    else:
        print(as_text(result, checks))
    if asked.output is not None and not chosen.quiet:
        note(f"Wrote {asked.output}")


def _write(output: Path, result: PlanResult) -> None:
    from gca_viz.experiments.plan.result_files import arrays, npz, plan_csv

    if output.suffix.lower() == ".npz":
        write(output, npz(arrays(result)))
    else:
        write(output, plan_csv(result, result.recipe.method.name))


def as_text(result: PlanResult, checks: dict[str, ConvergenceCheck]) -> str:
    """Headline, the row of numbers of each plan, and whether the plans are usable."""
    from gca_viz.transport import READINGS

    found = result.readings
    first = next(iter(found.values()))
    rows = [[f"half step {result.step} of {result.last_step}", *found]]
    rows += [[READINGS[name].label, *(READINGS[name].text(of[name]) for of in found.values())] for name in first]
    said = [f"{title}: {check.sentence}" for title, check in checks.items()]
    said += result.remarks
    return f"{result.headline}\n\n{table(rows)}\n\n" + "\n".join(said)


def as_json(asked: Asked, result: PlanResult, checks: dict[str, ConvergenceCheck]) -> dict[str, Any]:
    """The same for machines, with the recipe and where it was computed."""
    from urllib.parse import urlencode

    from gca_viz.experiments.environment import environment

    judged = list(checks.values())
    return {
        "headline": result.headline,
        "half_step": result.step,
        "plans": {
            name: {
                "readings": numbers,
                "half_steps": result.names[name].half_steps,
                "converged": result.names[name].converged,
                "usable": check.usable,
                "verdict": check.sentence,
            }
            for (name, numbers), check in zip(result.readings.items(), judged, strict=True)
        },
        "recipe": json.loads(result.recipe.to_json()),
        "link": f"?{urlencode(result.recipe.to_address())}",
        "command": asked.command("plan"),
        "seconds": result.seconds,
        "environment": environment(),
    }
