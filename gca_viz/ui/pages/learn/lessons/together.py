"""Alike together: what several encoders gain from each other."""

from __future__ import annotations

from gca_viz.experiments.lessons import MANY, members_of
from gca_viz.settings.parameter import Choice
from gca_viz.ui.pages.learn import figures
from gca_viz.ui.pages.learn.lesson import Lesson, Settings, Shown, decimal, percent

#: four encoders → what each is called in the picture
FOURS = {
    "alike": {
        "things-ince": "InfoNCE",
        "things-gca-ince": "Sinkhorn",
        "things-simclr": "SimCLR",
        "things-clip": "Symmetric InfoNCE",
    },
    "different": {
        "things-ince": "InfoNCE",
        "things-cross-ince": "Partners of a class",
        "things-noisy-ince": "Noisy views",
        "things-byol": "BYOL",
    },
}
_TITLES = {"alike": "Four losses, one training", "different": "Four trainings"}
_FOUR = Choice("four", "Encoders", tuple(FOURS), "alike", "Which four heads on EfficientNet-Lite0 are averaged.")


def _show(settings: Settings) -> Shown:
    four = FOURS[settings["four"]]
    first, *others = four
    recipe = MANY.with_values(n=240, encoder=first, encoders=tuple(others))
    found = members_of(recipe)
    alone = found.right.mean(1)
    gained = found.gain.gain
    facts = {
        "what": _TITLES[settings["four"]].lower(),
        "n": str(found.right.shape[1]),
        "best_name": list(four.values())[int(alone.argmax())],
        "best": percent(alone.max()),
        "least": percent(alone.min()),
        "together": percent(found.together.mean()),
        "gain": _points(gained.value),
        "low": _points(gained.low),
        "high": _points(gained.high),
        "alike": decimal(found.alike),
        "missed": str(int(found.missed.sum())),
        "all": str(int(found.right.all(0).sum())),
        "found": str(int((found.together & found.missed).sum())),
        "split": str(int((found.right.any(0) & ~found.right.all(0)).sum())),
    }
    rows = dict(zip(four.values(), found.right, strict=True))
    if settings.answered:  # before that, it would give the answer away
        rows["All together"] = found.together
    return Shown(
        lambda: figures.draw(figures.hits_by_image(rows), "together"),
        right="more" if gained.low > 0 else "fewer" if gained.high < 0 else "same",
        facts=facts,
        recipe=recipe,
        page="compare",
    )


def _points(share: float) -> str:
    return f"{100 * share + 0.0:+.1f}".replace("-", "−")


LESSON = Lesson("together", (_FOUR,), _show, titles=_TITLES)
