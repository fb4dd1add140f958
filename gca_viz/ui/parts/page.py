"""What pages have in common: notices above, tabs below."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import streamlit as st

from gca_viz.errors import InputError
from gca_viz.ui.markdown import plain


def notices(sentences: Iterable[str]) -> None:
    """Draw what could not be read from a link or a file."""
    for notice in sentences:
        st.warning(plain(notice), icon=":material/info:")


def tabs(key: str, panels: Mapping[str, Callable[[], None]], *, in_link: bool = True) -> None:
    """Draw tabs, of which only the open one computes; what it refuses is said in its place.

    Args:
        key: of the tabs in the session, and in the link.
        panels: what a tab says → draws what is in it, in a container whose key is ``KEY-what-it-says``.
        in_link: whether the link names the open tab.
    """
    drawn = st.tabs(list(panels), key=key, on_change="rerun", bind="query-params" if in_link else None)
    for tab, (words, draw) in zip(drawn, panels.items(), strict=True):
        if tab.open:
            with tab, st.container(key=f"{key}-{words.lower().replace(' ', '-')}"):
                try:
                    draw()
                except InputError as error:
                    st.error(plain(str(error)), icon=":material/error:")
