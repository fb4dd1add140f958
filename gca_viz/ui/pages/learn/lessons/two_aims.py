"""Alignment is worth nothing without uniformity."""

from __future__ import annotations

from gca_viz.encoders import bundled_runs
from gca_viz.experiments.lessons import RUN, RUN_IMAGES, epochs
from gca_viz.settings.parameter import Choice
from gca_viz.ui.pages.learn import figures
from gca_viz.ui.pages.learn.lesson import Lesson, Settings, Shown, number

_CONTROL = Choice(
    "epoch",
    "Epoch of the run",
    tuple(str(number) for number in bundled_runs()[RUN]),
    "0",
    "Number of epochs for which the network was trained with InfoNCE.",
)
_NOTABLE = 0.02


def _show(settings: Settings) -> Shown:
    path = epochs(RUN_IMAGES)
    now = next(epoch for epoch in path if str(epoch.number) == settings["epoch"])
    first, last = path[0], path[-1]
    seen = path if settings.answered else path[: path.index(now) + 1]  # the way shows where it ends
    change = last.alignment - first.alignment
    recipe = RUN_IMAGES.with_values(encoder=bundled_runs()[RUN][now.number], map="sphere", colour="view")
    facts = {
        "epoch": str(now.number),
        "n": str(RUN_IMAGES.data.size),
        "last": str(last.number),
        "alignment": number(now.alignment, 3),
        "uniformity": number(now.uniformity, 3),
        "alignment_first": number(first.alignment, 2),
        "alignment_last": number(last.alignment, 2),
        "uniformity_first": number(first.uniformity, 1),
        "uniformity_last": number(last.uniformity, 3),
        "cosine": number(1 - now.alignment / 2, 3),
        "worst": str(max(path, key=lambda epoch: epoch.alignment).number),
    }
    return Shown(
        lambda: figures.draw(figures.two_aims(seen, now.number), "two-aims"),
        right="apart" if change > _NOTABLE else "closer" if change < -_NOTABLE else "same",
        facts=facts,
        recipe=recipe,
        page="geometry",
    )


LESSON = Lesson("two-aims", (_CONTROL,), _show)
