"""The matrix board in a real Chromium, against the numbers that numpy gives for the same problem."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from gca_viz.errors import InputError
from gca_viz.ui.elements import board
from gca_viz.ui.elements.board.component import settle
from tests.browser import board_demo as demo
from tests.browser.conftest import served, settled
from tests.browser.steps import press, type_in
from tests.wire import unpack

needs_browser = pytest.mark.browser


@pytest.fixture(scope="session")
def board_url() -> Iterator[str]:
    """A server of the demo page."""
    with served(Path(demo.__file__)) as url:
        yield url


@pytest.fixture
def opened(board_url: str, visit: Callable[..., Page]) -> Callable[..., Page]:
    """``opened(query, **context options)`` opens the demo and waits for the first picture."""
    return lambda query="", **options: visit(f"{board_url}/?{query}", **options)


def root(page: Page) -> Locator:
    return page.locator(".board")


def ask(page: Page, method: str, *arguments):
    call = f"(node, args) => node.gcaBoard.{method}(...args)"
    return root(page).evaluate(call, list(arguments))


def state(page: Page) -> dict:
    return ask(page, "state")


def told(page: Page) -> str:
    """What Python says it got from the board."""
    return page.get_by_text(re.compile("^step=")).inner_text()


def scrub(page: Page, step: int) -> None:
    """Drag to a half step without letting the slider go."""
    page.locator(".steps").evaluate(
        "(range, step) => { range.value = step; range.dispatchEvent(new Event('input', {bubbles: true})) }", step
    )
    expect(root(page)).to_have_attribute("data-painted-step", str(step))


def let_go(page: Page) -> None:
    page.locator(".steps").dispatch_event("change")


def set_epsilon(page: Page, presses: int) -> None:
    """Move the ε slider by keyboard and wait until the board shows the new frames."""
    before = root(page).get_attribute("data-frames-id")
    thumb = page.locator(".st-key-epsilon input[type=range]")
    thumb.focus()
    for _ in range(abs(presses)):
        thumb.press("ArrowRight" if presses > 0 else "ArrowLeft")
    expect(root(page)).not_to_have_attribute("data-frames-id", before)
    settled(page)


def numpy_plan(
    step: int, *, n: int = 128, epsilon: float = 0.1, joint: bool = False, steps: int = 20
) -> np.ndarray:
    cost, _, _ = demo.problem(n, 0, joint)
    f, g = demo.sinkhorn(cost, epsilon, steps)
    return demo.plan(cost, f[step], g[step], epsilon)


def shown_values(page: Page, panel: int, order: np.ndarray) -> np.ndarray:
    """The panel's matrix as drawn, brought back to original indices (None, an excluded cell, becomes NaN)."""
    drawn = np.array(ask(page, "values", panel), float).reshape(len(order), len(order))
    back = np.empty_like(drawn)
    back[np.ix_(order, order)] = drawn
    return back


def order_for(n: int, joint: bool = False) -> np.ndarray:
    return demo.order_of(demo.problem(n, 0, joint)[2], "class")[0]


# --- what is drawn ---------------------------------------------------------------------------------------------


@needs_browser
def test_drawn_plan_equals_numpy_at_every_scrubbed_step(opened):
    page, order = opened("n=128"), order_for(128)
    for step in (20, 0, 1, 2, 7):
        scrub(page, step)
        plan, rows = numpy_plan(step), numpy_plan(min(step, 1))
        np.testing.assert_allclose(shown_values(page, 1, order), plan, rtol=2e-5, atol=1e-9)
        np.testing.assert_allclose(shown_values(page, 0, order), rows, rtol=2e-5, atol=1e-9)
        np.testing.assert_allclose(shown_values(page, 2, order), plan - rows, rtol=1e-3, atol=1e-7)
        reading = ask(page, "reading", 1)
        assert reading["loss"] == pytest.approx(-np.log(np.diag(plan)).mean(), rel=1e-4)
        assert reading["total"] == pytest.approx(plan.sum(), rel=1e-5)
        assert reading["top1"] == pytest.approx((plan.argmax(1) == np.arange(128)).mean(), abs=1e-9)
        np.testing.assert_allclose(np.array(reading["rows"])[np.argsort(order)], plan.sum(1), rtol=2e-5)
        np.testing.assert_allclose(np.array(reading["columns"])[np.argsort(order)], plan.sum(0), rtol=2e-5)


