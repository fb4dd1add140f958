"""Clocks inside the page: from a key press until the board has painted, without asking the page meanwhile."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from itertools import pairwise

from playwright.sync_api import Locator, Page

from tests.browser.conftest import settled

Point = tuple[float, float]  # in CSS pixels
WARM_UP = 2  # presses before those that count
# Nothing polls while the clock runs: the page itself waits until the board has painted, which it may do before it
# hears from the server, and until the server's frames are there.
START = """(node) => {
    window.pressed = undefined;
    addEventListener("keydown", () => { window.pressed ??= performance.now() }, {capture: true, once: true});
    const once = (attribute, done) => new Promise((resolve) => {
        new MutationObserver((_, observer) => {
            if (!done()) return;
            observer.disconnect();
            resolve(performance.getEntriesByName("gca-board:painted")[0].startTime);
        }).observe(node, {attributes: true, attributeFilter: [attribute]});
    });
    window.painted = once("data-frames-id", () => true);
    window.received = once("data-ahead", () => node.dataset.ahead === "false");
}"""
STOP = """() => Promise.all([window.painted, window.received]).then(([painted]) => ({
    painted: painted - window.pressed,
    received: performance.getEntriesByName("gca-board:received")[0].startTime - window.pressed}))"""
FRAMES = """(node) => {
    window.frames_ = [];
    new MutationObserver(() => window.frames_.push(performance.now()))
        .observe(node, {attributes: true, attributeFilter: ["data-painted"]});
}"""

# A hand that moves in every frame. Moves of the driver wait for one another, at most some 25 a second.
DRAG = """([points, seconds]) => new Promise((done) => {
    const begin = performance.now();
    const move = () => {
        const passed = (performance.now() - begin) / 1e3;
        if (passed > seconds) return done();
        const share = 1 - Math.abs(1 - (passed / 0.65) % 2);
        const [clientX, clientY] = [0, 1].map((k) => points[0][k] + share * (points[1][k] - points[0][k]));
        const at = {clientX, clientY, pageX: clientX, pageY: clientY};
        const mouse = {pointerId: 1, pointerType: "mouse", isPrimary: true, buttons: 1};
        let under = document.elementFromPoint(clientX, clientY);
        while (under.shadowRoot) under = under.shadowRoot.elementFromPoint(clientX, clientY);
        under.dispatchEvent(
            new PointerEvent("pointermove", {bubbles: true, composed: true, ...mouse, ...at}));
        requestAnimationFrame(move);
    };
    requestAnimationFrame(move);
})"""


def key_presses(
    page: Page, control: Locator, key: str, repeats: int, warm_up: int = 2
) -> Iterator[dict[str, float]]:
    """Milliseconds from each press of a key on a control to the frames in the browser and to the painted board."""
    board = page.locator(".board")
    control.focus()
    for turn in range(repeats + WARM_UP):
        board.evaluate(START)
        control.press(key)
        times = page.evaluate(STOP)
        settled(page)
        if turn >= WARM_UP:
            yield times


def dragged(page: Page, press: Point, ends: tuple[Point, Point], seconds: float) -> list[float]:
    """Milliseconds between the pictures that the board paints while a pointer goes to and fro between two ends."""
    page.mouse.move(*press)
    page.mouse.down()
    page.locator(".board").evaluate(FRAMES)
    page.evaluate(DRAG, [ends, seconds])
    times = page.evaluate("window.frames_")
    page.mouse.up()
    settled(page)
    return [after - before for before, after in pairwise(times)]


def count_bytes(page: Page) -> list[int]:
    """The sizes of the messages that the page receives from now on."""
    received: list[int] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda data: received.append(len(data))))
    return received


def show(name: str, milliseconds: list[float]) -> None:
    """Print median and 95th percentile."""
    ordered = sorted(milliseconds)
    late = ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]
    print(f"  {name:<40} median {statistics.median(ordered):7.1f} ms   95 % {late:7.1f} ms", flush=True)
