"""The page Family in a real Chromium: pick two, open one in the workbench, on a desk and on a phone."""

from __future__ import annotations

import csv
from urllib.parse import parse_qsl

import pytest
from playwright.sync_api import expect

from gca_viz import FAMILY
from gca_viz.experiments.family.rows import of_recipe
from gca_viz.experiments.recipe.recipe import Recipe
from tests.browser.conftest import PATIENCE, settled
from tests.browser.steps import painted, press

pytestmark = pytest.mark.browser
LINK = "family?data=emoji&n=24&views=strong-weak"


def recipe_in(url: str) -> Recipe:
    """What an address says."""
    return Recipe.from_query(dict(parse_qsl(url.partition("?")[2])))[0]


def test_two_are_picked_compared_and_one_is_opened_in_the_workbench(app_url, visit, tmp_path):
    page = visit(f"{app_url}/{LINK}", ready=".losses img")
    rows = page.locator(".losses tbody tr")
    expect(rows).to_have_count(len(FAMILY))
    press(page.get_by_role("button", name=f"Compare as A: {FAMILY['simclr'].title}"))
    press(page.get_by_role("button", name=f"Compare as B: {FAMILY['alignment-uniformity'].title}"))
    second = page.locator(".st-key-loss-b")
    expect(second).to_contain_text(FAMILY["alignment-uniformity"].title, timeout=PATIENCE)
    expect(page.get_by_text("A and B differ in held.")).to_be_visible()
    settled(page)
    assert "loss_a=simclr" in page.url and "loss_b=alignment-uniformity" in page.url
    settled(page)
    with page.expect_download() as download:
        press(page.get_by_role("button", name="Both plans (CSV)"))
    download.value.save_as(tmp_path / "two.csv")
    with (tmp_path / "two.csv").open(encoding="utf-8", newline="") as file:
        mass = [float(row["a"]) for row in csv.DictReader(file)]
    assert len(mass) == 24 * 24 and sum(mass) == pytest.approx(1, abs=1e-4)
    press(page.locator(".losses .open", has_text=FAMILY["supcon"].title))
    painted(page)
    assert of_recipe(recipe_in(page.url)) is FAMILY["supcon"]


def test_a_filter_and_an_order_leave_the_pictures_of_the_rows(app_url, visit):
    page = visit(f"{app_url}/{LINK}&dials=held: both&sorted_by=year", ready=".losses img")
    both = [row for row in FAMILY.values() if row.dials.held == "both"]
    expect(page.locator(".losses tbody tr")).to_have_count(len(both))
    expect(page.locator(".losses tbody .open").first).to_have_text(min(both, key=lambda row: row.year).title)
    shown = page.locator(".losses img").evaluate_all(
        "images => images.every(image => image.naturalWidth > 0 && image.src)"
    )
    assert shown


def test_on_a_phone_every_loss_is_a_card_and_nothing_is_wider_than_the_page(app_url, visit):
    page = visit(f"{app_url}/{LINK}", ready=".losses img", viewport={"width": 420, "height": 900})
    settled(page)
    assert page.locator(".losses").evaluate("node => node.scrollWidth <= node.clientWidth")
    assert page.locator(".losses tbody tr").first.evaluate("node => getComputedStyle(node).display") == "grid"