@needs_browser
@pytest.mark.parametrize("log", ["0", "1"])
def test_pixels_are_viridis_of_the_mass_on_one_shared_scale(opened, log):
    page = opened(f"n=128&log={log}")
    plans = [numpy_plan(1), numpy_plan(20)]
    top = max(plan.max() for plan in plans)
    scales = state(page)["scales"]
    assert scales[0]["maximum"] == scales[1]["maximum"] == pytest.approx(top, rel=1e-5)
    stops = ["440154", "482878", "3e4989", "31688e", "26828e", "1f9e89", "35b779", "6ece58", "b5de2b", "fde725"]
    ramp = np.array([[int(stop[k : k + 2], 16) for k in (0, 2, 4)] for stop in stops])
    for panel, plan in enumerate(plans):
        for i, j in [(0, 0), (5, 5), (3, 90), (100, 7), (64, 64)]:
            share = 1 + np.log10(plan[i, j] / top) / 4 if log == "1" else plan[i, j] / top
            at = np.clip(share, 0, 1) * (len(ramp) - 1)
            expected = [np.interp(at, range(len(ramp)), ramp[:, channel]) for channel in range(3)]
            np.testing.assert_allclose(ask(page, "pixel", panel, i, j)[:3], expected, atol=3)


@needs_browser
def test_self_cells_of_the_joint_layout_are_excluded_and_neutral(opened):
    page = opened("n=64&layout=joint&panels=cost,gca,residual")
    order = order_for(64, joint=True)
    values = shown_values(page, 1, order)
    assert np.isnan(np.diag(values)).all() and np.isnan(values).sum() == 128
    plan = numpy_plan(20, n=64, joint=True)
    off = ~np.eye(128, dtype=bool)
    np.testing.assert_allclose(values[off], plan[off], rtol=2e-5, atol=1e-9)
    assert ask(page, "reading", 1)["total"] == pytest.approx(plan.sum(), rel=1e-5)
    neutral = {tuple(ask(page, "pixel", panel, 3, 3)) for panel in range(3)}
    assert len(neutral) == 1 and neutral != {tuple(ask(page, "pixel", 1, 3, 4))}
    target = np.roll(np.eye(128), 64, axis=1)
    np.testing.assert_allclose(shown_values(page, 2, order)[off], (target - plan)[off], rtol=1e-4, atol=1e-6)


