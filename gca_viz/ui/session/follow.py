"""What is drawn again when a control moves: the parts of a page that follow the form, or the whole page.

A part is a fragment of Streamlit with a key. A move of a number leaves the form as it is, so that only such parts
need to run; whatever changes what the form says lets the whole page run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st
from streamlit import runtime
from streamlit.runtime import Runtime

_FORM = "form"


@dataclass(frozen=True)
class _Form:
    """A form on screen: what it said when it was drawn, what it would say now, and the keys of what follows it."""

    said: object
    says: Callable[[], object]
    followers: Sequence[str]


def page_begins() -> None:
    """Know nothing of the form until it is drawn: a run that is cut short before lets the next be of the page."""
    st.session_state.pop(_FORM, None)


def form_is_drawn(says: Callable[[], object], followers: Sequence[str]) -> None:
    """Remember what the form says.

    Args:
        says: all that it shows and that its controls do not move themselves; equal where it need not be drawn.
        followers: keys of the fragments that follow it; none where the whole page runs at each move.
    """
    st.session_state[_FORM] = _Form(says(), says, followers)


def draw_what_follows() -> None:
    """End the callback of a control: let only that run which follows the form, where the form stays as it is."""
    form: _Form | None = st.session_state.get(_FORM)
    if form is not None and form.followers and form.said == form.says() and _drawn_is_kept():
        st.rerun(list(form.followers))


def catch_up() -> None:
    """In a fragment: begin the whole page anew where the form has to say something else by now."""
    form: _Form | None = st.session_state.get(_FORM)
    if form is not None and form.said != form.says():
        st.rerun()


def _drawn_is_kept() -> bool:
    """Whether what does not run stays on screen; for ``AppTest``, a mock of a server, it would be gone."""
    return runtime.exists() and type(runtime.get_instance()) is Runtime
