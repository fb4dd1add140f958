"""Pictures on a page, each with words for somebody who does not see it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st


def pictures(
    images: Sequence[Any], described: Sequence[str], captions: Sequence[str] | None = None, *, width: int
) -> None:
    """Draw pictures side by side.

    Args:
        images: what ``st.image`` can draw.
        described: what each of them shows, as plain text.
        captions: Markdown under each.
        width: of one, in pixels.
    """
    # A blank is no description to Streamlit, and a picture without a name still is one.
    words = [text.strip() or "picture without a name" for text in described]
    st.image(list(images), None if captions is None else list(captions), width, alt=words)
