"""All pairs of views of a batch, side by side."""

from __future__ import annotations

import numpy as np
import streamlit as st

from gca_viz.experiments.plan import engine
from gca_viz.ui.markdown import plain
from gca_viz.ui.parts.pictures import pictures
from gca_viz.ui.session.page_result import PageResult

_PER_PAGE = 48
_FRAME = {0: (0, 114, 178), 1: (230, 159, 0)}


def contact_sheet(result: PageResult) -> None:
    """Draw the two views of each sample, in the order of the matrices; view 1 framed blue, view 2 orange."""
    first, second = engine.pictures_of(result.recipe.data, result.recipe.views)
    samples = [int(row) for row in result.row_order if row < len(first)]
    pages = -(-len(samples) // _PER_PAGE)
    page = 1
    if pages > 1:
        page = st.number_input(f"Page (of {pages})", 1, pages, key="views-page", width=150)
    st.caption("Each pair: view 1 (blue frame) beside view 2 (orange frame), with its row number and name.")
    shown = samples[(page - 1) * _PER_PAGE : page * _PER_PAGE]
    pictures(
        [np.concatenate([_framed(first[sample], 0), _framed(second[sample], 1)], 1) for sample in shown],
        [f"{_both(result, sample)}: view 1 beside view 2" for sample in shown],
        [f"{sample} · {plain(_both(result, sample))}" for sample in shown],
        width=136,
    )


def _both(result: PageResult, sample: int) -> str:
    """What both views of a sample are called, once where that is the same."""
    return " → ".join(dict.fromkeys(result.name(sample, view) for view in (0, 1)))


def _framed(image: np.ndarray, view: int) -> np.ndarray:
    framed = np.pad(image, ((2, 2), (2, 2), (0, 0)))
    for edge in (framed[:2], framed[-2:], framed[:, :2], framed[:, -2:]):
        edge[...] = _FRAME[view]
    return framed
