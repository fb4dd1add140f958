"""The static edition from a disk, cut off from every network: it solves, and its numbers are those of the app."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from gca_viz.cli import main
from gca_viz.experiments.recipe.recipe import Recipe

pytestmark = pytest.mark.browser
RECIPE = Recipe().with_values(n=24, method="gca-uot", vs="ince")
_READ = """board => [0, 1, 2].map((k) => board.gcaBoard.reading(k)).map(({loss, top1, total, size}) =>
  [loss ?? size, top1 ?? 0, total])"""
#: the first two samples from above
_UPPERMOST = """board => [...Array(24).keys()].sort((a, b) =>
  board.gcaBoard.point(0, a, a).y - board.gcaBoard.point(0, b, b).y).slice(0, 2)"""
PHONE = {"viewport": {"width": 420, "height": 900}, "has_touch": True, "color_scheme": "dark"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("site")
    assert main(["site", str(made), *RECIPE.to_flags(), "--quiet"]) == 0
    return made


def board(page: Page):
    found = page.locator(".board[data-painted-step]")
    expect(found).to_be_visible()
    return found


def numbers(page: Page) -> list[float]:
    return [value for row in board(page).evaluate(_READ) for value in row]


def test_numbers_are_those_of_the_app_wherever_the_dials_stand(app_url, visit, cut_off, folder):
    page = cut_off(folder / "plan.html")
    assert max(file.stat().st_size for file in folder.iterdir()) < 1.5e6
    for eps, iterations, penalty, step in (
        ("0.1", "10", "0.2", "-1"),
        ("0.4", "3", "inf", "-1"),
        ("0.05", "20", "2.0", "3"),
    ):
        link = f"eps={eps}&iterations={iterations}&lambda1={penalty}&t={step}"
        page.goto(f"{(folder / 'plan.html').as_uri()}?#{link}")
        page.reload()
        app = visit(f"{app_url}/?{'&'.join('='.join(part) for part in (RECIPE.to_query() | {}).items())}&{link}")
        assert numbers(page) == pytest.approx(numbers(app), rel=1e-5, abs=1e-5)
        app.close()


def test_a_dial_solves_anew_and_the_address_says_it(cut_off, folder):
    page = cut_off(folder / "plan.html")
    before = numbers(page)
    painted = board(page).get_attribute("data-painted")
    dial = page.get_by_role("slider", name="Temperature ε")
    dial.focus()
    dial.press("End")
    expect(board(page)).not_to_have_attribute("data-painted", painted)
    assert numbers(page) != before and "eps=2" in page.url
    link = page.url
    after = numbers(page)
    page.get_by_role("radio", name="linear").check()
    page.get_by_role("checkbox", name="cost").check()
    expect(page.locator(".panel")).to_have_count(4)
    again = cut_off(folder / "plan.html", f"#{link.partition('#')[2]}&nonsense=1")
    assert numbers(again) == after
    expect(again.locator("#notice")).to_contain_text("nonsense")


@pytest.mark.slow
def test_a_phone_shows_all_of_it_and_taps_a_cell(cut_off, folder):
    page = cut_off(folder / "index.html", **PHONE)
    page.get_by_role("link", name="A plan of images").tap()
    i, j = board(page).evaluate(_UPPERMOST)
    place = board(page).evaluate("(board, [i, j]) => board.gcaBoard.point(0, i, j)", [i, j])
    page.touchscreen.tap(place["x"], place["y"])
    expect(page.locator(".dock .who.rows .index")).to_have_text(f"view 1 · i = {i}")
    assert f"i={i}&j={j}" in page.url
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_lesson_asks_answers_and_follows_its_control(cut_off, folder):
    page = cut_off(folder / "index.html", **PHONE)
    page.get_by_role("link", name="InfoNCE is one half step of Sinkhorn").tap()
    expect(board(page)).to_be_visible()
    answer = page.locator(".answer")
    expect(answer).to_be_hidden()
    page.get_by_role("radio", name="exactly 1, too").check()
    page.get_by_role("button", name="Show the answer").click()
    expect(answer).to_contain_text("Not what you predicted: some much more than 1, others much less")
    expect(answer).to_contain_text("owl")
    before = page.locator(".symbols").inner_text()
    page.get_by_role("radio", name="Column step").check()
    expect(page.locator(".panel .title")).to_have_text("After the column step: every column receives exactly 1")
    assert page.locator(".symbols").inner_text() != before and "step=columns" in page.url
    page.locator("[data-cell=worst]").click()
    expect(page.locator(".relation")).to_have_text("partners")


def test_every_page_of_a_lesson_has_all_its_numbers(cut_off, folder):
    pages = [file for file in sorted(folder.glob("*.html")) if file.name not in ("index.html", "plan.html")]
    page = cut_off(pages[0], **PHONE)
    for file in pages:
        page.goto(file.as_uri())
        expect(
            page.locator(".board[data-painted-step], .toy[data-painted], #picture > svg, .cards").first
        ).to_be_visible()
        empty = page.locator("[data-fact]").evaluate_all("all => all.filter((node) => !node.textContent).length")
        assert empty == 0, file.name
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), file.name
