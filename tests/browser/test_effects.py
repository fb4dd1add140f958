"""Parameter effects in a real Chromium: click the square and a curve, type, stop a long sweep, share the link."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect
from scipy.stats import spearmanr

from gca_viz.experiments.effects.axes import AXES
from gca_viz.experiments.effects.noise import detect
from gca_viz.experiments.effects.result import TAUS
from gca_viz.experiments.effects.square import as_unbalanced
from gca_viz.experiments.effects.sweep import sweep_recipe
from gca_viz.experiments.effects.words import what_changed, who_finds
from gca_viz.experiments.metrics.plans import EFFECT_READINGS
from gca_viz.experiments.plan import engine
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.transport import READINGS, constraint_square, sweep
from tests.browser.conftest import settled
from tests.browser.steps import choose, go, keys, press, still, type_in
from tests.browser.test_alignment import query, wait_for_query

pytestmark = pytest.mark.browser
FIGURE = ".js-plotly-plot .main-svg"
SQUARE = ".st-key-square .tau-square.heat"


def address(url: str, tab: str, **link: str) -> str:
    return f"{url}/effects?{urlencode({'effect': tab, **link})}"


def figure(page: Page, key: str) -> Locator:
    return page.locator(f".st-key-{key} .js-plotly-plot")


def drawn(page: Page, key: str, name: str) -> dict:
    """The numbers of a trace as the browser has them."""
    return figure(page, key).evaluate(
        """(node, name) => {
            const trace = node._fullData.find(trace => (trace.name === name) || (trace.type === name))
            const plain = values => Array.from(values, v => v?.length === undefined ? v : Array.from(v))
            return { x: plain(trace.x), y: plain(trace.y), z: trace.z && plain(trace.z) }
        }""",
        name,
    )


def click(page: Page, key: str, x: float, y: float) -> None:
    """Click a figure where its axes say ``x`` and ``y``."""
    figure(page, key).scroll_into_view_if_needed()
    where = """(node, [x, y]) => {
        const { xaxis, yaxis } = node._fullLayout
        const box = node.querySelector('.nsewdrag').getBoundingClientRect()
        return [box.left + xaxis.d2p(x), box.top + yaxis.d2p(y)]
    }"""
    at = still(page, lambda: tuple(figure(page, key).evaluate(where, [x, y])))
    page.mouse.move(at[0] - 3, at[1] - 3)
    page.mouse.move(*at, steps=3)
    page.mouse.click(*at)


def on_square(page: Page, tau1: float, tau2: float) -> tuple[float, float]:
    """Where a place of the square is on the screen."""
    page.locator(f"{SQUARE} svg").scroll_into_view_if_needed()
    box = page.locator(f"{SQUARE} .cells").bounding_box()  # half a cell wider than the square on all sides
    across, up = ((20 * tau + 0.5) / 21 for tau in (tau1, tau2))
    return box["x"] + across * box["width"], box["y"] + (1 - up) * box["height"]


def cells(page: Page) -> np.ndarray:
    """Colours of the square's picture as the browser decodes it, (τ₁, τ₂, 3)."""
    pixels = page.locator(f"{SQUARE} .cells").evaluate(
        """async node => {
            const image = new Image();
            image.src = node.getAttribute("href");
            await image.decode();
            const { width, height } = image;
            const canvas = Object.assign(document.createElement("canvas"), { width, height });
            const context = canvas.getContext("2d");
            context.drawImage(image, 0, 0);
            return Array.from(context.getImageData(0, 0, width, height).data);
        }"""
    )
    return np.array(pixels).reshape(21, 21, 4)[::-1, :, :3].swapaxes(0, 1)


