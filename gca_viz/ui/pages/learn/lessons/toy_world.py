"""The toy world as a lesson: its scenes, its settings in the link."""

from __future__ import annotations

from typing import Any

import streamlit as st

from gca_viz.settings.parameter import Choice
from gca_viz.ui.elements import toy
from gca_viz.ui.pages.learn import link
from gca_viz.ui.pages.learn.controls import control
from gca_viz.ui.pages.learn.lesson import Lesson

_KEY, _BEGUN = "learn-toy", "learn-toy-begun"
_SCENE = Choice(
    "scene", "Scene", tuple(toy.SCENES), next(iter(toy.SCENES)), "How the points begin, and which loss moves them."
)


def _page() -> None:
    scene = toy.SCENES[link.settings(LESSON)["scene"]]
    control(LESSON, _SCENE)
    st.markdown(f"**Expect.** {scene.expect}")
    toy.show(scene, _taken_over(scene), key=_KEY)


def _taken_over(scene: toy.Scene) -> dict[str, Any]:
    """The scene's settings, with those that the link or the user changed since it began."""
    begun = st.session_state.setdefault(_BEGUN, {"scene": scene.name, "at": 0})
    if begun["scene"] != scene.name:  # chosen anew, it is as its file says
        begun |= {"scene": scene.name, "at": toy.heard_at(_KEY)}
        link.keep(LESSON, {})
    values = toy.told(_KEY, scene, after=begun["at"])
    if values is not None:
        link.keep(LESSON, {name: value for name, value in values.items() if value != scene.settings[name]})
    return {**scene.settings, **link.settings(LESSON).extra}


LESSON = Lesson(
    "toy",
    (_SCENE,),
    None,
    titles={name: scene.title for name, scene in toy.SCENES.items()},
    page=_page,
    fields=tuple(field.spec for field in toy.FIELDS.values()),
)
