"""``gca-viz compare``."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from gca_viz.cli.console import note, print_json, progress, table, within, write
from gca_viz.cli.executor_flags import (
    RAY,
    add_executor,
    device_of,
    executor_of,
    remains_text,
    store_of,
    what_remains,
)
from gca_viz.cli.recipe_flags import PLAN, Asked, add_recipe, read_recipe
from gca_viz.errors import InputError
from gca_viz.files.strict_json import strict_json

if TYPE_CHECKING:
    import pandas as pd

    from gca_viz.cli.parser import Commands
    from gca_viz.experiments.compare.candidate_tasks import CandidateStore
    from gca_viz.experiments.compare.result import CompareResult
    from gca_viz.progress import ReportProgress

ENDINGS = (".csv", ".json", ".npz", ".html", ".zip")


def add_parser(commands: Commands, *, chosen: bool) -> None:
    """Describe the command."""
    parser = commands.add_parser(
        "compare",
        help="compare encoders, epochs of a run or methods on one batch",
        description="Compare encoders, epochs of a run or methods on one batch, as the page Compare checkpoints "
        "does. A is the recipe's own encoder and method; --encoders (or, with --against methods, --methods) stand "
        "beside it; --run takes a folder of checkpoints. Prints the numbers of all with intervals.",
    )
    parser.add_argument("--json", action="store_true", help="print everything for machines")
    add_executor(parser)
    add_recipe(
        parser,
        chosen=chosen,
        shows=(*PLAN, "compare", "neighbours", "mapseed"),
        files=".csv has the table, .json all that --json prints, .npz plans and maps, .html and .zip the report",
    )
    parser.set_defaults(run=_run)


def _run(chosen: argparse.Namespace) -> None:
    with progress(quiet=chosen.quiet) as report_progress:
        asked = read_recipe(chosen, report_progress, endings=ENDINGS)
        from gca_viz.experiments.compare import steps  # takes seconds, and a mistake in a flag none

        if chosen.dry_run:
            _tell_what_remains(chosen, asked)
            return
        found = _compared(chosen, asked, within(report_progress, 0.0, 0.5))
        if found.compared.notes and chosen.strict:
            raise InputError(
                "candidates that cannot take part", "--strict leaves none out", " ".join(found.compared.notes)
            )
        numbers = steps.table_of(found.compared, progress=within(report_progress, 0.5, 0.8))
        steps.together_of(found.compared, progress=within(report_progress, 0.8, 0.9))
        output, content = asked.output, None
        if output is not None:
            rest = within(report_progress, 0.9, 1.0)
            content = _content(asked, output.suffix.lower(), found, numbers, rest)
    for sentence in found.compared.notes:
        note(sentence)
    if output is not None and content is not None:
        write(output, content)
    if chosen.json:
        print_json(as_json(asked, found, numbers))
    else:
        print(as_text(found, numbers))
    if output is not None and not chosen.quiet:
        note(f"Wrote {output}")


def _compared(chosen: argparse.Namespace, asked: Asked, report_progress: ReportProgress) -> CompareResult:
    from gca_viz.experiments.compare.result import compare_recipe

    store = _store(chosen, asked)
    with executor_of(chosen) as executor:
        if chosen.executor != RAY and store is None:
            return compare_recipe(asked.recipe, report_progress)
        return compare_recipe(asked.recipe, report_progress, executor=executor, store=store)


def _store(chosen: argparse.Namespace, asked: Asked) -> CandidateStore | None:
    """What is kept is of the batch alone: who is compared with whom, and by which numbers, may change."""
    from gca_viz.experiments.compare.candidate_tasks import CandidateStore, only_inputs
    from gca_viz.experiments.recipe.recipe import Recipe

    store = store_of(chosen, only_inputs(asked.recipe.inputs, Recipe().encoder), CandidateStore)
    return store if isinstance(store, CandidateStore) else None


def _tell_what_remains(chosen: argparse.Namespace, asked: Asked) -> None:
    from gca_viz.experiments.compare.candidate_tasks import candidate_tasks
    from gca_viz.experiments.compare.candidates import candidates_of

    tasks = [*candidate_tasks(asked.recipe, candidates_of(asked.recipe), device_of(chosen))]
    found = what_remains(chosen, tasks, _store(chosen, asked))
    if chosen.json:
        print_json(found)
    else:
        print(remains_text(chosen, found, "encoders"))


def _content(
    asked: Asked, ending: str, found: CompareResult, numbers: pd.DataFrame, report_progress: ReportProgress
) -> str | bytes:
    from gca_viz.experiments.compare.files import compare_npz, table_csv
    from gca_viz.report import compare_report

    if ending == ".csv":
        return table_csv(found)
    if ending == ".json":
        return strict_json(as_json(asked, found, numbers), indent=2) + "\n"
    if ending == ".npz":
        return compare_npz(found)
    report = compare_report(found, command=asked.command("report", "--page", "compare"), progress=report_progress)
    return report.html() if ending == ".html" else report.zip()


def as_text(found: CompareResult, numbers: pd.DataFrame) -> str:
    """What changed from A to B, and a column per candidate with its numbers, verdicts and intervals."""
    import pandas as pd

    from gca_viz.experiments.compare import steps
    from gca_viz.experiments.compare.rules import rules_sentence
    from gca_viz.experiments.compare.table import ROWS, mark
    from gca_viz.experiments.compare.together import together_sentence
    from gca_viz.report.course_parts import course_words

    labels, second = found.labels, found.compared.pair[1].label
    side = {labels[0]: "A ", second: "B "}
    rows = [["", *(side.get(label, "") + label for label in labels)]]
    for name, cells in numbers.groupby("measure", sort=False):
        row, of = ROWS[str(name)], cells.set_index("contender").loc[labels]
        values = [
            f"{mark(verdict)} {row.rounded(value)}".strip()
            for verdict, value in zip(of.verdict, of.value, strict=True)
        ]
        ends = zip(of.low, of.high, strict=True)
        rows.append([row.label, *values])
        rows.append(
            ["", *("" if pd.isna(low) else f"{row.rounded(low)} to {row.rounded(high)}" for low, high in ends)]
        )
    together = together_sentence(steps.together_of(found.compared))
    frame, depth = steps.rules_of(found.compared), found.recipe.compare.depth
    rules = "\n".join(rules_sentence(frame, member.label, depth) for member in found.compared.pair).strip()
    course = "\n".join(course_words(steps.course_of(found.compared)))
    return "\n\n".join(filter(None, (found.headline, table(rows), _HOW_TO_READ, course, together, rules)))


_HOW_TO_READ = (
    "Below each number its 95 % interval over samples. Each is compared with A on the same resampled batches: "
    "better or worse only where the interval of the difference leaves out 0, otherwise ≈."
)


def as_json(asked: Asked, found: CompareResult, numbers: pd.DataFrame) -> dict[str, Any]:
    """The same for machines, with the recipe and where it was computed."""
    from gca_viz.experiments.environment import environment
    from gca_viz.report import compare_values

    return {
        **compare_values(found, numbers),
        "recipe": json.loads(asked.recipe.to_json()),
        "link": f"compare?{urlencode(asked.recipe.to_address())}",
        "command": asked.command("compare"),
        "seconds": found.seconds,
        "environment": environment(),
    }
