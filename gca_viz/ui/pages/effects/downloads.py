"""What a tab of the page shows, as files."""

from __future__ import annotations

from functools import partial

import streamlit as st

from gca_viz.experiments.effects.files import columns_csv, effects_csv, ensembles_csv, noise_csv, reliability_csv
from gca_viz.experiments.effects.result import EffectsResult
from gca_viz.report import effects_report
from gca_viz.ui.parts.file_buttons import file_button, report_buttons


def effects_downloads(found: EffectsResult) -> None:
    """Offer the numbers and a report of the part that was computed; files are made when they are asked for."""
    with st.container(horizontal=True):
        for name, table in (("square", found.square), ("sweep", found.sweep)):
            if table is not None:
                file_button("Numbers (CSV)", partial(effects_csv, table), f"{name}.csv", "text/csv")
        if (calibrated := found.calibration) is not None:
            file_button("Bins (CSV)", partial(reliability_csv, calibrated), "reliability.csv", "text/csv")
            file_button("Numbers (CSV)", partial(effects_csv, calibrated.table), "calibration.csv", "text/csv")
            if calibrated.ensembles is not None:
                content = partial(ensembles_csv, calibrated.ensembles)
                file_button("View pairs (CSV)", content, "ensembles.csv", "text/csv")
        if found.columns is not None:
            file_button("Numbers (CSV)", partial(columns_csv, found.columns), "columns.csv", "text/csv")
        if found.noise is not None:
            file_button("Numbers (CSV)", partial(noise_csv, found.noise), "noise.csv", "text/csv")
        report_buttons(lambda: effects_report(found))
