"""A robust loss pulls less on pairs that fit badly."""

from __future__ import annotations

from dataclasses import replace

from gca_viz.experiments.lessons import NOISY, corrupted_batch, pulls
from gca_viz.experiments.plan import engine
from gca_viz.transport.parameters import LAM, Q
from gca_viz.ui.pages.learn import figures
from gca_viz.ui.pages.learn.lesson import Lesson, Settings, Shown, number
from gca_viz.ui.pages.learn.pairs import corrupted_pairs
from gca_viz.ui.parts.widgets import number_text

_SOFT, _HARD = 0.01, 1.0
_Q = replace(Q, low=_SOFT, default=_SOFT, scale="log")
_EQUAL = 1.1


def _show(settings: Settings) -> Shown:
    recipe = NOISY.with_values(method="rince", vs="ince", bad="swap", eps=0.1, q=settings["q"])
    now, soft, hard = (pulls(recipe, q) for q in (settings["q"], _SOFT, _HARD))
    names = engine.batch_of(recipe.data).names
    facts = {
        "q": number_text(settings["q"]),
        "wrong": str(int(now.wrong.sum())),
        "n": str(len(now.wrong)),
        "ratio": number(now.ratio),
        "ratio_soft": number(soft.ratio),
        "ratio_hard": number(hard.ratio),
        "cosine_wrong": number(now.cosine[now.wrong].mean()),
        "cosine_right": number(now.cosine[~now.wrong].mean()),
        "lam": number_text(LAM.default),
        "eps": number_text(recipe.method.epsilon),
        "top": "wrong" if now.wrong[int(now.pull.argmax())] else "right",
        "share": number(100 * now.pull[now.wrong].sum() / now.pull.sum()),
    }

    def draw() -> None:
        figures.draw(figures.pulls_by_cosine(now, names), "robust", height=320)
        pulled = [f"pull {number(pull)} × the mean" for pull in now.pull]
        corrupted_pairs(recipe, corrupted_batch(recipe), f"The wrong pairs at q = {facts['q']}", pulled)

    return Shown(
        draw,
        right="alike" if 1 / _EQUAL < soft.ratio < _EQUAL else "wrong" if soft.ratio > 1 else "right",
        facts=facts,
        recipe=recipe,
        page="effects",
        query={"effect": "Noise lab"},
    )


LESSON = Lesson("robust", (_Q,), _show)
