"""How fast the app is for a person: cold start, a key press on ε and a drag of it until the new plans are painted.

Run ``python -m benchmarks.ui.alignment`` (needs Chromium); medians and 95th percentiles of
``--repeats`` measurements. The cold start is that of a new server process and page, once per ``--starts``;
``--repeats 0`` measures nothing else.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile

from playwright.sync_api import Browser, FloatRect, Locator, Page, expect, sync_playwright

from benchmarks.ui.timing import WARM_UP, count_bytes, dragged, key_presses, show
from tests.browser.conftest import CHROMIUM_ARGUMENTS, PATIENCE, ROOT, free_port, healthy, served, settled


@contextmanager
def started() -> Iterator[str]:
    """The address of what ``make app`` starts, as soon as it answers, with no embedding kept."""
    port = free_port()
    words = [sys.executable, "-m", "gca_viz.cli", "app", "--headless", "--port", str(port)]
    with TemporaryDirectory() as empty, TemporaryFile() as log:
        environment = os.environ | {"PYTHONPATH": str(ROOT), "GCA_VIZ_CACHE": empty}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # installed, the program is compiled once
        server = subprocess.Popen(words, env=environment, stdout=log, stderr=log)
        try:
            url = f"http://localhost:{port}"
            while not healthy(url):
                log.seek(0)
                assert server.poll() is None, log.read().decode()
                time.sleep(0.02)
            yield url
        finally:
            server.terminate()
            server.wait(10)


def cold_start(browser: Browser, query: str) -> tuple[float, float]:
    """Milliseconds from the command to the first text, and to the first painted plan."""
    start = time.perf_counter()
    with started() as url:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(PATIENCE)
        page.goto(url + query)
        page.wait_for_selector("text=Who is matched with whom?")
        text = time.perf_counter() - start
        expect(page.locator(".board")).to_have_attribute("data-painted-step", re.compile(r"\d+"))
        plan = time.perf_counter() - start
        page.close()
    return 1e3 * text, 1e3 * plan


def new_batch(page: Page, repeats: int) -> list[float]:
    """Milliseconds from the key press on the seed to the new batch's plans: pick, views, encode, plan, paint."""
    box = page.get_by_role("spinbutton", name="Batch seed")
    board, times = page.locator(".board"), []
    for turn in range(repeats):
        before = board.get_attribute("data-frames-id")
        box.fill(str(turn + 1))
        start = time.perf_counter()
        box.press("Enter")
        expect(board).not_to_have_attribute("data-frames-id", before)
        times.append(1e3 * (time.perf_counter() - start))
        settled(page)
    return times


def slider_dragged(page: Page, control: Locator, seconds: float = 4.0) -> list[float]:
    """Milliseconds from picture to picture while the thumb of a slider crosses all its stops, 63 a second."""
    thumb, room = (
        box_of(control.locator(way)) for way in ("xpath=../..", "xpath=ancestor::*[@data-testid='stSlider']")
    )
    y = thumb["y"] + thumb["height"] / 2
    return dragged(
        page, (thumb["x"] + thumb["width"] / 2, y), ((room["x"], y), (room["x"] + room["width"], y)), seconds
    )


def dot_dragged(page: Page, seconds: float = 4.0) -> list[float]:
    """Milliseconds from picture to picture while the dot of the constraint square crosses it."""
    ground = page.locator(".tau-square .ground")
    ground.scroll_into_view_if_needed()
    box = box_of(ground)
    low, high = ((box["x"] + share * box["width"], box["y"] + (1 - share) * box["height"]) for share in (0.1, 0.9))
    return dragged(page, low, (low, high), seconds)


def box_of(node: Locator) -> FloatRect:
    """Where an element is, in CSS pixels."""
    box = node.bounding_box()
    assert box is not None, "the element is not on the screen"
    return box


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--starts", type=int, default=5)
    options = parser.parse_args()
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM_ARGUMENTS)
        print("cold start (new process, new browser page)")
        times: dict[str, list[tuple[float, float]]] = {"first screen": [], "128 emoji": []}
        for _ in range(options.starts):
            times["first screen"].append(cold_start(browser, ""))
            times["128 emoji"].append(cold_start(browser, "/?data=emoji"))
        for name, found in times.items():
            show(f"{name}: command → first text", [text for text, _ in found])
            show(f"{name}: command → first plan painted", [plan for _, plan in found])
        if options.repeats == 0:
            return
        with served(Path(ROOT / "app.py")) as url:
            for size in (128, 256):
                print(f"N = {size}, three matrices")
                page = browser.new_page(viewport={"width": 1440, "height": 900})
                page.set_default_timeout(PATIENCE)
                received = count_bytes(page)
                page.goto(f"{url}/?n={size}&eps=0.03")
                expect(page.locator(".board")).to_have_attribute("data-painted-step", re.compile(r"\d+"))
                settled(page)
                before = sum(received)
                epsilon = page.locator(".st-key-recipe-eps input[type=range]")
                # Always a new ε: one seen before would come from the browser's cache.
                times = list(key_presses(page, epsilon, "ArrowRight", options.repeats))
                show("ε key press → painted", [time["painted"] for time in times])
                show("ε key press → confirmed by the server", [time["received"] for time in times])
                sent = (sum(received) - before) / (options.repeats + WARM_UP) / 1e3
                print(f"  {'bytes per change of ε':<40} {sent:.0f} kB")
                show("ε is dragged: from picture to picture", slider_dragged(page, epsilon))
                show("new batch → painted", new_batch(page, min(options.repeats, 10)))
                page.goto(f"{url}/?n={size}&eps=0.03&method=gca-uot")
                expect(page.locator(".board")).to_have_attribute("data-painted-step", re.compile(r"\d+"))
                settled(page)
                show("the dot is dragged: from picture to picture", dot_dragged(page))
                page.close()
        browser.close()


if __name__ == "__main__":
    main()
