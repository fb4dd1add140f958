"""The page Learn in a real Chromium: lessons walked to their end, formula and board linked, slides."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from gca_viz.experiments.lessons import SMALL, plan_of
from gca_viz.experiments.recipe.first_screen import FIRST_SCREEN
from gca_viz.ui.pages.learn.lesson import Settings, number
from gca_viz.ui.pages.learn.lesson_text import fill
from gca_viz.ui.pages.learn.registry import LESSONS
from gca_viz.ui.parts.widgets import slider_stops
from tests.browser.conftest import settled
from tests.browser.steps import go, keys, press, press_cell
from tests.browser.test_alignment import query, wait_for_query

pytestmark = pytest.mark.browser
WORDS = ".st-key-learn-words"
#: what a teacher does in a lesson with its control → what the link then says
TURNS = {
    "half-step": ("Column step", {"step": "columns"}),
    "force": ("Only attraction (BYOL)", {"method": "byol"}),
    "target": ("Pair + same style", {"target": "style"}),
    "two-aims": ("50", {"epoch": "50"}),
    "checkpoint": ("InfoNCE head (things)", {"encoder": "things-ince"}),
    "unit": ("Each row holds its unit", {"hold": "rows"}),
    "slope": ("SimO", {"kernel": "simo"}),
    "crowds": ("Other ones", {"things": "other"}),
    "together": ("Four trainings", {"four": "different"}),
}


def opened(app_url: str, visit, link: str = "", **options) -> Page:
    return visit(f"{app_url}/learn?{link}", ready=".st-key-learn-formula .katex, .toy[data-painted]", **options)


def said(text: str) -> str:
    """Words as the browser shows them: no Markdown, no TeX."""
    return re.sub(r"[*$]", "", text).split("\\")[0].strip()


def turn(page: Page, name: str) -> Settings:
    """Use the lesson's control; what it is set to then."""
    lesson = LESSONS[name]
    spec = lesson.controls[0]
    place = page.locator(f".st-key-learn-{name}-{spec.name}")
    if name in TURNS:
        label, link = TURNS[name]
        press(place.get_by_text(label, exact=True))
    else:
        stops = slider_stops(spec, spec.default)
        if spec.scale == "linear" and not spec.infinite:
            step = 1 if spec.integer else 0.05
            stops = [spec.low + step * k for k in range(round((spec.high - spec.low) / step) + 1)]
        at = stops.index(spec.default)
        step = -1 if at == len(stops) - 1 else 1
        slider = place.locator("input[type=range], [role=slider]").first
        keys(slider, "ArrowRight" if step > 0 else "ArrowLeft")
        link = {spec.name: f"{stops[at + step]:.6g}"}
    wait_for_query(page, lesson=name, **link)
    return Settings(lesson.defaults | {key: spec.check(value) for key, value in link.items()}, answered=True)


def onward(page: Page, name: str) -> None:
    """Go to the lesson after one."""
    press(page.get_by_role("button", name=re.compile("^Next")))
    page.wait_for_function("old => new URLSearchParams(location.search).get('lesson') !== old", arg=name)


@pytest.mark.slow  # tests/ui/test_learn.py does the same on the server
def test_every_lesson_is_walked_to_its_end(app_url, visit):
    page = opened(app_url, visit)
    for name, lesson in LESSONS.items():
        expect(page.get_by_role("heading", name=lesson.text.title)).to_be_visible()
        settled(page)
        if lesson.show is None:
            expect(page.locator(".toy[data-painted], .st-key-learn-train-start").first).to_be_visible()
            if name != list(LESSONS)[-1]:
                onward(page, name)
            continue
        shown, words = lesson.show(Settings(lesson.defaults)), page.locator(WORDS)
        answer = page.get_by_role("button", name="Show the answer")
        expect(answer).to_be_disabled()
        expect(words.get_by_text("Notice", exact=True)).to_have_count(0)

        # Predict, then see what was computed.
        option = said(fill(lesson.text.options[shown.right], shown.facts))
        press(words.get_by_text(option, exact=True).first)
        expect(answer).to_be_enabled()
        press(answer)
        expect(page.locator(".st-key-learn-answered")).to_contain_text(f"As you predicted: {option}")
        bold = re.findall(r"\*\*(.+?)\*\*", fill(lesson.text.answer, shown.facts))
        for number_or_word in bold:
            expect(page.locator(".st-key-learn-answered")).to_contain_text(number_or_word)

        # The corrupted pairs are there to be seen, view 1 beside view 2.
        if name in ("letting-go", "robust"):
            expect(page.locator(".st-key-learn-pairs img")).to_have_count(2 * 6)

        # Do, then notice: the numbers are those of the new setting.
        changed = lesson.show(turn(page, name))
        notice = fill(lesson.text.notice, changed.facts)
        expect(words).to_contain_text(said(notice)[:60])
        assert page.locator(".katex-error").count() == 0
        assert page.get_by_test_id("stException").count() == 0
        if name != list(LESSONS)[-1]:
            onward(page, name)
    asked = sum(lesson.show is not None for lesson in LESSONS.values())
    expect(page.locator(".st-key-learn-contents")).to_contain_text(f"{asked} of {asked} answered")
    expect(page.get_by_role("button", name="Next")).to_be_disabled()


