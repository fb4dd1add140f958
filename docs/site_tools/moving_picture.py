"""Film the first page while ε is dragged: ``python docs/site_tools/moving_picture.py`` writes docs/epsilon.webp.

The pictures are those of a real Chromium, one for each place of the slider.
"""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from gca_viz.experiments.recipe.first_screen import FIRST_SCREEN  # noqa: E402
from gca_viz.transport.parameters import EPSILON  # noqa: E402
from gca_viz.ui.parts.widgets import slider_stops  # noqa: E402
from tests.browser.conftest import CHROMIUM_ARGUMENTS, served, settled  # noqa: E402

PAGE = {"width": 1440, "height": 832}
SHOWN = (1000, 578)  # pixels of the film
FIRST, LAST = 0.01, 0.6
LINK = "() => location.search"
PATIENCE = 300_000  # ms; a film is made at any load of the machine
MOMENT, PAUSE = 160, 1200  # ms that a frame stays, and the first and the last


def film(page: Page, url: str) -> list[Image.Image]:
    """A picture at every second stop of the slider from ``FIRST`` to ``LAST``."""
    stops = [stop for stop in slider_stops(EPSILON, EPSILON.default) if FIRST <= stop <= LAST][::2]
    page.goto(f"{url}/?{urlencode(FIRST_SCREEN.with_values(eps=stops[0]).to_address())}")
    expect(page.locator(".board[data-painted-step]").first).to_be_visible()
    settled(page)
    slider = page.locator(".st-key-recipe-eps [role=slider], .st-key-recipe-eps input[type=range]").first
    pictures = []
    for stop in stops:
        while epsilon_of(page) < 0.999 * stop:
            before = page.evaluate(LINK)
            slider.press("ArrowRight")
            page.wait_for_function(f"before => ({LINK})() !== before", arg=before)
            settled(page)
        picture = Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
        pictures.append(picture.resize(SHOWN, Image.Resampling.LANCZOS))
    return pictures


def epsilon_of(page: Page) -> float:
    """What the link says; a value at its default is left out of it."""
    return float(parse_qs(urlsplit(page.url).query).get("eps", [EPSILON.default])[0])


def main() -> None:
    with served(ROOT / "app.py") as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM_ARGUMENTS)
        page = browser.new_page(viewport=PAGE, device_scale_factor=1)
        page.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        pictures = film(page, url)
        browser.close()
    target = ROOT / "docs" / "epsilon.webp"
    pictures[0].save(
        target,
        save_all=True,
        append_images=pictures[1:],
        duration=[PAUSE, *[MOMENT] * (len(pictures) - 2), PAUSE],
        loop=0,
        quality=40,
        method=6,
    )
    print(f"Wrote {target.relative_to(ROOT)}, {target.stat().st_size / 1e3:.0f} kB, {len(pictures)} frames")


if __name__ == "__main__":
    main()