@needs_browser
def test_a_plan_that_excludes_its_pairs_stands_beside_one_that_does_not(opened):
    page, order = opened("n=64&hollow=1&panels=cost,ince,gca,difference"), order_for(64)
    cost, _, _ = demo.problem(64, 0, joint=False)
    hollow = demo.without_pairs(cost)
    plan, rows = demo.plan(hollow, *(of[20] for of in demo.sinkhorn(hollow, 0.1, 20)), 0.1), numpy_plan(1, n=64)
    pairs = np.eye(64, dtype=bool)
    drawn = [shown_values(page, panel, order) for panel in range(4)]
    assert np.isnan(drawn[0][pairs]).all() and np.isnan(drawn[2][pairs]).all()
    np.testing.assert_allclose(drawn[0][~pairs], cost[~pairs], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(drawn[1], rows, rtol=2e-5, atol=1e-9)
    np.testing.assert_allclose(drawn[2][~pairs], plan[~pairs], rtol=2e-5, atol=1e-9)
    # Nothing of the one on its pairs: all that the other has there is the difference.
    np.testing.assert_allclose(drawn[3], plan - rows, rtol=1e-3, atol=1e-7)
    assert page.locator(".summary").nth(2).inner_text() == "mass 64.00", "no loss of pairs that may not be"
    assert "pair loss" in page.locator(".summary").nth(1).inner_text()


@needs_browser
def test_the_picture_on_screen_has_the_colours_of_the_matrix(opened):
    """The canvas the user sees, not only the data behind it."""
    page = opened("n=64&log=1&panels=gca")
    read = """(canvas, at) => {
        const box = canvas.getBoundingClientRect();
        const pixel = [at.x - box.left, at.y - box.top].map((length) => (length * canvas.width) / box.width);
        return Array.from(canvas.getContext("2d").getImageData(...pixel, 1, 1).data);
    }"""
    for i, j in [(5, 5), (5, 40)]:
        seen = page.locator(".base").evaluate(read, ask(page, "point", 0, i, j))
        assert seen == ask(page, "pixel", 0, i, j)


# --- scrubbing and playing -------------------------------------------------------------------------------------


@needs_browser
def test_scrubbing_asks_the_server_for_nothing_until_released(opened):
    page = opened("n=128")
    sent = watch_outgoing(page)
    for step in range(20, -1, -1):
        scrub(page, step)
    assert sent() == 0 and "runs=1" in told(page)
    let_go(page)
    expect(page.get_by_text(re.compile(r"^step=0 .*runs=2"))).to_be_visible()
    assert state(page)["step"] == 0


def watch_outgoing(page: Page):
    """Count messages that the page sends from now on."""
    page.evaluate("""() => {
        window.sentMessages = 0;
        const send = WebSocket.prototype.send;
        WebSocket.prototype.send = function (...message) {
            window.sentMessages += 1;
            return send.apply(this, message);
        };
    }""")
    return lambda: page.evaluate("window.sentMessages")


@needs_browser
def test_play_walks_to_the_last_half_step_and_reports_it_once(opened):
    page = opened("n=64&steps=6&step=2")
    assert state(page)["step"] == 2
    press(page.get_by_role("button", name="Play the half steps"))
    expect(root(page)).to_have_attribute("data-painted-step", "6")
    expect(page.get_by_text(re.compile("^step=6 .*runs=2"))).to_be_visible()
    press(page.get_by_role("button", name="One half step back"))
    expect(page.get_by_text(re.compile("^step=5 .*runs=3"))).to_be_visible()


@needs_browser
def test_python_moves_the_step_and_the_user_takes_it_back(opened):
    page = opened("n=64")
    field = page.get_by_label("step from Python")
    type_in(field, "4")
    expect(root(page)).to_have_attribute("data-painted-step", "4")
    scrub(page, 9)
    let_go(page)
    # Python still passes 4; the user acted later, so 9 stays, also after the next change of the data.
    expect(page.get_by_text(re.compile("^step=9 "))).to_be_visible()
    set_epsilon(page, 3)
    assert state(page)["step"] == 9
    type_in(field, "2")
    expect(root(page)).to_have_attribute("data-painted-step", "2")


# --- pointing, picking, zooming --------------------------------------------------------------------------------


@needs_browser
def test_click_picks_original_indices_under_order_and_zoom(opened):
    page = opened("n=128")
    assert not np.array_equal(order_for(128), np.arange(128))
    at = ask(page, "point", 0, 17, 101)
    page.mouse.click(at["x"], at["y"])
    expect(page.get_by_text(re.compile(r"pick=\(17, 101\)"))).to_be_visible()
    at = ask(page, "point", 1, 40, 40)
    page.mouse.move(at["x"], at["y"])
    zoom(page, 6)
    assert state(page)["view"]["span"] < 40
    at = ask(page, "point", 2, 40, 40)
    page.mouse.click(at["x"], at["y"])
    expect(page.get_by_text(re.compile(r"pick=\(40, 40\)"))).to_be_visible()
    assert state(page)["pick"] == [40, 40]


def zoom(page: Page, notches: int) -> None:
    page.keyboard.down("Control")
    for _ in range(notches):
        page.mouse.wheel(0, -100)
    page.keyboard.up("Control")
    expect(page.locator(".level")).to_have_text(re.compile("×"))


@needs_browser
def test_cross_hair_is_shared_and_the_dock_names_the_pair(opened):
    page = opened("n=128")
    plan, rows = numpy_plan(20), numpy_plan(1)
    before = page.locator(".overlay").nth(2).evaluate("canvas => canvas.toDataURL()")
    at = ask(page, "point", 0, 12, 99)
    page.mouse.move(at["x"], at["y"])
    dock = page.locator(".dock")
    expect(dock).to_contain_text("view 1 · i = 12")
    expect(dock).to_contain_text("view 2 · j = 99")
    expect(dock).to_contain_text("sample 99")
    classes = demo.problem(128, 0, False)[2]
    expect(dock.locator(".kind").first).to_contain_text(demo.CLASSES[classes[12]])
    for k, value in enumerate((rows[12, 99], plan[12, 99], plan[12, 99] - rows[12, 99])):
        assert number(dock.locator(".number").nth(k).inner_text()) == pytest.approx(value, rel=0.06)
    assert page.locator(".overlay").nth(2).evaluate("canvas => canvas.toDataURL()") != before
    assert state(page)["hover"] == [12, 99]
    thumbnail = (
        "canvas => canvas.getContext('2d').getImageData(0, 0, 96, 96).data.some((v, k) => k % 4 < 3 && v > 20)"
    )
    for side in (".who.rows", ".who.columns"):
        page.wait_for_function(f"node => ({thumbnail})(node)", arg=dock.locator(f"{side} canvas").element_handle())


def number(text: str) -> float:
    """The number a readout shows, e.g. ``"−2.3·10⁻⁴"``."""
    plain = text.translate(str.maketrans("−⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "--0123456789"))
    mantissa, _, exponent = plain.partition("·10")
    return float(mantissa) * 10 ** int(exponent or 0)


@needs_browser
def test_keyboard_moves_the_cross_hair_and_picks(opened):
    page = opened("n=128")
    order = order_for(128)
    page.locator(".overlay").first.focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowRight", "Shift+ArrowRight"):
        page.keyboard.press(key)
    expected = [int(order[2]), int(order[11])]
    page.wait_for_function("node => node.gcaBoard.state().hover", arg=root(page).element_handle())
    assert state(page)["hover"] == expected
    page.keyboard.press("Enter")
    expect(page.get_by_text(re.compile(rf"pick=\({expected[0]}, {expected[1]}\)"))).to_be_visible()


@needs_browser
def test_wheel_scrolls_the_page_unless_ctrl_is_held(opened):
    page = opened("n=64", viewport={"width": 1440, "height": 720})
    at = ask(page, "point", 0, *map(int, order_for(64)[[2, 2]]))
    page.mouse.move(at["x"], at["y"])
    page.mouse.wheel(0, 200)
    page.wait_for_function("() => document.querySelector('[data-testid=stMain]').scrollTop > 50")
    assert state(page)["view"]["span"] == 64


@needs_browser
def test_zoom_pans_by_dragging_and_resets_by_double_click(opened):
    page = opened("n=128")
    at = ask(page, "point", 0, *map(int, order_for(128)[[60, 60]]))
    page.mouse.move(at["x"], at["y"])
    zoom(page, 5)
    before = state(page)["view"]
    page.mouse.down()
    page.mouse.move(at["x"] - 40, at["y"] - 25, steps=4)
    page.mouse.up()
    view = state(page)["view"]
    assert view["x"] > before["x"] and view["y"] > before["y"] and view["span"] == before["span"]
    assert state(page)["pick"] is None, "a drag is no pick"
    page.mouse.dblclick(at["x"], at["y"])
    assert state(page)["view"] == {"x": 0, "y": 0, "span": 128}


@needs_browser
def test_first_step_and_pick_come_from_python(opened):
    page = opened("n=64&step=3&pick=7-30")
    assert state(page)["step"] == 3 and state(page)["pick"] == [7, 30]
    assert "step=3 pick=(7, 30)" in told(page)
    expect(page.locator(".dock")).to_contain_text("i = 7")


# --- data economy ----------------------------------------------------------------------------------------------


@needs_browser
def test_new_epsilon_resends_the_frames_only_and_keeps_zoom_step_and_pick(board_url, chromium):
    context = chromium.new_context(viewport={"width": 1440, "height": 1000})
    page = context.new_page()
    received: list[int] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda data: received.append(len(data))))
    page.goto(f"{board_url}/?n=256")
    expect(root(page)).to_have_attribute("data-painted-step", "20", timeout=30_000)
    settled(page)
    first = sum(received)
    assert first > 256 * 256 * 4, "the cost travels with the batch"
    at = ask(page, "point", 0, 20, 30)
    page.mouse.click(at["x"], at["y"])
    expect(page.get_by_text(re.compile(r"pick=\(20, 30\)"))).to_be_visible()
    zoom(page, 3)
    scrub(page, 7)
    let_go(page)
    expect(page.get_by_text(re.compile("^step=7 "))).to_be_visible()
    settled(page)
    before, batch, frames = state(page), root(page).get_attribute("data-batch-id"), len(received)
    set_epsilon(page, 1)
    after = state(page)
    assert sum(received[frames:]) < 150_000
    assert root(page).get_attribute("data-batch-id") == batch
    assert (after["step"], after["pick"], after["view"]) == (7, [20, 30], before["view"])
    np.testing.assert_allclose(ask(page, "value", 1, 3, 4), numpy_plan(7, n=256, epsilon=0.11)[3, 4], rtol=2e-5)
    context.close()


@needs_browser
def test_new_batch_replaces_the_old_one_and_frees_it(opened):
    page, order = opened("n=64"), demo.order_of(demo.problem(64, 1, False)[2], "class")[0]
    before = root(page).get_attribute("data-batch-id")
    field = page.get_by_label("seed")
    type_in(field, "1")
    expect(root(page)).not_to_have_attribute("data-batch-id", before)
    settled(page)
    page.wait_for_function("node => node.gcaBoard.state().blobs.length === 3", arg=root(page).element_handle())
    assert not set(state(page)["blobs"]) - set(page.evaluate("[...gcaVizBoard.blobs.keys()]"))
    cost = demo.problem(64, 1, False)[0]
    f, g = demo.sinkhorn(cost, 0.1, 20)
    np.testing.assert_allclose(
        shown_values(page, 1, order), demo.plan(cost, f[20], g[20], 0.1), rtol=2e-5, atol=1e-9
    )


@needs_browser
def test_hidden_board_frees_its_batch_and_comes_back_as_it_was(opened):
    page = opened("n=64")
    scrub(page, 5)
    let_go(page)
    expect(page.get_by_text(re.compile("^step=5 "))).to_be_visible()
    at = ask(page, "point", 0, 8, 9)
    page.mouse.click(at["x"], at["y"])
    expect(page.get_by_text(re.compile(r"pick=\(8, 9\)"))).to_be_visible()
    box = page.get_by_text("show the board")
    press(box)
    expect(root(page)).to_have_count(0)
    page.wait_for_function("gcaVizBoard.blobs.size === 0")
    press(box)
    expect(root(page)).to_have_attribute("data-painted-step", "5")
    assert state(page)["pick"] == [8, 9]
    scrub(page, 11)
    let_go(page)
    expect(page.get_by_text(re.compile("^step=11 "))).to_be_visible()


@needs_browser
def test_two_tabs_keep_apart(opened):
    one, two = opened("n=64"), opened("n=64&seed=1")
    at = ask(one, "point", 0, 2, 3)
    one.mouse.click(at["x"], at["y"])
    expect(one.get_by_text(re.compile(r"pick=\(2, 3\)"))).to_be_visible()
    assert state(two)["pick"] is None
    assert ask(one, "value", 1, 0, 1) != ask(two, "value", 1, 0, 1)


# --- phone, save, theme ----------------------------------------------------------------------------------------


@needs_browser
def test_phone_stacks_the_panels_and_a_tap_picks(opened):
    page = opened("n=64", viewport={"width": 420, "height": 900}, has_touch=True, is_mobile=True)
    boxes = [page.locator(".panel").nth(k).bounding_box() for k in range(3)]
    assert boxes[0]["y"] < boxes[1]["y"] < boxes[2]["y"]
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 420 for box in boxes)
    assert page.evaluate("document.documentElement.scrollWidth") <= 420
    at = ask(page, "point", 0, 10, 50)
    page.touchscreen.tap(at["x"], at["y"])
    expect(page.get_by_text(re.compile(r"pick=\(10, 50\)"))).to_be_visible()


