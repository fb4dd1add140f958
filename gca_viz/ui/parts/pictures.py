"""Pictures on a page, each with words for somebody who does not see it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import streamlit as st


def pictures(
    images: Sequence[Any], described: Sequence[str], captions: Sequence[str] | None = None, *, width: int
) -> None:
    """Draw pictures side by side.

    Args:
        images: PNG files, or what else ``st.image`` can draw.
        described: what each of them shows, as plain text.
        captions: Markdown under each.
        width: of one, in pixels.
    """
    # A blank is no description to Streamlit, and a picture without a name still is one.
    words = [text.strip() or "picture without a name" for text in described]
    # Bytes are a PNG here; Streamlit would open each to find that out.
    kind: Literal["PNG", "auto"] = "PNG" if all(isinstance(image, bytes) for image in images) else "auto"
    st.image(list(images), None if captions is None else list(captions), width, output_format=kind, alt=words)
