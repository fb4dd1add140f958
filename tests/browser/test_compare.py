"""The page Compare checkpoints in a real Chromium: look, pick, lasso, play a run, bring one, share the link."""

from __future__ import annotations

import csv
import io
import random
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from gca_viz.encoders.bundled import RUNS
from gca_viz.experiments.compare import steps
from gca_viz.experiments.compare.candidates import candidates_of, run_of
from gca_viz.experiments.compare.table import ROWS
from gca_viz.experiments.compare.words import headline
from gca_viz.experiments.metrics.changes import CHANGES
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.figures.compare import framed
from gca_viz.settings.folders import VARIABLE as FOLDERS
from tests.browser.conftest import ROOT, served, settled
from tests.browser.steps import drawn, keys, press, press_cell, still, type_in, upload
from tests.browser.test_geometry import wait_for_query

pytestmark = pytest.mark.browser
_CELLS = """cells => cells.map(cell => [
  cell.parentElement.dataset.measure, cell.dataset.candidate, cell.querySelector("b").textContent,
  cell.querySelector("i")?.textContent.replace(/^[^a-z≈]+/, "") ?? "",
])"""
_SENT = """plot => {
  [window.seen, window.sent] = [[], 0];
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (...data) { window.sent += 1; return send.apply(this, data); };
  plot.on("plotly_animatingframe", (event) => window.seen.push(event.name));
}"""
_PLAYER = ".st-key-run-player .js-plotly-plot"


def recipe(**values) -> Recipe:
    return Recipe().with_values(**{"n": 32, "encoders": ("random", "ince@5"), "with": "random"} | values)


def results(chosen: Recipe) -> steps.CandidateResults:
    return steps.results_of(chosen, candidates_of(chosen))


def link(url: str, **more: str) -> str:
    query = {"n": "32", "encoders": "random,ince@5", "with": "random"} | more
    return f"{url}/compare?" + "&".join(f"{key}={value}" for key, value in query.items())


def ask(page: Page, chart: int, what: str):
    """What a map on the screen says of itself."""
    page.locator(f".st-key-compare-map-{chart} .map[data-still=true]").wait_for()
    return page.locator(f".st-key-compare-map-{chart} .map").evaluate(f"node => node.gcaMap.{what}()")


def open_tab(page: Page, name: str) -> None:
    press(page.get_by_role("tab", name=name, exact=True))
    settled(page)


