"""One dial of a loss turned: what it is called there, or that nobody has named it."""

from __future__ import annotations

import streamlit as st

from gca_viz.experiments.family.relative import Relative
from gca_viz.experiments.family.turned import TURNS, train_command, turned
from gca_viz.ui.markdown import plain
from gca_viz.ui.pages.family.workbench import open_in_workbench
from gca_viz.ui.session.page_result import PageResult

_DIAL, _VALUE = "turn", "turn_to"


def one_dial(result: PageResult, first: Relative) -> None:
    """Draw the controls, and what stands where they lead."""
    with st.container(horizontal=True, key="family-turn", vertical_alignment="bottom"):
        dial = st.segmented_control(
            f"Turn one dial of {first.title}",
            tuple(TURNS),
            default="held",
            key=_DIAL,
            bind="query-params",
            required=True,
        )
    # A link may name a dial that there is not; the control then has no value.
    choices = {turn.value: turn for turn in turned(first, result.recipe, dial or "held")}
    if not choices:
        return
    asked = st.session_state.get(_VALUE, st.query_params.get(_VALUE))
    st.session_state[_VALUE] = asked if asked in choices else next(iter(choices))
    value = st.pills(
        "to", tuple(choices), key=_VALUE, format_func=lambda name: _face(choices[name].name, name), required=True
    )
    turn = choices[value or next(iter(choices))]
    if value != next(iter(choices)) or _VALUE in st.query_params:
        st.query_params[_VALUE] = turn.value
    if turn.problem is not None:
        st.info(plain(f"These do not go together. {turn.problem}"), icon=":material/info:")
        return
    if turn.relative is not None:
        st.markdown(f"This is called **{turn.relative.title}** ({turn.relative.year}). {turn.relative.summary}")
    elif turn.recipe.method.columns_are != "views":
        st.markdown("**Nobody has named this**, as far as this table goes. Look at its plan.")
    else:
        st.markdown("**Nobody has named this**, as far as this table goes. Look at its plan, or train it:")
        st.code(train_command(turn.recipe, result.recipe), language="bash", wrap_lines=True)
    st.button(
        "Open in the workbench",
        icon=":material/arrow_forward:",
        key="family-turned",
        on_click=open_in_workbench,
        args=(turn.recipe,),
    )


def _face(named: str, value: str) -> str:
    return f"{value} · {named}" if named else value
