"""The page that reads what a user brings: a report of what was understood, and a button to use it."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from gca_viz.datasets import load_dataset
from gca_viz.embedding.cache import EmbeddingCache
from gca_viz.encoders import uploads
from gca_viz.settings.limits import CACHE_BYTES
from gca_viz.ui.markdown import plain
from gca_viz.ui.pages.bring.embeddings import embeddings
from gca_viz.ui.pages.bring.encoder import encoder
from gca_viz.ui.pages.bring.images import images
from gca_viz.ui.pages.bring.understood import understood
from gca_viz.ui.pages.bring.using import show_data, show_encoder
from gca_viz.ui.parts.page import tabs
from gca_viz.ui.session import state
from gca_viz.ui.session.uploads import session_uploads


def bring() -> None:
    """Draw the page."""
    # The recipe would be lost with its link if nobody read it before the user leaves this page.
    state.recipe()
    st.caption(
        "Uploads stay in this browser session: no other session sees them, and they go soon after the tab is "
        "closed. Files are read as numbers and pictures only; nothing in them is ever run."
    )
    _in_session()
    tabs("bring-tab", _TABS, in_link=False)
    _kept_on_disk()


def _in_session() -> None:
    """What was brought already."""
    data, encoders = session_uploads().data, session_uploads().encoders
    if not data and not encoders:
        return
    with st.container(border=True, key="bring-list"):
        st.markdown("**In this session**")
        for name in list(data):
            dataset = load_dataset(name)
            _row(name, f"{plain(dataset.title)} · {plain(dataset.summary)}", show_data)
            if data[name].skipped:
                with st.expander(f"{len(data[name].skipped):,} left out", icon=":material/warning:"):
                    understood(data[name], f"report-{name}")
        for name, title in list(encoders.items()):
            _row(name, f"Encoder {plain(title)} · {plain(uploads.report_of(name).architecture)}", show_encoder)


def _row(name: str, text: str, use: Callable[[str], None]) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(text, width="stretch")
        with st.container(horizontal=True, width="content"):  # on a phone, both go below the text
            if st.button("Use", key=f"again-{name}"):
                use(name)
            st.button("Remove", key=f"remove-{name}", on_click=state.remove, args=(name,))


def _kept_on_disk() -> None:
    """The cache of embeddings, and a way to empty it."""
    cache = EmbeddingCache()
    with st.container(horizontal=True, vertical_alignment="center", key="bring-cache"):
        st.caption(
            f"Embeddings of the bundled images are kept on the server's disk: {CACHE_BYTES.text(cache.size)} of at "
            f"most {CACHE_BYTES.text(CACHE_BYTES.value)}. Those of your images are not."
        )
        st.button("Clear", on_click=cache.clear, key="clear-cache", disabled=cache.size == 0)


_TABS = {"Embeddings": embeddings, "Images": images, "Encoder": encoder}
