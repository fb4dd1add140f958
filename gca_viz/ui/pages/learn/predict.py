"""The prediction that is made before the answer is shown, and the answer that was computed now."""

from __future__ import annotations

import streamlit as st

from gca_viz.ui.pages.learn import link
from gca_viz.ui.pages.learn.lesson import Lesson, Shown
from gca_viz.ui.pages.learn.lesson_text import fill
from gca_viz.ui.parts.headings import section


def predict(lesson: Lesson, shown: Shown, *, ready: bool = True) -> None:
    """Draw the question, and once it was asked for, the answer at the settings on the screen.

    Args:
        lesson, shown: whose.
        ready: whether there is an answer yet.
    """
    text, key = lesson.text, f"learn-{lesson.name}-prediction"
    if st.session_state.get(key) != link.predicted(lesson):
        st.session_state[key] = link.predicted(lesson)
    section("Predict")
    st.markdown(fill(text.question, shown.facts))
    st.radio(
        "Your prediction",
        list(text.options),
        index=None,
        format_func=lambda name: fill(text.options[name], shown.facts),
        key=key,
        on_change=lambda: link.predict(lesson, st.session_state[key]),
        label_visibility="collapsed",
    )
    if not link.answered(lesson) or not ready:
        st.button(
            "Show the answer",
            icon=":material/visibility:",
            type="primary",
            key="learn-answer",
            disabled=link.predicted(lesson) is None or not ready,
            help=_wanted(lesson, ready) or None,
            on_click=link.show_answer,
            args=(lesson,),
        )
        return
    right = link.predicted(lesson) == shown.right
    with st.container(key="learn-answered", border=True):
        verdict = "As you predicted" if right else "Not what you predicted"
        icon = ":material/check_circle:" if right else ":material/lightbulb:"
        st.markdown(f"{icon} **{verdict}: {fill(text.options[shown.right], shown.facts).rstrip('.')}.**")
        st.markdown(fill(text.answer, shown.facts))
        st.caption("Computed now, at the settings beside the picture.")


def _wanted(lesson: Lesson, ready: bool) -> str:
    """What is still to be done before the answer."""
    if not link.predicted(lesson):
        return "Choose what you expect first; a guess is fine."
    return "" if ready else "There is an answer as soon as the training has ended."
