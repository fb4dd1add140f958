"""Presenter mode: ``?present=1`` makes a link a slide, ``GCA_VIZ_PRESENT=1`` every link that says nothing of it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from gca_viz.settings.server import PRESENT

_FLAG = "present"


def presenting() -> bool:
    """Whether this tab presents; the link says so first, and changes of the page keep it."""
    if _FLAG not in st.session_state:
        st.session_state[_FLAG] = st.query_params.get(_FLAG, str(int(PRESENT.value))) == "1"
    shown: bool = st.session_state[_FLAG]
    return shown


def present() -> None:
    """Hide the controls and enlarge the type, if this tab presents; call it once per run."""
    if not presenting():
        return
    if st.query_params.get(_FLAG) != "1":
        st.query_params[_FLAG] = "1"
    st.html(Path(__file__).with_name("presenter.css"))
    with st.container(key="presenter"):
        st.button("Show controls", icon=":material/tune:", type="tertiary", key="presenter-end", on_click=_end)


def start_button() -> None:
    """Draw the button that begins it."""
    st.button(
        "Present",
        icon=":material/slideshow:",
        key="presenter-start",
        on_click=_start,
        help="Larger type and no controls; the address then shows every visitor the same slide (?present=1).",
    )


def _start() -> None:
    st.session_state[_FLAG] = True


def _end() -> None:
    st.session_state[_FLAG] = False
    if PRESENT.value:
        st.query_params[_FLAG] = "0"
    else:
        st.query_params.pop(_FLAG, None)
