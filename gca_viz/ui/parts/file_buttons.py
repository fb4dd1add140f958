"""Buttons for files, each made when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from gca_viz.report import Report


def file_button(label: str, make: Callable[[], str | bytes], name: str, mime: str) -> None:
    """A button for a file that is made when it is asked for."""
    st.download_button(label, make, name, mime, icon=":material/download:", on_click="ignore", key=f"file-{name}")


def report_buttons(make: Callable[[], Report]) -> None:
    """Buttons for a report: as one page, and with all files of what it shows."""
    file_button("Report (HTML)", lambda: make().html(), "report.html", "text/html")
    file_button("Report and all files (ZIP)", lambda: make().zip(), "report.zip", "application/zip")
