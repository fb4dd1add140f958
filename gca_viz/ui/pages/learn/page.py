"""The page Learn: one lesson at a time, in one column."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from gca_viz.ui.known import known
from gca_viz.ui.pages.learn import link
from gca_viz.ui.pages.learn.boards import take_over
from gca_viz.ui.pages.learn.controls import control
from gca_viz.ui.pages.learn.formula import formula
from gca_viz.ui.pages.learn.lesson import FIRST, Lesson, Settings, Shown
from gca_viz.ui.pages.learn.lesson_text import fill
from gca_viz.ui.pages.learn.predict import predict
from gca_viz.ui.pages.learn.registry import LESSONS, PARTS
from gca_viz.ui.parts.headings import section, title
from gca_viz.ui.parts.page import notices
from gca_viz.ui.session import state, trainings
from gca_viz.ui.session.presenter import start_button

_NAMES = tuple(LESSONS)


def learn(heading: DeltaGenerator) -> None:
    """Draw the page; ``heading`` is the place of its title, already on screen."""
    st.html(Path(__file__).with_name("learn.css"))
    link.load(LESSONS, FIRST)
    lesson = LESSONS[link.current()]
    notices(link.notices())
    if lesson.board:
        take_over(lesson)
    title(lesson.text.title, heading)
    st.markdown(lesson.text.idea)
    if lesson.page is not None:
        lesson.page()
        _onward(lesson)
    else:
        _lesson(lesson, known(lesson.show))
    _contents()
    link.write(lesson)
    trainings.write_owner()


def _lesson(lesson: Lesson, show: Callable[[Settings], Shown]) -> None:
    text = lesson.text
    left, right = st.columns([9, 4] if lesson.wide else [8, 5], gap="medium")
    with right, st.container(key="learn-words"):
        asking, doing, noticing = st.container(), st.container(), st.container()
    with doing:
        section("Do")
        # Before all else: controls that an interrupted run leaves out may lose their values.
        for spec in lesson.controls:
            control(lesson, spec)
    shown = show(link.settings(lesson))
    doing.markdown(fill(text.do, shown.facts))
    with asking:
        predict(lesson, shown)
    if link.answered(lesson):  # before that, it would give the answer away
        with noticing:
            section("Notice")
            st.markdown(fill(text.notice, shown.facts))
    with left, st.container(key="learn-picture"):
        shown.draw()
    formula(lesson, shown)
    _onward(lesson, shown)


def _onward(lesson: Lesson, shown: Shown | None = None) -> None:
    """Back, on, and into the workbench."""
    place = _NAMES.index(lesson.name)
    with st.container(horizontal=True, key="learn-onward"):
        before, after = _NAMES[place - 1] if place else None, (*_NAMES, None)[place + 1]
        ways: tuple[tuple[str | None, str, str, Literal["left", "right"]], ...] = (
            (before, "Previous", "arrow_back", "left"),
            (after, "Next", "arrow_forward", "right"),
        )
        for name, label, icon, side in ways:
            st.button(
                f"{label}: {LESSONS[name].text.title}" if name else label,
                icon=f":material/{icon}:",
                icon_position=side,
                disabled=name is None,
                key=f"learn-{label.lower()}",
                on_click=link.go,
                args=(name,),
                wrap=True,
            )
        if shown is not None and st.button(
            "Open in the workbench",
            icon=":material/build:",
            key="learn-workbench",
            help="The same images, encoder, method and numbers on the page that has all controls.",
        ):
            state.replace(shown.recipe)
            st.switch_page(f"gca_viz/ui/pages/{shown.page}/{shown.page}.py", query_params=dict(shown.query))


def _contents() -> None:
    """The list of lessons, with what was predicted and seen; in the sidebar, so that a slide has none."""
    asked = [lesson for lesson in LESSONS.values() if lesson.show]
    with st.sidebar, st.container(key="learn-contents", gap="xxsmall"):
        st.caption(f"Two minutes each · {sum(map(link.answered, asked))} of {len(asked)} answered")
        for part, lessons in PARTS.items():
            st.caption(f"**{part}**")
            for lesson in lessons:
                st.button(
                    f"{_NAMES.index(lesson.name) + 1}. {lesson.text.title}",
                    icon=f":material/{_mark(lesson)}:",
                    key=f"learn-go-{lesson.name}",
                    type="secondary" if lesson.name == link.current() else "tertiary",
                    on_click=link.go,
                    args=(lesson.name,),
                    width="stretch",
                )
        start_button()


def _mark(lesson: Lesson) -> str:
    if lesson.show is None:
        return "animation"
    if link.answered(lesson):
        return "check_circle"
    return "pending" if link.predicted(lesson) else "radio_button_unchecked"
