"""InfoNCE is one half step of Sinkhorn."""

from __future__ import annotations

from gca_viz.experiments.lessons import SMALL, plan_of
from gca_viz.experiments.plan.summary import least_matched_pair
from gca_viz.settings.parameter import Choice
from gca_viz.ui.elements.board import Panel
from gca_viz.ui.pages.learn.boards import cell_in, draw_board, names_of, result_of
from gca_viz.ui.pages.learn.lesson import Lesson, Settings, Shown, number, percent

_STEPS = {"kernel": 0, "rows": 1, "columns": 2, "settled": -1}
_CONTROL = Choice(
    "step",
    "Half steps",
    tuple(_STEPS),
    "rows",
    "Each half step makes the sums of rows, or of columns, 1 and thereby changes those of the other.",
)
_TITLES = {
    "kernel": "Kernel",
    "rows": "Row step: InfoNCE",
    "columns": "Column step",
    "settled": "Limit",
}
_EVEN = 0.05


def _show(settings: Settings) -> Shown:
    step = _STEPS[settings["step"]]
    last = plan_of(SMALL)
    step = last.last_step if step < 0 else step
    plan, half = last.at(step), last.at(1)
    columns = half.column_mass
    hub, starved = int(columns.argmax()), int(columns.argmin())
    worst, _ = least_matched_pair(half)
    i, j = cell_in(plan, settings.pick, (worst, int(half.matrix[worst].argmax())))
    spread = float(columns.max() - columns.min())
    right = "one" if spread < _EVEN else "less" if float(columns.max()) < 1 else "uneven"
    rows, received = names_of(SMALL)
    facts = {
        "hub_name": received[hub],
        "starved_name": received[starved],
        "worst_name": rows[worst],
        "i": str(i),
        "j": str(j),
        "u": number((plan.f[i] / plan.problem.epsilon).exp(), 3),
        "v": number((plan.g[j] / plan.problem.epsilon).exp(), 3),
        "kernel": number(plan.kernel[i, j], 3),
        "mass": number(plan.matrix[i, j], 3),
        "row_sum": number(plan.row_mass[i], 3),
        "column_sum": number(plan.column_mass[j], 3),
        "hub": str(hub),
        "starved": str(starved),
        "hub_mass": number(columns[hub], 3),
        "starved_mass": number(columns[starved], 3),
        "hub_later": number(last.at(2).column_mass[hub], 3),
        "loss_half": number(half.loss, 3),
        "loss_other": number(last.at(2).loss, 3),
        "loss_limit": number(last.loss, 3),
        "found_half": percent(half.top1_rows),
        "found_limit": percent(last.top1_rows),
        "row_error": percent(last.at(2).row_error),
        "halves": str(last.half_steps),
        "worst": str(worst),
        "before": number(half.matrix[worst, worst]),
        "after": number(last.matrix[worst, worst]),
    }
    titles = {
        0: f"Kernel: row {i} sums to {facts['row_sum']}",
        1: "After the row step: every row sends exactly 1",
        2: "After the column step: every column receives exactly 1",
    }
    title = titles.get(step, f"After {step} half steps: every row and column sum is 1")
    recipe = SMALL.with_values(method="gca-ince", vs="ince", t=step, show=("reference", "plan", "difference"))
    return Shown(
        lambda: draw_board(
            "half-step", result_of(SMALL), [Panel("plan", title)], pick=(i, j), plans=[plan], maximum=1.0
        ),
        right=right,
        facts=facts,
        recipe=recipe,
        cells={"picked": (i, j), "hub": (hub, hub), "worst": (worst, worst)},
    )


LESSON = Lesson("half-step", (_CONTROL,), _show, titles=_TITLES, board=True)
