"""Who shares one unit of mass: the ladder of what is held."""

from __future__ import annotations

from itertools import pairwise

from gca_viz.experiments.lessons import SMALL, plan_of
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.settings.parameter import Choice
from gca_viz.transport import forces
from gca_viz.transport.options import HOLDS
from gca_viz.ui.elements.board import Panel
from gca_viz.ui.pages.learn.boards import cell_in, draw_board, names_of, result_of
from gca_viz.ui.pages.learn.lesson import Lesson, Settings, Shown, decimal, number

_LADDER = ("total", "rows", "both")
_HOLD = Choice("hold", "Held", ("nothing", *_LADDER), "total", "Who shares one unit of mass.")
_TITLES = {
    "nothing": "Nothing is held",
    "total": "The whole batch shares its mass",
    "rows": "Each row holds its unit",
    "both": "Rows and columns hold theirs",
}
_SAME = 1e-4


def _show(settings: Settings) -> Shown:
    plans = {hold: plan_of(_recipe(hold)) for hold in _HOLD.options}
    plan = plans[settings["hold"]]
    i, j = cell_in(plan, settings.pick, (0, 0))
    exact = forces(plan).pairs
    rows, _ = names_of(_recipe("rows"))
    most, least = int(plans["total"].row_mass.argmax()), int(plans["total"].row_mass.argmin())
    losses = [float(plans[hold].loss) for hold in _LADDER]
    falls = [later < before + _SAME for before, later in pairwise(losses)]
    facts = {
        "title": _TITLES[settings["hold"]].lower(),
        "says": HOLDS[settings["hold"]],
        "n": str(len(rows)),
        "i": str(i),
        "j": str(j),
        "mass": number(plan.matrix[i, j], 3),
        "row_sum": decimal(plan.row_mass[i]),
        "column_sum": decimal(plan.column_mass[j]),
        "loss": number(plan.loss, 3),
        **{f"loss_{hold}": number(of.loss, 3) for hold, of in plans.items()},
        "most_name": rows[most],
        "most": decimal(plans["total"].row_mass[most]),
        "least_name": rows[least],
        "least": decimal(plans["total"].row_mass[least]),
        "push": number((-exact).clamp_min(0).sum(), 3),
        "pull": number(exact.clamp_min(0).sum(), 3),
    }
    return Shown(
        lambda: draw_board(
            "unit", result_of(_recipe(settings["hold"])), [Panel("plan", _TITLES[settings["hold"]])], pick=(i, j)
        ),
        right="falls" if all(falls) else "rises" if not any(falls) else "mixed",
        facts=facts,
        recipe=_recipe(settings["hold"]),
        cells={"picked": (i, j)},
    )


def _recipe(hold: str) -> Recipe:
    return SMALL.with_values(method="ince", vs="none", hold=hold)


LESSON = Lesson("unit", (_HOLD,), _show, titles=_TITLES, board=True)
