"""What a user does on the pages, and what the board then shows."""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, expect

from tests.browser.conftest import settled


def go(page: Page, title: str) -> None:
    page.get_by_test_id("stSidebarNav").get_by_text(title).click()
    settled(page)


def open_tab(page: Page, title: str) -> None:
    """Open a tab of the page on which things are brought."""
    go(page, "Bring your own")
    page.get_by_role("tab", name=title).click()
    settled(page)


def upload(page: Page, key: str, *files: tuple[str, bytes] | Path) -> None:
    """Give the page files of the disk, or small ones by their name and content."""
    page.locator(f".st-key-bring-{key} input[type=file]").set_input_files(
        [
            file
            if isinstance(file, Path)
            else {"name": file[0], "mimeType": "application/octet-stream", "buffer": file[1]}
            for file in files
        ]
    )


def painted(page: Page) -> None:
    expect(page.locator(".board")).to_have_attribute("data-painted-step", re.compile(r"\d+"))
    settled(page)


def drawn(page: Page, panel: int, row: int, column: int) -> float:
    return page.locator(".board").evaluate("(node, cell) => node.gcaBoard.value(...cell)", [panel, row, column])


def count(page: Page) -> int:
    """Rows of the matrices on screen."""
    return page.locator(".board").evaluate("node => node.gcaBoard.reading(0).rows.length")


def npz(**arrays) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()
