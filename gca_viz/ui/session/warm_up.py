"""What pages wait for before they compute, and what is imported beside them once they are drawn."""

from __future__ import annotations

import gc
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from importlib import import_module
from pathlib import Path
from threading import Thread
from time import sleep

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from gca_viz.palette import LEGEND_CSS, css
from gca_viz.ui.hall import engine
from gca_viz.ui.session.presenter import present

_PAINTED_AFTER = 2.0  # seconds that a browser needs for a first page, on the same cores where it is on this machine


def warm_up() -> None:
    """Wait for what all pages compute with, or load it where the server has not begun to."""
    if not engine.loaded.is_set():
        with st.spinner("Loading the engine …"):
            engine.load()


@st.cache_resource(show_spinner=False)
def warm_up_pages() -> Thread:
    """Import what other pages need beyond the first, once that is drawn.

    Returns:
        The thread that does it, for who wants to wait.
    """
    return _beside_the_pages("warm-up-pages", _import_pages)


def _import_pages() -> None:
    sleep(_PAINTED_AFTER)
    for module in ("gca_viz.report", "gca_viz.ui.pages.geometry.page"):
        import_module(module)


@st.cache_resource(show_spinner=False)
def warm_up_maps() -> Thread:
    """Import UMAP, and compile it where that is not kept, beside the pages: the first map needs not wait for it.

    Returns:
        The thread that does it, for who wants to wait.
    """
    return _beside_the_pages("warm-up-maps", _compile_maps)


def _compile_maps() -> None:
    from gca_viz.geometry.projection import compile_umap

    compile_umap()


def _beside_the_pages(name: str, work: Callable[[], None]) -> Thread:
    """Work in a thread, and let the collector pass by what stays from then on."""

    def whole() -> None:
        work()
        gc.collect()
        gc.freeze()

    thread = Thread(target=whole, name=name, daemon=True)
    thread.start()
    return thread


def apply_style() -> None:
    """Add the page's own style sheet; call it once per run, first."""
    st.html(_style())
    present()


@cache
def _style() -> str:
    return f"<style>{css()}{LEGEND_CSS}{Path(__file__).with_name('style.css').read_text('utf-8')}</style>"


def of_every_page() -> AbstractContextManager[object]:
    """What is drawn within belongs to the app and not to the page: the browser keeps it when the page changes."""
    context = get_script_run_ctx()
    if context is None or not hasattr(context, "run_with_active_hash"):  # streamlit promises neither
        return nullcontext()
    return context.run_with_active_hash(context.pages_manager.main_script_hash)
