"""Plans that the board of a notebook draws, checked, and the matrices that there are of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, cast, get_args

import numpy as np

from gca_viz.errors import InputError
from gca_viz.transport import Plan
from gca_viz.transport.plans.sparse_plan import SparsePlan
from gca_viz.transport.problem.pairing import Pairing
from gca_viz.ui.elements import board
from gca_viz.ui.elements.board.plans import PackedPlans

Kind = Literal["cost", "kernel", "plan", "difference", "target", "residual", "force"]
PANELS = get_args(Kind)
#: rows, or columns, that a browser draws without waiting
MOST_ROWS = 2048
_OF_TARGET = ("target", "residual", "force")


def checked_plans(plans: Any) -> dict[str, Plan]:
    """Title → plan, cut off from autograd.

    Raises:
        InputError: something else than plans of one batch that hold a matrix, or more rows than are drawn.
    """
    found = {str(title): plan for title, plan in (plans if isinstance(plans, Mapping) else {"plan": plans}).items()}
    if not found:
        raise InputError("no plan", "the board draws at least one", "Pass gca_viz.align(z1, z2)", parameter="plan")
    for title, plan in found.items():
        _check_plan(title, plan)
    shapes = dict.fromkeys((*plan.problem.shape, pairing_of([plan]).layout) for plan in found.values())
    if len(shapes) > 1:
        raise InputError(
            "plans of " + " and ".join(f"{rows} × {columns} ({layout})" for rows, columns, layout in shapes),
            "the plans on one board have the same rows and columns",
            "Align the same samples in the same layout, or make a board for each",
            parameter="plan",
        )
    return {title: plan.detach() for title, plan in found.items()}


def _check_plan(title: str, plan: Any) -> None:
    if not isinstance(plan, Plan):
        streamed = hasattr(plan, "rows") and hasattr(plan, "diagnostics")
        raise InputError(
            f"a {type(plan).__name__} as {title!r}",
            "the board draws plans that hold their matrix, as gca_viz.align makes them",
            f"Align a part of the samples: gca_viz.align(z1[:{MOST_ROWS // 2}], z2[:{MOST_ROWS // 2}])"
            if streamed
            else "Pass gca_viz.align(z1, z2), or several: {'one': plan, 'other': another}",
            parameter="plan",
        )
    rows, columns = plan.problem.shape
    if max(rows, columns) > MOST_ROWS:
        layout = pairing_of([plan]).layout
        most = MOST_ROWS // 2 if layout == "joint" else MOST_ROWS
        raise InputError(
            f"a plan of {rows} × {columns} ({layout} layout)",
            f"the board draws at most {MOST_ROWS} rows and columns",
            f"Align a part of the samples: gca_viz.align(z1[:{most}], z2[:{most}])",
            parameter="plan",
        )


def checked_panels(names: Sequence[str] | None, plans: Mapping[str, Plan]) -> tuple[Kind, ...]:
    """Which matrices; by default each plan, and of two their difference.

    Raises:
        InputError: a matrix that there is not.
    """
    if names is None:
        return ("plan", "difference") if len(plans) == 2 else ("plan",)
    chosen = (names,) if isinstance(names, str) else tuple(names)
    without_target = any(plan.target is None for plan in plans.values())
    for name in chosen:
        if (
            name not in PANELS
            or (name == "difference" and len(plans) < 2)
            or (name in _OF_TARGET and without_target)
        ):
            raise InputError(
                f"panels = {name!r}",
                f"panels are {', '.join(PANELS)}; a difference needs two plans, {', '.join(_OF_TARGET)} a target",
                "Leave panels out, or use panels=('cost', 'plan')",
                parameter="panels",
            )
    if not chosen:
        raise InputError("no panels", f"some of {', '.join(PANELS)}", "Leave panels out", parameter="panels")
    return cast(tuple[Kind, ...], chosen)


def panels_of(names: Sequence[Kind], titles: Sequence[str]) -> list[board.Panel]:
    """The matrices by their names, left to right; what all plans have alike is the first's."""
    found = []
    for name in names:
        if name in ("cost", "kernel", "target"):
            found.append(board.Panel(name, name))
        elif name == "difference":
            found.append(board.Panel(name, f"{titles[1]} − {titles[0]}", plan=1, minus=0))
        else:
            words = {"plan": "{}", "residual": "target − {}", "force": "force of {}"}[name]
            found += [board.Panel(name, words.format(title), plan=k) for k, title in enumerate(titles)]
    return found


def matrix_of(panel: board.Panel, plans: Sequence[Plan]) -> np.ndarray:
    """(N, M) what a panel shows; NaN where there is nothing."""
    plan = plans[panel.plan]
    if panel.kind == "difference":
        values = plan.matrix - plans[panel.minus].matrix
    else:
        names = {"plan": "matrix", "residual": "residual_matrix"}
        values = getattr(plan, names.get(panel.kind, panel.kind))
    found = values.detach().cpu().double().numpy()
    return np.where(np.isfinite(found), found, np.nan)


def pairing_of(plans: Sequence[Plan]) -> Pairing:
    """Who is whose partner; of plans that do not say, nobody is anybody's."""
    pairing = plans[0].pairing
    return Pairing.of_sets(*plans[0].problem.shape) if pairing is None else pairing


def axes_of(pairing: Pairing) -> tuple[str, str]:
    """What rows and columns are."""
    return ("view 1", "view 2") if pairing.layout == "cross" else ("both views", "both views")


def has_steps(plan: Plan) -> bool:
    """Whether the way to a plan is known."""
    return isinstance(plan, SparsePlan) or all(part.trace is not None for part in plan.parts)


def frames_of(packed: PackedPlans, title: str, plan: Plan) -> board.PlanFrames:
    """A plan at every half step that is known."""
    return packed.frames(title, plan) if has_steps(plan) else packed.still(title, plan)
