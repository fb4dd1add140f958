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

P = ParamSpec("P")
T = TypeVar("T")
_FORM, _FOLLOWERS = "form", "followers"


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


def follower(key: str, says: Callable[[], object] = object) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """A fragment that follows the form.

    Args:
        key: of the fragment.
        says: all that a number of the form changes in it; by default another thing with each move.
    """

    def made(draw: Callable[P, T]) -> Callable[P, T]:
        @st.fragment(key=key)
        @wraps(draw)
        def drawn(*args: P.args, **settings: P.kwargs) -> T:
            result = draw(*args, **settings)
            st.session_state[_FOLLOWERS][key] = _Drawn(says(), says)
            return result

        return drawn

    return made


def form_is_drawn(says: Callable[[], object]) -> None:
    """Remember what the form says; where nobody does, the whole page runs at each move.

    Args:
        says: all that it shows and that neither its controls move themselves nor a follower draws; equal where it
            need not be drawn.
    """
    st.session_state[_FORM] = _Drawn(says(), says)


def draw_what_follows() -> None:
    """End the callback of a control: let only that run which follows the form, where the form stays as it is."""
    form: _Drawn | None = st.session_state.get(_FORM)
    if form is not None and form.stays and _drawn_is_kept():
        followers: dict[str, _Drawn] = st.session_state[_FOLLOWERS]
        st.rerun([key for key, drawn in followers.items() if not drawn.stays])


def catch_up() -> None:
    """In a fragment: begin the whole page anew where the form has to say something else by now."""
    form: _Drawn | None = st.session_state.get(_FORM)
    if form is not None and not form.stays:
        st.rerun()


def _drawn_is_kept() -> bool:
    """Whether what does not run stays on screen; for ``AppTest``, a mock of a server, it would be gone."""
    return runtime.exists() and type(runtime.get_instance()) is Runtime