@needs_browser
def test_two_fingers_zoom_and_one_finger_scrolls_the_page(opened):
    page = opened("n=64", viewport={"width": 420, "height": 900}, has_touch=True, is_mobile=True)
    at = ask(page, "point", 0, *map(int, order_for(64)[[5, 30]]))
    touch = page.context.new_cdp_session(page)

    def fingers(kind: str, *points: tuple[float, float]) -> None:
        places = [{"x": x, "y": y, "id": k} for k, (x, y) in enumerate(points)]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    fingers("touchStart", (at["x"] - 20, at["y"]), (at["x"] + 20, at["y"]))
    for spread in range(25, 65, 5):
        fingers("touchMove", (at["x"] - spread, at["y"]), (at["x"] + spread, at["y"]))
    fingers("touchEnd")
    expect(page.locator(".level")).to_have_text(re.compile(r"×[23]\."))
    view = state(page)["view"]
    fingers("touchStart", (at["x"], at["y"]))
    for up in range(10, 130, 10):
        fingers("touchMove", (at["x"], at["y"] - up))
    fingers("touchEnd")
    page.wait_for_function("() => document.querySelector('[data-testid=stMain]').scrollTop > 50")
    assert state(page)["view"] == view and state(page)["pick"] is None


@needs_browser
def test_save_gives_a_png_of_the_panel(opened):
    page = opened("n=64")
    with page.expect_download() as waiting:
        press(page.get_by_role("button", name="Save this panel as PNG").nth(1))
    data = Path(waiting.value.path()).read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n" and waiting.value.suggested_filename == "GCA-INCE-t20.png"
    width, height = struct.unpack(">II", data[16:24])
    box = page.locator(".base").nth(1).bounding_box()
    assert width == round(box["width"] * 3) and height > box["height"] * 3


