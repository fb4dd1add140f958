"""Is a plan usable? What its solver did, and how far it is from the limit, in words."""

from __future__ import annotations

from dataclasses import dataclass

from gca_viz.experiments.plan.summary import moved_mass
from gca_viz.transport import REGIMES, Plan


@dataclass(frozen=True)
class ConvergenceCheck:
    """What a person should know before they use a plan.

    Attributes:
        usable: whether more iterations would change little.
        sentence: why, and what to do if not.
        facts: label → text, for a table.
    """

    usable: bool
    sentence: str
    facts: dict[str, str]


def check_convergence(plan: Plan, limit: Plan | None) -> ConvergenceCheck:
    """Whether a plan is usable, and why.

    Args:
        plan: as the page shows it, at its last step.
        limit: what its iterations tend to, of the same problem; None if that is not known.
    """
    report, cost = plan.diagnostics, plan.problem.cost
    away = None if limit is None else moved_mass(plan, limit)
    facts = {
        "Solver": f"{report.regime}: {REGIMES[report.regime]}",
        "Why this one": report.why,
        "Work": f"{_count(plan.half_steps, 'half step')}, {_count(report.passes, 'pass', 'es')} over the kernel",
        "Stopped by": report.stop_reason,
        "Marginal error of the rows": _share(report.row_marginal_error),
        "Marginal error of the columns": _share(report.column_marginal_error),
        "Mass that lies elsewhere at the limit": "not known" if away is None else _share(away),
        "Limit found by": _finder(limit),
        "Computed in": f"{str(cost.dtype).removeprefix('torch.')} on {cost.device.type}",
    }
    return ConvergenceCheck(report.usable, _sentence(plan, away), facts)


def _finder(limit: Plan | None) -> str:
    if limit is None:
        return "not known"
    return f"{limit.diagnostics.regime}, {_count(limit.diagnostics.passes, 'pass', 'es')}"


def _sentence(plan: Plan, away: float | None) -> str:
    report = plan.diagnostics
    if report.regime == "kernel":
        return "nothing is constrained, so the kernel is the plan."
    if len(plan.parts) > 1:
        return "the mean of a plan with exact rows and one with exact columns; the mean has neither exactly."
    if report.converged:
        free = [side.dim for side in (plan.problem.rows, plan.problem.columns) if side.free]
        left = f" The {'rows' if free[0] else 'columns'} are not constrained." if free else ""
        return f"converged; the plan is usable as it is.{left}"
    wrong = f"the marginal error is {_share(report.marginal_error)} of the mass"
    if report.usable:
        rest = "" if away is None else f", and at the limit only {_share(away)} lies elsewhere"
        return f"not converged, but usable: {wrong}{rest}."
    return f"not converged: {wrong}. {report.remedy}."


def _count(number: int, what: str, plural: str = "s") -> str:
    return f"{number} {what}{'' if number == 1 else plural}"


def _share(share: float) -> str:
    if share == 0:
        return "0 %"
    return "less than 0.0001 %" if share < 1e-6 else f"{100 * share:.2g} %"
