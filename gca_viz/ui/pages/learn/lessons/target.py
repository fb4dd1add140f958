"""Who should match whom: the target."""

from __future__ import annotations

from typing import Any

import numpy as np

from gca_viz.experiments.lessons import STYLES, plan_of
from gca_viz.experiments.plan import engine
from gca_viz.settings.parameter import Choice
from gca_viz.transport import Plan
from gca_viz.ui.elements.board import Group, Panel
from gca_viz.ui.known import known
from gca_viz.ui.pages.learn.boards import cell_in, draw_board, result_of
from gca_viz.ui.pages.learn.lesson import Lesson, Settings, Shown, number, percent
from gca_viz.ui.parts.widgets import number_text

_PRIOR: dict[str, Any] = {"target": "domain", "prior": "fixed share", "share": 0.7}
#: option → what its recipe has
TARGETS: dict[str, dict[str, Any]] = {
    "pair": {},
    "class": {"target": "label"},
    "style": _PRIOR | {"alpha": 1.0, "beta": 0.0},
    "other-style": _PRIOR | {"alpha": 0.0, "beta": 1.0},
}
_TITLES = {
    "pair": "Only the pair",
    "class": "The class",
    "style": "Pair + same style",
    "other-style": "Pair + other styles",
}
_CONTROL = Choice(
    "target",
    "Target",
    tuple(TARGETS),
    "pair",
    "Which columns the target of a row asks for.",
)


def _show(settings: Settings) -> Shown:
    recipe = STYLES.with_values(show=("target", "residual"), eps=0.2, **TARGETS[settings["target"]])
    plan, pair = plan_of(recipe), plan_of(STYLES.with_values(eps=0.2))
    styled = plan_of(STYLES.with_values(eps=0.2, **TARGETS["style"]))
    target = known(plan.target)
    batch = engine.batch_of(recipe.data)
    labels, domains, size = batch.labels, batch.domains, len(batch)
    couple = _alike_in_style(pair, labels, domains)
    i, j = cell_in(plan, settings.pick, couple)
    first, second = couple
    before, after = float(pair.force[first, second]), float(styled.force[first, second])
    names, styles = batch.names, batch.dataset.domain_titles
    styles_each = len(set(domains.tolist()))
    others = target.clone().fill_diagonal_(0)
    facts = {
        "i": str(i),
        "j": str(j),
        "target": number_text(float(target[i, j])),
        "mass": number(plan.matrix[i, j]),
        "residual": number(plan.residual_matrix[i, j]),
        "does": "pull" if plan.residual_matrix[i, j] > 0 else "push",
        "first": str(first),
        "second": str(second),
        "first_name": names[first],
        "second_name": names[second],
        "style": styles[domains[first]],
        "before": number(before),
        "after": number(after),
        "pair_share": percent(target.diagonal().mean()),
        "asked": number_text(float((others > 0).sum() / size)),
        "attracted": number_text(float((plan.residual_matrix > 0).fill_diagonal_(False).sum() / size)),
        "same_class": "the same" if labels[i] == labels[j] else "another",
        "same_style": "the same" if domains[i] == domains[j] else "another",
        "what": _TITLES[settings["target"]].lower(),
    }
    right = "pull" if after > 0 else "weaker" if after > before else "harder"
    panels = [Panel("target", f"Target: {facts['what']}"), Panel("residual", "Residual: target − plan")]
    groups = [Group(names[k], styles_each, int(labels[k])) for k in range(0, size, styles_each)]
    return Shown(
        lambda: draw_board("target", result_of(recipe), panels, pick=(i, j), groups=groups),
        right=right,
        facts=facts,
        recipe=recipe,
        cells={"picked": (i, j), "pair": (i, i), "couple": couple},
    )


def _alike_in_style(pair: Plan, labels: np.ndarray, domains: np.ndarray) -> tuple[int, int]:
    """The two images of one style and of different classes that push each other hardest."""
    wanted = (domains[:, None] == domains[None]) & (labels[:, None] != labels[None])
    row, column = divmod(int(np.where(wanted, pair.force.cpu().numpy(), np.inf).argmin()), len(labels))
    return row, column


LESSON = Lesson("target", (_CONTROL,), _show, titles=_TITLES, board=True, wide=True)
