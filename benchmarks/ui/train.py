"""Training in front of a person: the click until the first picture, what looking costs, and who else waits.

Run ``python -m benchmarks.ui.train`` (needs Chromium). Medians and 95th percentiles; the press of a key on ε is on
another page of the same server, before a training of two methods and while it goes on.
"""

from __future__ import annotations

import argparse
import re
import shutil
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from playwright.sync_api import Browser, Page, expect, sync_playwright

from benchmarks.ui.timing import key_presses, show
from gca_viz.experiments.train import TrainingRecipe
from gca_viz.experiments.train.learner import Learner
from gca_viz.experiments.train.probe import Probe
from tests.browser.conftest import CHROMIUM_ARGUMENTS, PATIENCE, ROOT, served, settled

#: milliseconds that a person looks at the form before the click; processes get ready meanwhile
_LOOKS_AT_IT = 15_000
_LINK = "train?data=emoji&n=32&method=ince&vs=gca-ince&eps=0.2&train-epochs=1000&train-images=256"


def look() -> None:
    """Milliseconds that a look at the probe takes, beside a step of the smallest training of the page."""
    torch.set_num_threads(1)
    recipe = TrainingRecipe(method="ince", data="emoji", images=256, batch_size=64)
    learner = Learner.of(recipe)
    data = learner.data(torch.device("cpu"))
    probe, times = Probe.of(data), []
    with TemporaryDirectory() as folder:
        for epoch in range(20):
            start = time.perf_counter()
            probe.write(Path(folder), learner, epoch)
            times.append(1e3 * (time.perf_counter() - start))
    show("a look at the probe, once an epoch", times[2:])


def clicked(browser: Browser, url: str) -> tuple[float, Page]:
    """Milliseconds from the click until the plan before the first step is painted."""
    page = browser.new_page(viewport={"width": 1440, "height": 1100})
    page.set_default_timeout(PATIENCE)
    page.goto(f"{url}/{_LINK}")
    button = page.locator(".st-key-train-start button")
    expect(button).to_be_enabled()
    settled(page)
    page.wait_for_timeout(_LOOKS_AT_IT)
    start = time.perf_counter()
    button.click()
    expect(page.locator(".st-key-train-watch .board[data-painted-step]")).to_be_visible()
    return 1e3 * (time.perf_counter() - start), page


def pressed(browser: Browser, url: str, repeats: int, what: str) -> None:
    """A key press on ε, on the page Alignment."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(PATIENCE)
    page.goto(f"{url}/?n=128&eps=0.03")
    expect(page.locator(".board")).to_have_attribute("data-painted-step", re.compile(r"\d+"))
    settled(page)
    epsilon = page.locator(".st-key-recipe-eps input[type=range]")
    times = list(key_presses(page, epsilon, "ArrowRight", repeats))
    show(f"ε key press → painted, {what}", [found["painted"] for found in times])
    page.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--starts", type=int, default=5)
    options = parser.parse_args()
    expect.set_options(timeout=PATIENCE)
    look()
    with (
        TemporaryDirectory() as folder,
        sync_playwright() as playwright,
        served(ROOT / "app.py", GCA_VIZ_TRAINING="1", GCA_VIZ_TRAININGS=folder) as url,
    ):
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM_ARGUMENTS)
        pressed(browser, url, options.repeats, "no training")
        first = []
        for number in range(options.starts):
            taken, page = clicked(browser, url)
            first.append(taken)
            if number == 0:
                pressed(browser, url, options.repeats, "two methods train")
            page.locator(".st-key-train-delete button").click()
            expect(page.locator(".st-key-train-watch")).to_have_count(0)
            page.close()
        show("click → first picture", first)
        browser.close()


if __name__ == "__main__":
    main()
