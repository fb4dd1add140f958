"""The prediction that is made before the answer is shown, and the answer that was computed now."""

from __future__ import annotations

import streamlit as st

from gca_viz.ui.pages.learn import link
from gca_viz.ui.pages.learn.lesson import Lesson, Shown
from gca_viz.ui.pages.learn.lesson_text import fill
from gca_viz.ui.parts.headings import section


def predict(lesson: Lesson, shown: Shown) -> None:
    """Draw the question, and once it was asked for, the answer at the settings on the screen."""
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
    if not link.answered(lesson):
        st.button(
            "Show the answer",
            icon=":material/visibility:",
            type="primary",
            key="learn-answer",
            disabled=link.predicted(lesson) is None,
            help=None if link.predicted(lesson) else "Choose what you expect first; a guess is fine.",
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