def test_the_main_job(app_url, visit):
    page = visit(link(app_url))
    found = results(recipe())

    # Look: the sentence, the plans cell by cell, the maps point by point.
    sentence = headline(*found.pair, steps.changes_of(found)).replace(" %", "\u00a0%")
    expect(page.get_by_role("heading", name=sentence)).to_be_visible()
    plans = [member.plan.matrix.numpy() for member in found.pair]
    for row, column in ((3, 3), (7, 20), (31, 0)):
        a, b = (float(plan[row, column]) for plan in plans)
        assert drawn(page, 0, row, column) == pytest.approx(a, rel=1e-3, abs=1e-7)
        assert drawn(page, 1, row, column) == pytest.approx(b, rel=1e-3, abs=1e-7)
        assert drawn(page, 2, row, column) == pytest.approx(b - a, rel=1e-2, abs=1e-6)
    places, _ = framed(steps.maps_of(found, [0, 1], "pca"))
    for chart in (0, 1):
        shown = [point["place"] for point in ask(page, chart, "points")]
        assert np.array(shown) == pytest.approx(places[chart], abs=1e-4)
        moved = np.argsort(-steps.changes_of(found).moved, kind="stable")[: len(ask(page, chart, "outlined"))]
        assert len(moved) > 2 and ask(page, chart, "outlined") == moved.tolist()

    # Rest on a point: its image, and where it lies on the other map; zoom one, and both show the same part.
    # Click it: its pair, ringed on both maps and outlined on the matrices.
    page.locator(".st-key-compare-map-1").scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    at = np.array([point["at"] for point in ask(page, 1, "points")])
    apart = int((np.hypot(*(at[:, None] - at).T) + 1e6 * np.eye(64)).min(0).argmax())
    page.mouse.move(*at[apart])
    expect(page.locator(".st-key-compare-map-1 .tip")).to_have_attribute("data-point", str(apart))
    assert ask(page, 0, "state")["echo"] == apart
    press(page.locator(".st-key-compare-map-1").get_by_role("button", name="Zoom in"))
    press(page.locator(".st-key-compare-map-1").get_by_role("button", name="Zoom in"))
    assert ask(page, 0, "state")["view"] == ask(page, 1, "state")["view"] != {"x": 0, "y": 0, "zoom": 1}
    press(page.locator(".st-key-compare-map-0").get_by_role("button", name="Whole map"))
    assert ask(page, 1, "state")["view"]["zoom"] == 1
    page.mouse.click(*still(page, lambda: tuple(ask(page, 1, "points")[apart]["at"])))
    sample = str(apart % 32)
    wait_for_query(page, i=sample, j=sample)
    assert page.locator(".board").evaluate("node => node.gcaBoard.state().pick") == [int(sample)] * 2
    assert ask(page, 0, "state")["pair"] == ask(page, 1, "state")["pair"] == [int(sample), int(sample) + 32]

    # Draw a lasso on the other map: a group; the others fade on both.
    page.locator(".st-key-compare-map-0").evaluate("node => node.scrollIntoView({block: 'center'})")
    page.wait_for_timeout(300)
    x, y = ask(page, 0, "points")[5]["at"]
    page.mouse.move(x - 40, y - 40)
    page.mouse.down()
    for corner in ((x + 40, y - 40), (x + 40, y + 40), (x - 40, y + 40), (x - 40, y - 40)):
        page.mouse.move(*corner, steps=5)
    page.mouse.up()
    page.wait_for_function("() => new URLSearchParams(location.search).has('group')")
    settled(page)
    bright = {number % 32 for number, point in enumerate(ask(page, 1, "points")) if point["chosen"]}
    assert 5 in bright and bright < set(range(32))

    # The table is that of Python; the link opens the same.
    open_tab(page, "Numbers")
    expect(page.locator("[data-measure=hubness] td")).to_have_count(3)
    told = page.locator(".compare-table td[data-candidate]").evaluate_all(_CELLS)
    expected = [
        [row.measure, row.contender, ROWS[row.measure].rounded(row.value), row.verdict]
        for row in steps.table_of(found).dropna(subset="value").itertuples()
    ]
    assert sorted(told) == sorted(expected)
    again = visit(page.url)
    assert again.locator(".board").evaluate("node => node.gcaBoard.state().pick") == [int(sample)] * 2
    expect(again.locator("[data-measure=loss] td")).to_have_count(3)


def test_a_cell_picked_on_the_matrices_is_the_pair_here(app_url, visit):
    page = visit(link(app_url, compare="Pair"))
    press_cell(page, 1, 4, 20)
    wait_for_query(page, i="4", j="20")
    found = results(recipe())
    for side, member in zip("ab", found.pair, strict=True):
        share = 100 * float(member.plan.matrix[4, 4] / member.plan.matrix[4].sum())
        expect(page.locator(f".st-key-partners-{side}")).to_contain_text(f"sends {share:.0f} % to its partner")
    expect(page.locator(".st-key-picture-column")).to_contain_text("Column 20")


