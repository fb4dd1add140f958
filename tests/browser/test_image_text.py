"""Image against text in a real Chromium, as a teacher would show it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from gca_viz.experiments.plan import engine
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.transport import align
from gca_viz.views import to_tensor
from tests.browser.conftest import settled
from tests.browser.steps import choose, press, type_in
from tests.browser.test_alignment import drawn, wait_for_query

pytestmark = pytest.mark.browser


def selected(page: Page, key: str) -> Locator:
    """The select box of a field."""
    return page.locator(f".st-key-recipe-{key}").get_by_role("combobox")


def test_images_stand_against_their_names_and_keywords(app_url, visit):
    page = visit(f"{app_url}/?n=64")
    press(page.locator(".st-key-group-views summary"))
    settled(page)
    choose(selected(page, "views"), "Image and text")
    wait_for_query(page, views="image-text", encoder="image-text")
    expect(page.get_by_text("Image and text need an encoder of both")).to_be_visible()

    # The same by hand: images and texts through the encoder's two towers.
    from gca_viz.encoders import load_encoder

    batch = engine.batch_of(Recipe().with_values(n=64).data)
    encoder = load_encoder("image-text")
    plan = align(encoder.encode(to_tensor(batch.images)), encoder.encode_texts(batch.texts), "gca-ince")
    for row, column in ((0, 0), (5, 40)):
        expected = pytest.approx(float(plan.matrix[row, column]), rel=1e-3, abs=1e-7)
        assert drawn(page, 1, row, column) == expected

    # The inspector says the text of the column.
    type_in(page.locator("[class*=st-key-inspector-column-64] input"), "7")
    wait_for_query(page, j="7")
    expect(page.locator(".st-key-picture-column")).to_contain_text(batch.texts[7][:60])
    expect(page.locator(".st-key-picture-row")).not_to_contain_text(re.compile(": .*, "))

    # Back to an encoder of images: the views follow, and a sentence says so.
    press(page.locator(".st-key-group-encoder summary"))
    settled(page)
    choose(selected(page, "encoder"), "InfoNCE")
    expect(page.get_by_text("This encoder reads no texts: the views are now SimCLR.")).to_be_visible()
    settled(page)
    assert "views=" not in page.url
