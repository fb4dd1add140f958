"""The page Train in a real Chromium: two methods trained, scrubbed while it goes on, found again, compared."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import settled
from tests.browser.steps import keys, press

pytestmark = pytest.mark.browser
# Training shares the machine with other tests.
_PATIENCE = 240_000
_FORM = "train-images=256&train-epochs=3&train-batch-size=128"


def test_two_methods_train_are_scrubbed_found_again_and_compared(app_url, visit):
    page = visit(
        f"{app_url}/train?data=emoji&n=32&method=ince&vs=gca-ince&eps=0.2&{_FORM}", ready=".st-key-train-start"
    )
    press(page.get_by_role("button", name="Train", exact=True))
    expect(page.locator(".st-key-train-stop")).to_be_visible()
    board = page.locator(".st-key-train-watch .board[data-painted-step]")
    expect(board.first).to_be_visible()
    slider = page.locator(".st-key-train-watch").get_by_role("slider", name="Epoch")
    expect(slider).to_be_visible(timeout=_PATIENCE)
    keys(slider, "Home")
    expect(slider).to_have_value("0")
    # In the middle of it: the address alone finds it again.
    assert "trainings=" in page.url
    page.reload()
    expect(board.first).to_be_visible()
    expect(page.get_by_role("heading", name="What came out")).to_be_visible(timeout=_PATIENCE)
    expect(page.locator(".st-key-train-state")).to_contain_text("Done", timeout=_PATIENCE)
    expect(slider).to_have_value("3")
    expect(page.locator(".st-key-train-watch .map[data-still=true]")).to_have_count(2)
    settled(page)
    press(page.get_by_role("button", name="Compare both at their ends"))
    page.wait_for_url(re.compile("/compare"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("epoch 3", timeout=_PATIENCE)
    expect(page.locator(".board[data-painted-step]").first).to_be_visible()
    # What is deleted is gone from the page.
    press(page.get_by_test_id("stSidebarNav").get_by_role("link", name="Train"))
    press(page.locator(".st-key-train-delete button"))
    expect(page.locator(".st-key-train-watch")).to_have_count(0)
    assert page.get_by_test_id("stException").count() == 0
