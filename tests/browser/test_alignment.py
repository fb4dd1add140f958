"""The main job in a real Chromium: look, turn ε, walk the iterations, click a cell, share the link."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from gca_viz.device import best_device
from gca_viz.experiments.plan import engine
from gca_viz.experiments.plan.result import PlanResult
from gca_viz.experiments.recipe.first_screen import FIRST_SCREEN
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.ui.parts.widgets import slider_stops
from tests.browser.conftest import settled
from tests.browser.steps import choose, go, keys, press, press_cell, still, type_in

pytestmark = pytest.mark.browser


def plan_of(recipe: Recipe):
    return engine.plan_of(recipe.inputs, recipe.method)


def board(page: Page) -> Locator:
    return page.locator(".board")


def drawn(page: Page, panel: int, row: int, column: int) -> float:
    """The value that the browser draws in a cell, original indices."""
    return board(page).evaluate("(node, cell) => node.gcaBoard.value(...cell)", [panel, row, column])


def query(page: Page) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(urlsplit(page.url).query).items()}


def wait_for_query(page: Page, **wanted: str) -> None:
    page.wait_for_function(
        "wanted => { const q = new URLSearchParams(location.search);"
        " return Object.entries(wanted).every(([key, value]) => q.get(key) === value) }",
        arg=wanted,
    )
    settled(page)


def slider(page: Page, key: str) -> Locator:
    return page.locator(f".st-key-recipe-{key} input[type=range], .st-key-recipe-{key} [role=slider]").first


def test_the_main_job(app_url, visit):
    page = visit(app_url)
    recipe = FIRST_SCREEN

    # Look: InfoNCE's plan, Sinkhorn's beside it, their difference, all as computed in Python.
    plan = plan_of(recipe)
    beside = engine.plan_of(recipe.inputs, recipe.method.beside)
    for row, column in ((0, 0), (3, 77), (83, 5)):
        mass, other = float(plan.matrix[row, column]), float(beside.matrix[row, column])
        assert drawn(page, 0, row, column) == pytest.approx(other, rel=1e-3, abs=1e-7)
        assert drawn(page, 1, row, column) == pytest.approx(mass, rel=1e-3, abs=1e-7)
        assert drawn(page, 2, row, column) == pytest.approx(mass - other, rel=1e-2, abs=1e-6)
    expect(page.locator("[data-reading=loss]")).to_contain_text(f"{float(plan.loss):.4g}")
    expect(page.get_by_text(best_device().label)).to_be_visible()

    # Turn ε.
    keys(slider(page, "eps"), "ArrowLeft")
    page.wait_for_function("eps => new URLSearchParams(location.search).get('eps') !== eps", arg=query(page)["eps"])
    settled(page)
    recipe = recipe.with_values(eps=query(page)["eps"])
    assert recipe.method.epsilon < FIRST_SCREEN.method.epsilon
    plan = plan_of(recipe)
    assert drawn(page, 1, 3, 3) == pytest.approx(float(plan.matrix[3, 3]), rel=1e-3)
    expect(page.locator("[data-reading=loss]")).to_contain_text(f"{float(plan.loss):.4g}")

    # Walk the iterations: drawn at once, told to the link on release.
    steps = board(page).locator("input[type=range]").first
    keys(steps, *["ArrowLeft"] * (plan.half_steps - 3))
    expect(board(page)).to_have_attribute("data-painted-step", "3")
    assert drawn(page, 1, 3, 3) == pytest.approx(float(plan.at(3).matrix[3, 3]), rel=1e-3)
    wait_for_query(page, t="3")
    expect(page.locator("[data-reading=loss]")).to_contain_text(f"{float(plan.at(3).loss):.4g}")

    # Click a cell: the inspector names the two images behind it.
    row, column = 20, 61
    press_cell(page, 1, row, column)
    wait_for_query(page, i=str(row), j=str(column))
    result = PlanResult.of(recipe)
    names = result.name(row, 0), result.name(column, 1)
    picked = page.locator(".st-key-tab-pair")
    expect(picked).to_contain_text("Picked pair")
    expect(picked.locator(".st-key-picture-row")).to_contain_text(names[0])
    expect(picked.locator(".st-key-picture-column")).to_contain_text(names[1])

    # Open the link in a fresh browser: the same picture.
    again = visit(page.url)
    assert query(again) == query(page)
    expect(board(again)).to_have_attribute("data-painted-step", "3")
    assert drawn(again, 1, row, column) == pytest.approx(drawn(page, 1, row, column))
    expect(again.locator(".st-key-tab-pair")).to_contain_text(names[1])
    assert board(again).evaluate("node => node.gcaBoard.state().pick") == [row, column]


def test_a_group_is_chosen_on_a_matrix_and_stays_on_every_page(app_url, visit):
    page = visit(f"{app_url}/?n=64&tab=Group")
    recipe = Recipe().with_values(n=64)
    batch = engine.batch_of(recipe.data)
    counts = np.bincount(batch.labels)
    label = int(np.argmax(counts))
    members, others = np.flatnonzero(batch.labels == label), np.flatnonzero(batch.labels != label)
    name = batch.dataset.class_titles[label]

    # The class's strip above the matrix: everything that is neither in its rows nor in its columns steps back.
    column = int(members[0])

    def strip() -> tuple[float, float]:
        at = board(page).evaluate("(node, cell) => node.gcaBoard.point(...cell)", [0, 0, column])
        return at["x"], page.locator(".board .overlay").first.bounding_box()["y"] + 33

    page.mouse.click(*still(page, strip))
    wait_for_query(page, group=",".join(map(str, members)))
    cells = [(members[0], members[1]), (members[0], others[0]), (others[0], members[0]), (others[0], others[1])]
    veiled = [board(page).evaluate("(node, c) => node.gcaBoard.veiled(...c)", [int(k) for k in c]) for c in cells]
    assert veiled == [False, False, False, True]
    expect(page.locator("[data-group=Samples]")).to_contain_text(f"{counts[label]}")
    expect(page.locator("[data-group=Classes]")).to_contain_text(f"{name} {counts[label]}")

    # The same group on another page, and back; the name in the legend ends the choice.
    go(page, "Geometry")
    expect(page.locator("[data-group=Samples]")).to_contain_text(f"{counts[label]}")
    go(page, "Alignment")
    press(board(page).get_by_role("button", name=name, exact=True))
    page.wait_for_function("() => !new URLSearchParams(location.search).has('group')")
    page.wait_for_function(
        "([node, c]) => !node.gcaBoard.veiled(...c)",
        arg=[page.query_selector(".board"), [int(k) for k in cells[3]]],
    )


def test_the_keyboard_can_do_what_the_mouse_does(app_url, visit):
    page = visit(f"{app_url}/?n=32")
    box = page.get_by_label("Row i (view 1)")
    type_in(box, "7")
    wait_for_query(page, i="7")
    batch = engine.batch_of(Recipe().with_values(n=32).data)
    expect(page.locator(".st-key-picture-row")).to_contain_text(batch.names[7])
    press(page.get_by_role("button", name="Its partner"))
    wait_for_query(page, i="7", j="7")
    assert board(page).evaluate("node => node.gcaBoard.state().pick") == [7, 7]


@pytest.mark.parametrize(
    ("link", "sentence"),
    [
        ("eps=-1", "epsilon = '-1'"),
        ("eps=1e300", "≤ 1000000"),
        ("method=gca-inse", "Did you mean 'gca-ince'?"),
        ("iterations=1000000000", "≤ 500"),
        ("n=99999", "batch_size = '99999'"),
        ("by=chosen", "no chosen images"),
        ("n=2000&split=held-out", "976 images fit this choice"),
        ("eps=1e-40", "≥ 1e-06"),
        ("data=digits&domains=noto", "no domains noto"),
        ("data=digits&views=cross-style", "domain"),
    ],
)
def test_a_nonsense_link_gets_a_sentence_and_a_working_page(app_url, visit, link, sentence):
    page = visit(f"{app_url}/?{link}")
    expect(page.get_by_test_id("stAlert").first).to_contain_text(sentence)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    expect(board(page)).to_have_attribute("data-painted-step", re.compile(r"\d+"))


def test_a_slider_that_moves_fast_ends_where_the_hand_left_it(app_url, visit):
    page = visit(f"{app_url}/?n=32")
    stops = slider_stops(Recipe.spec("eps"), 0.1)
    wanted = stops[stops.index(0.1) + 8]
    keys(slider(page, "eps"), *["ArrowRight"] * 8)
    wait_for_query(page, eps=f"{wanted:g}")
    expect(page.locator("[data-reading=loss]")).to_contain_text(
        f"{float(plan_of(Recipe().with_values(n=32, eps=wanted)).loss):.4g}"
    )
    assert slider(page, "eps").get_attribute("value") == str(slider_stops(Recipe.spec("eps"), wanted).index(wanted))


def test_the_matrices_follow_a_slider_under_the_hand_and_the_server_confirms_them(app_url, visit):
    page = visit(f"{app_url}/?n=32&show=plan,reference,difference")
    matrices = "node => [0, 1, 2].map((panel) => node.gcaBoard.values(panel))"
    before, thumb = board(page).evaluate(matrices), slider(page, "eps").locator("xpath=../..")
    middle = thumb.bounding_box()
    x, y = middle["x"] + middle["width"] / 2, middle["y"] + middle["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 40, y, steps=4)
    expect(board(page)).to_have_attribute("data-ahead", "true")
    expect(page.locator("[data-gca-ahead] .numbers")).to_have_css("opacity", "0.35")
    page.wait_for_function("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    under_the_hand, eps = board(page).evaluate(matrices), slider(page, "eps").get_attribute("aria-valuetext")
    assert "eps" not in query(page) and not np.allclose(under_the_hand, before, atol=0.01)
    followed, anew = board(page).evaluate("node => node.gcaBoard.anew()")
    assert followed == anew, "what a hand changes is drawn as when everything is"
    page.mouse.up()
    wait_for_query(page, eps=eps)
    expect(board(page)).to_have_attribute("data-ahead", "false")
    np.testing.assert_allclose(board(page).evaluate(matrices), under_the_hand, atol=1e-5)
    plan = plan_of(Recipe().with_values(n=32, eps=float(eps)))
    assert drawn(page, 0, 3, 5) == pytest.approx(float(plan.matrix[3, 5]), abs=1e-5)


@pytest.mark.slow
def test_the_code_to_share_follows_moves_and_the_form_those_of_other_pages(app_url, visit):
    page = visit(f"{app_url}/?n=32")
    share = page.locator(".st-key-group-share")
    press(share.locator("summary"))
    keys(slider(page, "eps"), "ArrowRight")
    expect(share.locator("code").first).not_to_contain_text("epsilon=0.1,")
    press(page.get_by_text("domain", exact=True).first)
    expect(share.locator("code").nth(1)).to_contain_text("--order domain")
    press(share.locator("summary"))
    for title in ("Geometry", "Alignment"):
        go(page, title)
        keys(slider(page, "eps"), "ArrowRight")
        eps = slider(page, "eps").get_attribute("aria-valuetext")
        wait_for_query(page, eps=eps)
    plan = plan_of(Recipe().with_values(n=32, eps=float(eps)))
    expect(page.locator("[data-reading=loss]")).to_contain_text(f"{float(plan.loss):.4g}")


def test_a_batch_size_that_moves_fast_neither_breaks_nor_picks(app_url, visit):
    page = visit(f"{app_url}/?n=8")
    stops = slider_stops(Recipe.spec("n"), 8)
    keys(slider(page, "n"), *["ArrowRight"] * 12)
    wait_for_query(page, n=str(stops[stops.index(8) + 12]))
    expect(page.get_by_test_id("stException")).to_have_count(0)
    assert not {"i", "j"} & set(query(page))
    expect(page.locator(".st-key-tab-pair")).to_contain_text("Weakest pair")


@pytest.mark.slow
def test_a_large_batch_tells_its_progress_and_is_abandoned_for_another(app_url, visit):
    page = visit(f"{app_url}/?n=1000&split=train")
    shown = board(page).get_attribute("data-batch-id")
    seed = page.get_by_role("spinbutton", name="Batch seed")
    type_in(seed, "1")
    expect(page.get_by_test_id("stProgress")).to_contain_text("views")
    seed.fill("0")  # while the page is still at work
    seed.press("Enter")
    wait_for_query(page, n="1000")
    expect(page.get_by_test_id("stProgress")).to_have_count(0)
    assert "seed" not in query(page)
    assert board(page).get_attribute("data-batch-id") == shown


def test_the_gallery_shows_notable_pairs_and_picks_one(app_url, visit):
    page = visit(f"{app_url}/?tab=Gallery&n=64")
    button = page.locator("[class*='st-key-notable-Likely-false-negatives'] button").first
    row, column = re.match(r"(\d+) → (\d+)", button.inner_text()).groups()
    batch = engine.batch_of(Recipe().with_values(n=64).data)
    assert batch.labels[int(row)] == batch.labels[int(column)]
    press(button)
    wait_for_query(page, i=row, j=column, tab="Gallery")
    assert board(page).evaluate("node => node.gcaBoard.state().pick") == [int(row), int(column)]


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
def test_nothing_is_wider_than_a_phone(app_url, visit, scheme):
    page = visit(app_url, viewport={"width": 420, "height": 860}, color_scheme=scheme)
    main = page.get_by_test_id("stMain")
    assert main.evaluate("node => node.scrollWidth <= node.clientWidth")


def test_a_link_is_a_slide(app_url, visit):
    page = visit(f"{app_url}/?n=64&present=1")
    size = "() => parseFloat(getComputedStyle(document.documentElement).fontSize)"
    large = page.evaluate(size)
    for hidden in (".stSidebar", ".st-key-recipe-show", ".st-key-about-matrices"):
        expect(page.locator(hidden).first).to_be_hidden()
    expect(page.locator("[data-reading=loss]")).to_be_visible()
    press(page.get_by_role("button", name="Show controls"))
    page.wait_for_function("() => !new URLSearchParams(location.search).has('present')")
    expect(page.locator(".stSidebar")).to_be_visible()
    expect(page.locator(".st-key-recipe-show")).to_be_visible()
    assert page.evaluate(size) < large

    # And back, from the form; what is computed stays, and so does the slide on the way to another page.
    press(page.get_by_text("Share", exact=True))
    press(page.get_by_role("button", name="Present"))
    wait_for_query(page, present="1", n="64")
    expect(page.locator(".stSidebar")).to_be_hidden()


@pytest.mark.slow
def test_a_figure_says_how_to_read_it(app_url, visit):
    page = visit(f"{app_url}/?n=64")
    press(page.locator(".st-key-about-matrices button"))
    text = page.get_by_test_id("stPopoverBody")
    expect(text).to_contain_text("in units of cost: the smaller, the more of the weight the nearest get")
    assert text.locator(".katex").count() > 5
    assert text.locator(".katex-error").count() == 0


def test_the_dot_on_the_square_is_dragged_and_moved_by_keys(app_url, visit):
    page = visit(f"{app_url}/?n=64&method=ince&eps=0.1&show=plan,residual")
    square = page.locator(".tau-square svg")
    ground = page.locator(".tau-square .ground").bounding_box()
    plan_and_residual = "node => [0, 1].map((panel) => node.gcaBoard.values(panel))"

    def at(tau1: float, tau2: float) -> tuple[float, float]:
        return ground["x"] + tau1 * ground["width"], ground["y"] + (1 - tau2) * ground["height"]

    # From InfoNCE's corner into the middle: unbalanced, with the λ of these τ; the plan follows.
    page.mouse.move(*at(1, 0))
    page.mouse.down()
    page.mouse.move(*at(0.7, 0.3), steps=5)
    expect(board(page)).to_have_attribute("data-ahead", "true")
    page.mouse.move(*at(1, 0), steps=5)
    expect(board(page)).to_have_attribute("data-ahead", "false")
    page.mouse.move(*at(0.5, 0.8), steps=5)
    expect(board(page)).to_have_attribute("data-ahead", "true")
    page.wait_for_function("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    expect(board(page).locator(".title").first).to_have_text("GCA-UOT (unbalanced)")
    under_the_hand = board(page).evaluate(plan_and_residual)
    assert query(page)["method"] == "ince", "the server has not heard of it"
    page.mouse.up()
    wait_for_query(page, method="gca-uot", lambda1="0.1", lambda2="0.4")
    expect(board(page)).to_have_attribute("data-ahead", "false")
    np.testing.assert_allclose(board(page).evaluate(plan_and_residual), under_the_hand, atol=1e-5)
    expect(page.locator(".tau-square output")).to_have_text("τ₁ 0.50, τ₂ 0.80")
    recipe = Recipe().with_values(n=64, method="gca-uot", lambda1=0.1, lambda2=0.4)
    expect(page.locator("[data-reading=loss]")).to_contain_text(f"{float(plan_of(recipe).loss):.4g}")

    # By keys to an edge, and by a click into a corner, which has a name.
    keys(square, *["ArrowUp"] * 4)
    wait_for_query(page, method="gca-uot", lambda1="0.1", lambda2="inf")
    page.mouse.click(*still(page, lambda: at(0.99, 0.99)))
    page.wait_for_function("() => !new URLSearchParams(location.search).has('method')")
    expect(page.locator(".tau-square output")).to_have_text("τ₁ 1.00, τ₂ 1.00")

    # A method whose constraints cannot move says why, and stays.
    page.goto(f"{app_url}/?n=64&method=rince")
    expect(page.locator(".tau-square.fixed")).to_have_attribute("title", re.compile("Choose GCA-UOT"))
    settled(page)
    page.mouse.click(*at(0.3, 0.3))
    settled(page)
    assert query(page)["method"] == "rince"


@pytest.mark.slow
def test_what_is_held_is_asked_under_the_square_and_one_total_is_dragged_back_in(app_url, visit):
    page = visit(f"{app_url}/?n=64&vs=none&eps=0.1")
    square, box = page.locator(".tau-square"), page.locator(".st-key-recipe-hold").get_by_role("combobox")
    choose(box, "rows")
    wait_for_query(page, hold="rows")
    expect(square.locator("output")).to_have_text("τ₁ 1.00, τ₂ 0.00")
    choose(box, "total")
    wait_for_query(page, hold="total")
    expect(square.locator(".dot.apart")).to_be_visible()
    expect(square.locator(".beside")).to_have_text("One total")
    expect(page.get_by_text("All cells together share the mass of the batch")).to_be_visible()
    ground = square.locator(".ground").bounding_box()
    middle = ground["x"] + ground["width"] / 2, ground["y"] + ground["height"] / 2
    page.mouse.click(*still(page, lambda: middle))
    wait_for_query(page, method="gca-uot", lambda1="0.1", lambda2="0.1")
    assert "hold" not in query(page)
    expect(square.locator("output")).to_have_text("τ₁ 0.50, τ₂ 0.50")
