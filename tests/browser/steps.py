"""What a user does on the pages, and what the board then shows."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
from playwright.sync_api import Error, Locator, Page, expect

from tests.browser.conftest import settled

_TRIES = 10
_SOON = 5_000  # ms
_HEARS = """node => {
  const heard = { clicks: 0 };
  node.addEventListener("click", () => { heard.clicks += 1; }, { capture: true });
  return heard;
}"""


def press(target: Locator, until: Locator | None = None) -> None:
    """Click an element that is there to stay, and see that it was the one that heard it.

    A page that is being drawn may put another node in the place of the one that is being clicked, so that no node
    hears the click; then, and only then, it is made again.

    Args:
        target: one element of a page of the app.
        until: what the page shows once the click has done its work, where it may be heard too early to do any. It
            is made again until then, so that this is for what can be done twice without harm.
    """
    for _ in range(_TRIES):
        settled(target.page)
        if _clicked(target) and (until is None or _comes(until)):
            return
    raise AssertionError(f"{target} was clicked {_TRIES} times, and nothing came of it")


def _clicked(target: Locator) -> bool:
    target.wait_for()
    node = target.element_handle()
    try:
        heard = node.evaluate_handle(_HEARS)
        node.click()
        return heard.evaluate("heard => heard.clicks") > 0
    except Error as error:  # another node has taken its place meanwhile
        if "not attached" in str(error):
            return False
        raise


def _comes(awaited: Locator) -> bool:
    try:
        awaited.wait_for(timeout=_SOON)
    except Error:
        return False
    return True


def type_in(box: Locator, text: str) -> None:
    """Write into a box and press Enter, once the box has kept what was written."""
    for _ in range(_TRIES):
        settled(box.page)
        box.fill(text)
        if box.input_value() == text:
            box.press("Enter")
            return
    raise AssertionError(f"{box} does not keep {text!r}")


def choose(box: Locator, title: str) -> None:
    """Choose an option of a select box by writing it."""
    press(box)
    box.fill(title)
    expect(box.page.get_by_role("option").first).to_contain_text(title)  # what Enter chooses
    box.press("Enter")


def keys(target: Locator, *pressed: str) -> None:
    """Give an element the focus, see that it keeps it, and press keys one after another."""
    settled(target.page)
    target.focus()
    expect(target).to_be_focused()
    for key in pressed:
        target.page.keyboard.press(key)


def still(page: Page, place: Callable[[], tuple[float, float]]) -> tuple[float, float]:
    """Where something is on the screen, once the page has settled and it stays there."""
    settled(page)
    before, now = None, place()
    while now != before:
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        before, now = now, place()
    return now


def press_cell(page: Page, panel: int, row: int, column: int) -> None:
    """Click a cell of a matrix."""

    def place() -> tuple[float, float]:
        at = page.locator(".board").evaluate("(node, c) => node.gcaBoard.point(...c)", [panel, row, column])
        return at["x"], at["y"]

    page.mouse.click(*still(page, place))


def go(page: Page, title: str) -> None:
    press(page.get_by_test_id("stSidebarNav").get_by_text(title))
    settled(page)


def open_tab(page: Page, title: str) -> None:
    """Open a tab of the page on which things are brought."""
    go(page, "Bring your own")
    press(page.get_by_role("tab", name=title))
    settled(page)


def upload(page: Page, key: str, *files: tuple[str, bytes] | Path) -> None:
    """Give the page files of the disk, or small ones by their name and content."""
    page.locator(f".st-key-bring-{key} input[type=file]").set_input_files(
        [
            file
            if isinstance(file, Path)
            else {"name": file[0], "mimeType": "application/octet-stream", "buffer": file[1]}
            for file in files
        ]
    )


def painted(page: Page) -> None:
    expect(page.locator(".board")).to_have_attribute("data-painted-step", re.compile(r"\d+"))
    settled(page)


def drawn(page: Page, panel: int, row: int, column: int) -> float:
    return page.locator(".board").evaluate("(node, cell) => node.gcaBoard.value(...cell)", [panel, row, column])


def count(page: Page) -> int:
    """Rows of the matrices on screen."""
    return page.locator(".board").evaluate("node => node.gcaBoard.reading(0).rows.length")


def npz(**arrays) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()