@pytest.mark.slow
def test_samples_heat_maps_and_files(app_url, visit, tmp_path):
    page = visit(link(app_url, compare="Samples", rank="lost"))
    found = results(recipe())
    changes = steps.changes_of(found)
    first = int(np.argsort(-CHANGES["lost"].of(changes), kind="stable")[0])
    before, after = (f"{100 * share:.0f} %" for share in changes.pair[:, first])
    press(page.get_by_role("button", name=f"{first} · A {before} → B {after}"))
    wait_for_query(page, i=str(first), j=str(first))
    press(page.get_by_role("button", name="Choose these 12 as the group"))
    page.wait_for_function("() => new URLSearchParams(location.search).get('group')?.split(',').length === 12")
    settled(page)
    bar = page.locator(".st-key-ranked .bars .point path").nth(3)

    def foot() -> tuple[float, float]:
        box = bar.bounding_box()
        return box["x"] + box["width"] / 2, box["y"] + box["height"] - 4

    page.mouse.click(*still(page, foot))
    fourth = str(int(np.argsort(-CHANGES["lost"].of(changes), kind="stable")[3]))
    wait_for_query(page, i=fourth, j=fourth)

    open_tab(page, "Alike")
    cells = page.locator(".st-key-alike-cka .heatmaplayer").first
    expect(cells).to_be_visible()
    plot = page.locator(".st-key-alike-cka .js-plotly-plot")
    third = """plot => { const box = plot.getBoundingClientRect(), { xaxis, yaxis } = plot._fullLayout;
        return [box.left + xaxis._offset + xaxis.d2p(2), box.top + yaxis._offset + yaxis.d2p(0)]; }"""
    page.mouse.click(*still(page, lambda: tuple(plot.evaluate(third))))  # A with the third
    wait_for_query(page, **{"with": "ince@5"})
    expect(page.get_by_role("heading", name="From ince to ince@5")).to_be_visible()

    open_tab(page, "Download")
    files = {}
    for name in ("comparison.csv", "changes.csv", "alike.csv", "compare.npz", "compare.html"):
        with page.expect_download() as loading:
            press(page.locator(f"[class*='st-key-file-{name.replace('.', '-')}'] button"))
        files[name] = tmp_path / name
        loading.value.save_as(files[name])
    rows = list(csv.DictReader(files["comparison.csv"].open()))
    table = steps.table_of(found)
    assert [float(row["value"]) for row in rows] == pytest.approx(table.value.tolist(), rel=1e-4, abs=1e-6)
    assert len(list(csv.DictReader(files["changes.csv"].open()))) == 32
    with np.load(files["compare.npz"]) as arrays:
        assert arrays["plans"] == pytest.approx(np.stack([e.plan.matrix.numpy() for e in found.members]))
        assert arrays["maps"].shape == (3, 64, 2)
    page.goto(files["compare.html"].as_uri())
    expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    assert page.locator(".js-plotly-plot").count() == 7


def test_a_run_plays_without_the_server(app_url, visit):
    page = visit(link(app_url, compare="Run"))
    chosen = recipe()
    run = steps.results_of(chosen, run_of(chosen, "ince"))
    plot = page.locator(_PLAYER)
    expect(plot.locator(".main-svg").first).to_be_visible()
    title = plot.locator(".gtitle")
    expect(title).to_contain_text("epoch 50")
    plot.evaluate(_SENT)
    plot.scroll_into_view_if_needed()
    # The first step of the slider; one on, and back again; then play to the end.
    keys(page.get_by_role("slider", name="Epoch"), "Home")
    expect(title).to_contain_text("epoch 0")
    press(page.get_by_role("button", name="One epoch forward"))
    expect(title).to_contain_text("epoch 1")
    press(page.get_by_role("button", name="One epoch back"))
    expect(title).to_contain_text("epoch 0")
    expect(page.get_by_role("button", name="One epoch back")).to_be_disabled()
    share = 100 * float(run.members[0].plan.top1_rows)
    expect(title).to_contain_text(f"row top-1 {share:.0f}")
    press(page.get_by_role("button", name="Play the run"))
    expect(title).to_contain_text("epoch 50")
    expect(page.get_by_role("button", name="Play the run")).to_be_visible()  # it has ended by itself
    expect(page.get_by_role("slider", name="Epoch")).to_have_attribute("aria-valuetext", "epoch 50")
    assert page.evaluate("window.seen")[-6:] == [f"epoch {epoch}" for epoch in (1, 2, 5, 10, 20, 50)]
    page.wait_for_timeout(500)
    places, _ = framed(steps.maps_of(run, list(range(7)), "pca", anchor=6), 6, room=1)
    shown = np.array(plot.evaluate("plot => Array.from(plot._fullData[1].x)"))
    assert shown == pytest.approx(places[-1][:, 0], abs=1e-4)
    assert page.evaluate("window.sent") == 0


