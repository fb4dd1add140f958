"""The mean of several plans: never surer than they are."""

from __future__ import annotations

from dataclasses import replace

import torch

from gca_viz.experiments.lessons import RUN, RUN_IMAGES, several_pairs
from gca_viz.experiments.recipe.effects import ENSEMBLE
from gca_viz.figures.calibration import reliability
from gca_viz.transport.parameters import EPSILON
from gca_viz.ui.pages.learn import figures
from gca_viz.ui.pages.learn.lesson import Lesson, Settings, Shown, number, percent
from gca_viz.ui.parts.widgets import number_text

_EPSILON = replace(EPSILON, name="eps", default=0.05, low=0.02, high=1.0)
PAIRS = replace(ENSEMBLE, name="pairs", default=8, low=1, high=8)
_SAME = 0.02


def _show(settings: Settings) -> Shown:
    chosen = {"eps": settings["eps"], "ensemble": settings["pairs"]}
    recipe = RUN_IMAGES.with_values(encoder=RUN, method="ince", vs="none", **chosen)
    found, geometric = (several_pairs(recipe, pool) for pool in ("mean", "geometric"))
    one, whole = found.parts[0], found.calibration
    sure = torch.stack([part.confidence.mean() for part in found.parts]).mean()
    change = float(whole.ece - one.ece)
    facts = {
        "eps": number_text(settings["eps"]),
        "n": str(len(whole.hit)),
        "k": str(settings["pairs"]),
        "sure_one": percent(one.confidence.mean()),
        "right_one": percent(one.hit.mean()),
        "error_one": number(one.ece),
        "sure_all": percent(whole.confidence.mean()),
        "right_all": percent(whole.hit.mean()),
        "error_all": number(whole.ece),
        "sure_parts": percent(sure),
        "sure_geometric": percent(geometric.calibration.confidence.mean()),
        "error_geometric": number(geometric.calibration.ece),
        "brier_parts": number(found.of_parts("brier"), 3),
        "brier_all": number(found.of_whole("brier"), 3),
    }

    def draw() -> None:
        plans = {"one pair": one}
        if settings.answered:  # before that, it would give the answer away
            plans[f"mean of {facts['k']}"] = whole
        figures.draw(reliability(plans), "averaging")

    return Shown(
        draw,
        right="stays" if abs(change) < _SAME else "rises" if change > 0 else "falls",
        facts=facts,
        recipe=recipe,
        page="effects",
        query={"effect": "Calibration"},
    )


LESSON = Lesson("averaging", (PAIRS, _EPSILON), _show)
