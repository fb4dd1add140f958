"""The page Paper in a real Chromium: filter, file, and a row that opens the workbench in its setting."""

from __future__ import annotations

import csv

import pytest
from playwright.sync_api import expect

from gca_viz.experiments.claims import REFUTED, claims
from gca_viz.experiments.recipe.recipe import Recipe
from tests.browser.conftest import settled
from tests.browser.steps import painted, press

pytestmark = pytest.mark.browser


def test_a_claim_is_filtered_downloaded_and_opened_in_the_workbench(app_url, visit, tmp_path):
    page = visit(f"{app_url}/paper", ready=".claims a")
    expect(page.locator(".claims a")).to_have_count(len(claims()))
    press(page.locator(".st-key-verdict").get_by_text(REFUTED, exact=True))
    wanted = [claim for claim in claims() if claim.verdict == REFUTED]
    expect(page.locator(".claims a")).to_have_count(len(wanted))
    expect(page.locator(".stPlotlyChart .main-svg").first).to_be_visible()
    assert f"verdict={REFUTED}" in page.url
    settled(page)
    with page.expect_download() as download:
        press(page.get_by_role("button", name="These claims (CSV)"))
    download.value.save_as(tmp_path / "claims.csv")
    with (tmp_path / "claims.csv").open(encoding="utf-8", newline="") as file:
        assert [row["claim"] for row in csv.DictReader(file)] == [claim.claim for claim in wanted]
    page.locator(".claims a").first.click()  # leads to another document
    painted(page)
    recipe, _ = Recipe.from_query(wanted[0].query)
    shown = dict(part.split("=") for part in page.url.partition("?")[2].split("&"))
    assert Recipe.from_query(shown)[0] == recipe


def test_on_a_phone_every_claim_is_a_card_and_nothing_is_wider_than_the_page(app_url, visit):
    page = visit(f"{app_url}/paper?experiment=methods", ready=".claims a", viewport={"width": 420, "height": 900})
    settled(page)
    assert page.locator(".claims").evaluate("node => node.scrollWidth <= node.clientWidth")
    assert page.locator(".claims tbody tr").first.evaluate("node => getComputedStyle(node).display") == "block"
