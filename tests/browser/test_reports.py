"""Reports of parameter effects and of comparisons in a browser that is cut off: they draw, and ask for nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, TimeoutError, expect

from gca_viz.cli import main
from gca_viz.experiments.compare import steps
from gca_viz.experiments.compare.result import compare_recipe
from gca_viz.experiments.effects.result import effects_recipe
from gca_viz.experiments.recipe.recipe import Recipe
from tests.browser.conftest import settled

pytestmark = pytest.mark.browser
EFFECTS = Recipe().with_values(n=24, points=4, seeds=2)
COMPARED = Recipe().with_values(n=24, encoder="ince@0", encoders=("ince@5", "ince@50"), run="these")
#: no figure is wider than the place that it has
_IN_ITS_PLACE = """() => [...document.querySelectorAll(".js-plotly-plot")].every((plot) =>
  plot.querySelector(".main-svg").getBoundingClientRect().width
  <= plot.parentElement.getBoundingClientRect().width + 1)"""
_FIGURE = ".js-plotly-plot .plot-container"
_CELLS = "plot => Array.from(plot._fullData[0]._z ?? plot.calcdata[0][0].z).map(row => Array.from(row))"
_WATCH = "plot => { window.seen = []; plot.on('plotly_animatingframe', event => window.seen.push(event.name)); }"


def made(path: Path, page: str, recipe: Recipe) -> Path:
    assert main(["report", "--page", page, *recipe.to_flags(), "--output", str(path), "--quiet"]) == 0
    return path


_FITS = "() => document.documentElement.scrollWidth <= document.documentElement.clientWidth"


def fits_a_phone(page: Page) -> bool:
    page.set_viewport_size({"width": 380, "height": 800})
    try:  # figures follow the width after a moment
        page.wait_for_function(_FITS)
    except TimeoutError:
        return False
    return True


def test_effects_draw_their_numbers_and_tell_them_under_the_pointer(cut_off, tmp_path):
    page = cut_off(made(tmp_path / "effects.html", "effects", EFFECTS))
    found = effects_recipe(EFFECTS)
    # Square, sweep and noise; reliability and error over ε; curves, plans and prototypes of more columns.
    expect(page.locator(_FIGURE)).to_have_count(4 + 2 + 3 + 2 + 2)
    square = page.locator("section.heatmap .js-plotly-plot").evaluate(_CELLS)
    assert square[20][20] == pytest.approx(float(found.square.mean("matched_share")[-1, -1]), rel=1e-5)
    curve = page.locator(".js-plotly-plot").nth(1)
    line = curve.evaluate("plot => Array.from(plot._fullData.find(trace => trace.name === 'Pair mass').y)")
    assert line == pytest.approx(found.sweep.mean("matched_share").tolist(), rel=1e-5)
    curve.scroll_into_view_if_needed()
    curve.locator(".scatterlayer .point").first.hover(force=True)
    expect(curve.locator(".hovertext")).to_contain_text("Pair mass")
    pictures = page.locator(".pairs img").evaluate_all("nodes => nodes.map(node => node.naturalWidth)")
    assert len(pictures) == 4 + 4 + 2 * 2 * 8 and min(pictures) > 0
    assert fits_a_phone(page)


def test_a_comparison_draws_its_numbers_and_plays_its_run(cut_off, tmp_path):
    page = cut_off(made(tmp_path / "compare.html", "compare", COMPARED))
    found = compare_recipe(COMPARED)
    expect(page.locator("h1")).to_have_text(found.headline)
    expect(page.locator(_FIGURE)).to_have_count(3 + 3 + 3 + 1 + 1 + 6 + 5)  # the last: together, rules
    page.wait_for_function(_IN_ITS_PLACE)
    difference = page.locator("section.heatmap .js-plotly-plot").nth(2).evaluate(_CELLS)
    rows, (a, b) = found.row_order, (member.plan.matrix.cpu().numpy() for member in found.compared.pair)
    assert difference[3] == pytest.approx((b - a)[rows][:, rows][3].tolist(), rel=1e-4, abs=1e-7)
    table = steps.table_of(found.compared)
    assert page.locator(".compare-table td b").count() == len(table)
    player = page.locator(".js-plotly-plot", has=page.locator(".updatemenu-button"))
    player.scroll_into_view_if_needed()
    expect(player.locator(".gtitle")).to_contain_text("epoch 50")
    player.evaluate(
        "plot => { window.seen = []; plot.on('plotly_animatingframe', (e) => window.seen.push(e.name)); }"
    )
    box = player.locator(".slider-label").first.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] - 12)
    expect(player.locator(".gtitle")).to_contain_text("epoch 0")
    player.locator(".updatemenu-button", has_text="Play").click()
    expect(player.locator(".gtitle")).to_contain_text("epoch 50")
    assert page.evaluate("window.seen")[-2:] == ["epoch 5", "epoch 50"]
    assert fits_a_phone(page)


def test_both_pages_give_a_report_that_opens_without_them(app_url, visit, cut_off, tmp_path):
    sweep = visit(f"{app_url}/effects?effect=Sweep&n=24&points=4&seeds=2", ready=_FIGURE)
    file = downloaded(sweep, tmp_path / "sweep.html")
    report = cut_off(file)
    expect(report.locator(_FIGURE)).to_have_count(1)
    expect(report.locator("section .caption").first).to_contain_text(
        sweep.locator(".st-key-sweep-changed").inner_text()
    )
    assert embedded(report)["sweep"]["values"]["matched_share"] == pytest.approx(
        effects_recipe(EFFECTS, ("sweep",)).sweep.values["matched_share"], rel=1e-6
    )
    compare = visit(f"{app_url}/compare?n=24&encoders=random&with=random&compare=Download")
    report = cut_off(downloaded(compare, tmp_path / "compare.html"))
    recipe = Recipe().with_values(n=24, encoders=("random",), **{"with": "random"})
    expect(report.locator("h1")).to_have_text(compare_recipe(recipe).headline)
    expect(report.locator(_FIGURE)).to_have_count(3 + 2 + 3 + 1 + 5)


def downloaded(page: Page, path: Path) -> Path:
    """The report that the page offers."""
    settled(page)
    with page.expect_download() as loading:
        page.get_by_role("button", name="Report (HTML)").click()
    loading.value.save_as(path)
    return path


def embedded(page: Page) -> dict:
    return json.loads(page.locator("#gca-viz").evaluate("node => node.textContent"))
