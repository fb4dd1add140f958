"""Work with a bar and a button that stops it; what was stopped stays so until something changes."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import TypeVar

import streamlit as st

from gca_viz.ui.session.progress import progress_bar

T = TypeVar("T")
_OFFERED_AFTER = 0.3  # seconds


def work(key: str, of: object, compute: Callable[[Callable[[float, str], None]], T]) -> T | None:
    """Compute, or say that it was stopped and offer to go on.

    Args:
        key: of this kind of work; one page may have several.
        of: what it depends on, equal for equal work; hashed by nobody, only written out and compared.
        compute: progress → the result.

    Returns:
        The result; None if it was stopped.
    """
    place, name = f"{key}-stopped", str(of)
    if st.session_state.get(place) == name:
        with st.container(horizontal=True, vertical_alignment="center", key=f"{key}-note"):
            st.markdown(":material/stop_circle: Stopped.", width="content")
            go_on = {"on_click": st.session_state.pop, "args": (place, None)}
            st.button("Continue", icon=":material/play_arrow:", key=f"{key}-continue", **go_on)
        return None
    bar, button = st.empty(), st.empty()
    told, started, offered = progress_bar(bar), monotonic(), False

    def tell(share: float, what: str) -> None:
        nonlocal offered
        if not offered and share < 1 and monotonic() - started > _OFFERED_AFTER:
            stop = {"on_click": _stop, "args": (place, name)}
            button.button("Stop", icon=":material/stop:", key=f"{key}-stop", **stop)
            offered = True
        told(share, what)

    try:
        return compute(tell)
    finally:
        bar.empty()
        button.empty()


def _stop(place: str, name: str) -> None:
    st.session_state[place] = name
