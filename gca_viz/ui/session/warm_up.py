"""What a server process does once: heavy imports after the first paint, one thread, a quiet garbage collector."""

from __future__ import annotations

import gc
import logging
import sys
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
from gca_viz.settings.server import THREADS, problems
from gca_viz.ui.session.presenter import present

_COLLECTED_EVERY = 5  # seconds


@st.cache_resource(show_spinner="Loading the engine …")
def warm_up() -> None:
    """Import everything the first page computes with, and tell the log of settings that cannot be as they are.

    Collecting garbage holds the interpreter; freezing the objects of the imports makes that a few milliseconds
    instead of hundreds. One thread per computation serves many viewers better than one viewer with all cores.
    """
    import torch

    from gca_viz.device import missing_device

    torch.set_num_threads(THREADS.value)
    for sentence in (problems() | missing_device()).values():
        logging.getLogger("gca_viz").warning(sentence)
    import_module("gca_viz.ui.pages.alignment.page")  # for its time, with all that it needs
    from gca_viz.experiments.caching.flight import while_waiting

    while_waiting.append(_end_if_asked)
    # The thread that sends messages shares the interpreter with the one that runs the page; let it have its turn
    # after half a millisecond instead of five.
    sys.setswitchinterval(5e-4)
    gc.collect()
    gc.freeze()
    Thread(target=_collect_now_and_then, name="collect", daemon=True).start()


def _collect_now_and_then() -> None:
    """Collect garbage every few seconds in place of after every run, for which all visitors would wait."""
    while True:
        sleep(_COLLECTED_EVERY)
        if any(gc.get_count()[1:]):  # something was made since
            gc.collect()


def _end_if_asked() -> None:
    """End a run that waits for another visitor's computation once its own visitor has moved on or left.

    Streamlit looks for that whenever the session's state is touched.
    """
    if get_script_run_ctx(suppress_warning=True) is not None:
        st.session_state.get("recipe")


@st.cache_resource(show_spinner=False)
def warm_up_pages() -> Thread:
    """Import what other pages need beyond the first, once that is drawn.

    Returns:
        The thread that does it, for who wants to wait.
    """
    return _beside_the_pages("warm-up-pages", _import_pages)


def _import_pages() -> None:
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
