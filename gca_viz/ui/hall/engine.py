"""What every page computes with: heavy imports, one thread, a quiet garbage collector, once in a server process."""

from __future__ import annotations

import gc
import logging
import sys
from importlib import import_module
from threading import Event, Lock, Thread
from time import sleep

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from gca_viz.settings.server import THREADS, problems
from gca_viz.ui.hall.turn import let_others_pass

#: what the first page is made of, with all that it needs; by name, for it lies above
_FIRST_PAGE = "gca_viz.ui.pages.alignment.page"
_COLLECTED_EVERY = 5  # seconds
_lock, loaded = Lock(), Event()


def load() -> None:
    """Import everything the first page computes with, and tell the log of settings that cannot be as they are.

    Whoever calls while another thread does it waits; later calls return at once. What goes wrong is raised, and the
    next call tries again.

    Collecting garbage holds the interpreter. It rests meanwhile, as hardly anything that modules make is garbage;
    freezing that makes later collections a few milliseconds instead of hundreds. One thread per computation serves
    many viewers better than one viewer with all cores.
    """
    with _lock:
        if loaded.is_set():
            return
        # The threads that serve and send share the interpreter with those that import and compute; let them have
        # their turn after half a millisecond instead of five.
        sys.setswitchinterval(5e-4)
        gc.disable()
        try:
            _import()
            gc.freeze()
        finally:
            gc.enable()
        from gca_viz.experiments.caching.flight import while_waiting

        while_waiting.extend((let_others_pass, _end_if_asked))
        Thread(target=_collect_now_and_then, name="collect", daemon=True).start()
        loaded.set()


def _import() -> None:
    import torch

    from gca_viz.device import missing_device

    torch.set_num_threads(THREADS.value)
    for sentence in (problems() | missing_device()).values():
        logging.getLogger("gca_viz").warning(sentence)
    import_module(_FIRST_PAGE)


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
