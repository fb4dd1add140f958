"""Two crowds without pairs: who lends a sketch its class."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
import streamlit as st

from gca_viz.experiments.lessons import CROWDS, nearest_of
from gca_viz.experiments.recipe.transfer import IDENTITIES
from gca_viz.experiments.transfer.groups import Group
from gca_viz.experiments.transfer.result import WAYS, TransferResult, transfer_of
from gca_viz.palette import ATTRACTION, REPULSION, in_css
from gca_viz.settings.parameter import Choice
from gca_viz.ui.markdown import plain
from gca_viz.ui.pages.learn.lesson import Lesson, Settings, Shown, decimal, number, percent
from gca_viz.ui.parts.headings import section
from gca_viz.ui.parts.pictures import pictures
from gca_viz.ui.parts.widgets import number_text

_THINGS = Choice("things", "Things", IDENTITIES.options, IDENTITIES.default, IDENTITIES.help)
_TITLES = {"same": "The same in both", "other": "Other ones"}
_SHOWN, _WIDTH = 6, 84


def _show(settings: Settings) -> Shown:
    recipe = CROWDS.with_values(things=settings["things"])
    found = transfer_of(recipe)
    lender, nearest = found.plan.argmax(0).cpu().numpy(), nearest_of(found)
    asked = np.bincount(nearest, minlength=len(found.lent))
    busy = np.bincount(lender, minlength=len(found.lent))
    popular = int(asked.argmax())
    facts = {
        "first": str(len(found.lent)),
        "second": str(len(found.truth)),
        "eps": number_text(recipe.method.epsilon),
        "things": {"same": "the same things as", "other": "other things than"}[settings["things"]],
        "other": percent(found.ways[found.best_neighbours].accuracy.value),
        **{way: percent(of.accuracy.value) for way, of in found.ways.items()},
        "other_way": WAYS[found.best_neighbours][0].lower() + WAYS[found.best_neighbours][1:],
        "gain": _points(found.gain.value),
        "low": _points(found.gain.low),
        "high": _points(found.gain.high),
        "popular": found.sets.source.batch.names[popular],
        "times": str(int(asked.max())),
        "unasked": str(int((asked == 0).sum())),
        "times_plan": str(int(busy.max())),
        "unasked_plan": str(int((busy == 0).sum())),
        "distance": decimal(found.distance),
        "chance": decimal(found.by_chance),
        "received": number(len(found.lent) / len(found.truth), 3),
    }
    return Shown(
        lambda: _cards(found, lender, nearest, answered=settings.answered),
        right="more" if found.gain.low > 0 else "fewer" if found.gain.high < 0 else "alike",
        facts=facts,
        recipe=recipe,
        page="transfer",
    )


def _cards(found: TransferResult, lender: np.ndarray, nearest: np.ndarray, *, answered: bool) -> None:
    """Sketches whose nearest photograph and whose lender in the plan are two, with both of them."""
    source, receiver = found.sets.source, found.sets.receiver
    places = np.flatnonzero((lender != nearest) & (found.truth >= 0))
    shown = places[:_SHOWN].tolist()
    section(f"{len(shown)} of the {len(places)} sketches on which the two ways differ")
    used = []
    with st.container(horizontal=True, gap="small", key="learn-crowds"):
        for place in shown:
            ways = [("nearest", "knn1", int(nearest[place]))]
            if answered:  # before that, it would give the answer away
                ways.append(("plan", "sinkhorn", int(lender[place])))
            with st.container(width=_WIDTH * 3 + 24, gap="xxsmall"):
                _card(found, place, ways)
            used += [_credit(receiver, place), *(_credit(source, of) for _, _, of in ways)]
    st.caption("Images: " + " · ".join(map(plain, filter(None, dict.fromkeys(used)))))


def _card(found: TransferResult, place: int, ways: Sequence[tuple[str, str, int]]) -> None:
    source, receiver = found.sets.source, found.sets.receiver
    names = [receiver.batch.names[place], *(source.batch.names[of] for _, _, of in ways)]
    images = [_image(receiver, place), *(_image(source, of) for _, _, of in ways)]
    pictures(images, names, width=_WIDTH)
    st.caption(plain(f"{names[0]} · {found.classes[found.truth[place]]}"))
    for (word, way, _), name in zip(ways, names[1:], strict=True):
        given = found.ways[way].found[place]
        colour = in_css(ATTRACTION if given == found.truth[place] else REPULSION)
        said = escape(f"{word}: {name} → {found.classes[given]}")
        st.html(f'<p class="learn-mark" style="--c: {colour}"><i></i>{said}</p>')


def _image(group: Group, place: int) -> np.ndarray:
    image: np.ndarray = group.batch.dataset.images[group.batch.indices[place]]
    return image


def _credit(group: Group, place: int) -> str:
    credits = group.batch.dataset.credits
    return credits[group.batch.indices[place]] if credits else ""


def _points(share: float) -> str:
    return f"{100 * share + 0.0:+.0f}".replace("-", "−")


LESSON = Lesson("crowds", (_THINGS,), _show, titles=_TITLES)
