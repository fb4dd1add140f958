"""Everything on the page as files."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from gca_viz.experiments.plan.result_files import arrays, convergence_csv, npz, numbers_csv, plan_csv
from gca_viz.figures.convergence import convergence
from gca_viz.ui.parts.file_buttons import file_button, report_buttons
from gca_viz.ui.session.page_result import PageResult

if TYPE_CHECKING:
    from gca_viz.report import Report


def downloads(result: PageResult) -> None:
    """Offer plans, numbers, convergence and recipe; files are made when they are asked for."""
    st.caption(f"Plans and numbers at half step {result.step}. Each matrix has its own PNG button above.")
    with st.container(horizontal=True):
        report_buttons(lambda: _report(result))
        for name in result.names:
            file_button(f"Plan {name} (CSV)", partial(plan_csv, result, name), f"plan-{name}.csv", "text/csv")
        file_button("Everything (NPZ)", lambda: npz(arrays(result)), "alignment.npz", "application/octet-stream")
        file_button("Numbers (CSV)", lambda: numbers_csv(result), "numbers.csv", "text/csv")
        file_button("Convergence (CSV)", lambda: convergence_csv(result), "convergence.csv", "text/csv")
        file_button("Convergence (HTML)", lambda: convergence_html(result), "convergence.html", "text/html")
        file_button("Recipe (JSON)", result.recipe.to_json, "recipe.json", "application/json")


def _report(result: PageResult) -> Report:
    from gca_viz.report import (
        plan_report,  # a second with all that it needs, which the first page does not wait for
    )

    return plan_report(result)


def convergence_html(result: PageResult) -> str:
    """The convergence figure as one file that asks no server for anything."""
    figure = convergence(result.names, step=result.step)
    page: str = figure.to_html(include_plotlyjs=True, config={"showSendToCloud": False, "displaylogo": False})
    return page