@needs_browser
def test_dark_theme_turns_the_neutral_colour_of_differences_dark(opened):
    levels = []
    for scheme in ("light", "dark"):
        page = opened("n=64&step=1", color_scheme=scheme)
        assert ask(page, "value", 2, 0, 1) == 0, "at half step 1 both plans are the row soft-max"
        levels.append(sum(ask(page, "pixel", 2, 0, 1)[:3]) / 3)
    assert levels[0] > 230 and levels[1] < 60


# --- the bytes, without a browser ------------------------------------------------------------------------------


def tiny() -> tuple[board.Batch, np.ndarray]:
    cost = np.random.default_rng(0).uniform(0, 2, (4, 4))
    return board.pack_batch(cost, four("abcd")), cost


def four(names: str, partner=(0, 1, 2, 3), **more) -> board.Samples:
    return board.pack_samples(board.Side(list(names), list("xxyy"), **more), partner=partner)


def test_batch_round_trips_and_ids_follow_the_content():
    batch, cost = tiny()
    header, arrays = unpack(batch.cost.data)
    np.testing.assert_array_equal(arrays["cost"].reshape(4, 4), cost.astype(np.float32))
    assert header["id"] == batch.cost.id and all(e["offset"] % 8 == 0 for e in header["arrays"].values())
    other = board.pack_batch(cost + 1e-3, four("abcd"))
    assert other.samples.id == batch.samples.id and other.cost.id != batch.cost.id
    assert board.pack_batch(cost, four("abce")).samples.id != batch.samples.id


