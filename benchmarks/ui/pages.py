"""How fast the pages beside Alignment are for a person: a gesture or a key until what follows is drawn.

Run ``python -m benchmarks.ui.pages`` (needs Chromium); medians and 95th percentiles. The clock runs in the page: it
starts at the key or the pointer, and stops two screens after the picture has changed.
"""

from __future__ import annotations

import argparse
import shutil
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from benchmarks.ui.timing import count_bytes, show
from tests.browser.conftest import CHROMIUM_ARGUMENTS, PATIENCE, ROOT, served, settled

# The signature of what is drawn; whoever changes it ends the clock.
MAP = """key => {
    const hosts = document.querySelectorAll(`.st-key-${key} *`);
    return [...hosts].map(host => host.shadowRoot?.querySelector(".map")?.dataset.content).find(id => id) ?? null;
}"""
SQUARE = """key => {
    const hosts = document.querySelectorAll(`.st-key-${key}, .st-key-${key} *`);
    const pictures = [...hosts].map(host => host.shadowRoot?.querySelector(".cells")?.getAttribute("href"));
    return pictures.find(address => address) ?? null;
}"""
# An element of ours keeps its drawing to itself: it is looked for in all of them.
DRAWN = """selector => {
    const hosts = document.querySelectorAll('[data-testid="stMain"] *');
    return [...hosts].some(host => host.shadowRoot?.querySelector(selector)) ? selector : null;
}"""
ELEMENT = "selector => document.querySelector(selector)?.textContent ?? null"
START = """([signature, key, events]) => {
    const read = eval(signature), before = read(key);
    let pressed;
    const press = () => { pressed ??= performance.now() };
    for (const name of events) addEventListener(name, press, {capture: true, once: true});
    window.drawn = new Promise((resolve) => {
        const look = () => {
            const now = read(key);
            if (pressed === undefined || now === null || now === before) return requestAnimationFrame(look);
            requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - pressed)));
        };
        look();
    });
}"""


def timed(
    page: Page, actions: Iterable[Callable[[], None]], signature: str, key: str, events: tuple[str, ...]
) -> list[float]:
    """Milliseconds from each action's first of ``events`` until the picture has changed; two to warm up."""
    times = []
    for turn, act in enumerate(actions):
        page.evaluate(START, [signature, key, list(events)])
        act()
        taken = page.evaluate("() => window.drawn")
        settled(page)
        if turn >= 2:
            times.append(taken)
    return times


def opened(browser: Browser, url: str, ready: str) -> Page:
    page = browser.new_page(viewport={"width": 1440, "height": 1100})
    page.set_default_timeout(PATIENCE)
    page.goto(url)
    expect(page.locator(ready).first).to_be_visible()
    settled(page)
    return page


def geometry(browser: Browser, url: str, repeats: int) -> None:
    print("Geometry, N = 256 (512 points)")
    page = opened(browser, f"{url}/geometry?n=256&map=pca", ".st-key-map-chart .map[data-painted]")
    colours = [
        page.locator(".st-key-recipe-colour").get_by_text(name) for name in ("domain", "view", "class", "mass")
    ]
    presses = [colours[turn % 4].click for turn in range(repeats + 2)]
    show("another colour → drawn", timed(page, presses, MAP, "map-chart", ("pointerdown",)))
    epsilon = page.locator(".st-key-recipe-eps input[type=range]")
    epsilon.focus()
    presses = [lambda: epsilon.press("ArrowRight")] * (repeats + 2)
    show("ε key press → lines drawn", timed(page, presses, MAP, "map-chart", ("keydown",)))

    def lasso() -> None:
        box = page.locator(".st-key-map-chart .overlay").bounding_box()
        middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        reach = 60 + 15 * (lasso.turn % 5)
        lasso.turn += 1
        page.mouse.move(middle[0] - reach, middle[1] - reach)
        page.mouse.down()
        for x, y in ((1, -1), (1, 1), (-1, 1), (-1, -1)):
            page.mouse.move(middle[0] + x * reach, middle[1] + y * reach, steps=4)
        page.mouse.up()

    lasso.turn = 0
    numbers = ".st-key-geometry-group [data-group=Samples]"
    show("lasso let go → group and gallery", timed(page, [lasso] * (repeats + 2), ELEMENT, numbers, ("pointerup",)))
    page.close()
    page = opened(browser, f"{url}/geometry?n=1000&split=train&map=pca", ".st-key-map-chart .map[data-painted]")
    lasso.turn = 0
    show(
        "lasso on 2 000 points → group and gallery",
        timed(page, [lasso] * (repeats + 2), ELEMENT, numbers, ("pointerup",)),
    )
    page.close()


