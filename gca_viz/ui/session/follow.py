"""What is drawn again when a control moves: the parts of a page that follow the form, or the whole page.

A part is a fragment of Streamlit with a key. A move of a number leaves the form as it is, so that only such parts
need to run, and of these only those that would say something else by now; whatever changes what the form says lets
the whole page run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec, TypeVar

import streamlit as st
from streamlit import runtime
from streamlit.runtime import Runtime

from gca_viz.ui.hall.turn import turn

P = ParamSpec("P")
T = TypeVar("T")
_FORM, _FOLLOWERS, _COMING = "form", "followers", "coming"
_EACH_MOVE = object  # of which no two are equal


@dataclass(frozen=True)
class _Drawn:
    """What a part of the page said when it was drawn, and what it would say now."""

    said: object
    says: Callable[[], object]

    @property
    def stays(self) -> bool:
        """Whether it need not be drawn again."""
        return self.said == self.says()


def page_begins() -> None:
    """Know nothing of the page until it is drawn: a run that is cut short before lets the next be of the page."""
    st.session_state.pop(_FORM, None)
    st.session_state[_FOLLOWERS] = {}


def follower(key: str, says: Callable[[], object] = _EACH_MOVE) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """A fragment that follows the form.

    Args:
        key: of the fragment.
        says: all that a move changes in it, as far as it is known before; by default another thing with each move.
    """

    def made(draw: Callable[P, T]) -> Callable[P, T]:
        @st.fragment(key=key)
        @wraps(draw)
        def drawn(*args: P.args, **settings: P.kwargs) -> T:
            with turn():
                result = draw(*args, **settings)
            st.session_state[_FOLLOWERS][key] = _Drawn(says(), says)
            return result

        return drawn

    return made


def stays(key: str) -> bool:
    """Whether a follower is drawn and need not be drawn again."""
    drawn: _Drawn | None = st.session_state[_FOLLOWERS].get(key)
    return drawn is not None and drawn.stays


def form_is_drawn(says: Callable[[], object]) -> None:
    """Remember what the form says; where nobody does, the whole page runs at each move.

    Args:
        says: all that it and other parts of the page show that neither their controls move themselves nor a
            follower draws; equal where they need not be drawn.
    """
    st.session_state[_FORM] = _Drawn(says(), says)


def draw_what_follows() -> None:
    """End the callback of a control: let only that run which follows the form, where the form stays as it is."""
    form: _Drawn | None = st.session_state.get(_FORM)
    if form is not None and form.stays and _drawn_is_kept():
        followers: dict[str, _Drawn] = st.session_state[_FOLLOWERS]
        coming = st.session_state[_COMING] = [key for key, drawn in followers.items() if not drawn.stays]
        st.rerun(coming)


def catch_up() -> None:
    """In the first follower: begin the whole page anew where what does not run has to say something else by now."""
    form: _Drawn | None = st.session_state.get(_FORM)
    coming = st.session_state.pop(_COMING, ())
    others = [drawn for key, drawn in st.session_state[_FOLLOWERS].items() if key not in coming]
    if form is not None and not all(drawn.stays for drawn in (form, *others) if drawn.says is not _EACH_MOVE):
        st.rerun()


def _drawn_is_kept() -> bool:
    """Whether what does not run stays on screen; for ``AppTest``, a mock of a server, it would be gone."""
    return runtime.exists() and type(runtime.get_instance()) is Runtime
