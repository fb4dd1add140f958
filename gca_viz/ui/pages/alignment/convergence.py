"""How the plans converge: a check of each, what its solver did, and the way there."""

from __future__ import annotations

import streamlit as st

from gca_viz.experiments.plan.convergence_check import check_convergence
from gca_viz.figures.convergence import convergence as convergence_figure
from gca_viz.ui.elements.chart import chart
from gca_viz.ui.parts.help import about
from gca_viz.ui.parts.tables import text_table
from gca_viz.ui.session.page_result import PageResult
from gca_viz.ui.session.progress import progress_bar


def convergence(result: PageResult) -> None:
    """Draw a check of each plan, the facts behind it, and the curves."""
    report_progress = progress_bar(st.empty())
    limits, problems = result.limits(report_progress)
    report_progress(1.0, "Done")
    for name, problem in problems.items():
        st.info(f"The limit of {result.titles[name]} is not known: {problem}", icon=":material/info:")
    checks = {name: check_convergence(plan, limits.get(name)) for name, plan in result.names.items()}
    for name, check in checks.items():
        icon = ":green[:material/check_circle:]" if check.usable else ":orange[:material/warning:]"
        st.markdown(f"{icon} **{result.titles[name]}**: {check.sentence}")
    chart(
        convergence_figure(result.names, step=result.step, limits=limits),
        key="convergence",
        config={"displaylogo": False, "toImageButtonOptions": {"format": "svg", "filename": "convergence"}},
        alt="Loss, dual objective and marginal error against the half step, and the limit of each",
    )
    about("convergence")
    st.caption(
        "KL: divergence KL(T ‖ P) of the plan from the target. Marginal error: share of the mass in the wrong row "
        "or column. Half step 0 is the kernel; odd half steps rescale the rows, even ones the columns. Dotted "
        "lines: the limit. The dual objective never falls. From half step 1 on, the KL divergence never rises "
        "while rows and columns are hard constraints and the target meets them; for unbalanced plans it may rise. "
        "Curves are always those of plain Sinkhorn, by whatever way the limit was found."
    )
    text_table({result.titles[name]: check.facts for name, check in checks.items()})