def umap(browser: Browser) -> None:
    """A new server, whose first map is compiled."""
    with served(Path(ROOT / "app.py")) as url:
        start = time.perf_counter()
        page = opened(browser, f"{url}/geometry?n=1000&split=train&map=pca", ".st-key-map-chart .map[data-painted]")
        show("new server → map of PCA, 2 000 points", [1e3 * (time.perf_counter() - start)])
        for words in ("UMAP of 2 000 points, right after the start", "another seed"):
            page.evaluate(START, [MAP, "map-chart", ["pointerdown", "keydown"]])
            if "seed" in words:
                box = page.locator(".st-key-recipe-mapseed input")
                box.fill("1")
                box.press("Enter")
            else:
                page.locator(".st-key-recipe-map").get_by_text("UMAP").click()
            show(words, [page.evaluate("() => window.drawn")])
            settled(page)
        page.close()


def effects(browser: Browser, url: str, repeats: int) -> None:
    print("Parameter effects, N = 256")
    page = opened(browser, f"{url}/effects?n=256&eps=0.05", ".st-key-square .tau-square.heat")
    epsilon = page.locator(".st-key-recipe-eps input[type=range]")
    epsilon.focus()
    presses = [lambda: epsilon.press("ArrowRight")] * (repeats + 2)
    show("ε key press → 21 × 21 square drawn", timed(page, presses, SQUARE, "square", ("keydown",)))
    box = page.locator(".st-key-recipe-shown")
    presses = [box.get_by_text(("difference", "value")[turn % 2]).click for turn in range(repeats + 2)]
    show("value or difference → drawn", timed(page, presses, SQUARE, "square", ("pointerdown",)))
    page.close()


def switching(browser: Browser, url: str, repeats: int) -> None:
    print("Switching pages, N = 256, warm")
    page = opened(browser, f"{url}/?n=256&map=pca", ".board[data-painted-step]")
    drawn = {
        "Geometry": ".map[data-painted]",
        "Parameter effects": ".tau-square.heat .cells[href]",
        "Alignment": ".board[data-painted-step]",
    }
    times: dict[str, list[float]] = {title: [] for title in drawn}
    for turn in range(repeats + 1):
        for title, selector in drawn.items():
            page.evaluate(START, [DRAWN, selector, ["pointerdown"]])
            page.get_by_test_id("stSidebarNav").get_by_text(title).click()
            taken = page.evaluate("() => window.drawn")
            settled(page)
            if turn:
                times[title].append(taken)
    for title, taken in times.items():
        show(f"→ {title}, drawn", taken)
    page.close()


def sent(browser: Browser, url: str, repeats: int) -> None:
    """What a step of ε costs the network, with the pictures that the page fetches."""
    print("Bytes per ε key press, N = 256")
    for title, link in (
        ("Geometry", "geometry?n=256&map=pca"),
        ("Parameter effects", "effects?n=256"),
        ("Compare checkpoints", "compare?n=256&encoders=random"),
    ):
        page = browser.new_page(viewport={"width": 1440, "height": 1100})
        page.set_default_timeout(PATIENCE)
        received = count_bytes(page)
        page.on("response", lambda answer, to=received: to.append(int(answer.headers.get("content-length", 0))))
        page.goto(f"{url}/{link}&eps=0.03")
        epsilon = page.locator(".st-key-recipe-eps input[type=range]")
        epsilon.focus()
        before = 0
        for turn in range(repeats + 2):
            if turn == 2:
                before = sum(received)
            epsilon.press("ArrowRight")
            page.wait_for_timeout(1500)
            settled(page)
        print(f"  {title:<40} {(sum(received) - before) / repeats / 1e3:.0f} kB", flush=True)
        page.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=15)
    options = parser.parse_args()
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM_ARGUMENTS)
        with served(Path(ROOT / "app.py")) as url:
            geometry(browser, url, options.repeats)
            effects(browser, url, options.repeats)
            switching(browser, url, options.repeats)
            sent(browser, url, 6)
        umap(browser)
        browser.close()


if __name__ == "__main__":
    main()
