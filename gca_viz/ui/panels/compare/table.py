"""The numbers of all that are compared, and which differ from A by more than chance."""

from __future__ import annotations

from html import escape

import pandas as pd
import streamlit as st

from gca_viz.experiments.compare import steps
from gca_viz.experiments.compare.recipe import ENCODERS
from gca_viz.experiments.compare.table import ALIKE, BETTER, HIGHER, ROWS, WORSE, Row
from gca_viz.ui.panels.about import about
from gca_viz.ui.panels.compare.compared import Compared
from gca_viz.ui.work import work

_SIGNS = {BETTER: "▲", WORSE: "▼", HIGHER: "↑", ALIKE: "≈"}


def table(result: Compared) -> None:
    """Draw the table with its caption."""
    found = table_of(result)
    if found is None:
        return
    about("embedding-measures")
    st.html(_html(found, result))
    one = "" if result.lineup.kind == ENCODERS else " All have one embedding, so that only the plans differ."
    st.caption(
        "Small: 95 % interval over samples, from 500 bootstrap batches. A verdict compares with A on the *same* "
        "resampled batches (paired): **better** or **worse** only where the whole interval of the difference lies "
        "on one side of 0, otherwise ≈. Where more is neither good nor bad in itself it says higher or lower. Of "
        f"twenty such numbers, about one would differ by chance.{one}"
    )


def table_of(result: Compared) -> pd.DataFrame | None:
    """The table, computed with a bar and a button that stops it; None if it was stopped."""
    recipe, lineup = result.recipe, result.lineup
    return work(
        "compare-table",
        (recipe.data, recipe.views, lineup.contenders),
        lambda told: steps.table_of(lineup, progress=told),
    )


def _html(found: pd.DataFrame, result: Compared) -> str:
    labels, second = result.labels, result.labels[result.lineup.second]
    side = {labels[0]: "A ", second: "B "}
    head = "".join(f'<th scope="col">{side.get(label, "")}{escape(label)}</th>' for label in labels)
    cells = {(row.contender, row.measure): row for row in found.itertuples()}
    body = []
    for title, of_plan in (("Plan", True), ("Embedding", False)):
        rows = [row for row in ROWS.values() if row.of_plan == of_plan and (labels[0], row.name) in cells]
        if rows:
            body.append(f'<tr class="part"><th colspan="{len(labels) + 1}">{title}</th></tr>')
        body += [
            f'<tr data-measure="{row.name}"><th scope="row" title="{escape(row.help)}">{escape(row.title)}</th>'
            + "".join(_cell(row, cells[label, row.name]) for label in labels)
            + "</tr>"
            for row in rows
        ]
    return f'<div class="compare-table"><table><tr><th></th>{head}</tr>{"".join(body)}</table></div>'


def _cell(row: Row, cell) -> str:
    if pd.isna(cell.value):
        return f"<td><b>–</b><small>needs {escape(row.measure.needs)}</small></td>"
    interval = "" if pd.isna(cell.low) else f"{row.text(cell.low)} to {row.text(cell.high)}"
    mark = f'<i class="{_class(cell.verdict)}">{_SIGNS.get(cell.verdict, "↓")} {cell.verdict}</i>'
    if cell.verdict == ALIKE:
        mark = '<i class="alike">≈</i>'
    return (
        f'<td data-contender="{escape(str(cell.contender))}"><b>{row.text(cell.value)}</b>'
        f"{mark if cell.verdict else ''}<small>{interval}</small></td>"
    )


def _class(verdict: str) -> str:
    return verdict if verdict in (BETTER, WORSE) else "other"