def test_the_square_shows_the_sweep_of_the_api_and_a_click_goes_there(app_url, visit):
    page = visit(f"{app_url}/?n=64")
    go(page, "Parameter effects")
    said = page.locator(f"{SQUARE} output")
    expect(said).to_contain_text("τ₁ 1.00, τ₂ 1.00 · ")
    recipe = Recipe().with_values(n=64)
    z = engine.embeddings_of(recipe.inputs)
    square = sweep(z.z1, z.z2, **constraint_square(0.1), read=("matched_share", "perplexity"))
    shares = square.values["matched_share"][0].numpy()
    text = READINGS["matched_share"].text
    expect(page.locator(".st-key-square-changed")).to_contain_text(
        re.compile(f"From BYOL to Sinkhorn the pair mass .*{re.escape(text(shares[-1, -1]))}")
    )

    # Rest on a cell: its number. More is brighter.
    for cell in ((3, 16), (20, 0), (10, 10)):
        page.mouse.move(*on_square(page, cell[0] / 20, cell[1] / 20))
        expect(said).to_have_text(f"τ₁ {cell[0] / 20:.2f}, τ₂ {cell[1] / 20:.2f} · {text(shares[cell])}")
    bright = cells(page).sum(-1)  # of viridis, which rises
    assert spearmanr(bright.ravel(), shares.ravel()).statistic > 0.99

    # Inside: unbalanced, with the λ of that τ.
    page.mouse.click(*still(page, lambda: on_square(page, 0.5, 0.75)))
    wait_for_query(page, method="gca-uot", lambda1="0.1", n="64")
    assert float(query(page)["lambda2"]) == pytest.approx(0.3)
    expect(said).to_have_text(f"τ₁ 0.50, τ₂ 0.75 · {text(shares[10, 15])}")

    # The dot is dragged into a corner, which has a name, and back by a click.
    page.mouse.move(*on_square(page, 0.5, 0.75))
    page.mouse.down()
    page.mouse.move(*on_square(page, 0.8, 0.3), steps=4)
    expect(said).to_have_text(f"τ₁ 0.80, τ₂ 0.30 · {text(shares[16, 6])}")
    page.mouse.move(*on_square(page, 1, 0), steps=4)
    page.mouse.up()
    wait_for_query(page, method="ince", n="64")
    page.mouse.click(*still(page, lambda: on_square(page, 0.5, 0.75)))
    wait_for_query(page, method="gca-uot", lambda1="0.1", n="64")

    # The keyboard's way: arrow keys on the square, boxes beside it.
    keys(page.locator(f"{SQUARE} svg"), *["ArrowLeft"] * 3)
    expect(said).to_have_text(f"τ₁ 0.35, τ₂ 0.75 · {text(shares[7, 15])}")
    page.wait_for_function("() => new URLSearchParams(location.search).get('lambda1') !== '0.1'")
    settled(page)
    for label in ("τ₁, rows", "τ₂, columns"):
        box = page.get_by_label(label)
        type_in(box, "0")
        settled(page)
    wait_for_query(page, method="byol", n="64")
    with page.expect_download() as download:
        press(page.get_by_role("button", name="SVG"))
    drawing = download.value.path().read_text()
    assert "Pair mass" in drawing and "Sinkhorn" in drawing and "data:image/png" in drawing

    # What the square shows is what the Alignment page says of that method.
    go(page, "Alignment")
    expect(page.locator("[data-reading=matched_share]")).to_contain_text(text(shares[0, 0]))


@pytest.mark.slow
def test_another_reading_and_the_difference_from_the_recipe(app_url, visit):
    page = visit(
        address(app_url, "Constraint square", n="32", reading="loss", eps="0.2", shown="difference"), ready=SQUARE
    )
    recipe = Recipe().with_values(n=32, eps=0.2)
    table = sweep_recipe(as_unbalanced(recipe), {"tau1": TAUS, "tau2": TAUS}, ("loss",))
    plan = engine.plan_of(recipe.inputs, recipe.method)
    apart = table.mean("loss") - float(plan.loss)
    page.mouse.move(*on_square(page, 0, 0.5))
    expect(page.locator(f"{SQUARE} output")).to_contain_text(EFFECT_READINGS["loss"].text(apart[0, 10]))
    expect(page.locator(f"{SQUARE} .bar")).to_contain_text("− the recipe’s")
    assert abs(apart[-1, -1]) < 1e-4
    red, _, blue = cells(page)[-1, -1]  # no difference is no colour
    assert abs(int(red) - int(blue)) < 20
    # A place between cells has the number of the nearest, and says so.
    page.mouse.move(5, 5)
    box = page.get_by_label("τ₂, columns")
    type_in(box, "0.667")
    wait_for_query(page, method="gca-uot")
    expect(page.locator(f"{SQUARE} output")).to_contain_text("τ₁ 1.00, τ₂ 0.67 · ≈ ")


