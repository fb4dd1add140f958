"""A JupyterLab of the tests, whose files and settings lie in a temporary folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PATIENCE, ROOT, free_port


@dataclass(frozen=True)
class Lab:
    """A server.

    Attributes:
        url: of it.
        folder: that it shows.
        environment: of it, and of programs that should know what it knows.
    """

    url: str
    folder: Path
    environment: dict[str, str]

    def ask(self, path: str, method: str = "GET") -> list | dict | None:
        """What its interface answers."""
        headers = {"X-XSRFToken": "x", "Cookie": "_xsrf=x"}
        asked = urllib.request.Request(f"{self.url}/api/{path}", method=method, headers=headers)
        with urllib.request.urlopen(asked, timeout=20) as answer:
            return json.loads(answer.read() or "null")

    def end_kernels(self) -> None:
        """As if the machine had been switched off overnight."""
        for kernel in self.ask("kernels") or ():
            self.ask(f"kernels/{kernel['id']}", "DELETE")

    def write(self, name: str, *cells: str) -> Path:
        """A notebook of cells of code."""
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        notebook.metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
        nbformat.write(notebook, self.folder / name)
        return self.folder / name


@pytest.fixture(scope="module")
def lab(tmp_path_factory) -> Iterator[Lab]:
    """A server without password, for this machine alone."""
    pytest.importorskip("jupyterlab", reason="JupyterLab comes with the extra [lab]; make lab")
    folder, home = tmp_path_factory.mktemp("notebooks"), tmp_path_factory.mktemp("jupyter")
    places = {f"JUPYTER_{name}_DIR": str(home / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    environment = {**os.environ, **places, "IPYTHONDIR": str(home / "ipython"), "PYTHONPATH": str(ROOT)}
    url = f"http://127.0.0.1:{free_port()}"
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1"]
    command += [f"--port={url.rpartition(':')[2]}", f"--ServerApp.root_dir={folder}", "--LabApp.news_url="]
    command += ["--IdentityProvider.token=", "--ServerApp.password=", "--LabApp.expose_app_in_browser=True"]
    with (home / "log").open("w") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
    made = Lab(url, folder, environment)
    try:
        _wait(made, server, home / "log")
        yield made
    finally:
        server.terminate()
        server.wait(20)


def _wait(made: Lab, server: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE / 1000
    while True:
        try:
            made.ask("status")
            return
        except OSError:
            assert server.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.2)


@pytest.fixture
def opened(chromium: Browser, lab: Lab) -> Iterator[Callable[[str], Page]]:
    """``opened(name)`` is a notebook in JupyterLab; no page may have thrown an error of JavaScript in the end."""
    contexts, faults = [], []

    def open_notebook(name: str) -> Page:
        expect.set_options(timeout=PATIENCE)
        context = chromium.new_context(viewport={"width": 1440, "height": 1400})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(f"{lab.url}/lab/tree/{name}?reset")
        page.wait_for_function("() => globalThis.jupyterapp?.shell.currentWidget?.context?.isReady")
        return page

    yield open_notebook
    for context in contexts:
        context.close()
    assert not faults
