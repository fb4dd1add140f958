"""Work with a bar and a button that stops it; what was stopped stays so until something changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TypeVar

import streamlit as st

from gca_viz.progress import ReportProgress
from gca_viz.ui.session.progress import progress_bar

T = TypeVar("T")
_OFFERED_AFTER = 0.3  # seconds


def cancellable(key: str, of: object, compute: Callable[[ReportProgress], T]) -> T | None:
    """Compute, or say that it was stopped and offer to go on.

    Args:
        key: of this kind of work; one page may have several.
        of: what it depends on, equal for equal work; hashed by nobody, only written out and compared.
        compute: progress → the result.

    Returns:
        The result; None if it was stopped.
    """
    if stopped(key, of):
        return None
    with stoppable(key, of) as report_progress:
        return compute(report_progress)


def stopped(key: str, of: object, sentence: str = "Stopped.") -> bool:
    """Whether this work was stopped and still is; if so, say it, beside a button that goes on."""
    place = _place(key)
    if st.session_state.get(place) != str(of):
        return False
    with st.container(horizontal=True, vertical_alignment="center", key=f"{key}-note"):
        st.markdown(f":material/stop_circle: {sentence}", width="content")
        st.button(
            "Continue",
            icon=":material/play_arrow:",
            key=f"{key}-continue",
            on_click=st.session_state.pop,
            args=(place, None),
        )
    return True


@contextmanager
def stoppable(key: str, of: object) -> Iterator[ReportProgress]:
    """Show a bar, and after a moment a button that stops what is done within.

    Streamlit ends the run when the button is pressed; the next one finds the work :func:`stopped`.
    """
    bar, button = st.empty(), st.empty()
    draw_bar, started, offered = progress_bar(bar), monotonic(), False

    def report_progress(share: float, what: str) -> None:
        nonlocal offered
        if not offered and share < 1 and monotonic() - started > _OFFERED_AFTER:
            button.button(
                "Stop", icon=":material/stop:", key=f"{key}-stop", on_click=_stop, args=(_place(key), str(of))
            )
            offered = True
        draw_bar(share, what)

    try:
        yield report_progress
    finally:
        bar.empty()
        button.empty()


def _stop(place: str, name: str) -> None:
    st.session_state[place] = name


def _place(key: str) -> str:
    """Where the session keeps which work of a kind was stopped."""
    return f"{key}-stopped"
