"""From cosine to kernel."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gca_viz.experiments.lessons import SMALL, plan_of, twice_as_far
from gca_viz.transport.parameters import EPSILON
from gca_viz.ui.elements.board import Panel
from gca_viz.ui.pages.learn.boards import cell_in, draw_board, names_of, result_of
from gca_viz.ui.pages.learn.lesson import Lesson, Settings, Shown, number
from gca_viz.ui.parts.widgets import number_text

_EPSILON = replace(EPSILON, name="eps", default=0.2, low=0.05, high=1.0)


def _show(settings: Settings) -> Shown:
    recipe = SMALL.with_values(eps=settings["eps"], show=("cost", "kernel"))
    plan = plan_of(recipe)
    row, near, far = twice_as_far(plan)
    i, j = cell_in(plan, settings.pick, (row, near))
    cost, kernel = plan.cost.double(), (-plan.cost.double() / settings["eps"]).exp()
    small, large = float(kernel[row, near]), float(kernel[row, far])
    guesses = {"half": small / 2, "square": small**2, "same": small}
    rows, columns = names_of(recipe)
    facts = {
        "row_name": rows[row],
        "near_name": columns[near],
        "far_name": columns[far],
        "i": str(i),
        "j": str(j),
        "cosine": number(1 - cost[i, j], 3),
        "cost": number(cost[i, j], 3),
        "eps": number_text(settings["eps"]),
        "kernel": number(kernel[i, j], 3),
        "row": str(row),
        "near": str(near),
        "far": str(far),
        "cost_near": number(cost[row, near], 3),
        "cost_far": number(cost[row, far], 3),
        "kernel_near": number(small, 3),
        "kernel_far": number(large, 3),
        "square": number(small**2, 3),
        "half": number(small / 2, 3),
        "largest": number(kernel.max() / kernel.min()),
        "lowest": number(cost.min()),
        "highest": number(cost.max()),
    }
    panels = [
        Panel("cost", "Cost: 1 − cosine"),
        Panel("kernel", f"Kernel at ε = {number_text(settings['eps'])}"),
    ]
    return Shown(
        lambda: draw_board("cosine", result_of(recipe), panels, pick=(i, j)),
        right=min(guesses, key=lambda name: abs(np.log(guesses[name]) - np.log(large))),
        facts=facts,
        recipe=recipe,
        cells={"picked": (i, j), "near": (row, near), "far": (row, far)},
    )


LESSON = Lesson("cosine", (_EPSILON,), _show, board=True, wide=True)
