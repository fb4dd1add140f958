"""A report in a browser that is cut off from every network: it draws, and it asks for nothing."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from gca_viz.cli import main
from gca_viz.experiments.plan.result import PlanResult
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.transport import READINGS
from tests.browser.conftest import PATIENCE

pytestmark = pytest.mark.browser
RECIPE = Recipe().with_values(n=32, method="gca-uot", lambda1=0.5, vs="ince")


@pytest.fixture(scope="module")
def report(chromium: Browser, tmp_path_factory) -> Iterator[tuple[Page, list[str]]]:
    """The opened file, and all that went wrong or was asked for."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    assert main(["report", *RECIPE.to_flags(), "--output", str(path), "--quiet"]) == 0
    context = chromium.new_context(offline=True, viewport={"width": 1200, "height": 900})
    page, said = context.new_page(), []
    page.set_default_timeout(PATIENCE)
    page.on("request", lambda request: said.append(f"asked for {request.url}"))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(path.as_uri())
    expect(page.locator(".js-plotly-plot .plot-container")).to_have_count(3, timeout=PATIENCE)
    yield page, said
    context.close()


def test_it_draws_and_asks_nobody(report):
    page, said = report
    for number in range(3):
        page.locator(".js-plotly-plot").nth(number).scroll_into_view_if_needed()
    assert [text for text in said if not text.startswith("asked for file://")] == []
    assert len(said) == 1  # the file itself
    heat = page.locator(".heatmap .js-plotly-plot")
    for figure in heat.all():
        assert figure.locator(".heatmaplayer image").evaluate("node => node.getBoundingClientRect().width") > 200
    expect(page.locator(".scatter .scatterlayer .trace path.js-line").first).to_be_attached()


def test_numbers_and_pictures_are_those_of_the_api(report):
    page, _ = report
    result = PlanResult.of(RECIPE)
    expect(page.locator("h1")).to_have_text(result.headline)
    for name, of in result.readings.items():
        for key, value in of.items():
            cell = page.locator(f'[data-reading="{key}"] [data-method="{name}"]')
            assert float(cell.get_attribute("data-value")) == value and cell.inner_text() == READINGS[key].text(
                value
            )
    place = result.row_order.tolist()
    plan, beside = (part.matrix.cpu()[place][:, place] for part in (result.plan, result.reference))
    cell = "figure => Array.from(figure._fullData[0]._z ? figure._fullData[0]._z[3] : figure.calcdata[0][0].z[3])"
    drawn = page.locator(".heatmap .js-plotly-plot").nth(1).evaluate(cell)
    assert drawn == pytest.approx((plan - beside)[3].tolist(), rel=1e-5, abs=1e-7)
    embedded = json.loads(page.locator("#gca-viz").evaluate("node => node.textContent"))
    assert embedded["readings"]["gca-uot"] == result.readings["gca-uot"]


def test_the_pointer_reads_a_cell_and_the_images_of_bad_pairs_are_there(report):
    page, _ = report
    heat = page.locator(".heatmap .js-plotly-plot").first
    heat.scroll_into_view_if_needed()
    image = heat.locator(".heatmaplayer image").bounding_box()
    page.mouse.move(image["x"] + 5, image["y"] + 5)
    expect(heat.locator(".hovertext")).to_contain_text("mass")
    pictures = page.locator(".pairs img")
    assert pictures.count() >= 16
    widths = pictures.evaluate_all("nodes => nodes.map(node => node.complete && node.naturalWidth)")
    assert all(width > 0 for width in widths)
    expect(page.get_by_role("heading", name="Weakest pairs")).to_be_visible()


def test_a_phone_can_read_it(report):
    page, _ = report
    page.set_viewport_size({"width": 380, "height": 800})
    expect(page.locator("h1")).to_be_visible()
    # Figures follow the width after a moment; the page's policy lets no test wait inside it.
    page.wait_for_timeout(500)
    too_wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert too_wide <= 0
