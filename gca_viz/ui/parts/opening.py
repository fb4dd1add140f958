"""How every page begins: its style and title are on screen before anything heavy is imported."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from gca_viz.settings.server import MAX_SESSIONS
from gca_viz.ui.elements.connection.component import run_when_connected_again
from gca_viz.ui.hall.admission import admit
from gca_viz.ui.parts.headings import title
from gca_viz.ui.session.follow import page_begins
from gca_viz.ui.session.warm_up import apply_style, warm_up

_ASKED_EVERY = 10  # seconds


def open_page(words: str) -> DeltaGenerator:
    """Paint the page with a first title, and load what all pages compute with.

    Args:
        words: Markdown; what the page asks, until it can say what it shows.

    Returns:
        The place of the title, for that.
    """
    page_begins()
    apply_style()
    heading = st.empty()
    if not admit():
        title("There is no room just now", heading)
        _wait()
        st.stop()
    title(words, heading)
    run_when_connected_again()
    warm_up()
    return heading


@st.fragment(run_every=_ASKED_EVERY)
def _wait() -> None:
    """What somebody sees for whom there is no room, until there is."""
    if admit():
        st.rerun()
    most = MAX_SESSIONS.value
    st.warning(
        f"This server has {most:,} visitor{'s' * (most != 1)}, as many as it was set up for. The page opens by "
        f"itself as soon as one of them leaves: it asks every {_ASKED_EVERY} seconds. Your link stays as it is.",
        icon=":material/hourglass_empty:",
    )
