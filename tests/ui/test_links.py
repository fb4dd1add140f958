"""Every page opens whatever its link says: with a sentence and the default for what means nothing."""

from itertools import cycle
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.ui.pages.learn.registry import LESSONS

APP = Path(__file__).parents[2] / "app.py"
PAGES = ("alignment", "geometry", "effects", "compare", "transfer", "family", "learn", "train", "paper", "bring")
HUGE = "9" * 5_000
HOSTILE = (HUGE, "1e999", "\0", "²", "nan", "x" * 9_000, "column:\0", "own:" + "x" * 12, "", "-1", "1_0")
#: of pages and not of the recipe
OTHERS = (
    "version",
    "tab",
    "geometry",
    "effect",
    "compare",
    "present",
    "lesson",
    "verdict",
    "experiment",
    "dials",
    "sorted_by",
    "loss_a",
    "loss_b",
    "turn",
    "lambda",
    "badshare",
    "utm_source",
)


def opened(page: str, query: dict[str, str]) -> AppTest:
    test = AppTest.from_file(APP, default_timeout=120)
    for key, value in query.items():
        test.query_params[key] = value
    test.switch_page(f"gca_viz/ui/pages/{page}/{page}.py")
    return test.run()


def warned(test: AppTest) -> str:
    return " ".join(warning.value for warning in test.warning)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_with_a_hostile_value_in_every_key(page):
    query = dict(zip((*Recipe.link_names(), *OTHERS), cycle(HOSTILE), strict=False))
    test = opened(page, query)
    assert not test.exception
    if page == "learn":
        assert "There is no lesson" in warned(test)
    elif page not in ("bring", "paper"):
        assert warned(test).count("The link was read without this part") > 20
        assert len(warned(test)) < 100_000


@pytest.mark.parametrize("lesson", ["half-step", "toy"])
def test_a_lesson_opens_with_hostile_values(lesson):
    keys = ("i", "j", *(spec.name for spec in (*LESSONS[lesson].controls, *LESSONS[lesson].fields)))
    test = opened("learn", {"lesson": lesson, **dict.fromkeys(keys, HUGE)})
    assert not test.exception
    assert "The link was read without this part" in warned(test)
