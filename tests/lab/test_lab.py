"""Board, map and square in a real JupyterLab: pointed at, clicked, read back in Python, and without a kernel."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from playwright.sync_api import Browser, Locator, Page, expect

pytest.importorskip("jupyterlab", reason="JupyterLab comes with the extra [lab]; make lab")
pytest.importorskip("anywidget")
pytestmark = [pytest.mark.lab, pytest.mark.browser]

MAKE = """
import numpy as np, gca_viz
draw = np.random.default_rng(0)
z1 = draw.normal(size=(12, 5)); z2 = z1 + draw.normal(size=(12, 5))
labels = ["b", "a", "c"] * 4
images = draw.integers(0, 255, (12, 8, 8, 3)).astype(np.uint8)
plans = {"InfoNCE": gca_viz.align(z1, z2, "ince"), "Sinkhorn": gca_viz.align(z1, z2)}
board = gca_viz.show(plans, images=images, labels=labels)
board
"""
MAP = "chart = gca_viz.show_map(z1, z2, images=images, labels=labels, share=board)\nchart"
SQUARE = """
square = gca_viz.show_square(gca_viz.sweep(z1, z2, **gca_viz.constraint_square(0.1, points=5)))
square
"""
READ = "print(board.selected, board.picked, board.step, chart.selected, square.selected)"
SET = "board.selected, board.picked, board.step, square.selected = [5], (3, 3), 0, (1, 1)"
STILLS = ".gca-viz-still"
BOARD, CHART = ".board[data-painted-step]", ".map[data-painted]"


_RUN = """async (number) => {
  const panel = jupyterapp.shell.currentWidget;
  await panel.sessionContext.ready;
  panel.content.activeCellIndex = number;
  await jupyterapp.commands.execute("notebook:run-cell");
}"""


def run(page: Page, number: int) -> Locator:
    """Run a cell and wait for its end; gives its outputs."""
    page.evaluate(_RUN, number)
    return page.locator(".jp-CodeCell").nth(number).locator(".jp-OutputArea")


def shown(page: Page, element: str, of: str, question: str):
    """What an element says of itself."""
    return page.locator(element).evaluate(f"(node) => node.{of}.{question}")


@pytest.fixture
def live(lab, opened) -> Page:
    """A notebook that has run its first three cells."""
    lab.write("live.ipynb", MAKE, MAP, SQUARE, READ, SET)
    page = opened("live.ipynb")
    for number, element in enumerate((BOARD, CHART, ".tau-square output")):
        run(page, number)
        expect(page.locator(element)).to_be_visible()
    return page


def test_what_is_done_is_read_in_python_and_a_picture_stays(lab, opened, live, chromium, tmp_path):
    page = live
    expect(page.locator(STILLS)).to_have_count(3)
    for still in page.locator(STILLS).all():
        expect(still).to_be_hidden()
    # Pointed at, and clicked.
    page.locator(BOARD).scroll_into_view_if_needed()
    at = shown(page, BOARD, "gcaBoard", "point(1, 2, 7)")
    page.mouse.move(at["x"], at["y"])
    expect(page.locator(".who.rows .index")).to_have_text("view 1 · i = 2")
    expect(page.locator(".who.columns .kind")).to_have_text("a")
    page.mouse.click(at["x"], at["y"])
    # JupyterLab would go to another cell by this key.
    page.keyboard.press("ArrowRight")
    assert shown(page, BOARD, "gcaBoard", "state().hover") == [2, 10]
    page.get_by_role("button", name="a", exact=True).first.click()
    expect.soft(page.locator(CHART)).to_be_visible()
    page.wait_for_function(
        "() => [...document.querySelectorAll('.gca-viz')].some((host) =>"
        " host.shadowRoot.querySelector('.map')?.gcaMap.state().group.length === 4)"
    )
    page.get_by_role("slider", name="Constraint square").focus()
    page.keyboard.press("ArrowUp")
    page.wait_for_timeout(600)  # it tells when the keys have rested for 300 ms
    expect(run(page, 3)).to_contain_text("(1, 4, 7, 10) (2, 7) None (1, 4, 7, 10) (1.0, 0.05)")
    # Set from Python.
    run(page, 4)
    page.wait_for_function(
        "() => [...document.querySelectorAll('.gca-viz')].some((host) =>"
        " host.shadowRoot.querySelector('.board')?.gcaBoard.state().step === 0)"
    )
    state = shown(page, BOARD, "gcaBoard", "state()")
    assert state["pick"] == [3, 3]
    assert [shown(page, BOARD, "gcaBoard", f"veiled({k}, {k})") for k in (5, 6)] == [False, True]
    assert shown(page, CHART, "gcaMap", "state().group") == [5]
    expect(page.locator(".tau-square output")).to_contain_text("τ₁ 1.00, τ₂ 1.00")
    # Dark, as the page is.
    page.evaluate("() => jupyterapp.commands.execute('apputils:change-theme', { theme: 'JupyterLab Dark' })")
    expect(page.locator(".gca-viz[data-ground=dark]")).to_have_count(3)
    page.evaluate("() => jupyterapp.commands.execute('apputils:change-theme', { theme: 'JupyterLab Light' })")
    expect(page.locator(".gca-viz[data-ground=light]")).to_have_count(3)
    page.evaluate("() => jupyterapp.commands.execute('docmanager:save')")
    page.context.close()
    _without_a_kernel(lab, opened, "live.ipynb")
    _as_a_page(chromium, lab, "live.ipynb", tmp_path)


def _without_a_kernel(lab, opened, name: str) -> None:
    lab.end_kernels()
    page = opened(name)
    expect(page.locator(f"{STILLS} img")).to_have_count(3)
    for picture in page.locator(f"{STILLS} img").all():
        expect(picture).to_be_visible()
        assert picture.evaluate("node => node.decode().then(() => node.naturalWidth)") > 300
    for words in page.get_by_text("model not found").all():
        expect(words).to_be_hidden()


def _as_a_page(browser: Browser, lab, name: str, folder: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "nbconvert",
        "--to",
        "html",
        str(lab.folder / name),
        "--output-dir",
        str(folder),
    ]
    subprocess.run(command, check=True, env=lab.environment, capture_output=True)
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto((folder / name).with_suffix(".html").as_uri())
    expect(page.locator(f"{STILLS} img")).to_have_count(3)
    for picture in page.locator(f"{STILLS} img").all():
        expect(picture).to_be_visible()
        assert picture.evaluate("node => node.decode().then(() => node.naturalWidth)") > 300
    expect(page.get_by_text("Board(")).to_have_count(0)
    context.close()


def test_a_notebook_with_the_state_of_its_elements_is_alive_without_a_kernel(lab, opened):
    """Another's notebook shows pictures until it is trusted, and elements from then on."""
    path = lab.write("kept.ipynb", MAKE)
    notebook = nbformat.read(path, 4)
    NotebookClient(notebook, timeout=120).execute(env=lab.environment)
    nbformat.write(notebook, path)
    page = opened("kept.ipynb")
    expect(page.locator("img[alt^=InfoNCE]")).to_be_visible()
    expect(page.locator(BOARD)).to_have_count(0)
    page.context.close()
    subprocess.run([sys.executable, "-m", "nbformat.sign", str(path)], check=True, env=lab.environment)
    page = opened("kept.ipynb")
    expect(page.locator(BOARD)).to_be_visible()
    expect(page.locator(STILLS)).to_be_hidden()
    page.get_by_role("button", name="c", exact=True).first.click()
    page.wait_for_function(
        "() => document.querySelector('.gca-viz').shadowRoot.querySelector('.board').gcaBoard.veiled(0, 0)"
    )
