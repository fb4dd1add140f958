"""Who is compared, and who is B."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from gca_viz.experiments.compare.candidates import MOST, Candidate, Candidates, label_of
from gca_viz.experiments.recipe.compare import ENCODERS, OWN_HOLD, SHARED
from gca_viz.experiments.recipe.recipe import AUTO
from gca_viz.transport import METHODS
from gca_viz.ui.parts.help import about
from gca_viz.ui.parts.sidebar import encoder_titles
from gca_viz.ui.parts.widgets import control
from gca_viz.ui.session import state

_HOLDS = {SHARED: "the same as A", OWN_HOLD: "the method’s own"}
_KINDS = {"encoders": "Encoders", "methods": "Methods"}


def form(candidates: Candidates) -> None:
    """Draw the controls above the pictures."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="compare-form"):
        control("against", titles=_KINDS, kind=st.segmented_control)
        encoders = candidates.kind == ENCODERS
        own = state.recipe().method
        methods = (name for name, of in METHODS.items() if of.columns in ("views", own.columns_are))
        offered = encoder_titles() if encoders else tuple(methods)
        first = candidates.members[0].name
        with st.container(width=560):
            control(
                "encoders" if encoders else "methods",
                options=[name for name in offered if name != first],
                titles={name: label_of(name) for name in offered},
                kind=partial(st.multiselect, max_selections=MOST - 1, placeholder="Choose at least one"),
            )
        if not encoders and own.hold != AUTO:
            control("others_hold", titles=_HOLDS)
        others = candidates.members[1:]
        if others:
            with st.container(width=230):
                _second(others)
        about("compare")


def _second(others: Sequence[Candidate]) -> None:
    """Who is B; where the recipe names none of them, the last one is."""
    labels = {other.name: other.label for other in others}
    key, wanted = "compare-second", state.recipe().compare.second
    shown = wanted if wanted in labels else others[-1].name
    if st.session_state.get(key) != shown:
        st.session_state[key] = shown
    st.selectbox(
        "B in the pictures",
        list(labels),
        format_func=labels.__getitem__,
        key=key,
        on_change=lambda: state.report(state.update(**{"with": st.session_state[key]})),
        help="Which of them is drawn beside A; the table and the heat maps show all.",
    )
