"""What this checkpoint learned: its neighbours."""

from __future__ import annotations

import numpy as np
import streamlit as st

from gca_viz.encoders import bundled_encoders
from gca_viz.experiments.lessons import MANY, neighbours
from gca_viz.experiments.plan import engine
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.palette import ATTRACTION, REPULSION, in_css
from gca_viz.settings.parameter import Choice, Parameter
from gca_viz.ui.markdown import plain
from gca_viz.ui.pages.learn.boards import result_of
from gca_viz.ui.pages.learn.lesson import Lesson, Settings, Shown, percent
from gca_viz.ui.parts.headings import section
from gca_viz.ui.parts.pictures import pictures
from gca_viz.ui.session.page_result import PageResult

ENCODERS = ("random", "things-random", "things-ince", "things-cross-ince")
_OF_EMOJI = ("ince", "ince-cross-style", "ince-labels")  # of links that were made when the lesson showed emoji
_CONTROL = Choice(
    "encoder",
    "Checkpoint",
    ENCODERS,
    "random",
    "Which network embeds the images.",
    accepts=lambda name: name in _OF_EMOJI,
)
_IMAGE = Parameter(
    "image",
    "",
    "Image",
    136,
    0,
    MANY.data.size - 1,
    0,
    MANY.data.size - 1,
    integer=True,
    help="Number of the image whose neighbours are shown.",
)
_SHOWN = 8
_ERRORS = 2  # standard errors; shares that are nearer to each other count as equal


def _show(settings: Settings) -> Shown:
    recipe = MANY.with_values(encoder=settings["encoder"])
    found = neighbours(recipe)
    untrained, trained = (neighbours(MANY.with_values(encoder=name)) for name in ("random", "things-ince"))
    head = neighbours(MANY.with_values(encoder="things-random"))
    image, batch = settings["image"], engine.batch_of(recipe.data)
    nearest = found.order[image, :_SHOWN]
    domains = batch.domains
    style, style_random = (float((domains[who.order[:, 0]] == domains).mean()) for who in (found, untrained))
    by_chance, as_trained = (_ERRORS * (p * (1 - p) / len(batch)) ** 0.5 for p in (found.chance, trained.first))
    right = "trained" if untrained.first > trained.first - as_trained else "between"
    facts = {
        "encoder": titles()[settings["encoder"]],
        "name": batch.names[image],
        "class": batch.dataset.class_titles[batch.labels[image]],
        "hits": str(int(found.same[image, :_SHOWN].sum())),
        "shown": str(_SHOWN),
        "first": percent(found.first),
        "first_random": percent(untrained.first),
        "first_head": percent(head.first),
        "first_trained": percent(trained.first),
        "chance": percent(found.chance),
        "style": percent(style),
        "style_random": percent(style_random),
        "style_chance": percent(_chance(domains)),
        "n": str(len(batch)),
        "image": str(image),
    }
    return Shown(
        lambda: _strip(recipe, image, nearest, found.same[image, :_SHOWN]),
        right="chance" if untrained.first < found.chance + by_chance else right,
        facts=facts,
        recipe=recipe.with_values(i=image, j=int(nearest[0])),
        page="geometry",
    )


def titles() -> dict[str, str]:
    """What the form calls the checkpoints."""
    cards = bundled_encoders()
    return {name: cards[name].get("title", name) for name in (*ENCODERS, *_OF_EMOJI)}


def _chance(values: np.ndarray) -> float:
    same = values[:, None] == values[None]
    return float((same.sum() - len(values)) / (len(values) * (len(values) - 1)))


def _strip(recipe: Recipe, image: int, nearest: np.ndarray, same: np.ndarray) -> None:
    """The image, and its neighbours in the order of their cosine; teal stands for the same class."""
    result = result_of(recipe)
    section("The image")
    pictures([result.portrait(image, 0)], [result.described(image, 0)], [_caption(result, image)], width=130)
    section("Its nearest neighbours, the nearest first")
    with st.container(horizontal=True, key="learn-neighbours"):
        for other, alike in zip(nearest, same, strict=True):
            with st.container(width=118, gap="xxsmall"):
                pictures([result.portrait(int(other), 0)], [result.described(int(other), 0)], width=110)
                colour = in_css(ATTRACTION if alike else REPULSION)
                kind = "same class" if alike else "other class"
                st.html(f'<p class="learn-mark" style="--c: {colour}"><i></i>{kind}</p>')
                st.caption(_caption(result, int(other)))
    credits = dict.fromkeys(result.credit(int(one), 0) for one in (image, *nearest))
    st.caption("Images: " + " · ".join(map(plain, credits)))


def _caption(result: PageResult, image: int) -> str:
    return f"{result.batch.names[image]} · {result.label(image, 0)}"


LESSON = Lesson("checkpoint", (_CONTROL, _IMAGE), _show, titles=titles())
