"""What the page Transfer shows, as files."""

from __future__ import annotations

from functools import partial

import streamlit as st

from gca_viz.experiments.transfer.files import distances_csv, images_csv, transfer_csv
from gca_viz.experiments.transfer.result import TransferResult
from gca_viz.report import transfer_report
from gca_viz.ui.parts.file_buttons import file_button, report_buttons


def transfer_downloads(found: TransferResult) -> None:
    """Offer numbers, distances, images and a report; files are made when they are asked for."""
    with st.container(horizontal=True):
        file_button("Numbers (CSV)", partial(transfer_csv, found), "transfer.csv", "text/csv")
        file_button("Distances (CSV)", partial(distances_csv, found), "distances.csv", "text/csv")
        file_button("Images (CSV)", partial(images_csv, found), "images.csv", "text/csv")
        report_buttons(lambda: transfer_report(found))
