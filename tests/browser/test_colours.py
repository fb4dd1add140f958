"""A class has one colour: on every page, map and report, whatever of the data is shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page

from gca_viz.datasets import load_dataset
from gca_viz.experiments.compare.result import compare_recipe
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.palette import class_colour, on_dark
from gca_viz.report import compare_report
from tests.browser.conftest import settled

pytestmark = pytest.mark.browser
#: two classes of ten, named in another order than they have in the data
SUBSET = "n=16&classes=food,animal&encoders=random&aligned=pca&map=pca"
_GROUND = "node => getComputedStyle(node).backgroundColor"
#: the colour that the strip beside a matrix has at each row, from the pixels on the screen
_STRIP = """(canvas) => {
  const board = canvas.closest('.board').gcaBoard;
  const box = canvas.getBoundingClientRect();
  const ratio = canvas.width / box.width;
  return Array.from({ length: board.state().view.span }, (_, row) => {
    const y = board.point(0, row, 0).y - box.top;
    const [r, g, b] = canvas.getContext('2d').getImageData(33 * ratio, y * ratio, 1, 1).data;
    return `rgb(${r}, ${g}, ${b})`;
  });
}"""
#: text → colour in the middle of the mark beside it
_SWATCHES = """entries => entries.map((entry) => {
  const canvas = entry.querySelector('canvas');
  const [r, g, b] = canvas.getContext('2d').getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data;
  return [entry.textContent.trim(), `rgb(${r}, ${g}, ${b})`];
})"""


def rgb(colour: str) -> str:
    return f"rgb({', '.join(str(int(colour[at : at + 2], 16)) for at in (1, 3, 5))})"


def wanted(scheme: str) -> dict[str, str]:
    names = load_dataset("emoji").class_names
    ground = on_dark if scheme == "dark" else str
    return {name: rgb(ground(class_colour(names.index(name)))) for name in ("animal", "food")}


def legend(entries: Locator, dot: str) -> dict[str, str]:
    """Text → colour of the entries of a legend."""
    return {entry.inner_text().strip(): entry.locator(dot).evaluate(_GROUND) for entry in entries.all()}


@pytest.mark.parametrize("scheme", [pytest.param("light", marks=pytest.mark.slow), "dark"])
def test_a_class_has_one_colour_on_all_pages(app_url, visit, scheme):
    expected = wanted(scheme)
    page: Page = visit(f"{app_url}/?{SUBSET}", color_scheme=scheme)
    assert legend(page.locator(".board .legend .group"), "i") == expected
    rows = page.locator(".board canvas.base").first.evaluate(_STRIP)
    assert set(rows) == set(expected.values())

    page = visit(f"{app_url}/geometry?{SUBSET}", color_scheme=scheme, ready=".map[data-still=true]")
    map_ = page.locator(".st-key-map-chart .map")
    swatches = map_.locator(".legend .entry").evaluate_all(_SWATCHES)
    assert {name: colour for name, colour in swatches if name in expected} == expected
    assert {point["colour"] for point in map_.evaluate("node => node.gcaMap.points()")} == set(
        map(_hex, expected.values())
    )

    page = visit(f"{app_url}/compare?{SUBSET}", color_scheme=scheme)
    settled(page)
    assert legend(page.locator(".board .legend .group"), "i") == expected
    assert legend(page.locator("p.legend span:has(.dot)"), ".dot").items() >= expected.items()
    for one in page.locator(".map[data-still=true]").all():
        assert {point["colour"] for point in one.evaluate("node => node.gcaMap.points()")} == set(
            map(_hex, expected.values())
        )


def test_a_lesson_colours_things_by_their_class(app_url, visit):
    page: Page = visit(f"{app_url}/learn?lesson=target")
    names = load_dataset("things").class_names
    seen = legend(page.locator(".board .legend .group"), "i")
    assert seen["owl"] == seen["penguin"] == rgb(class_colour(names.index("bird")))


def test_a_report_has_the_colours_of_the_pages(chromium, tmp_path: Path):
    values = {"n": 16, "classes": ("food", "animal"), "encoders": ("random",), "aligned": "pca"}
    file = tmp_path / "report.html"
    file.write_text(compare_report(compare_recipe(Recipe().with_values(**values))).html(), "utf-8")
    expected = wanted("light")
    page = chromium.new_page(color_scheme="dark")  # a report is light whatever the reader's system is
    page.goto(file.as_uri())
    assert legend(page.locator("p.legend").first.locator("span:has(.dot)"), ".dot").items() >= expected.items()
    points = page.locator(".js-plotly-plot").evaluate_all(
        "plots => plots.flatMap(plot => plot.data.filter(trace => expectedNames.includes(trace.name))"
        ".map(trace => [trace.name, trace.marker.color]))".replace("expectedNames", str(list(expected)))
    )
    assert points and all(colour == _hex(expected[name]) for name, colour in points)
    # Differences are magenta and teal there, too.
    scales = page.locator(".js-plotly-plot").evaluate_all(
        "plots => plots.flatMap(plot => plot.data.filter(t => t.type === 'heatmap').map(t => t.colorscale[1][1]))"
    )
    assert "#B3127C" in scales
    page.close()


def _hex(colour: str) -> str:
    return "#{:02X}{:02X}{:02X}".format(*map(int, colour[4:-1].split(",")))