def test_sparse_and_dense_targets_give_the_same_matrix():
    cost = np.ones((4, 4))
    sparse, dense = np.roll(np.eye(4), 1, axis=1), np.full((4, 4), 0.25)
    _, arrays = unpack(board.pack_batch(cost, targets=[sparse, dense]).targets.data)
    rebuilt = np.zeros(16)
    rebuilt[arrays["cells0"]] = arrays["mass0"]
    np.testing.assert_array_equal(rebuilt.reshape(4, 4), sparse)
    np.testing.assert_array_equal(arrays["dense1"].reshape(4, 4), dense)
    _, default = unpack(board.pack_batch(cost, four("abcd", partner=(1, 2, 3, 0))).targets.data)
    np.testing.assert_array_equal(default["cells0"], np.flatnonzero(sparse))


def test_frames_share_repeated_potentials():
    batch, cost = tiny()
    f, g = demo.sinkhorn(cost, 0.1, 6)
    header, arrays = unpack(board.pack_frames(batch, [board.PlanFrames("p", 0.1, f, g)], []).data)
    pool = arrays["pool"].reshape(-1, 4)
    # One zero row each for f and g, then one new row per half step.
    assert len(pool) == 2 + 6
    part = header["plans"][0]["parts"][0]
    np.testing.assert_allclose(pool[part["f"]], f, rtol=1e-6)
    np.testing.assert_allclose(pool[part["g"]], g, rtol=1e-6)
    assert header["plans"][0]["labels"] == ["kernel", "row", "column", "row", "column", "row", "column"]