_BOXES = """plot => {
  const { xaxis, yaxis, xaxis2, yaxis2 } = plot._fullLayout;
  return [[xaxis, yaxis], [xaxis2, yaxis2]].map(([x, y]) => ({
    left: x._offset, top: y._offset, width: x._length, bottom: y._offset + y._length,
  }));
}"""
# plotly.js rejects a promise of its own when it is stopped, which nobody catches.
_NO_REJECTIONS = "window.addEventListener('unhandledrejection', (event) => event.preventDefault())"
_STANDS = """([player, place]) => {
  const layout = document.querySelector(player)?._fullLayout;
  if (!layout?.xaxis2) return false;
  const { yaxis, yaxis2 } = layout;
  return (yaxis2._offset >= yaxis._offset + yaxis._length) === (place === "under");
}"""


def test_on_a_phone_the_map_of_a_run_lies_under_its_plan(app_url, visit):
    page = visit(link(app_url, compare="Run"), viewport={"width": 420, "height": 860})
    plot = page.locator(_PLAYER)
    expect(page.locator(".st-key-compare-run")).to_contain_text("Above the plan")
    settled(page)
    expect(plot).to_have_count(1)
    page.wait_for_function(_STANDS, arg=[_PLAYER, "under"])
    plan, points = plot.evaluate(_BOXES)
    assert points["top"] >= plan["bottom"] and min(plan["width"], points["width"]) > 250
    expect(plot.locator(".gtitle")).to_contain_text("epoch 50")
    plot.evaluate(_SENT)
    press(page.get_by_role("button", name="Play the run"))
    page.wait_for_function("window.seen.includes('epoch 1')")
    assert page.evaluate("window.sent") == 0
    # On a wide screen they stand side by side again; what played is over, and leaves nothing behind that fails.
    page.evaluate(_NO_REJECTIONS)
    page.set_viewport_size({"width": 1440, "height": 900})
    expect(page.locator(".st-key-compare-run")).to_contain_text("Left the plan")
    settled(page)
    expect(plot).to_have_count(1)
    page.wait_for_function(_STANDS, arg=[_PLAYER, "beside"])
    plan, points = plot.evaluate(_BOXES)
    assert points["left"] > plan["left"] + plan["width"] and points["top"] == pytest.approx(plan["top"], abs=1)
    seen = page.evaluate("window.seen")
    page.wait_for_timeout(2 * 1_000)  # two frames would have come
    assert page.evaluate("window.seen") == seen


def test_the_checkpoints_of_a_run_are_brought_and_compared(app_url, visit):
    page = visit(link(app_url))
    press(page.get_by_text("Bring the checkpoints of a run"))
    settled(page)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for epoch in (10, 0, 2):
            archive.write(RUNS / "ince" / f"epoch-{epoch:03d}.safetensors", f"mine/epoch-{epoch}.safetensors")
        archive.writestr("mine/epoch-5.pt", b"\x80\x04cposix\nsystem\n")
    upload(page, "run", ("mine.zip", packed.getvalue()))
    report = page.locator(".st-key-run-report")
    expect(report).to_contain_text("Understood as 3 encoders")
    expect(report).to_contain_text("epoch-5.pt: Got the file epoch-5.pt, which is a plain pickle")
    press(page.get_by_role("button", name="Compare these"))
    expect(page.get_by_role("heading", name="From epoch-0 to epoch-10")).to_be_visible()
    settled(page)
    theirs = recipe(encoder="ince@0", encoders=("ince@2", "ince@10"), **{"with": "ince@10"})
    found = results(theirs)
    assert drawn(page, 1, 3, 3) == pytest.approx(float(found.pair[1].plan.matrix[3, 3]), rel=1e-3)
    open_tab(page, "Run")
    expect(page.locator(f"{_PLAYER} .gtitle")).to_contain_text("epoch-10")
    assert page.locator(_PLAYER).evaluate("plot => plot._transitionData._frames.map(frame => frame.name)") == [
        "epoch-0",
        "epoch-2",
        "epoch-10",
    ]


