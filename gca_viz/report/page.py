"""The report of a recipe's plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from html import escape

from gca_viz.experiments.plan.code import python_code
from gca_viz.experiments.plan.command import command_line
from gca_viz.experiments.plan.result import PlanResult
from gca_viz.experiments.plan.result_files import arrays, convergence_csv, npz, numbers_csv, plan_csv
from gca_viz.figures.convergence import convergence
from gca_viz.progress import ReportProgress
from gca_viz.report.document import Content, Report, Section
from gca_viz.report.parts import gallery, matrices, readings_table
from gca_viz.transport import Plan


def plan_report(
    result: PlanResult, *, command: str | None = None, progress: ReportProgress | None = None
) -> Report:
    """Figures, numbers and images of a plan and of the one beside it, at the half step that the recipe names.

    Args:
        result: what to show.
        command: the line that makes it again; by default that of :func:`command_line`.
        progress: called with the share done and what is being done.
    """
    limits, _ = result.limits(progress)
    checks = "".join(
        f"<p>{'Usable' if check.usable else 'Not converged'}. <b>{escape(title)}</b>: {escape(check.sentence)}</p>"
        for title, check in result.convergence_checks(progress).items()
    )
    sections = (
        Section("Numbers", f"At half step {result.step} of {result.last_step}.", readings_table(result)),
        *(Section(*parts) for parts in matrices(result)),
        *_way(result, limits),
        Section("Convergence check", "", checks),
        *(Section(*parts) for parts in gallery(result)),
    )
    return Report(
        title=f"gca-viz: {result.recipe.method.name}",
        headline=result.headline,
        sections=sections,
        recipe=result.recipe,
        parts=("data", "views", "encoder", "method", "display"),
        command=command or command_line(result.recipe, "report"),
        code=python_code(result.recipe),
        values={"readings": result.readings, "half_step": result.step},
        files=_files(result),
    )


def _way(result: PlanResult, limits: dict[str, Plan]) -> Iterator[Section]:
    """The half steps of the plans, where one of them has any: a sparse plan is found at once."""
    if any(plan.trace is not None for named in result.names.values() for plan in named.parts):
        yield Section(
            "Convergence of the plans",
            "Half step 0 is the kernel; odd half steps rescale the rows, even ones the columns. Dotted: the limit.",
            convergence(result.names, step=result.step, limits=limits),
        )


def _files(result: PlanResult) -> Mapping[str, Callable[[], Content]]:
    files: dict[str, Callable[[], Content]] = {
        "numbers.csv": lambda: numbers_csv(result),
        "convergence.csv": lambda: convergence_csv(result),
        "alignment.npz": lambda: npz(arrays(result)),
    }
    return files | {f"plan-{name}.csv": partial(plan_csv, result, name) for name in result.names}
