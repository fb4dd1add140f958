"""A force is the residual times the slope of the kernel."""

from __future__ import annotations

import torch

from gca_viz.experiments.lessons import SMALL, plan_of
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.settings.parameter import Choice
from gca_viz.ui.pages.learn import figures
from gca_viz.ui.pages.learn.boards import names_of
from gca_viz.ui.pages.learn.lesson import Lesson, Settings, Shown, number

_KERNEL = Choice("kernel", "Kernel", ("gibbs", "student", "simo"), "gibbs", "How a distance becomes a weight.")
_TITLES = {"gibbs": "Gibbs", "student": "Student, ν = 1 (t-SNE)", "simo": "SimO"}
_NUMBERS = {"student": {"df": 1.0}}
_EPSILON = 0.2
_EQUAL = 0.02


def _show(settings: Settings) -> Shown:
    kernel = settings["kernel"]
    recipe = slope_recipe(kernel)
    plan = plan_of(recipe)
    cost, slope, force = (of.detach().cpu().double() for of in (plan.cost, plan.problem.slope, plan.force))
    strangers = cost.clone().fill_diagonal_(float("inf"))
    row, near = divmod(int(strangers.argmin()), len(cost))
    far = int(cost[row].argmax())
    ratio = float(slope[row, far] / slope[row, near])
    rows, columns = names_of(recipe)
    beyond = (cost > 1) & ~torch.eye(len(cost), dtype=torch.bool)
    facts = {
        "kernel": _TITLES[kernel],
        "row": str(row),
        "row_name": rows[row],
        "near_name": columns[near],
        "far_name": columns[far],
        "near": number(cost[row, near]),
        "far": number(cost[row, far]),
        "slope_near": number(slope[row, near], 3),
        "slope_far": number(slope[row, far], 3),
        "as_hard": f"**{number(ratio)}** times as hard"
        if ratio > 0
        else f"the other way, **{number(-ratio)}** times as hard",
        "force_near": number(force[row, near], 3),
        "force_far": number(force[row, far], 3),
        "beyond": str(int(beyond.sum())),
        "strangers": str(len(cost) * (len(cost) - 1)),
        "pulled": str(int((force[beyond] > 0).sum())),
    }
    right = "other" if ratio < 0 else "equal" if abs(ratio - 1) < _EQUAL else "less" if ratio < 1 else "more"
    return Shown(
        lambda: figures.draw(figures.forces_by_cost(cost.numpy(), force.numpy(), rows, columns), "slope"),
        right=right,
        facts=facts,
        recipe=recipe.with_values(i=row, j=far),
    )


def slope_recipe(kernel: str) -> Recipe:
    """InfoNCE of the batch with a kernel."""
    return SMALL.with_values(method="ince", vs="none", eps=_EPSILON, kernel=kernel, **_NUMBERS.get(kernel, {}))


LESSON = Lesson("slope", (_KERNEL,), _show, titles=_TITLES)
