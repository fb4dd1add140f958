"""Two losses beside each other: what they differ in, what is said of them, their plans and the difference."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from gca_viz.errors import InputError
from gca_viz.experiments.family.evidence import evidence_of
from gca_viz.experiments.family.miniature import block_of
from gca_viz.experiments.family.relative import READ, Relative
from gca_viz.figures.effects import CONFIG
from gca_viz.figures.matrix import matrix
from gca_viz.files.csv_cells import csv_of
from gca_viz.metric import percent
from gca_viz.ui.elements.chart import chart
from gca_viz.ui.markdown import plain
from gca_viz.ui.parts.file_buttons import file_button
from gca_viz.ui.session.page_result import PageResult


def two(result: PageResult, first: Relative, second: Relative) -> None:
    """Draw both.

    Args:
        result: whose batch, order and names.
        first, second: A and B of the table.
    """
    apart = first.dials.differing(second.dials)
    said = f"A and B differ in {', '.join(apart)}." if apart else "A and B are the same loss."
    st.markdown(f"**{said}**")
    for side, relative, place in zip("AB", (first, second), st.columns(2), strict=True):
        with place, st.container(key=f"loss-{side.lower()}"):
            _words(side, relative)
    try:
        blocks = [block_of(relative.on(result.recipe)) for relative in (first, second)]
    except InputError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    _plans(result, first, second, blocks)


def _words(side: str, relative: Relative) -> None:
    st.markdown(f"**{side} {relative.title}** ({relative.year})")
    for part in relative.formula.split(r",\quad "):
        st.latex(part)
    st.markdown(relative.summary)
    lines = [f"**Its authors:** {relative.claim} ({READ[relative.read]})"]
    lines += [f"**Here it departs:** {relative.departs}"] if relative.departs else []
    lines += [f"**This data:** {evidence_of(relative.name)}"]
    for line in lines:
        st.markdown(line)
    st.caption(relative.paper)


def _plans(result: PageResult, first: Relative, second: Relative, blocks: list[np.ndarray]) -> None:
    order = result.sample_order
    shown = [block[np.ix_(order, order)] for block in blocks]
    names = [[f"{sample}: {result.name(sample, view)}" for sample in order.tolist()] for view in (0, 1)]
    most = max(float(block.max()) for block in shown)
    moved = float(np.abs(shown[1] - shown[0]).sum() / 2)
    st.caption(
        f"Mass from view 1 (rows) to view 2 (columns), in {result.recipe.display.order} order, both on one scale. "
        f"{percent(moved)} of it lies elsewhere in B."
    )
    drawn = (
        ("A", matrix(shown[0], *names, title="share of mass", log=True, most=most), first.title),
        ("B", matrix(shown[1], *names, title="share of mass", log=True, most=most), second.title),
        ("B − A", matrix(shown[1] - shown[0], *names, title="share of mass", diverging=True), "difference"),
    )
    for (side, figure, what), place in zip(drawn, st.columns(3), strict=True):
        with place:
            st.markdown(f"**{side}** {what}")
            figure.update_layout(height=360, margin={"l": 0, "r": 0, "t": 8, "b": 0})
            figure.update_traces(colorbar={"thickness": 10})
            figure.update_xaxes(title="view 2")
            figure.update_yaxes(title="view 1")
            chart(figure, key=f"family-plan-{side}", config=CONFIG, alt=f"{side}: plan of {what}, view 1 to view 2")
    file_button("Both plans (CSV)", partial(_csv, names, shown), "two-losses.csv", "text/csv")


def _csv(names: list[list[str]], shown: list[np.ndarray]) -> str:
    rows, columns = (np.array(side) for side in names)
    count = len(rows)
    return csv_of(
        pd.DataFrame(
            {
                "row": np.repeat(rows, count),
                "column": np.tile(columns, count),
                "a": shown[0].ravel(),
                "b": shown[1].ravel(),
            }
        )
    )
