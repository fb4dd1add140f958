"""A server and a Chromium for the whole test run; fresh pages for each test."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from gca_viz.experiments.train.jobs.files import JOB
from gca_viz.experiments.train.jobs.jobs import Training

ROOT = Path(__file__).parents[2]
ARTIFACTS = ROOT / "test-artifacts"
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A camera that shows a test pattern, and a user who allows it.
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]
DESK = {"width": 1440, "height": 900}
PATIENCE = 60_000  # ms; how long a loaded machine may take for anything
#: Signs of work of Streamlit move. Without a GPU, drawing them takes the longer the more a page has to wait: a
#: twentieth of what a visit costs on a quiet machine, a third on one with ten other jobs.
STILL = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("*, ::before, ::after { animation: none !important }");
  document.adoptedStyleSheets.push(sheet);
}"""


@pytest.fixture(scope="session")
def app_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a server of the app, whose trainings go with the tests."""
    folder = tmp_path_factory.mktemp("trainings")
    with served(ROOT / "app.py", GCA_VIZ_TRAININGS=str(folder)) as url:
        yield url
    for job in folder.glob(f"*/*/{JOB}"):  # of a test that failed in the middle
        Training(job.parent).delete()


@pytest.fixture(scope="session")
def device(chromium: Browser) -> Callable[..., BrowserContext]:
    """``device(url, **context options)`` is a context for pages of a server, which all tests share.

    A fresh one would load and compile Streamlit's scripts anew, which takes longer than most tests; an almost empty
    page stays open, so that the process which has them lives on.
    """
    contexts: dict[str, BrowserContext] = {}

    def context(url: str, **options) -> BrowserContext:
        kind = json.dumps(options, sort_keys=True)
        if kind not in contexts:
            contexts[kind] = chromium.new_context(**options)
            contexts[kind].new_page().goto(urljoin(url, "/_stcore/health"))
        return contexts[kind]

    return context


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Leave word of a failure for the fixtures that end after it."""
    report = (yield).get_result()
    if report.when == "call":
        item.failed = report.failed


@pytest.fixture
def visit(device: Callable[..., BrowserContext], request: pytest.FixtureRequest) -> Iterator[Callable[..., Page]]:
    """``visit(url, **context options)`` opens a page and waits until the board is painted.

    ``ready`` is what to wait for on a page without a board.
    After the test, no page may have thrown a JavaScript error or asked another host for anything.
    """
    pages, faults, said = [], [], []

    def open_page(
        url: str,
        *,
        ready: str = ".board[data-painted-step]",
        viewport: dict[str, int] = DESK,
        color_scheme: str = "light",
        reduced_motion: str = "no-preference",
        **options,
    ) -> Page:
        expect.set_options(timeout=PATIENCE)
        page = device(url, **options).new_page()
        pages.append(page)
        page.set_viewport_size(viewport)
        page.emulate_media(color_scheme=color_scheme, reduced_motion=reduced_motion)
        # As on a first visit: Streamlit keeps there whether its sidebar was open.
        page.add_init_script("localStorage.clear()")
        page.add_init_script(f"({STILL})()")
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
        page.on("requestfailed", lambda asked: said.append(f"failed: {asked.url} {asked.failure}"))
        page.on("request", lambda request: faults.append(request.url) if _leaves(request.url) else None)
        page.goto(url)
        expect(page.locator(ready).first).to_be_visible()
        settled(page)
        return page

    yield open_page
    if getattr(request.node, "failed", False):
        print(*said[-50:], sep="\n")
        for number, page in enumerate(pages):
            ARTIFACTS.mkdir(exist_ok=True)
            page.screenshot(path=ARTIFACTS / f"failed-{request.node.originalname}-{number}.png", full_page=True)
    for page in pages:
        page.close()
    assert not faults


@pytest.fixture
def cut_off(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """``cut_off(path, link)`` opens a file without a network; nothing may have been asked for or said in the end.

    ``link`` stands behind the path, options are those of a context.
    """
    contexts, said = [], []

    def open_file(path: Path, link: str = "", **options) -> Page:
        expect.set_options(timeout=PATIENCE)
        context = chromium.new_context(offline=True, **{"viewport": {"width": 1200, "height": 900}} | options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("request", lambda request: None if _is_file(request.url, path) else said.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        # Plotly breaks its own promise, with no reason given, when a run is played anew; that is no fault.
        page.on("pageerror", lambda error: said.append(str(error)) if str(error) != "undefined" else None)
        page.goto(path.as_uri() + link)
        return page

    yield open_file
    for context in contexts:
        context.close()
    assert said == []


def _is_file(url: str, path: Path) -> bool:
    """Whether it is that file, or one beside it that a link of its leads to."""
    return url.partition("#")[0].rpartition("/")[0] == path.parent.as_uri()


def settled(page: Page) -> None:
    """Wait until the script has run and nothing on the page is stale, or a grey place where something will be."""
    expect(page.locator("[data-test-script-state=notRunning]")).to_have_count(1)
    expect(page.locator("[data-stale=true], [data-testid=stSkeleton]")).to_have_count(0)


def _leaves(url: str) -> bool:
    return url.startswith("http") and "://127.0.0.1" not in url


@contextmanager
def served(script: Path, port: int | None = None, **settings: str) -> Iterator[str]:
    """Run a Streamlit script on a port, by default a free one; ends its own process only.

    ``settings`` are variables of its environment.
    """
    port = port or free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)]
    command += ["--server.address", "127.0.0.1", "--server.headless", "true"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", **settings}
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)
        try:
            deadline = time.monotonic() + PATIENCE / 1000
            while not healthy(url):
                log.seek(0)
                assert server.poll() is None and time.monotonic() < deadline, log.read().decode()
                time.sleep(0.1)
            yield url
        finally:
            server.terminate()
            server.wait(10)


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def healthy(url: str) -> bool:
    """Whether a server answers there."""
    try:
        with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False