def test_float16_cost_would_show_but_float32_does_not():
    """Why the cost travels in four bytes: the worst relative error of a mass at a small ε."""
    cost = 1 - np.linspace(-1, 1, 4001)
    error = {t: np.abs(np.expm1((cost - cost.astype(t).astype(float)) / 0.02)).max() for t in ("f2", "f4")}
    assert error["f2"] > 0.02 and error["f4"] < 1e-5


def test_sprite_tiles_are_the_images_in_order():
    images = np.zeros((5, 96, 96, 3), np.uint8)
    for k in range(5):
        images[k] = (50 * k, 255 - 50 * k, 128)
    atlas = np.asarray(Image.open(BytesIO(board.sprite(images, tile=48))).convert("RGB")).astype(int)
    assert atlas.shape == (96, 144, 3)
    for k in range(5):
        # Lossy colour may bleed over a tile's outermost pixel.
        tile = atlas[48 * (k // 3) + 1 : 48 * (k // 3) + 47, 48 * (k % 3) + 1 : 48 * (k % 3) + 47]
        assert np.abs(tile - images[k, 0, 0]).max() < 12


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda b, c: board.pack_batch(c[0]), "N rows and M columns"),
        (lambda b, c: board.pack_batch(c * np.nan), "NaN"),
        (lambda b, c: four("abcd", partner=(0, 1, 2, 4)), "0…3"),
        (lambda b, c: four("a"), "1 names"),
        (lambda b, c: board.pack_batch(c, targets=[c[:2]]), "target 0"),
        (lambda b, c: four("abcd", images=np.zeros((3, 8, 8, 3), np.uint8)), "3 thumbnails"),
        (lambda b, c: board.sprite(np.zeros((4, 8, 8, 3))), "uint8"),
        (lambda b, c: board.pack_frames(b, [board.PlanFrames("p", 0.0, c, c)], []), "epsilon"),
        (lambda b, c: board.pack_frames(b, [board.PlanFrames("p", 0.1, c[:, :3], c)], []), "potentials"),
        (lambda b, c: board.pack_frames(b, [board.PlanFrames("p", 0.1, c * np.nan, c)], []), "NaN"),
        (
            lambda b, c: board.pack_frames(b, [board.PlanFrames("p", 0.1, c, c)], [board.Panel("plan", "", 1)]),
            "plans",
        ),
        (lambda b, c: board.pack_frames(b, [], [], order=[0, 1, 2, 2]), "permutation"),
        (lambda b, c: board.pack_frames(b, [], [], groups=[board.Group("x", 3)]), "groups"),
        (lambda b, c: board.pack_frames(b, [], [], marked=[2, 4]), "0…3"),
        (lambda b, c: board.pack_frames(b, [board.PlanFrames("p", 0.1, c, c, cost=1)], []), "cost 1"),
        (lambda b, c: board.pack_batch(np.ones((3, 3)), four("abcd")), "4 samples"),
    ],
)
def test_misfits_are_told(call, words):
    with pytest.raises(InputError, match=re.escape(words)):
        call(*tiny())


def test_whoever_acts_last_wins():
    memory: dict = {}
    assert settle(memory, 3, None) == {"value": 3, "at": 0}
    assert settle(memory, 3, {"value": 7, "at": 10})["value"] == 7, "the user acted"
    assert settle(memory, 3, {"value": 7, "at": 10})["value"] == 7, "the page has not followed: no jump back"
    assert settle(memory, 7, {"value": 7, "at": 10})["value"] == 7, "the page follows"
    assert settle(memory, 7, {"value": 9, "at": 11}) == {"value": 9, "at": 11}, "a late echo does not undo the user"
    assert settle(memory, 2, {"value": 9, "at": 11})["value"] == 2, "the page acted"
    assert settle(memory, 2, {"value": 9, "at": 11})["value"] == 2
