"""A relation without the pair: ReSSL's target."""

from __future__ import annotations

from dataclasses import replace

from gca_viz.experiments.lessons import SMALL, plan_of
from gca_viz.transport import forces
from gca_viz.transport.parameters import TARGET_TEMPERATURE
from gca_viz.ui.elements.board import Panel
from gca_viz.ui.known import known
from gca_viz.ui.pages.learn.boards import cell_in, draw_board, names_of, result_of
from gca_viz.ui.pages.learn.lesson import Lesson, Settings, Shown, number, percent
from gca_viz.ui.parts.widgets import number_text

_TEMPERATURE = replace(TARGET_TEMPERATURE, low=0.02, high=0.5)
_NONE = 1e-6


def _show(settings: Settings) -> Shown:
    teps = settings["target_temperature"]
    recipe = SMALL.with_values(method="ince", vs="none", target="relation", teps=teps, show=("target", "plan"))
    plan = plan_of(recipe)
    target, exact = known(plan.target), forces(plan).pairs
    surest = int(target.amax(1).argmax())
    i, j = cell_in(plan, settings.pick, (surest, int(target[surest].argmax())))
    told = int(target[i].argmax())
    pair = float(exact.diagonal().abs().max())
    rows, columns = names_of(recipe)
    facts = {
        "i": str(i),
        "j": str(j),
        "name": rows[i],
        "partner_name": columns[i],
        "told_name": columns[told],
        "told": percent(target[i, told]),
        "given": percent(plan.matrix[i, told]),
        "target": number(target[i, j], 3),
        "mass": number(plan.matrix[i, j], 3),
        "force": number(exact[i, j], 3),
        "pair_force": number(exact[i, i]),
        "teps": number_text(teps),
        "eps": number_text(recipe.method.epsilon),
        "loss": number(plan.loss, 3),
    }
    signs = exact.diagonal().sum()
    return Shown(
        lambda: draw_board(
            "relation",
            result_of(recipe),
            [
                Panel("target", f"Target: how the drawings relate, ε′ = {facts['teps']}"),
                Panel("plan", "Plan of InfoNCE"),
            ],
            pick=(i, j),
        ),
        right="nothing" if pair < _NONE else "pull" if float(signs) > 0 else "push",
        facts=facts,
        recipe=recipe,
        cells={"picked": (i, j), "pair": (i, i), "told": (i, told)},
    )


LESSON = Lesson("relation", (_TEMPERATURE,), _show, board=True, wide=True)
