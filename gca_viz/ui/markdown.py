"""Words of a user or a file, made safe to show."""

from __future__ import annotations

import re


def plain(text: str) -> str:
    """Text that Streamlit shows as it is: what a link or a file says must not become a picture or a link."""
    return re.sub(r"([\\`*_{}\[\]()<>#$:~|!])", r"\\\1", text)