def test_formula_and_board_point_at_each_other(app_url, visit):
    page = opened(app_url, visit, "lesson=cosine")
    board: Locator = page.locator(".board")
    expect(board).to_have_attribute("data-painted-step", "0")
    press_cell(page, 0, 3, 7)
    wait_for_query(page, i="3", j="7")
    cost = number(plan_of(SMALL).cost[3, 7], 3)
    symbol = page.locator(".st-key-learn-symbol-0")
    expect(symbol).to_contain_text(f"= {cost}")

    # A symbol is a way to its cell.
    settled(page)
    press(page.locator(".st-key-learn-symbol-2 button").first)
    page.wait_for_function("() => new URLSearchParams(location.search).get('i') !== '3'")
    settled(page)
    cell = [int(query(page)[key]) for key in "ij"]
    assert board.evaluate("node => node.gcaBoard.state().pick") == cell
    shown = LESSONS["cosine"].show(Settings(LESSONS["cosine"].defaults, pick=tuple(cell)))
    expect(symbol).to_contain_text(f"= {shown.facts['cost']}")

    # The link brings lesson, setting and cell back.
    again = opened(app_url, visit, page.url.partition("?")[2])
    assert again.locator(".board").evaluate("node => node.gcaBoard.state().pick") == cell


def test_the_workbench_opens_with_the_lessons_settings(app_url, visit):
    page = opened(app_url, visit, "lesson=half-step&step=columns")
    press(page.get_by_role("button", name="Open in the workbench"))
    expect(
        page.get_by_text("Who is matched with whom?").or_(page.locator(".board[data-painted-step='2']")).first
    ).to_be_visible()
    wait_for_query(page, data="things", views="cross-style", t="2")
    assert "lesson" not in query(page)
    drawn = page.locator(".board").evaluate("node => node.gcaBoard.value(1, 8, 8)")
    assert drawn == pytest.approx(float(plan_of(SMALL).at(2).matrix[8, 8]), rel=1e-3)


@pytest.mark.slow
def test_a_lessons_settings_are_no_recipe(app_url, visit):
    page = opened(app_url, visit, "lesson=temperature&eps=0.5&i=3&j=7")
    go(page, "Alignment")
    page.wait_for_function("() => !new URLSearchParams(location.search).has('lesson')")
    expect(page.locator(".board[data-painted-step]").first).to_be_visible()
    settled(page)
    first = FIRST_SCREEN.to_address()
    assert {key: query(page).get(key) for key in ("eps", "i", "j", "lesson")} == {
        key: first.get(key) for key in ("eps", "i", "j", "lesson")
    }
    go(page, "Learn")
    wait_for_query(page, lesson="temperature", eps="0.5", i="3", j="7")


@pytest.mark.slow
def test_a_lesson_is_a_slide_with_its_control(app_url, visit):
    page = opened(app_url, visit, "lesson=temperature&present=1")
    for hidden in (".stSidebar", ".stAppHeader"):
        expect(page.locator(hidden).first).to_be_hidden()
    for shown in (".board", ".st-key-learn-temperature-prediction", ".st-key-learn-temperature-eps"):
        expect(page.locator(shown)).to_be_in_viewport()
    press(page.get_by_role("button", name=re.compile("^Next")))
    wait_for_query(page, lesson="force", present="1")
    press(page.get_by_role("button", name="Show controls"))
    page.wait_for_function("() => !new URLSearchParams(location.search).has('present')")
    expect(page.locator(".st-key-learn-contents")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
def test_nothing_is_wider_than_a_phone(app_url, visit, scheme):
    page = opened(app_url, visit, "lesson=cosine", viewport={"width": 420, "height": 860}, color_scheme=scheme)
    main = page.get_by_test_id("stMain")
    for name, lesson in LESSONS.items():
        expect(page.get_by_role("heading", name=lesson.text.title)).to_be_visible()
        settled(page)
        assert main.evaluate("node => node.scrollWidth <= node.clientWidth"), name
        if scheme == "dark" and name == "half-step":
            break
        if name != list(LESSONS)[-1]:
            press(page.get_by_role("button", name=re.compile("^Next")))
