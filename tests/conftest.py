"""Shared by all tests: one torch thread, as the app runs, and a cache on disk of their own."""

import os
import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import version
from typing import TYPE_CHECKING

import pytest
import torch

from gca_viz.embedding.cache import VARIABLE

if TYPE_CHECKING:
    from playwright.sync_api import Browser

torch.set_num_threads(1)  # what is computed while tests are collected, and by fixtures
# Numba colours its errors by exchanging sys.stdout for a moment; as the app compiles maps in a thread, that may be
# the moment in which another test's output is captured. Numba reads this when it is imported.
os.environ["NUMBA_DISABLE_ERROR_MESSAGE_HIGHLIGHTING"] = "1"


if version("streamlit").startswith("1.65."):  # the newest for Python 3.10
    # There every AppTest has a registry of elements of its own, without those that an earlier one registered.
    # All share one, as all sessions of a server do.
    from streamlit.components.v2.component_manager import BidiComponentManager
    from streamlit.testing.v1 import AppTest

    shared = BidiComponentManager()
    AppTest._bidi_component_manager = property(lambda _: shared, lambda *_: None)


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """As the app computes, and as small matrices are quickest: a library of an earlier test may have set more."""
    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def own_main() -> Iterator[None]:
    """Streamlit leaves the page that it ran last as ``__main__``; what a later test spawns would run it again."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Embeddings that a user of this machine kept are not touched."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, str(tmp_path_factory.mktemp("embeddings")))
        yield


@pytest.fixture(scope="session")
def chromium() -> Iterator["Browser"]:
    """The system's Chromium, one for whoever asks in this process: a second one would have no event loop."""
    from playwright.sync_api import sync_playwright

    from tests.browser.conftest import CHROMIUM_ARGUMENTS

    with sync_playwright() as playwright:
        # Pages of the app share a process, and what it has compiled; see ``device`` of the browser tests.
        arguments = [*CHROMIUM_ARGUMENTS, "--process-per-site"]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        yield browser
        browser.close()
