"""The static edition: which recipes a browser can compute, and what its files hold."""

import json
import re
import sys
from html import escape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from gca_viz.cli import main
from gca_viz.errors import InputError
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.transport import METHODS
from gca_viz.ui.pages.learn.registry import LESSONS
from gca_viz.ui.session.page_result import PageResult
from gca_viz.ui.site import words
from gca_viz.ui.site.compared import compared_page
from gca_viz.ui.site.living import living_page
from gca_viz.ui.site.pages import OFFERED, REASONS

SMALL = Recipe().with_values(n=8)
COMPARED = "https://hall.example.org/compare?n=8&encoder=random&encoders=ince,gca-ince&with=ince"


def data_of(html: str) -> dict:
    return json.loads(re.search(r'id="gca-viz">(.*?)</script>', html, re.DOTALL)[1])


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("site") / "new"
    plan = ["--n", "8", "--method", "gca-uot", "--i", "2", "--eps", "0.13"]
    assert main(["site", str(made), *plan, "--compare", COMPARED, "--quiet"]) == 0
    return made


def test_a_folder_has_a_page_that_leads_to_all_others(folder):
    index = (folder / "index.html").read_text("utf-8")
    linked = set(re.findall(r'<a href="([\w-]+\.html)"', index))
    assert linked == {file.name for file in folder.glob("*.html")} - {"index.html"}


def test_no_page_asks_for_anything(folder):
    class Asked(HTMLParser):
        found: list = []  # noqa: RUF012

        def handle_starttag(self, tag, attrs):
            self.found += [value for name, value in attrs if name in ("src", "srcset", "poster", "action")]
            self.found += [value for name, value in attrs if name == "href" and tag == "link"]

    for file in folder.glob("*.html"):
        text = file.read_text("utf-8")
        Asked().feed(text)
        assert "default-src 'none'" in text and not re.search(r"url\(|@import", text)
    assert set(Asked.found) <= {"data:,"}


def test_a_page_opens_as_its_recipe_says(folder):
    data = data_of((folder / "plan.html").read_text("utf-8"))
    said = {"eps": "0.13", "lambda1": "0.2", "lambda2": "0.2", "iterations": "10", "i": "2", "j": "2", "t": "-1"}
    assert said.items() <= data["settings"].items()
    stops = {control["name"]: control.get("stops") for control in data["controls"]}
    assert "0.13" in stops["eps"] and {"0.0", "inf"} <= set(stops["lambda1"]) and "inf" not in stops["iterations"]


def test_candidates_of_a_link_have_a_page_with_all_their_costs(folder):
    data = data_of((folder / "compare.html").read_text("utf-8"))
    assert data["members"] == ["random", "ince", "gca-ince"] and len(data["problems"]) == 3
    assert (data["settings"]["a"], data["settings"]["b"]) == ("random", "ince")


@pytest.mark.parametrize(
    ("values", "parameter"),
    [
        ({"encoders": ()}, "encoders"),
        ({"n": 512, "encoders": ("random", "gca-ince")}, "size"),
        ({"against": "methods", "methods": ("hcl",)}, "method"),
    ],
)
def test_candidates_that_a_browser_cannot_compare_are_refused(values, parameter):
    with pytest.raises(InputError) as refused:
        compared_page(SMALL.with_values(**values), print, lambda share, what: None)
    assert refused.value.parameter == parameter


@pytest.mark.parametrize(
    "name",
    [
        name
        for name, method in METHODS.items()
        if method.sample_by == "none"
        and not (method.weighs_negatives or method.sparse)
        and method.columns == "views"
    ],
)
def test_every_method_of_one_temperature_has_a_page(name):
    html = living_page(PageResult.of(SMALL.with_values(method=name, vs="none")))
    data = data_of(html)
    dials = set(data["dials"])
    numbers = json.dumps(data["problems"])
    assert dials <= data["settings"].keys() and all(f'"{dial}"' in numbers for dial in dials - {"iterations"})


@pytest.mark.parametrize(
    ("values", "parameter"),
    [
        ({"iterations": float("inf")}, "iterations"),
        ({"method": "tase"}, "sample_by"),
        ({"method": "hcl"}, "method"),
        ({"method": "moco"}, "columns"),
        ({"method": "sparse"}, "method"),
        ({"vs": "hcl"}, "method"),
        ({"n": 264, "method": "simclr"}, "size"),
    ],
)
def test_what_a_browser_cannot_compute_is_refused(values, parameter):
    with pytest.raises(InputError) as refused:
        living_page(PageResult.of(SMALL.with_values(**values)))
    assert refused.value.parameter == parameter


def test_a_folder_that_cannot_be_is_said(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main(["site", str(tmp_path / "file" / "below"), "--n", "8", "--quiet"]) == 2
    assert "cannot be written to" in capsys.readouterr().err


def test_every_lesson_is_a_page(folder):
    assert {f"{name}.html" for name in OFFERED} <= {file.name for file in folder.iterdir()}
    assert set(LESSONS) == {*OFFERED, *REASONS} and not set(OFFERED) & set(REASONS)
    index = (folder / "index.html").read_text("utf-8")
    assert all(escape(lesson.text.title) in index for lesson in map(LESSONS.__getitem__, OFFERED))


def test_a_lesson_is_a_small_file_without_words_left_to_fill(folder):
    for name in OFFERED:
        text = (folder / f"{name}.html").read_text("utf-8")
        assert len(text.encode()) < 1.5e6
        body = text[text.index("<main>") : text.index("</main>")]
        assert "[[" not in body and "$" not in body and "\\" not in body, name
        assert not re.search("[\ue000-\ue0ff]", body), name


def test_a_lesson_that_cannot_be_is_said(tmp_path, capsys):
    assert main(["site", str(tmp_path), "--n", "8", "--lessons", "cosin", "--quiet"]) == 2
    assert "cosine" in capsys.readouterr().err and not list(tmp_path.iterdir())


def test_without_the_extra_recipes_have_pages_and_lessons_name_it(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "markdown_it", None)
    words._markdown.cache_clear()
    assert main(["site", str(tmp_path), "--n", "8", "--lessons", "none", "--quiet"]) == 0
    assert {file.name for file in tmp_path.iterdir()} == {"index.html", "plan.html"}
    assert main(["site", str(tmp_path), "--n", "8", "--lessons", "cosine", "--quiet"]) == 2
    assert "gca-viz[site]" in capsys.readouterr().err
    words._markdown.cache_clear()
