"""The report of a recipe's plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape

from gca_viz.experiments.plan.code import python_code
from gca_viz.experiments.plan.command import command_line
from gca_viz.experiments.plan.result import Outcome
from gca_viz.experiments.plan.result_files import arrays, convergence_csv, npz, numbers_csv, plan_csv
from gca_viz.figures.convergence import convergence
from gca_viz.progress import ReportProgress
from gca_viz.report.document import Content, Report, Section
from gca_viz.report.parts import gallery, matrices, readings_table


def plan_report(outcome: Outcome, *, command: str | None = None, progress: ReportProgress | None = None) -> Report:
    """Figures, numbers and images of a plan and of the one beside it, at the half step that the recipe names.

    Args:
        outcome: what to show.
        command: the line that makes it again; by default that of :func:`command_line`.
        progress: called with the share done and what is being done.
    """
    limits = outcome.limits(progress)
    verdicts = "".join(
        f"<p>{'Usable' if judged.usable else 'Not settled'}. <b>{escape(title)}</b>: {escape(judged.sentence)}</p>"
        for title, judged in outcome.verdicts(progress).items()
    )
    sections = (
        Section("Numbers", f"At half step {outcome.step} of {outcome.last_step}.", readings_table(outcome)),
        *(Section(*parts) for parts in matrices(outcome)),
        Section(
            "How the plans settle",
            "Half step 0 is the kernel; odd half steps set the rows, even ones the columns. Dotted: the limit.",
            convergence(outcome.names, step=outcome.step, limits=limits),
        ),
        Section("Is it usable?", "", verdicts),
        *(Section(*parts) for parts in gallery(outcome)),
    )
    return Report(
        title=f"gca-viz: {outcome.recipe.method.name}",
        headline=outcome.headline,
        sections=sections,
        recipe=outcome.recipe,
        parts=("data", "views", "encoder", "method", "display"),
        command=command or command_line(outcome.recipe, "report"),
        code=python_code(outcome.recipe),
        values={"readings": outcome.readings, "half_step": outcome.step},
        files=_files(outcome),
    )


def _files(outcome: Outcome) -> Mapping[str, Callable[[], Content]]:
    files = {
        "numbers.csv": lambda: numbers_csv(outcome),
        "convergence.csv": lambda: convergence_csv(outcome),
        "alignment.npz": lambda: npz(arrays(outcome)),
    }
    return files | {f"plan-{name}.csv": lambda name=name: plan_csv(outcome, name) for name in outcome.names}
