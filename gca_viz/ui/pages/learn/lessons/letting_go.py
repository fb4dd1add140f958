"""In an unbalanced plan corrupted views send less."""

from __future__ import annotations

from math import isinf

from gca_viz.experiments.lessons import NOISY, corrupted_batch, plan_on
from gca_viz.experiments.plan import engine
from gca_viz.experiments.recipe.effects import CORRUPTIONS
from gca_viz.settings.parameter import Choice
from gca_viz.ui.pages.learn import figures
from gca_viz.ui.pages.learn.controls import penalty
from gca_viz.ui.pages.learn.lesson import Lesson, Settings, Shown, decimal, number, percent
from gca_viz.ui.pages.learn.pairs import corrupted_pairs
from gca_viz.ui.parts.widgets import number_text

_LAMBDA = penalty("∞: every row sends exactly 1; smaller: a row without a good match may send less.")
_BAD = Choice(
    "bad",
    "Corruption of a quarter of the pairs",
    tuple(CORRUPTIONS),
    "erase",
    "What is done to the corrupted quarter of the pairs.",
)
_LOOSE = 0.2
_ALIKE = 0.1


def _show(settings: Settings) -> Shown:
    strict = settings["strict"]
    base = NOISY.with_values(bad=settings["bad"])
    corrupted = corrupted_batch(base)
    now, loose = (
        plan_on(corrupted.embeddings, base.with_values(lambda1=value, lambda2=value)) for value in (strict, _LOOSE)
    )
    mass, bad = now.row_mass.cpu().numpy(), corrupted.mask
    masses = {"now": mass, "loose": loose.row_mass.cpu().numpy()}
    means = {name: (float(found[bad].mean()), float(found[~bad].mean())) for name, found in masses.items()}
    below = masses["loose"][bad][:, None] < masses["loose"][~bad][None]
    difference = means["loose"][1] - means["loose"][0]
    facts = {
        "lambda": number_text(strict),
        "tau": decimal(1.0 if isinf(strict) else strict / (strict + now.problem.epsilon)),
        "eps": number_text(float(now.problem.epsilon)),
        "bad": str(int(bad.sum())),
        "n": str(len(bad)),
        "bad_now": decimal(means["now"][0]),
        "good_now": decimal(means["now"][1]),
        "bad_loose": decimal(means["loose"][0]),
        "good_loose": decimal(means["loose"][1]),
        "lowest": decimal(mass.min()),
        "lowest_kind": "a corrupted one" if bad[int(mass.argmin())] else "a clean one",
        "auc": percent(below.mean()),
        "total": number(now.mass, 3),
    }
    names = engine.batch_of(base.data).names

    def draw() -> None:
        figures.draw(figures.row_masses(mass, bad, names), "letting-go", height=320)
        sent = [f"sends {decimal(one)}" for one in mass]
        corrupted_pairs(base, corrupted, f"The corrupted pairs at λ = {facts['lambda']}", sent)

    return Shown(
        draw,
        right="same" if abs(difference) < _ALIKE else "bad" if difference > 0 else "good",
        facts=facts,
        recipe=base.with_values(lambda1=strict, lambda2=strict),
        page="effects",
        query={"effect": "Noise lab"},
    )


LESSON = Lesson("letting-go", (_LAMBDA, _BAD), _show, titles=dict(CORRUPTIONS))
