"""Take the pictures of the pages: ``python docs/site_tools/pictures.py`` writes docs/alignment.webp and the others.

Of every page two: a light screen, and its other faces, a dark screen and a phone in light and dark. Names of pages
as arguments take those alone.
"""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, expect, sync_playwright

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.browser.conftest import CHROMIUM_ARGUMENTS, served, settled  # noqa: E402

#: page → its address, what is waited for, and the height of its light picture
PAGES = {
    "alignment": ("", ".board[data-painted-step]", 1460),
    "geometry": ("geometry", ".st-key-map-chart .map[data-still=true]", 1460),
    "effects": ("effects", ".st-key-square .tau-square.heat", 1460),
    "compare": ("compare", ".board[data-painted-step]", 1460),
    "learn": ("learn", "h1", 1000),
}
DESK, PHONE = {"width": 1440, "height": 960}, {"width": 420, "height": 1000}
HEIGHT, GAP = 640, 15  # of the faces in their picture, and between them
PATIENCE = 300_000  # ms; pictures are taken at any load of the machine
SCROLLED = 0.45  # of the phone's height, to what stands below the title


def take(browser: Browser, url: str, ready: str, size: dict[str, int], scheme: str, scrolled: float) -> Image.Image:
    """A picture of a page that has settled."""
    page = browser.new_page(viewport=size, color_scheme=scheme)
    page.set_default_timeout(PATIENCE)
    page.goto(url)
    expect(page.locator(ready).first).to_be_visible()
    settled(page)
    page.wait_for_timeout(2_000)  # what glides has arrived
    # No wheel: over a picture it would say how to zoom.
    page.get_by_test_id("stMain").evaluate("(main, down) => main.scrollBy(0, down)", scrolled)
    page.wait_for_timeout(500)
    picture = Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
    page.close()
    return picture


def faces(browser: Browser, url: str, ready: str) -> Image.Image:
    """A dark screen, and a phone in light and dark, side by side."""
    found = [take(browser, url, ready, DESK, "dark", 0)]
    found += [take(browser, url, ready, PHONE, scheme, SCROLLED * PHONE["height"]) for scheme in ("light", "dark")]
    small = [
        face.resize((round(face.width * HEIGHT / face.height), HEIGHT), Image.Resampling.LANCZOS) for face in found
    ]
    whole = Image.new("RGB", (sum(face.width for face in small) + GAP * (len(small) - 1), HEIGHT), "#888")
    left = 0
    for face in small:
        whole.paste(face, (left, 0))
        left += face.width + GAP
    return whole


def main() -> None:
    chosen = sys.argv[1:] or PAGES
    expect.set_options(timeout=PATIENCE)
    with served(ROOT / "app.py") as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM_ARGUMENTS)
        for name in chosen:
            path, ready, height = PAGES[name]
            url = f"{address}/{path}"
            light = take(browser, url, ready, {"width": 1440, "height": height}, "light", 0)
            light.save(ROOT / "docs" / f"{name}.webp", quality=70, method=6)
            if name != "learn":
                faces(browser, url, ready).save(ROOT / "docs" / f"{name}-faces.webp", quality=70, method=6)
            print(f"Took {name}", flush=True)
        browser.close()


if __name__ == "__main__":
    main()
