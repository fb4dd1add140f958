"""The board in a marimo notebook: drawn, clicked, and read back in a cell that marimo runs again by itself.

marimo's pins do not go with those of the documentation: it is no part of the extra ``[lab]``.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import PATIENCE, ROOT, free_port

pytest.importorskip("marimo", reason="pip install marimo, in an environment of its own")
pytest.importorskip("anywidget")
pytestmark = [pytest.mark.lab, pytest.mark.browser]

NOTEBOOK = """
import marimo

app = marimo.App()


@app.cell
def _():
    import marimo, numpy, gca_viz

    draw = numpy.random.default_rng(0)
    z1 = draw.normal(size=(12, 5))
    plan = gca_viz.align(z1, z1 + draw.normal(size=(12, 5)))
    board = marimo.ui.anywidget(gca_viz.show(plan, labels=["b", "a", "c"] * 4))
    board
    return board, marimo


@app.cell
def _(board, marimo):
    marimo.md(f"Python reads {board.value['selected']} at {board.value['step']}")
    return
"""


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """A server of one notebook, for this machine alone."""
    (tmp_path / "notebook.py").write_text(NOTEBOOK)
    port = free_port()
    command = [sys.executable, "-m", "marimo", "run", "notebook.py", "--headless", "--no-token", f"--port={port}"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)}
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=log, stderr=subprocess.STDOUT)
    deadline = time.monotonic() + PATIENCE / 1000
    try:
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5).close()
                break
            except OSError:
                assert server.poll() is None and time.monotonic() < deadline, (tmp_path / "log").read_text()
                time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


def test_what_is_clicked_is_read_by_the_next_cell(chromium: Browser, url: str):
    expect.set_options(timeout=PATIENCE)
    with chromium.new_context(viewport={"width": 1440, "height": 1000}) as context:
        page, faults = context.new_page(), []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(url)
        expect(page.locator(".board[data-painted-step]")).to_be_visible()
        expect(page.get_by_text("Python reads () at None")).to_be_visible()
        page.locator(".board").get_by_role("button", name=re.compile("^a")).first.click()
        expect(page.get_by_text("Python reads (1, 4, 7, 10) at None")).to_be_visible()
        page.locator(".board").get_by_role("slider").first.press("ArrowLeft")
        expect(page.get_by_text(re.compile(r"Python reads \(1, 4, 7, 10\) at \d+"))).to_be_visible()
        assert not faults
