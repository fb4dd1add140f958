"""The card of a bundled encoder, opened from the form."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from gca_viz.encoders import bundled_encoders
from tests.browser.conftest import settled
from tests.browser.steps import press

pytestmark = pytest.mark.browser


def _open_card(page: Page) -> None:
    press(page.locator(".st-key-group-encoder summary"))
    button = page.locator(".st-key-card button")
    expect(button).to_be_visible()
    settled(page)  # only now: what is still arriving would move the button between press and release
    press(button)


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (420, "dark")])
def test_the_card_says_how_an_encoder_was_made_and_what_it_can(app_url, visit, width, scheme):
    viewport = {"width": width, "height": 900}
    page = visit(f"{app_url}/?n=64&encoder=gca-uot", color_scheme=scheme, viewport=viewport)
    if width < 768:
        press(page.get_by_test_id("stExpandSidebarButton"))
    _open_card(page)
    opened = page.get_by_role("dialog")
    card = bundled_encoders()["gca-uot"]
    expect(opened).to_contain_text(card["command"])
    expect(opened).to_contain_text(card["data"]["content_id"])
    for output in ("backbone", "projector"):
        expect(opened).to_contain_text(f"{100 * card['held_out'][output]['linear_class']:.1f} %")
    settled(page)
    box = opened.bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= width
    page.keyboard.press("Escape")
    expect(opened).to_have_count(0)
    page.reload()
    settled(page)
    expect(opened).to_have_count(0)


def test_a_card_stays_open_while_the_page_is_computed_again_and_stays_shut_once_it_is_shut(app_url, visit):
    page = visit(f"{app_url}/?n=64&encoder=gca-uot")
    _open_card(page)
    opened = page.get_by_role("dialog")
    expect(opened).to_be_visible()
    settled(page)
    page.keyboard.press("r")  # Streamlit's key for "run again"
    page.wait_for_timeout(300)
    settled(page)
    expect(opened).to_be_visible()
    page.keyboard.press("Escape")
    expect(opened).to_have_count(0)
    page.wait_for_timeout(300)
    settled(page)
    page.keyboard.press("r")
    page.wait_for_timeout(300)
    settled(page)
    expect(opened).to_have_count(0)
