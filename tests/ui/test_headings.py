"""What is at the top of every page: one title, sections below it, and a sentence for who comes from nowhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.ui.pages.alignment.introduction import sentence
from gca_viz.ui.pages.learn.registry import LESSONS

APP = Path(__file__).parents[2] / "app.py"
UI = APP.parent / "gca_viz" / "ui"


@pytest.mark.parametrize(
    "name",
    ["alignment", "geometry", "effects", "compare", "transfer", "family", "learn", "train", "paper", "bring"],
)
def test_a_page_has_one_title(name):
    page = AppTest.from_file(APP, default_timeout=120)
    page.query_params["n"] = "16"
    if name != "alignment":
        page.switch_page(f"gca_viz/ui/pages/{name}/{name}.py")
    page.run()
    assert not page.exception
    assert [len(title.value) > 4 for title in page.title] == [True]
    assert not page.subheader, "sections are headings of the second level"


def test_the_sentence_says_what_is_on_the_page():
    assert sentence(Recipe(), 128, "InfoNCE") == (
        "Two views of 128 images under one encoder, InfoNCE: who is matched with whom?"
    )
    texts = sentence(Recipe().with_values(views="image-text", encoder="image-text"), 64, "Image–text")
    assert texts.startswith("Image and text of 64 images under one encoder, Image–text:")
    classmates = sentence(Recipe().with_values(views="cross-class"), 64, "InfoNCE")
    assert classmates.startswith("64 images, each beside another of its class in another style, under")
    chosen = Recipe().with_values(views="cross-class", domains=("photo",), partner_domains=("clipart", "sketch"))
    assert sentence(chosen, 8, "InfoNCE", {"photo": "photograph"}).startswith(
        "8 images, photograph beside clipart or sketch of the same class, under one encoder, InfoNCE:"
    )
    assert "encoder" not in sentence(Recipe(), 9, "")


def test_the_sentence_leads_to_the_first_lesson_also_who_has_read_on():
    page = AppTest.from_file(APP, default_timeout=120)
    page.switch_page("gca_viz/ui/pages/learn/learn.py").run()
    page.button(key="learn-next").click().run()
    first, second, *_ = LESSONS.values()
    assert page.title[0].value == second.text.title
    page.run()
    assert page.title[0].value == second.text.title, "the link that the page itself wrote leads nowhere else"
    page.query_params["lesson"] = first.name
    page.run()
    assert page.title[0].value == first.text.title


def test_pictures_headings_and_tables_are_drawn_where_each_is_made_accessible():
    ways = {
        r"\bst\.image\(": "pictures.py",
        r"\.(title|header|subheader)\(": "headings.py",
        r"\.to_html\(classes": "tables.py",
    }
    for way, place in ways.items():
        found = {path.name for path in UI.rglob("*.py") if re.search(way, path.read_text("utf-8"))}
        assert found <= {place}, way
