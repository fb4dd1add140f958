"""The Geometry page in a real Chromium: look, lasso, click, turn, share the link."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from gca_viz.experiments import engine
from gca_viz.experiments import geometry as steps
from gca_viz.experiments.recipe import Recipe
from gca_viz.geometry import plan_points
from gca_viz.geometry.measures import MEASURES
from gca_viz.geometry.neighbours import neighbours_of
from gca_viz.geometry.points import Points
from gca_viz.geometry.projection import project
from tests.browser.conftest import settled
from tests.browser.steps import go, npz, open_tab, upload

pytestmark = pytest.mark.browser
ARTIFACTS = Path(__file__).parents[2] / "test-artifacts"
CHART = ".st-key-map-chart .js-plotly-plot .main-svg"
#: number of a point → its coordinates and, in two dimensions, its place on the screen
_POINTS = """node => {
  const plot = node.querySelector(".js-plotly-plot"), box = plot.getBoundingClientRect();
  const { xaxis, yaxis } = plot._fullLayout, points = {};
  for (const trace of plot._fullData.filter((trace) => trace.meta === "points"))
    Array.from(trace.customdata).forEach((number, at) => {
      const place = ["x", "y", "z"].filter((axis) => trace[axis]).map((axis) => trace[axis][at]);
      points[number] = { place, opacity: trace.marker.opacity?.[at] ?? trace.opacity };
      if (place.length === 2)
        points[number].at = [
          box.left + xaxis._offset + xaxis.d2p(place[0]), box.top + yaxis._offset + yaxis.d2p(place[1]),
        ];
    });
  return points;
}"""
_RANGES = """node => {
  const { xaxis, yaxis } = node.querySelector(".js-plotly-plot").layout;
  return [...xaxis.range, ...yaxis.range];
}"""

_RINGS = """node => node.querySelector(".js-plotly-plot")._fullData
  .filter((trace) => /^picked/.test(trace.name)).map((trace) => trace.x[0])"""


def parts(recipe: Recipe):
    return recipe.data, recipe.views, recipe.encoder


def chart(page: Page) -> Locator:
    return page.locator(".st-key-map-chart")


def points_on(page: Page) -> dict[int, dict]:
    return {int(number): point for number, point in chart(page).evaluate(_POINTS).items()}


def places_on(page: Page) -> np.ndarray:
    shown = points_on(page)
    return np.array([shown[number]["place"] for number in range(len(shown))])


def query(page: Page) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(urlsplit(page.url).query).items()}


def wait_for_query(page: Page, **wanted: str | None) -> None:
    page.wait_for_function(
        "wanted => { const q = new URLSearchParams(location.search);"
        " return Object.entries(wanted).every(([key, value]) => q.get(key) === value) }",
        arg=wanted,
    )
    settled(page)


def drag(page: Page, corners: list[tuple[float, float]]) -> None:
    """Press at the first corner and draw around to the first again."""
    page.mouse.move(*corners[0])
    page.mouse.down()
    for corner in [*corners[1:], corners[0]]:
        page.mouse.move(*corner, steps=8)
    page.mouse.up()


def apart(page: Page) -> int:
    """The point that can be told from the others most easily, of those well inside the map."""
    box, shown = chart(page).bounding_box(), points_on(page)
    at = np.array([shown[number]["at"] for number in range(len(shown))])
    distance = np.hypot(*(at[:, None] - at).T) + 1e6 * np.eye(len(at))
    middle = np.array([box["x"] + box["width"] / 2, box["y"] + 240])
    inside = (np.abs(at - middle) < [150, 110]).all(1)
    return int(np.where(inside, distance.min(0), 0).argmax())


def lasso(page: Page, point: int) -> tuple[set[int], set[int]]:
    """Draw a lasso around a point; the samples of points well inside, and of those inside or near its edge."""
    chart(page).evaluate("node => node.scrollIntoView({ block: 'center' })")
    page.wait_for_timeout(300)
    shown = points_on(page)
    x, y = shown[point]["at"]
    drag(page, [(x - 70, y - 60), (x + 70, y - 60), (x + 70, y + 60), (x - 70, y + 60)])
    away = {n: max(abs(p["at"][0] - x) / 70, abs(p["at"][1] - y) / 60) for n, p in shown.items()}
    return tuple({number % (len(shown) // 2) for number, far in away.items() if far < edge} for edge in (0.8, 1.2))


def test_the_main_job(app_url, visit):
    page = visit(f"{app_url}/geometry?n=64", ready=CHART)
    recipe = Recipe().with_values(n=64)
    found, points = steps.map_of(*parts(recipe), recipe.geometry), steps.points_of(*parts(recipe))

    # Look: the map and the numbers beside it are those of Python.
    assert places_on(page) == pytest.approx(found.projection.coordinates, abs=1e-3)
    for name, estimate in steps.measures_of(*parts(recipe)).items():
        expect(page.locator(f"[data-measure={name}] b")).to_have_text(MEASURES[name].text(estimate))
        expect(page.locator(f"[data-measure={name}] small")).to_contain_text(MEASURES[name].interval_text(estimate))
    expect(page.locator("[data-measure=trustworthiness] b")).to_have_text(f"{found.trust.trustworthiness:.2f}")
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / "geometry-1440.png")

    # Rest on a point: its image.
    point = apart(page)
    page.mouse.move(*points_on(page)[point]["at"])
    expect(page.locator(".gca-map-tip")).to_be_visible()
    assert page.locator(".gca-map-tip").get_attribute("data-point") == str(point)

    # Look closer, click a point: its pair, its neighbours in the embedding, the same part of the map.
    page.mouse.wheel(0, -100)
    page.wait_for_function("() => document.querySelector('.js-plotly-plot').layout.xaxis.autorange === false")
    page.wait_for_timeout(500)  # plotly draws a turned wheel a little later
    seen, point = chart(page).evaluate(_RANGES), apart(page)
    sample = point % 64
    page.mouse.click(*points_on(page)[point]["at"])
    wait_for_query(page, i=str(sample), j=str(sample))
    assert chart(page).evaluate(_RANGES) == pytest.approx(seen, abs=0.05)
    page.get_by_role("tab", name="Neighbours").click()
    settled(page)
    others, cosines = neighbours_of(points, sample, 8)
    first = page.locator(".st-key-nearest-row")
    for other, cosine in zip(others, cosines, strict=True):
        expect(first).to_contain_text(f"{other % 64}, view {other // 64 + 1} · {cosine:.3f}")
    expect(page.locator(".st-key-picture-row")).to_contain_text(engine.batch_of(recipe.data).names[sample])

    # Draw a lasso: the group, its numbers, its images; the others fade.
    page.get_by_role("tab", name="Group").click()
    settled(page)
    inside, near = lasso(page, point)
    page.wait_for_function("() => new URLSearchParams(location.search).has('group')")
    settled(page)
    group = [int(number) for number in query(page)["group"].split(",")]
    assert inside <= set(group) <= near and sample in group
    batch, plan = engine.batch_of(recipe.data), engine.plan_of(*parts(recipe), recipe.method)
    shown = page.locator(".st-key-geometry-group")
    expect(shown.locator("[data-group=Samples]")).to_contain_text(f"{len(group)}of 64")
    expect(shown.locator("[data-group=Loss]")).to_contain_text(f"{float(plan.loss_per_row[group].mean()):.3g}")
    expect(shown).to_contain_text(batch.names[group[0]])
    faded = {number % 64 for number, point in points_on(page).items() if point["opacity"] < 0.5}
    assert faded == set(range(64)) - set(group)

    # Open the link in a fresh browser: the same map, pair and group.
    again = visit(page.url, ready=CHART)
    assert query(again) == query(page)
    assert places_on(again) == pytest.approx(places_on(page))
    assert {n % 64 for n, point in points_on(again).items() if point["opacity"] < 0.5} == faded
    # On the other page, the same pair.
    go(again, "Alignment")
    expect(again.locator(".board[data-painted-step]")).to_be_visible()
    assert again.locator(".board").evaluate("node => node.gcaBoard.state().pick") == [sample, sample]


def test_the_keyboard_can_do_what_the_mouse_does(app_url, visit):
    page = visit(f"{app_url}/geometry?n=32&map=pca", ready=CHART)
    box = page.get_by_role("textbox", name="Group")
    box.fill("3, 7, 11")
    box.press("Enter")
    wait_for_query(page, group="3,7,11")
    assert {n % 32 for n, point in points_on(page).items() if point["opacity"] > 0.5} == {3, 7, 11}
    page.get_by_role("button", name="No group").click()
    wait_for_query(page, group=None)
    page.get_by_role("tab", name="Neighbours").click()
    row = page.get_by_label("Row i (view 1)")
    row.fill("9")
    row.press("Enter")
    wait_for_query(page, i="9")
    assert chart(page).evaluate(_RINGS)[0] == pytest.approx(places_on(page)[9, 0])


def test_what_was_picked_on_the_matrices_is_ringed_on_the_map_and_a_double_click_ends_a_group(app_url, visit):
    page = visit(f"{app_url}/?n=32&group=1,2")
    place = page.locator(".board").evaluate("(node, cell) => node.gcaBoard.point(...cell)", [1, 4, 20])
    page.mouse.click(place["x"], place["y"])
    wait_for_query(page, i="4", j="20")
    go(page, "Geometry")
    expect(page.locator(CHART).first).to_be_visible()
    settled(page)
    places = places_on(page)
    assert chart(page).evaluate(_RINGS) == pytest.approx([places[4, 0], places[32 + 20, 0]])
    assert {n % 32 for n, point in points_on(page).items() if point["opacity"] > 0.5} == {1, 2}
    box = chart(page).bounding_box()
    page.mouse.dblclick(box["x"] + 80, box["y"] + 60)
    wait_for_query(page, group=None)


def test_lines_and_arrows_go_where_python_says(app_url, visit):
    link = f"{app_url}/geometry?n=32&map=pca&method=gca-uot"
    page = visit(f"{link}&partners=3", ready=CHART)
    recipe = Recipe().with_values(n=32, map="pca", method="gca-uot")
    plan, places = engine.plan_of(*parts(recipe), recipe.method), places_on(page)
    lines = plan_points.heaviest_lines(plan, 3)
    ends = """node => node.querySelector(".js-plotly-plot")._fullData.filter(t => t.mode === "lines")
        .flatMap(t => Array.from(t.x).map((x, k) => [x, t.y[k]])).filter((_, k) => k % 3 === 1)"""
    drawn = np.array(chart(page).evaluate(ends))
    expected = places[lines.end]
    assert np.sort(drawn, 0) == pytest.approx(np.sort(expected, 0), abs=1e-4)
    page = visit(f"{link}&lines=barycentre", ready=CHART)
    _, means = plan_points.barycentres(plan, places)
    assert np.array(chart(page).evaluate(ends)) == pytest.approx(means, abs=1e-4)


def test_a_point_of_a_sphere_is_clicked(app_url, visit):
    page = visit(f"{app_url}/geometry?n=32&map=sphere&lines=none", ready=".st-key-map-chart canvas")
    recipe = Recipe().with_values(n=32, map="sphere")
    found = steps.map_of(*parts(recipe), recipe.geometry).projection.coordinates
    assert places_on(page) == pytest.approx(found, abs=1e-4)
    box, tip = chart(page).bounding_box(), page.locator(".gca-map-tip")
    for at in range(900):  # the places on the screen are plotly's secret
        page.mouse.move(box["x"] + 140 + at % 30 * 11, box["y"] + 90 + at // 30 * 11)
        page.wait_for_timeout(30)
        if tip.is_visible():
            break
    point = int(tip.get_attribute("data-point"))
    page.mouse.down()
    page.mouse.up()
    sample = str(point % 32)
    wait_for_query(page, i=sample, j=sample)


def test_images_can_be_drawn_on_the_map(app_url, visit):
    page = visit(f"{app_url}/geometry?n=32&thumbs=on&map=pca", ready=CHART)
    images = chart(page).locator(".imagelayer image, .layer-above image, .layer-below image")
    expect(images).to_have_count(64)
    x, y = points_on(page)[40]["at"]  # they lie over the points and let the mouse through
    page.mouse.click(x, y)
    page.wait_for_function("() => new URLSearchParams(location.search).has('i')")


def test_a_large_map_tells_its_progress_and_is_abandoned_for_another(app_url, visit):
    page = visit(f"{app_url}/geometry?n=900&map=pca&lines=none", ready=CHART)
    page.get_by_test_id("stMain").get_by_text("t-SNE", exact=True).first.click()
    expect(page.get_by_test_id("stProgress").get_by_text("Drawing the map")).to_be_visible()
    page.get_by_test_id("stMain").get_by_text("PCA", exact=True).first.click()
    wait_for_query(page, map="pca")
    expect(page.get_by_test_id("stProgress")).to_have_count(0)
    recipe = Recipe().with_values(n=900, map="pca")
    assert places_on(page) == pytest.approx(
        steps.map_of(*parts(recipe), recipe.geometry).projection.coordinates, abs=1e-4
    )


def test_brought_embeddings_have_a_map_and_a_heap_has_a_sentence(app_url, visit):
    draw = np.random.default_rng(0)
    views = (draw.normal(size=(24, 8)) + 0.3 * draw.normal(size=(2, 24, 8))).astype(np.float32)
    page = visit(app_url)
    for name, (z1, z2) in {"mine.npz": views, "heap.npz": np.ones_like(views)}.items():
        open_tab(page, "Embeddings")
        upload(page, "embeddings", (name, npz(z1=z1, z2=z2)))
        page.get_by_role("button", name="Use these embeddings").click()
        expect(page.locator(".board[data-painted-step]")).to_be_visible()
        settled(page)
        go(page, "Geometry")
        expect(page.locator(CHART).first).to_be_visible()
        settled(page)
        z = Points.of(z1, z2, np.zeros(24, int), np.zeros(24, int)).z
        heap = name == "heap.npz"
        expected = project(z, "pca" if heap else "t-sne").coordinates
        assert places_on(page) == pytest.approx(expected, abs=0.01)
        expect(page.get_by_text("embeddings that are all the same")).to_have_count(int(heap))
        expect(page.locator("[data-measure=knn_class]")).to_contain_text("needs two classes")


def test_the_map_and_the_points_are_files_that_ask_no_server(app_url, visit, tmp_path):
    page = visit(f"{app_url}/geometry?n=24&geometry=Download&map=pca", ready=CHART)
    recipe = Recipe().with_values(n=24, map="pca")
    for name in ("map.html", "points.csv", "geometry.csv", "spectrum.csv"):
        with page.expect_download() as loading:
            page.locator(f"[class*='st-key-file-{name.replace('.', '-')}'] button").click()
        loading.value.save_as(tmp_path / name)
    rows = (tmp_path / "points.csv").read_text().splitlines()
    places = np.array([row.split(",")[-5:-3] for row in rows[1:]], float)
    found = steps.map_of(*parts(recipe), recipe.geometry).projection.coordinates
    assert len(rows) == 49 and places == pytest.approx(found, abs=1e-4)
    assert len((tmp_path / "geometry.csv").read_text().splitlines()) == 13
    page.goto((tmp_path / "map.html").as_uri())
    expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    assert page.evaluate("() => document.querySelector('.js-plotly-plot').data.length") > 10


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_a_phone(app_url, visit, scheme):
    page = visit(f"{app_url}/geometry", ready=CHART, viewport={"width": 420, "height": 860}, color_scheme=scheme)
    main = page.get_by_test_id("stMain")
    assert main.evaluate("node => node.scrollWidth <= node.clientWidth")
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / f"geometry-420-{scheme}.png")
