"""The residual is the force."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gca_viz.experiments.lessons import SMALL, plan_of
from gca_viz.experiments.plan import engine
from gca_viz.settings.parameter import Choice
from gca_viz.transport import forces
from gca_viz.transport.parameters import EPSILON
from gca_viz.ui.elements.board import Panel
from gca_viz.ui.pages.learn.boards import cell_in, draw_board, names_of, result_of
from gca_viz.ui.pages.learn.lesson import Lesson, Settings, Shown, number
from gca_viz.ui.parts.widgets import number_text

_EPSILON = replace(EPSILON, name="eps", low=0.02, high=2.0)
_METHOD = Choice("method", "Plan", ("ince", "gca-ince", "byol"), "ince", "Method whose plan and forces are shown.")
_TITLES = {"ince": "InfoNCE", "gca-ince": "Sinkhorn", "byol": "Only attraction (BYOL)"}
_EQUAL = 0.02


def _show(settings: Settings) -> Shown:
    recipe = SMALL.with_values(eps=settings["eps"], method=settings["method"], vs="none", show=("plan", "residual"))
    plan, eps = plan_of(recipe), settings["eps"]
    exact = forces(plan).pairs
    i, j = cell_in(plan, settings.pick, _pushed_by_its_class())
    pull, push = float(exact[i].clamp_min(0).sum()), float((-exact[i]).clamp_min(0).sum())
    against = exact[i].clone()
    against[i] = float("inf")
    hardest = int(against.argmin())
    gap = float((plan.force - exact).abs().max())
    (rows, columns), labels = names_of(recipe), engine.batch_of(recipe.data).labels
    facts = {
        "method": _TITLES[settings["method"]],
        "i": str(i),
        "j": str(j),
        "name": rows[i],
        "eps": number_text(eps),
        "target": "1" if i == j else "0",
        "mass": number(plan.matrix[i, j], 3),
        "residual": number(plan.residual_matrix[i, j], 3),
        "force": number(exact[i, j], 3),
        "does": "pulls the two together"
        if exact[i, j] > 0
        else "pushes them apart"
        if exact[i, j] < 0
        else "does nothing",
        "pull": number(pull, 3),
        "push": number(push, 3),
        "hardest": str(hardest),
        "hardest_name": columns[hardest],
        "kin": "its own" if labels[i] == labels[hardest] else "another",
        "hardest_force": number(exact[i, hardest], 3),
        "gap": number(gap),
        "agree": "agree" if gap < _EQUAL * float(exact.abs().max()) else "differ",
    }
    ratio = push / pull
    right = "equal" if abs(ratio - 1) < _EQUAL else "less" if ratio < 1 else "more"
    panels = [Panel("plan", f"{facts['method']}: the plan"), Panel("residual", "Residual: target − plan")]
    return Shown(
        lambda: draw_board("force", result_of(recipe), panels, pick=(i, j)),
        right=right,
        facts=facts,
        recipe=recipe,
        cells={"picked": (i, j), "pair": (i, i), "hardest": (i, hardest)},
    )


def _pushed_by_its_class() -> tuple[int, int]:
    """The pair of the row that InfoNCE pushes hardest from something of its own class."""
    labels, force = engine.batch_of(SMALL.data).labels, plan_of(SMALL).at(1).force.cpu().numpy()
    alike = (labels[:, None] == labels[None]) & ~np.eye(len(labels), dtype=bool)
    row = int(np.where(alike, force, np.inf).min(1).argmin())
    return row, row


LESSON = Lesson("force", (_METHOD, _EPSILON), _show, titles=_TITLES, board=True, wide=True)
