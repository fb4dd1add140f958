"""The Geometry page in a real Chromium: look, lasso, click, turn, share the link."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from gca_viz.experiments import geometry as steps
from gca_viz.experiments.plan import engine
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.geometry import plan_points
from gca_viz.geometry.measures import MEASURES
from gca_viz.geometry.neighbours import neighbours_of
from gca_viz.geometry.points import Points
from gca_viz.geometry.projection import project
from tests.browser.conftest import settled
from tests.browser.steps import choose, go, npz, open_tab, press, press_cell, still, type_in, upload

pytestmark = pytest.mark.browser
MAP = ".st-key-map-chart .map[data-still=true]"  # its points do not glide any more
SOLID = ".st-key-map-chart canvas"
#: number of a point → its coordinates on a plotly chart, whose screen has three dimensions
_SOLID_PLACES = """node => {
  const points = {};
  for (const trace of node.querySelector(".js-plotly-plot")._fullData.filter((trace) => trace.meta === "points"))
    Array.from(trace.customdata).forEach((number, at) => {
      points[number] = [trace.x[at], trace.y[at], trace.z[at]];
    });
  return points;
}"""


def chart(page: Page) -> Locator:
    return page.locator(".st-key-map-chart")


def ask(page: Page, what: str):
    """What the map on the screen says of itself."""
    return page.locator(MAP).evaluate(f"node => node.gcaMap.{what}()")


def places_on(page: Page) -> np.ndarray:
    return np.array([point["place"] for point in ask(page, "points")])


def chosen_on(page: Page) -> set[int]:
    """Samples that do not fade; both views of each agree."""
    points = ask(page, "points")
    views = np.array([point["chosen"] for point in points]).reshape(2, -1)
    assert (views[0] == views[1]).all()
    return set(np.flatnonzero(views[0]).tolist())


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
    """Press at the first corner, move over the others, let go at the last."""
    page.mouse.move(*corners[0])
    page.mouse.down()
    for corner in corners[1:]:
        page.mouse.move(*corner, steps=8)
    page.mouse.up()


def apart(page: Page) -> int:
    """The point that can be told from the others most easily, of those well inside the map."""
    box = page.locator(f"{MAP} .overlay").bounding_box()
    at = np.array([point["at"] for point in ask(page, "points")])
    distance = np.hypot(*(at[:, None] - at).T) + 1e6 * np.eye(len(at))
    middle = np.array([box["x"] + box["width"] / 2, box["y"] + 240])
    inside = (np.abs(at - middle) < [150, 110]).all(1)
    return int(np.where(inside, distance.min(0), 0).argmax())


def draw_around(page: Page, point: int, tool: str = "lasso") -> set[int]:
    """Draw a rectangle around a point with the tool in hand; the samples within."""
    chart(page).evaluate("node => node.scrollIntoView({ block: 'center' })")
    page.wait_for_timeout(300)
    points = ask(page, "points")
    x, y = points[point]["at"]
    first, opposite = (x - 70, y - 60), (x + 70, y + 60)
    drag(
        page, [first, (x + 70, y - 60), opposite, (x - 70, y + 60), first] if tool == "lasso" else [first, opposite]
    )
    within = [abs(p["at"][0] - x) < 70 and abs(p["at"][1] - y) < 60 for p in points]
    return {number % (len(points) // 2) for number in np.flatnonzero(within).tolist()}


def test_the_main_job(app_url, visit):
    page = visit(f"{app_url}/geometry?n=64", ready=MAP)
    recipe = Recipe().with_values(n=64)
    found, points = steps.map_of(recipe.inputs, recipe.geometry), steps.points_of(recipe.inputs)
    batch = engine.batch_of(recipe.data)

    # Look: the map and the numbers beside it are those of Python.
    assert places_on(page) == pytest.approx(found.projection.coordinates, abs=1e-3)
    for name, estimate in steps.measures_of(recipe.inputs).items():
        expect(page.locator(f"[data-measure={name}] b")).to_have_text(MEASURES[name].estimate_text(estimate))
        expect(page.locator(f"[data-measure={name}] small")).to_contain_text(MEASURES[name].interval_text(estimate))
    expect(page.locator("[data-measure=trustworthiness] b")).to_have_text(f"{found.trust.trustworthiness:.2f}")

    # Rest on a point: its image, its name.
    point = apart(page)
    page.mouse.move(*ask(page, "points")[point]["at"])
    tip = page.locator(f"{MAP} .tip")
    expect(tip).to_have_attribute("data-point", str(point))
    expect(tip).to_contain_text(f"{point % 64}: {batch.names[point % 64]}")
    expect(tip.locator("canvas")).to_be_visible()

    # Look closer, click a point: its pair, its neighbours in the embedding, the same part of the map.
    page.keyboard.down("Control")
    page.mouse.wheel(0, -100)
    page.keyboard.up("Control")
    page.wait_for_function("node => node.gcaMap.state().view.zoom > 1.2", arg=page.query_selector(MAP))
    seen, point = ask(page, "state")["view"], apart(page)
    sample = point % 64
    page.mouse.click(*still(page, lambda: tuple(ask(page, "points")[point]["at"])))
    wait_for_query(page, i=str(sample), j=str(sample))
    state = ask(page, "state")
    assert state["view"] == seen and state["pair"] == [sample, sample + 64]
    press(page.get_by_role("tab", name="Neighbours"))
    settled(page)
    others, cosines = neighbours_of(points, sample, 8)
    first = page.locator(".st-key-nearest-row")
    for other, cosine in zip(others, cosines, strict=True):
        expect(first).to_contain_text(re.compile(rf"{other % 64}, view {other // 64 + 1}\s*{cosine:.3f}"))
    expect(page.locator(".st-key-picture-row")).to_contain_text(batch.names[sample])

    # Draw a lasso: the group, its numbers, its images; the others fade.
    press(page.get_by_role("tab", name="Group"))
    expect(page.get_by_role("textbox", name="Group")).to_be_visible()
    settled(page)
    group = sorted(draw_around(page, point))
    assert sample in group
    wait_for_query(page, group=",".join(map(str, group)))
    plan = engine.plan_of(recipe.inputs, recipe.method)
    shown = page.locator(".st-key-geometry-group")
    expect(shown.locator("[data-group=Samples]")).to_contain_text(f"{len(group)}of 64")
    expect(shown.locator("[data-group=Loss]")).to_contain_text(f"{float(plan.loss_per_row[group].mean()):.3g}")
    expect(shown).to_contain_text(batch.names[group[0]])
    assert chosen_on(page) == set(group)

    # Open the link in a fresh browser: the same map, pair and group.
    again = visit(page.url, ready=MAP)
    assert query(again) == query(page)
    assert places_on(again) == pytest.approx(places_on(page))
    assert chosen_on(again) == set(group) and ask(again, "state")["pair"] == [sample, sample + 64]
    # On the other page, the same pair.
    go(again, "Alignment")
    expect(again.locator(".board[data-painted-step]")).to_be_visible()
    assert again.locator(".board").evaluate("node => node.gcaBoard.state().pick") == [sample, sample]


def test_the_keyboard_can_do_what_the_mouse_does(app_url, visit):
    page = visit(f"{app_url}/geometry?n=32&map=pca", ready=MAP)
    box = page.get_by_role("textbox", name="Group")
    type_in(box, "3, 7, 11")
    wait_for_query(page, group="3,7,11")
    assert chosen_on(page) == {3, 7, 11}
    press(page.get_by_role("button", name="No group"))
    wait_for_query(page, group=None)
    press(page.get_by_role("tab", name="Neighbours"))
    row = page.get_by_label("Row i (view 1)")
    type_in(row, "9")
    wait_for_query(page, i="9")
    assert ask(page, "state")["pair"][0] == 9

    # On the map itself: from point to point, which is read out, and picked.
    overlay = page.locator(f"{MAP} .overlay")
    overlay.focus()
    page.keyboard.press("ArrowRight")  # to the picked one
    assert ask(page, "state")["cursor"] == 9
    at = np.array([point["at"] for point in ask(page, "points")])
    page.keyboard.press("ArrowRight")
    reached = ask(page, "state")["cursor"]
    right, down = at[reached] - at[9]
    assert right > 0 and right >= abs(down)
    expect(page.locator(f"{MAP} .speech")).to_contain_text(f"{reached % 32}: ")
    page.keyboard.press("Enter")
    wait_for_query(page, i=str(reached % 32), j=str(reached % 32))
    for _ in range(3):
        page.keyboard.press("+")
    page.wait_for_function("node => node.gcaMap.state().view.zoom > 3", arg=page.query_selector(MAP))
    page.keyboard.press("0")
    assert ask(page, "state")["view"]["zoom"] == 1


def test_what_was_picked_on_the_matrices_is_ringed_on_the_map_and_a_double_click_ends_a_group(app_url, visit):
    page = visit(f"{app_url}/?n=32&group=1,2")
    press_cell(page, 1, 4, 20)
    wait_for_query(page, i="4", j="20")
    go(page, "Geometry")
    expect(page.locator(MAP)).to_be_visible()
    settled(page)
    assert ask(page, "state")["pair"] == [4, 32 + 20] and chosen_on(page) == {1, 2}
    # A ring is on the screen: blue around the row's point.
    box, at = page.locator(f"{MAP} .overlay").bounding_box(), ask(page, "points")[4]["at"]
    x, y = at[0] - box["x"], at[1] - box["y"]
    red, _, blue, alpha = page.locator(MAP).evaluate("(node, [x, y]) => node.gcaMap.pixel(x, y)", [x - 10, y])
    assert alpha > 200 and blue > red + 50
    page.mouse.dblclick(box["x"] + 80, box["y"] + 20)
    wait_for_query(page, group=None)
    assert chosen_on(page) == set(range(32))


@pytest.mark.slow
def test_the_form_stays_where_it_is_when_the_page_changes(app_url, visit):
    page = visit(f"{app_url}/?n=32&map=pca")
    slider = page.locator(".st-key-recipe-eps")
    slider.evaluate("node => { node.drawnOnce = true }")
    go(page, "Geometry")
    expect(page.locator(MAP)).to_be_visible()
    settled(page)
    assert slider.evaluate("node => node.drawnOnce")
    slider.locator("input[type=range]").press("ArrowRight")
    page.wait_for_function("() => new URLSearchParams(location.search).has('eps')")
    settled(page)
    epsilon = query(page)["eps"]
    go(page, "Learn")  # which has another one
    expect(slider).to_have_count(0)
    go(page, "Alignment")
    expect(page.locator(".board[data-painted-step]")).to_be_visible()
    settled(page)
    expect(slider).to_contain_text(epsilon)
    wait_for_query(page, eps=epsilon)


def test_a_box_adds_to_a_group_and_the_legend_chooses_a_class(app_url, visit):
    page = visit(f"{app_url}/geometry?n=48&map=pca&lines=none", ready=MAP)
    batch = engine.batch_of(Recipe().with_values(n=48).data)
    name = batch.dataset.class_titles[int(batch.labels[0])]
    members = np.flatnonzero(batch.labels == batch.labels[0]).tolist()
    press(page.locator(MAP).get_by_role("button", name=name, exact=True))
    wait_for_query(page, group=",".join(map(str, members)))
    assert chosen_on(page) == set(members)
    press(page.get_by_role("button", name="Draw a box around points"))
    page.keyboard.down("Shift")
    more = draw_around(page, apart(page), tool="box")
    page.keyboard.up("Shift")
    assert more - set(members)
    wait_for_query(page, group=",".join(map(str, sorted({*members, *more}))))
    press(page.get_by_role("button", name="Move the map"))
    before = ask(page, "points")[0]["at"]
    box = page.locator(f"{MAP} .overlay").bounding_box()
    page.mouse.move(box["x"] + 100, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 160, box["y"] + 130, steps=12)
    page.mouse.up()
    after = ask(page, "points")[0]["at"]
    assert np.subtract(after, before) == pytest.approx([60, 30], abs=8)  # the first pixels tell a drag from a click


def test_a_finger_scrolls_until_a_tool_is_taken_up_and_then_draws(app_url, visit):
    phone = {"width": 420, "height": 860}
    page = visit(f"{app_url}/geometry?n=32&map=pca&lines=none", ready=MAP, viewport=phone, has_touch=True)
    overlay = page.locator(f"{MAP} .overlay")
    overlay.evaluate("node => node.scrollIntoView({ block: 'center' })")
    page.wait_for_timeout(300)
    touch = page.context.new_cdp_session(page)

    def draw(point: int) -> set[int]:
        """A finger around a point; the samples within."""
        points = ask(page, "points")
        x, y = points[point]["at"]
        for kind, dx, dy in (("Start", -40, -40), ("Move", 40, -40), ("Move", 40, 40), ("Move", -40, 40)):
            touch.send(
                "Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": [{"x": x + dx, "y": y + dy}]}
            )
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        within = [max(abs(p["at"][0] - x), abs(p["at"][1] - y)) < 40 for p in points]
        return {number % 32 for number in np.flatnonzero(within).tolist()}

    draw(apart(page))
    page.wait_for_timeout(300)
    settled(page)
    assert "group" not in query(page) and not ask(page, "state")["armed"]
    overlay.evaluate("node => node.scrollIntoView({ block: 'center' })")
    page.wait_for_timeout(300)
    point = apart(page)
    page.touchscreen.tap(*ask(page, "points")[point]["at"])
    wait_for_query(page, i=str(point % 32))
    page.locator(MAP).get_by_role("button", name="Draw a lasso").tap()
    assert ask(page, "state")["armed"]
    group = draw(point)
    wait_for_query(page, group=",".join(map(str, sorted(group))))
    assert point % 32 in group and chosen_on(page) == group


@pytest.mark.slow
def test_a_legend_says_each_thing_once_and_a_change_in_mid_glide_ends_it(app_url, visit):
    page = visit(f"{app_url}/geometry?n=32&map=pca&lines=none&colour=view", ready=MAP)
    entries = page.locator(f"{MAP} .legend .entry")
    domains = list(engine.batch_of(Recipe().with_values(n=32).data).dataset.domain_titles)
    expect(entries).to_have_text(["view 1", "view 2", *domains])
    controls = page.get_by_test_id("stMain")
    press(controls.get_by_text("domain", exact=True).first)
    wait_for_query(page, colour="domain")
    expect(entries).to_have_text(["view 1", "view 2", *domains])
    # Another map, and before its points are there (time stands still), another colour: they are where Python says.
    page.evaluate(
        "() => { const next = requestAnimationFrame; window.requestAnimationFrame = f => next(() => f(0)) }"
    )
    press(controls.get_by_text("Circle", exact=True).first)
    page.locator(".st-key-map-chart .map[data-still=false]").wait_for(state="attached")
    controls.get_by_text("loss", exact=True).first.click()  # in mid-glide
    wait_for_query(page, map="circle", colour="loss")
    recipe = Recipe().with_values(n=32, map="circle")
    expect(page.locator(f"{MAP} .legend")).to_contain_text("loss of the row")
    wanted = steps.map_of(recipe.inputs, recipe.geometry).projection.coordinates
    assert places_on(page) == pytest.approx(wanted, abs=1e-4)


@pytest.mark.slow
def test_lines_and_arrows_go_where_python_says(app_url, visit):
    link = f"{app_url}/geometry?n=32&map=pca&method=gca-uot"
    page = visit(f"{link}&partners=3", ready=MAP)
    recipe = Recipe().with_values(n=32, map="pca", method="gca-uot")
    plan, places = engine.plan_of(recipe.inputs, recipe.method), places_on(page)
    lines = plan_points.heaviest_lines(plan, 3)
    assert ask(page, "lines") == np.stack([lines.start, lines.end], 1).tolist()
    # The heaviest line is ink on the screen.
    heaviest = int(lines.share.argmax())
    points, box = ask(page, "points"), page.locator(f"{MAP} .overlay").bounding_box()
    middle = np.mean([points[lines.start[heaviest]]["at"], points[lines.end[heaviest]]["at"]], 0)
    pixel = "(node, [x, y]) => node.gcaMap.pixel(x, y)"
    assert page.locator(MAP).evaluate(pixel, (middle - [box["x"], box["y"]]).tolist())[3] > 100
    page = visit(f"{link}&lines=barycentre", ready=MAP)
    _, means = plan_points.barycentres(plan, places)
    assert np.array(ask(page, "arrows")).reshape(-1, 2) == pytest.approx(means, abs=1e-4)


@pytest.mark.slow
def test_a_point_of_a_sphere_is_clicked(app_url, visit):
    page = visit(f"{app_url}/geometry?n=32&map=sphere&lines=none", ready=SOLID)
    recipe = Recipe().with_values(n=32, map="sphere")
    found = steps.map_of(recipe.inputs, recipe.geometry).projection.coordinates
    shown = {int(number): place for number, place in chart(page).evaluate(_SOLID_PLACES).items()}
    assert np.array([shown[number] for number in range(64)]) == pytest.approx(found, abs=1e-4)
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


@pytest.mark.slow
def test_images_can_be_drawn_on_the_map(app_url, visit):
    page = visit(f"{app_url}/geometry?n=32&thumbs=on&map=pca&lines=none", ready=MAP)
    recipe = Recipe().with_values(n=32)
    pictures = engine.pictures_of(recipe.data, recipe.views)
    box, points = page.locator(f"{MAP} .overlay").bounding_box(), ask(page, "points")
    last = points[63]["at"]  # nothing is drawn over the last one
    page.wait_for_function(
        "([node, x, y]) => node.gcaMap.pixel(x, y)[3] > 0",
        arg=[page.query_selector(MAP), last[0] - box["x"], last[1] - box["y"]],
    )
    seen = page.locator(MAP).evaluate(
        "(node, [x, y]) => [-3, 0, 3].flatMap(v => [-3, 0, 3].map(u => node.gcaMap.pixel(x + u, y + v)))",
        [last[0] - box["x"], last[1] - box["y"]],
    )
    image = pictures[1][31]
    side = len(image) // 2
    wanted = image[side - 10 : side + 10, side - 10 : side + 10].reshape(-1, 3).mean(0)
    assert np.array(seen)[:, :3].mean(0) == pytest.approx(wanted, abs=60)
    page.mouse.click(*still(page, lambda: tuple(ask(page, "points")[40]["at"])))
    page.wait_for_function("() => new URLSearchParams(location.search).has('i')")


@pytest.mark.slow
def test_a_large_map_tells_its_progress_is_stopped_goes_on_and_is_abandoned_for_another(app_url, visit):
    page = visit(f"{app_url}/geometry?n=900&map=pca&lines=none", ready=MAP)
    choices = page.get_by_test_id("stMain")
    press(choices.get_by_text("t-SNE", exact=True).first)
    expect(page.get_by_test_id("stProgress").get_by_text("Drawing the map")).to_be_visible()
    # Stop: PCA stands in, and a button goes on.
    page.locator(".st-key-map-stop button").click()
    note = page.locator(".st-key-map-note")
    expect(note).to_contain_text("Stopped")
    settled(page)
    recipe = Recipe().with_values(n=900, map="pca")
    pca = steps.map_of(recipe.inputs, recipe.geometry).projection.coordinates
    assert places_on(page) == pytest.approx(pca, abs=1e-4)
    expect(choices.get_by_text("PCA shows the directions")).to_be_visible()
    press(note.get_by_role("button", name="Continue"))
    expect(page.get_by_test_id("stProgress").get_by_text("Drawing the map")).to_be_visible()
    # Another choice ends it as well.
    choices.get_by_text("PCA", exact=True).first.click()  # while the page is at work
    wait_for_query(page, map="pca")
    expect(page.get_by_test_id("stProgress")).to_have_count(0)
    expect(note).to_have_count(0)
    assert places_on(page) == pytest.approx(pca, abs=1e-4)


@pytest.mark.slow
def test_brought_embeddings_have_a_map_and_a_heap_has_a_sentence(app_url, visit):
    draw = np.random.default_rng(0)
    views = (draw.normal(size=(24, 8)) + 0.3 * draw.normal(size=(2, 24, 8))).astype(np.float32)
    page = visit(app_url)
    for name, (z1, z2) in {"mine.npz": views, "heap.npz": np.ones_like(views)}.items():
        open_tab(page, "Embeddings")
        upload(page, "embeddings", (name, npz(z1=z1, z2=z2)))
        press(page.get_by_role("button", name="Use these embeddings"))
        expect(page.locator(".board[data-painted-step]")).to_be_visible()
        settled(page)
        go(page, "Geometry")
        expect(page.locator(MAP)).to_be_visible()
        settled(page)
        z = Points.of(z1, z2, np.zeros(24, int), np.zeros(24, int)).z
        heap = name == "heap.npz"
        expected = project(z, "pca" if heap else "t-sne").coordinates
        assert places_on(page) == pytest.approx(expected, abs=0.01)
        expect(page.get_by_text("embeddings that are all the same")).to_have_count(int(heap))
        expect(page.locator("[data-measure=knn_class]")).to_contain_text("needs two classes")


def found_axes(recipe: Recipe) -> set[str]:
    return set(steps.map_of(recipe.inputs, recipe.geometry).projection.axes)


@pytest.mark.slow
def test_a_picture_of_numbers_has_their_scale(app_url, visit, tmp_path):
    page = visit(f"{app_url}/geometry?n=24&map=pca&colour=mass", ready=MAP)
    with page.expect_download() as loading:
        press(page.locator(f"{MAP} .save-svg"))
    loading.value.save_as(tmp_path / "map.svg")
    drawing = (tmp_path / "map.svg").read_text()
    words = re.findall(r"<text[^>]*>([^<]*)</text>", drawing)
    assert any(word.startswith("mass sent or received ") for word in words)
    assert len(set(re.findall(r'<rect[^>]*fill="(rgb[^"]*)"', drawing))) > 50


@pytest.mark.slow
def test_a_column_of_the_users_table_is_a_colour(app_url, visit):
    draw = np.random.default_rng(0)
    z1, z2 = draw.normal(size=(2, 24, 8)).astype(np.float32)
    page = visit(app_url)
    open_tab(page, "Embeddings")
    age, camera = np.linspace(0, 1, 24), np.array(["left", "right"] * 12)
    upload(page, "embeddings", ("mine.npz", npz(z1=z1, z2=z2, age=age, camera=camera)))
    expect(page.get_by_text("age, camera")).to_be_visible()
    press(page.get_by_role("button", name="Use these embeddings"))
    expect(page.locator(".board[data-painted-step]")).to_be_visible()
    settled(page)
    go(page, "Geometry")
    expect(page.locator(MAP)).to_be_visible()
    for name in ("age", "camera"):
        box = page.locator(".st-key-recipe-colour").get_by_role("combobox")
        choose(box, name)
        wait_for_query(page, colour=f"column:{name}")
        expect(page.locator(f"{MAP} .legend")).to_contain_text("age" if name == "age" else "right")
        colours = np.array([point["colour"] for point in ask(page, "points")]).reshape(2, 24)
        assert (colours[0] == colours[1]).all()
        order = batch_order(page)
        wanted = len(set(age)) if name == "age" else 2
        assert len(set(colours[0])) == wanted
    left = {colours[0][at] for at, sample in enumerate(order) if camera[sample] == "left"}
    right = {colours[0][at] for at, sample in enumerate(order) if camera[sample] == "right"}
    assert len(left) == len(right) == 1 and left != right


def batch_order(page: Page) -> list[int]:
    """Row of the table that each sample of the batch is, by its name."""
    texts = page.locator(MAP).evaluate("node => Array.from({ length: 24 }, (_, point) => node.gcaMap.text(point))")
    return [int(re.search(r"row (\d+)", text)[1]) for text in texts]


def test_the_map_and_the_points_are_files_that_ask_no_server(app_url, visit, tmp_path):
    page = visit(f"{app_url}/geometry?n=24&geometry=Download&map=pca", ready=MAP)
    recipe = Recipe().with_values(n=24, map="pca")
    for kind in ("png", "svg"):
        with page.expect_download() as loading:
            press(page.locator(f"{MAP} .save-{kind}"))
        loading.value.save_as(tmp_path / loading.value.suggested_filename)
    with Image.open(tmp_path / "map-pca.png") as picture:
        assert min(picture.size) > 800 and len(picture.convert("RGB").getcolors(1 << 24)) > 20
    drawing = (tmp_path / "map-pca.svg").read_text()
    words = re.findall(r"<text[^>]*>([^<]*)</text>", drawing)
    assert found_axes(recipe) <= set(words) and {"view 1", "view 2"} <= set(words)
    assert drawing.count("<path") > 48 and "http" not in drawing.replace("http://www.w3.org/2000/svg", "")
    for name in ("map.html", "points.csv", "geometry.csv", "spectrum.csv"):
        with page.expect_download() as loading:
            press(page.locator(f"[class*='st-key-file-{name.replace('.', '-')}'] button"))
        loading.value.save_as(tmp_path / name)
    rows = (tmp_path / "points.csv").read_text().splitlines()
    places = np.array([row.split(",")[-5:-3] for row in rows[1:]], float)
    found = steps.map_of(recipe.inputs, recipe.geometry).projection.coordinates
    assert len(rows) == 49 and places == pytest.approx(found, abs=1e-4)
    assert len((tmp_path / "geometry.csv").read_text().splitlines()) == 13
    page.goto((tmp_path / "map.html").as_uri())
    expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    assert page.evaluate("() => document.querySelector('.js-plotly-plot').data.length") > 10


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
def test_nothing_is_wider_than_a_phone(app_url, visit, scheme):
    page = visit(f"{app_url}/geometry", ready=MAP, viewport={"width": 420, "height": 860}, color_scheme=scheme)
    main = page.get_by_test_id("stMain")
    assert main.evaluate("node => node.scrollWidth <= node.clientWidth")
