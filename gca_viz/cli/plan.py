"""``gca-viz plan``."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from gca_viz.cli.console import note, print_json, progress, table, write
from gca_viz.cli.recipe_flags import PLAN, Asked, add_recipe, read_recipe

if TYPE_CHECKING:
    from gca_viz.experiments.plan.convergence_check import Verdict
    from gca_viz.experiments.plan.result import Outcome

_ENDINGS = (".npz", ".csv")


def add_parser(commands: argparse._SubParsersAction, *, chosen: bool) -> None:
    """Describe the command."""
    parser = commands.add_parser(
        "plan",
        help="compute a plan and read its numbers",
        description="Compute the plan of a recipe and the one beside it; print the numbers that the page shows.",
    )
    parser.add_argument("--json", action="store_true", help="print everything for machines")
    add_recipe(
        parser,
        chosen=chosen,
        shows=(*PLAN, "t", "order"),
        files=".npz has cost, plans, targets, marginals and potentials of every half step; .csv the plan alone",
    )
    parser.set_defaults(run=_run)


def _run(chosen: argparse.Namespace) -> None:
    with progress(quiet=chosen.quiet) as told:
        asked = read_recipe(chosen, told, endings=_ENDINGS)
        from gca_viz.experiments.plan.result import Outcome  # takes seconds, and a mistake in a flag none

        outcome = Outcome.of(asked.recipe, told)
        verdicts = outcome.verdicts(told)
    if outcome.reference_problem is not None:
        note(f"No second plan: {outcome.reference_problem}")
    if asked.output is not None:
        _write(asked, outcome)
    if chosen.json:
        print_json(as_json(asked, outcome, verdicts))
    else:
        print(as_text(outcome, verdicts))
    if asked.output is not None and not chosen.quiet:
        note(f"Wrote {asked.output}")


def _write(asked: Asked, outcome: Outcome) -> None:
    from gca_viz.experiments.plan.result_files import arrays, npz, plan_csv

    if asked.output.suffix.lower() == ".npz":
        write(asked.output, npz(arrays(outcome)))
    else:
        write(asked.output, plan_csv(outcome, outcome.recipe.method.name))


def as_text(outcome: Outcome, verdicts: dict[str, Verdict]) -> str:
    """Headline, the row of numbers of each plan, and whether the plans are usable."""
    from gca_viz.experiments.plan.summary import NO_PAIRS
    from gca_viz.transport import READINGS

    found = outcome.readings
    first = next(iter(found.values()))
    rows = [[f"half step {outcome.step} of {outcome.last_step}", *found]]
    rows += [[READINGS[name].title, *(READINGS[name].text(of[name]) for of in found.values())] for name in first]
    said = [f"{title}: {verdict.sentence}" for title, verdict in verdicts.items()]
    said += [NO_PAIRS] if outcome.plan.pairs_forbidden else []
    return f"{outcome.headline}\n\n{table(rows)}\n\n" + "\n".join(said)


def as_json(asked: Asked, outcome: Outcome, verdicts: dict[str, Verdict]) -> dict:
    """The same for machines, with the recipe and where it was computed."""
    from urllib.parse import urlencode

    from gca_viz.experiments.environment import environment

    judged = list(verdicts.values())
    return {
        "headline": outcome.headline,
        "half_step": outcome.step,
        "plans": {
            name: {
                "readings": numbers,
                "half_steps": outcome.names[name].half_steps,
                "converged": outcome.names[name].converged,
                "usable": verdict.usable,
                "verdict": verdict.sentence,
            }
            for (name, numbers), verdict in zip(outcome.readings.items(), judged, strict=True)
        },
        "recipe": json.loads(outcome.recipe.to_json()),
        "link": f"?{urlencode(outcome.recipe.to_query())}",
        "command": asked.command("plan"),
        "seconds": outcome.seconds,
        "environment": environment(),
    }
