"""The temperature sets how many columns a row spreads over."""

from __future__ import annotations

from dataclasses import replace

from gca_viz.experiments.lessons import SMALL, plan_of
from gca_viz.experiments.plan.summary import least_matched_pair
from gca_viz.transport.parameters import EPSILON
from gca_viz.ui.elements.board import Panel
from gca_viz.ui.pages.learn.boards import cell_in, draw_board, names_of, result_of
from gca_viz.ui.pages.learn.lesson import Lesson, Settings, Shown, number, percent
from gca_viz.ui.parts.widgets import number_text

_EPSILON = replace(EPSILON, name="eps", low=0.02, high=2.0)
_COLD, _HOT = 0.02, 1.0


def _show(settings: Settings) -> Shown:
    eps = settings["eps"]
    recipe = SMALL.with_values(eps=eps, method="ince", vs="none", show=("kernel", "plan"))
    plan, cold, hot = (plan_of(recipe.with_values(eps=value)) for value in (eps, _COLD, _HOT))
    size = len(plan.cost)
    kept, (row, _) = float(hot.matched_share), least_matched_pair(cold)
    i, j = cell_in(plan, settings.pick, (row, row))
    rows, columns = names_of(recipe)
    nearest = int(plan.cost[i].argmin())
    guesses = {"nearly-all": 0.95, "half": 0.5, "little": 1 / size}
    facts = {
        "i": str(i),
        "j": str(j),
        "eps": number_text(eps),
        "n": str(size),
        "cost": number(plan.cost[i, j]),
        "kernel": number(plan.kernel[i, j]),
        "sum": number(plan.kernel[i].sum()),
        "mass": number(plan.matrix[i, j], 3),
        "row": str(row),
        "row_name": rows[row],
        "name": rows[i],
        "nearest": str(nearest),
        "nearest_name": columns[nearest],
        "perplexity": number(plan.perplexity),
        "perplexity_cold": number(cold.perplexity),
        "perplexity_hot": number(hot.perplexity),
        "kept": percent(plan.matched_share),
        "kept_cold": percent(cold.matched_share),
        "kept_hot": percent(kept),
        "even": percent(1 / size),
        "loss": number(plan.loss, 3),
        "loss_cold": number(cold.loss, 3),
        "loss_hot": number(hot.loss, 3),
    }
    title = f"InfoNCE at ε = {number_text(eps)}: a row spreads over {number(plan.perplexity)} columns"
    return Shown(
        lambda: draw_board("temperature", result_of(recipe), [Panel("plan", title)], pick=(i, j), maximum=1.0),
        right=min(guesses, key=lambda name: abs(guesses[name] - kept)),
        facts=facts,
        recipe=recipe,
        cells={"picked": (i, j), "nearest": (i, nearest)},
    )


LESSON = Lesson("temperature", (_EPSILON,), _show, board=True)
