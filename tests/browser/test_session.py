"""What a session brought outlives a broken connection; what is lost with the server is told."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ROOT, free_port, served, settled
from tests.browser.steps import count, go, npz, painted, upload

pytestmark = pytest.mark.browser

PAGES = ("Geometry", "Parameter effects", "Compare checkpoints", "Learn", "Bring your own", "Alignment")
# Every connection that the page makes, so that the test can break it and keep it broken.
SOCKETS = """
    const Native = window.WebSocket;
    window.connections = [];
    window.WebSocket = class extends Native {
        constructor(address, protocols) {
            super(window.broken ? "ws://127.0.0.1:9/" : address, protocols);
            window.connections.push(this);
        }
    };
"""


@pytest.fixture
def embeddings() -> bytes:
    z = np.random.default_rng(0).normal(size=(2, 20, 16)).astype(np.float32)
    return npz(z1=z[0], z2=z[1], labels=np.arange(20) % 3)


def with_own(page: Page, embeddings: bytes) -> None:
    go(page, "Bring your own")
    upload(page, "embeddings", ("mine.npz", embeddings))
    page.get_by_role("button", name="Use these embeddings").click()
    painted(page)
    assert count(page) == 20


def no_error(page: Page) -> None:
    settled(page)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    expect(page.get_by_test_id("stAlertContentError")).to_have_count(0)


def opened(visit: Callable[..., Page], url: str) -> Page:
    page = visit(url)
    page.add_init_script(SOCKETS)
    page.reload()
    painted(page)
    return page


def connected_again(page: Page, before: int) -> None:
    page.wait_for_function("n => window.connections.slice(n).some(one => one.readyState === 1)", arg=before)


def test_what_was_brought_outlives_a_broken_connection(app_url, visit, embeddings):
    page = opened(visit, app_url)
    with_own(page, embeddings)
    page.evaluate("() => { window.broken = true; window.connections.forEach(one => one.close()) }")
    page.wait_for_timeout(3000)
    before = page.evaluate("() => { window.broken = false; return window.connections.length }")
    page.wait_for_function(
        "before => window.connections.slice(before).some(one => one.readyState === 1)", arg=before
    )
    page.get_by_text("Gallery", exact=True).click()
    no_error(page)
    assert count(page) == 20 and "data=own" in page.url
    for title in PAGES:
        go(page, title)
        no_error(page)
    painted(page)
    assert count(page) == 20
    go(page, "Bring your own")
    expect(page.locator(".st-key-bring-list")).to_contain_text("20")


@pytest.mark.slow
def test_what_is_lost_with_the_server_is_told_and_the_page_goes_on(visit, embeddings):
    """The tab stays open while the server starts anew; it names what only the old one knew."""
    port = free_port()
    with served(ROOT / "app.py", port) as url:
        page = opened(visit, url)
        with_own(page, embeddings)
        before = page.evaluate("() => window.connections.length")
    with served(ROOT / "app.py", port):
        connected_again(page, before)
        told = page.get_by_text("was uploaded in another session")
        expect(told).to_be_visible()
        no_error(page)
        page.locator(".board[data-painted-step]").wait_for()
        assert count(page) == 128
        go(page, "Geometry")
        no_error(page)
        expect(page).to_have_url(re.compile(r"^((?!own).)*$"))
