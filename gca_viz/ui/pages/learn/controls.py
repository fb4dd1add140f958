"""The control of a lesson, drawn from its description, and the description that lessons share."""

from __future__ import annotations

from dataclasses import replace
from math import inf
from typing import Any

import streamlit as st

from gca_viz.settings.parameter import Choice, Parameter
from gca_viz.transport.parameters import LAMBDA1
from gca_viz.ui.pages.learn import link
from gca_viz.ui.pages.learn.lesson import Control, Lesson
from gca_viz.ui.parts.widgets import number_text, slider_stops


def penalty(meaning: str) -> Parameter:
    """λ of a lesson, for rows and columns alike; ``meaning`` says what large and small values do there."""
    return replace(
        LAMBDA1,
        name="strict",
        symbol="λ",
        label="Penalty on sums that differ from 1",
        default=inf,
        minimum=0.01,
        low=0.01,
        help=meaning,
    )


def control(lesson: Lesson, spec: Control) -> None:
    """Draw one; a choice as buttons side by side, a number as a slider."""
    key = f"learn-{lesson.name}-{spec.name}"
    value = link.settings(lesson)[spec.name]
    if st.session_state.get(key) != value:
        st.session_state[key] = value
    common: dict[str, Any] = {
        "key": key,
        "help": spec.help or None,
        "on_change": _changed,
        "args": (lesson, spec, key),
    }
    if isinstance(spec, Choice):
        offered = list(dict.fromkeys((*spec.options, value)))  # a link may name more than is offered
        st.segmented_control(spec.label, offered, format_func=lambda name: lesson.titles.get(name, name), **common)
    else:
        _slider(spec, value, common)


def _slider(spec: Parameter, value: float, common: dict[str, Any]) -> None:
    label = f"{spec.label} {spec.symbol}".strip()
    if spec.scale == "log" or spec.infinite:
        st.select_slider(label, slider_stops(spec, value), format_func=number_text, **common)
    elif spec.integer:
        st.slider(label, int(spec.low), int(spec.high), **common)
    else:
        st.slider(label, float(spec.low), float(spec.high), step=0.05, **common)


def _changed(lesson: Lesson, spec: Control, key: str) -> None:
    value = st.session_state.get(key)
    if value is not None:  # a chosen button that is pressed again lets go of its choice; it keeps it here
        link.change(lesson, **{spec.name: value})
