"""Small tables of numbers."""

from __future__ import annotations

import pandas as pd
import streamlit as st


def number_table(frame: pd.DataFrame) -> None:
    """Draw a table whose first column says what the others are numbers of.

    Args:
        frame: plain texts; its index and columns are the headers.
    """
    html = frame.to_html(classes="pair-numbers", border=0, justify="left")
    # The corner heads nothing: as a header it would be read out as an empty one.
    st.html(html.replace("<th></th>", "<td></td>", 1))
