"""The page of parameter effects, put together from its panels."""

from __future__ import annotations

import streamlit as st

from gca_viz.errors import InputError
from gca_viz.ui.pages.effects.noise import noise_lab
from gca_viz.ui.pages.effects.square import constraint_square
from gca_viz.ui.pages.effects.sweep import sweep_panel
from gca_viz.ui.parts.sidebar import sidebar
from gca_viz.ui.session import state
from gca_viz.ui.session.current_result import computed
from gca_viz.ui.text import plain


def effects() -> None:
    """Draw the page. Form and link come first: a long sweep leaves them in reach."""
    for notice in state.notices():
        st.warning(plain(notice), icon=":material/info:")
    result = computed(beside=False)
    sidebar(result.seconds)
    state.write_link()
    for tab, draw in zip(
        st.tabs(list(_TABS), key="effect", on_change="rerun", bind="query-params"), _TABS.values(), strict=True
    ):
        if tab.open:
            with tab, st.container(key=draw.__name__.replace("_", "-")):
                try:
                    draw(result)
                except InputError as error:
                    st.error(plain(str(error)), icon=":material/error:")


_TABS = {"Constraint square": constraint_square, "Sweep": sweep_panel, "Noise lab": noise_lab}