@pytest.mark.slow
def test_a_point_of_a_curve_becomes_the_recipe_and_the_link_restores_all(app_url, visit):
    page = visit(address(app_url, "Sweep", n="32", points="5", seeds="2", reading="perplexity"), ready=FIGURE)
    recipe = Recipe().with_values(n=32)
    values = AXES["eps"].values(recipe, points=5)
    table = sweep_recipe(recipe, {"eps": values}, ("perplexity", "matched_share"), seeds=2)
    curve = drawn(page, "sweep-perplexity", "Perplexity (columns)")
    assert curve["x"] == pytest.approx(values, rel=1e-4)
    assert curve["y"] == pytest.approx(list(table.mean("perplexity")), rel=1e-4)
    expect(page.locator(".st-key-sweep-changed")).to_have_text(what_changed(table, ("perplexity", "matched_share")))

    click(page, "sweep-perplexity", curve["x"][1], curve["y"][1])
    wait_for_query(page, eps=f"{values[1]:g}")
    assert query(page) == {
        "effect": "Sweep",
        "n": "32",
        "points": "5",
        "seeds": "2",
        "reading": "perplexity",
        "eps": f"{values[1]:g}",
    }
    with page.expect_download() as download:
        press(page.get_by_role("button", name="Numbers (CSV)"))
    lines = download.value.path().read_text().splitlines()
    assert lines[0].split(",")[:2] == ["seed", "eps"] and len(lines) == 11

    # A second parameter by hand, then everything again from the link.
    box = page.locator(".st-key-recipe-axis2").get_by_role("combobox")
    choose(box, "Column constraint τ₂")
    wait_for_query(page, axis2="tau2")
    grid = {"eps": values, "tau2": AXES["tau2"].values(recipe, points=5)}
    wanted = sweep_recipe(recipe.with_values(eps=values[1]), grid, ("perplexity",), seeds=2).mean("perplexity")
    again = visit(page.url, ready=FIGURE)
    for shown in (page, again):
        expect(shown.locator(".st-key-sweep-changed")).to_contain_text("is lowest at")
        settled(shown)
        assert np.allclose(np.array(drawn(shown, "sweep-perplexity", "heatmap")["z"]).T, wanted, rtol=1e-3)
    assert query(again) == query(page)
    click(again, "sweep-perplexity", 4, 2)
    wait_for_query(again, method="gca-uot", eps=f"{values[4]:g}")


def test_a_long_sweep_grows_on_the_screen_is_stopped_and_goes_on(app_url, visit):
    link = {"n": "400", "split": "train", "axis": "strength", "points": "6", "seeds": "1", "viewseed": "77"}
    page = visit(address(app_url, "Noise lab", method="ince", **link), ready=FIGURE)
    press(page.get_by_role("tab", name="Sweep"))
    expect(page.get_by_test_id("stProgress")).to_contain_text("views")
    page.locator(".st-key-effects-stop button").click()
    note = page.locator(".st-key-effects-note")
    expect(note).to_contain_text("Stopped")
    settled(page)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    press(page.get_by_role("button", name="Continue"))
    expect(page.locator(".st-key-sweep-changed")).to_contain_text("From s 0 to 2")
    settled(page)
    recipe = Recipe().with_values(n=400, split="train", viewseed=77, method="ince")
    table = sweep_recipe(recipe, {"strength": AXES["strength"].values(recipe, points=6)})
    curve = drawn(page, "sweep-matched-share", "Pair mass")
    assert curve["y"] == pytest.approx(list(table.mean("matched_share")), rel=1e-3)


def test_the_noise_lab_shows_the_areas_of_the_api_and_a_click_takes_the_penalty(app_url, visit):
    page = visit(address(app_url, "Noise lab", n="40", seeds="2", bad="crop", badshare="0.3"), ready=FIGURE)
    recipe = Recipe().with_values(n=40, bad="crop", badshare=0.3)
    penalties = AXES["lambdas"].values(recipe, points=13)
    found = detect(recipe, penalties, 2)
    line = drawn(page, "auc", "row mass")
    assert line["y"] == pytest.approx(list(found.auc["row_mass"].mean(0)), rel=1e-4)
    expect(page.locator(".st-key-noise-changed")).to_have_text(who_finds(found))
    click(page, "auc", line["x"][9], line["y"][9])
    wait_for_query(page, method="gca-uot", lambda1=f"{penalties[9]:g}", lambda2=f"{penalties[9]:g}", bad="crop")
    slider = page.locator(
        "[class*='st-key-noise-lambda'] [role=slider], [class*='st-key-noise-lambda'] input"
    ).first
    keys(slider, "ArrowLeft")
    wait_for_query(page, lambda1=f"{penalties[8]:g}")


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "tab",
    [
        "Constraint square",
        "Sweep",
        *(pytest.param(tab, marks=pytest.mark.slow) for tab in ("Calibration", "More columns", "Noise lab")),
    ],
)
def test_nothing_is_wider_than_a_phone(app_url, visit, scheme, tab):
    page = visit(
        address(app_url, tab, n="32"),
        ready=f"{SQUARE}, {FIGURE}",
        viewport={"width": 420, "height": 860},
        color_scheme=scheme,
    )
    main = page.get_by_test_id("stMain")
    assert main.evaluate("node => node.scrollWidth <= node.clientWidth")


@pytest.mark.slow
def test_the_noise_lab_is_stopped_and_goes_on(app_url, visit):
    page = visit(address(app_url, "Constraint square", n="128", seeds="20", seed="77"), ready=SQUARE)
    press(page.get_by_role("tab", name="Noise lab"))
    page.locator(".st-key-noise-stop button").click()
    note = page.locator(".st-key-noise-note")
    expect(note).to_contain_text("Stopped")
    expect(page.locator(".st-key-auc")).to_have_count(0)
    type_in(page.locator(".st-key-recipe-seeds input"), "1")
    expect(page.locator(".st-key-noise-changed")).to_contain_text("finds the corrupted pairs best")
    expect(note).to_have_count(0)
