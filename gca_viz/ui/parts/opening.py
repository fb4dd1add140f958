"""How every page begins: its style and title are on screen before anything heavy is imported."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from gca_viz.ui.parts.headings import title
from gca_viz.ui.session.warm_up import apply_style, warm_up


def open_page(words: str) -> DeltaGenerator:
    """Paint the page with a first title, and load what all pages compute with.

    Args:
        words: Markdown; what the page asks, until it can say what it shows.

    Returns:
        The place of the title, for that.
    """
    apply_style()
    heading = st.empty()
    title(words, heading)
    warm_up()
    return heading
