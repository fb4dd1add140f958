"""The row of numbers, for the method and the plan beside it."""

from __future__ import annotations

from html import escape

import streamlit as st

from gca_viz.metric import Metric
from gca_viz.transport import READINGS
from gca_viz.ui.session.page_result import PageResult


def numbers(result: PageResult) -> None:
    """Draw one tile per number; the small line under it is the compared plan.

    One element for all tiles: thirty native ones would take the browser longer than the plan takes the server.
    """
    rows = result.readings
    (main, *beside) = rows.values()
    reference = list(rows)[-1]
    tiles = (_tile(READINGS[name], main[name], beside[0][name] if beside else None, reference) for name in main)
    st.html(f'<dl class="numbers">{"".join(tiles)}</dl>')
    if said := result.remarks:
        st.caption(" ".join(said))


def _tile(metric: Metric, value: float, beside: float | None, reference: str) -> str:
    small = "" if beside is None else f"<dd><small>{escape(f'{reference} {metric.text(beside)}')}</small></dd>"
    return (
        f'<div title="{escape(metric.help)}" data-reading="{metric.name}">'
        f"<dt>{escape(metric.label)}</dt><dd>{escape(metric.text(value))}</dd>{small}</div>"
    )
