"""How fast the page Compare checkpoints is: eight checkpoints from a cold cache, then what a user does on it.

Run ``python -m benchmarks.ui.compare`` (needs Chromium). Each cold start is a new server with an empty cache of
embeddings; its time is from the request of the page, on a warm server, to the painted plans and to the whole table.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import time

from playwright.sync_api import Browser, Page, expect, sync_playwright

from benchmarks.ui.timing import show
from gca_viz.embedding.cache import VARIABLE
from tests.browser.conftest import CHROMIUM_ARGUMENTS, PATIENCE, ROOT, served, settled

EIGHT = "random,gca-ince,gca-uot,simclr,clip,rince,ince-cross-style"  # beside A, which is ince


def cold(browser: Browser, size: int) -> tuple[float, float, float]:
    """Milliseconds to the painted plans, to the table of eight checkpoints, and to the same once all is cached."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ[VARIABLE] = folder
        with served(ROOT / "app.py") as url:
            page = _page(browser)
            page.goto(f"{url}/?n=8")  # imports, and nothing that is compared
            _painted(page)
            link = f"{url}/compare?n={size}&encoders={EIGHT}&compare=Numbers"
            start = time.perf_counter()
            page.goto(link)
            _painted(page)
            plans = time.perf_counter() - start
            expect(page.locator("[data-measure=hubness] td")).to_have_count(8)
            table = time.perf_counter() - start
            settled(page)
            again = _page(browser)
            start = time.perf_counter()
            again.goto(link)
            _painted(again)
            expect(again.locator("[data-measure=hubness] td")).to_have_count(8)
            warm = time.perf_counter() - start
            page.close()
            again.close()
    return 1e3 * plans, 1e3 * table, 1e3 * warm


def choices_of_b(browser: Browser, size: int, repeats: int) -> list[float]:
    """Milliseconds from choosing another B to its plan on the board."""
    times = []
    with served(ROOT / "app.py") as url:
        page = _page(browser)
        page.goto(f"{url}/compare?n={size}&encoders={EIGHT}&compare=Group")
        _painted(page)
        settled(page)
        board, names = page.locator(".board"), EIGHT.split(",")[:-1]
        for turn in range(repeats):
            before = board.get_attribute("data-frames-id")
            page.locator(".st-key-compare-second [role=combobox], .st-key-compare-second input").first.click()
            option = page.get_by_role("option", name=names[turn % len(names)], exact=True)
            start = time.perf_counter()
            option.click()
            expect(board).not_to_have_attribute("data-frames-id", before)
            times.append(1e3 * (time.perf_counter() - start))
            settled(page)
        page.close()
    return times


def _page(browser: Browser) -> Page:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(PATIENCE)
    return page


def _painted(page: Page) -> None:
    expect(page.locator(".board[data-painted-step]").first).to_be_visible()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--starts", type=int, default=3)
    parser.add_argument("--repeats", type=int, default=12)
    options = parser.parse_args()
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM_ARGUMENTS)
        print(f"N = {options.size}, eight checkpoints")
        plans, tables, warm = zip(*(cold(browser, options.size) for _ in range(options.starts)), strict=True)
        show("cold: page → plans painted", list(plans))
        show("cold: page → whole table", list(tables))
        show("warm: page → whole table", list(warm))
        show("another B → its plan painted", choices_of_b(browser, options.size, options.repeats))
        browser.close()


if __name__ == "__main__":
    main()
