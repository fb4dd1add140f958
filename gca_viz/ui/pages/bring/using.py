"""From what was brought to the Alignment page, where it is seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from gca_viz.datasets import DataReport, Dataset
from gca_viz.encoders import uploads
from gca_viz.errors import InputError
from gca_viz.ui.parts.reading import refuse
from gca_viz.ui.session import state
from gca_viz.ui.session.uploads import session_uploads


def use_button(label: str, key: str, load: Callable[[], tuple[Dataset, DataReport]]) -> None:
    """A button that loads a data set, keeps it and shows it."""
    if st.button(label, type="primary", icon=":material/arrow_forward:", key=key):
        try:
            dataset, report = load()
        except InputError as error:
            refuse(error)
            return
        show_data(session_uploads().add_data(dataset, report))


def show_data(name: str) -> None:
    """Make a data set that of the recipe, at the last step of its run where it has one, and go where it is seen."""
    *_, last = [None, *session_uploads().steps_of(name)]
    step = {"encoder": last, "output": uploads.report_of(last).outputs[0]} if last else {}
    _show(data=name, split="all", by="stratified", i=-1, j=-1, t=-1, **step)


def show_encoder(name: str) -> None:
    """Make an encoder that of the recipe, likewise."""
    data = session_uploads().data_of(name)  # of embeddings that a training wrote down
    batch = {"data": data, "split": "all", "by": "stratified"} if data else {}
    _show(encoder=name, output=uploads.report_of(name).outputs[0], **batch)


def _show(**values: Any) -> None:
    problem = state.update(**values)
    if problem is not None:
        refuse(problem)
        return
    st.switch_page("gca_viz/ui/pages/alignment/alignment.py")
