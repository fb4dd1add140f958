"""Recipes, links, cards and commands of before still come to the numbers of before.

``recipes.txt`` has what is typed, ``links.json`` and ``numbers.json`` what it came to. Both are recorded anew, on
purpose, by ``python -m tests.golden``.
"""

import json
from typing import Any
from urllib.parse import parse_qsl

import pytest

import gca_viz
from gca_viz.datasets import DATASETS
from gca_viz.datasets.bundled.things import things_is_whole
from gca_viz.experiments.recipe.recipe import Recipe
from tests.golden.outcome import CALLS, HERE, RECIPES, Numbers, arithmetic, link_of, numbers_of, outcome_of

LINKS = json.loads((HERE / "links.json").read_text("utf-8"))
NUMBERS = json.loads((HERE / "numbers.json").read_text("utf-8"))
EXACT = {"rel": 1e-6, "abs": 1e-9}
# Where single precision rounds otherwise, half steps are more or fewer, and potentials are shifted by a constant.
_ELSEWHERE = {"rel": 1e-3, "abs": 1e-5}
# Recorded with EfficientNet-Lite0 in 32 bits. As it ships its weights are rounded to 16, which moves a cosine by up
# to 0.003, and none of these numbers by more than half of this, but for a sum of potentials (by 0.009).
_ROUNDED = {"imagenet": {"rel": 3e-3, "abs": 1.2e-2}, "imagenet-text": {"rel": 3e-3, "abs": 1.2e-2}}
_SHIFTED = ("_f", "_g", "_f_0", "_g_0", "_f_1", "_g_1", "half_step", "half_steps")


def changed(was: Numbers, now: Numbers, **tolerance: float) -> dict[str, tuple[Any, Any]]:
    """Name → number of before and of now, where they are not the same."""
    return {
        name: (was.get(name), now.get(name))
        for name in {**was, **now}
        if name not in was or name not in now or now[name] != pytest.approx(was[name], nan_ok=True, **tolerance)
    }


#: what is under the GPL may be left out of data/
_LEFT_OUT = [
    *([] if "emoji-photo" in DATASETS else ["data=emoji-photo"]),
    *([] if things_is_whole() else ["data=things"]),
]
HERE_NOW = [
    pytest.param(name, marks=pytest.mark.skipif(any(of in typed for of in _LEFT_OUT), reason="left out"))
    for name, typed in RECIPES.items()
]


@pytest.mark.parametrize("name", HERE_NOW)
def test_a_recipe_comes_to_the_numbers_of_before(name):
    was, now = NUMBERS["recipes"][name], outcome_of(name)["numbers"]
    assert was or LINKS["told"][name][0], "a recipe that comes to something has numbers"
    if arithmetic() == NUMBERS["recorded with"]:
        assert changed(was, now, **_ROUNDED.get(name, EXACT)) == {}
    else:
        moved = changed(was, now, **_ROUNDED.get(name, _ELSEWHERE))
        assert {key for key in moved if not key.endswith(_SHIFTED)} == set()


@pytest.mark.parametrize("name", HERE_NOW)
def test_a_recipe_makes_the_link_and_the_card_of_before(name):
    now, default = outcome_of(name), LINKS["card"]
    assert now["told"] == LINKS["told"][name]
    link, card = LINKS["links"][name], now["card"]
    assert (card and link_of(card, default)) == link
    if card is not None:
        assert list(card) == list(default)
        assert card == default | dict(parse_qsl(link[1:], keep_blank_values=True))
    if now["link"] is not None:
        # The address that says nothing opens the first screen, so that one of no difference names its data.
        assert f"?{now['link'].partition('?')[2]}" == (f"?data={card['data']}" if link == "?" else link)


@pytest.mark.parametrize("call", CALLS)
def test_a_call_from_python_comes_to_the_numbers_of_before(call):
    assert changed(NUMBERS["calls"][call], numbers_of(call), **EXACT) == {}


def test_what_is_recorded_is_what_is_compared():
    assert list(LINKS["told"]) == list(LINKS["links"]) == list(NUMBERS["recipes"]) == list(RECIPES)
    assert list(NUMBERS["calls"]) == list(CALLS)


def test_a_millionth_is_seen():
    was = NUMBERS["recipes"]["gca-uot"]
    loss = was["plans.gca-uot.readings.loss"]
    for other in (loss * (1 + 2e-6), loss * (1 - 2e-6), float("nan")):
        now = was | {"plans.gca-uot.readings.loss": other}
        assert set(changed(was, now, **EXACT)) == {"plans.gca-uot.readings.loss"}
    cells = [*was["file.gca-uot_plan"]]
    cells[-1] *= 1 + 2e-6
    assert set(changed(was, was | {"file.gca-uot_plan": cells}, **EXACT)) == {"file.gca-uot_plan"}
    assert set(changed(was, {key: of for key, of in was.items() if key != "half_step"}, **EXACT)) == {"half_step"}


@pytest.mark.parametrize(
    "key",
    [
        *("data", "split", "by", "views", "output", "method", "vs", "layout", "kernel", "cost", "hold", "target"),
        *("prior", "bad", "against", "sample_by"),
    ],
)
def test_every_choice_has_a_recipe(key):
    """Whoever adds one adds a line to ``recipes.txt``."""
    assert set(Recipe.spec(key).options) <= {card[key] for card in _cards()}


def test_every_encoder_and_every_door_has_one():
    used = {name for card in _cards() for name in (card["encoder"], *card["encoders"].split(","))}
    assert set(Recipe.spec("encoder").options) <= used
    assert {f"align {name}" for name in gca_viz.METHODS} <= set(CALLS)


def _cards() -> list[dict[str, str]]:
    links = [link for link in LINKS["links"].values() if link is not None]
    return [LINKS["card"] | dict(parse_qsl(link[1:], keep_blank_values=True)) for link in links]
