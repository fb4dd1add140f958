"""Sure and right: the calibrated temperature."""

from __future__ import annotations

from dataclasses import replace

from gca_viz.experiments.caching.cache import cached
from gca_viz.experiments.effects.calibrated import Calibrated, calibrate
from gca_viz.experiments.lessons import RUN, RUN_IMAGES, plan_of
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.figures.calibration import reliability
from gca_viz.settings.parameter import Choice
from gca_viz.transport import calibration
from gca_viz.transport.parameters import EPSILON
from gca_viz.ui.pages.learn import figures
from gca_viz.ui.pages.learn.lesson import Lesson, Settings, Shown, number, percent
from gca_viz.ui.parts.widgets import number_text

_EPSILON = replace(EPSILON, name="eps", default=0.02, low=0.02, high=1.0)
_METHOD = Choice("method", "Plan", ("ince", "gca-ince"), "ince", "Method whose plan is asked.")
_TITLES = {"ince": "InfoNCE", "gca-ince": "Sinkhorn"}
_TRAINED = 0.2  # ε of the run
_AS_SURE = 0.02


def _show(settings: Settings) -> Shown:
    recipe = RUN_IMAGES.with_values(encoder=RUN, method=settings["method"], vs="none", eps=settings["eps"])
    own, trained = (calibration(plan_of(recipe.with_values(eps=eps))) for eps in (settings["eps"], _TRAINED))
    best = {name: _calibrated(RUN_IMAGES.with_values(encoder=RUN, method=name, vs="none")) for name in _TITLES}
    sure, right = float(own.confidence.mean()), float(own.hit.mean())
    facts = {
        "method": _TITLES[settings["method"]],
        "eps": number_text(settings["eps"]),
        "n": str(len(own.hit)),
        "sure": percent(sure),
        "right": percent(right),
        "error": number(own.ece),
        "word": "too sure"
        if sure > right + _AS_SURE
        else "not sure enough"
        if sure < right - _AS_SURE
        else "as sure as right",
        "trained": number_text(_TRAINED),
        "sure_trained": percent(trained.confidence.mean()),
        "right_trained": percent(trained.hit.mean()),
        **{f"best_{name.replace('-', '_')}": number_text(found.epsilon) for name, found in best.items()},
        **{f"error_{name.replace('-', '_')}": number(found.best.ece) for name, found in best.items()},
        **{f"right_{name.replace('-', '_')}": percent(found.best.hit.mean()) for name, found in best.items()},
    }
    return Shown(
        # The diagram would give the answer away.
        lambda: figures.draw(
            reliability({f"ε = {facts['eps']}": own}) if settings.answered else figures.confidences(own), "sure"
        ),
        right="fewer" if sure > right + _AS_SURE else "more" if sure < right - _AS_SURE else "as-many",
        facts=facts,
        recipe=recipe,
        page="effects",
        query={"effect": "Calibration"},
    )


@cached
def _calibrated(recipe: Recipe) -> Calibrated:
    return calibrate(recipe)


LESSON = Lesson("sure", (_EPSILON, _METHOD), _show, titles=_TITLES)