@pytest.mark.slow
def test_the_checkpoints_of_a_run_come_from_a_folder_of_the_server(visit, tmp_path, monkeypatch):
    run, elsewhere = tmp_path / "opened" / "run", tmp_path / "elsewhere"
    for folder in (run, elsewhere):
        folder.mkdir(parents=True)
        for epoch in (10, 0):
            shutil.copy(RUNS / "ince" / f"epoch-{epoch:03d}.safetensors", folder / f"epoch-{epoch}.safetensors")
    (run / "epoch-5.safetensors").symlink_to(elsewhere / "epoch-0.safetensors")
    monkeypatch.setenv(FOLDERS, str(tmp_path / "opened"))
    with served(ROOT / "app.py") as url:
        page = visit(link(url))
        press(page.get_by_text("Bring the checkpoints of a run"))
        box = page.get_by_label("Or a path on the server", exact=True)

        def ask(path: Path) -> None:
            type_in(box, str(path))

        # Neither a folder that is not opened, nor one with a way out of it.
        ask(elsewhere)
        expect(page.get_by_role("alert")).to_contain_text(f"Got the path {elsewhere}; paths below")
        ask(run)
        expect(page.get_by_role("alert")).to_contain_text("epoch-5.safetensors; paths below")
        # Read again on the next occasion, for its files have changed.
        (run / "epoch-5.safetensors").unlink()
        press(page.get_by_role("tab", name="Numbers"))
        expect(page.locator(".st-key-run-report")).to_contain_text("Understood as 2 encoders")
        press(page.get_by_role("button", name="Compare these"))
        expect(page.get_by_role("heading", name="From epoch-0 to epoch-10")).to_be_visible()
        settled(page)
        theirs = recipe(encoder="ince@0", encoders=("ince@10",), **{"with": "ince@10"})
        found = results(theirs)
        assert drawn(page, 1, 3, 3) == pytest.approx(float(found.pair[1].plan.matrix[3, 3]), rel=1e-3)


@pytest.mark.slow
def test_a_comparison_from_cold_is_stopped_and_goes_on(app_url, visit):
    # Images that no test before has embedded, nor the cache on disk from another day.
    seed = str(random.SystemRandom().randrange(10**6))
    epochs = [f"ince@{epoch}" for epoch in (0, 1, 2, 5, 10, 20)]
    query = {"n": "256", "split": "train", "seed": seed, "encoders": ",".join(epochs), "with": "ince@20"}
    page = visit(link(app_url))
    page.goto(link(app_url, **query))
    page.locator(".st-key-compare-results-stop button").click()
    note = page.locator(".st-key-compare-results-note")
    expect(note).to_contain_text("Stopped")
    expect(page.locator(".board")).to_have_count(0)
    press(page.get_by_role("button", name="Continue"))
    expect(page.locator(".board[data-painted-step]").first).to_be_visible()
    expect(note).to_have_count(0)
    settled(page)
    found = results(recipe(n=256, split="train", seed=int(seed), encoders=tuple(epochs), **{"with": "ince@20"}))
    for plan, member in enumerate(found.pair):
        assert drawn(page, plan, 7, 7) == pytest.approx(float(member.plan.matrix[7, 7]), rel=1e-3)


def test_nothing_is_wider_than_a_phone(app_url, visit):
    phone = {"viewport": {"width": 420, "height": 860}, "color_scheme": "dark"}
    page = visit(link(app_url, compare="Numbers"), **phone)
    main = page.get_by_test_id("stMain")
    for tab in ("Numbers", "Samples", "Run"):
        open_tab(page, tab)
        assert main.evaluate("node => node.scrollWidth <= node.clientWidth"), tab
