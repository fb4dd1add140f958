"""The comparison as files and as Python."""

from __future__ import annotations

import numpy as np
import streamlit as st

from gca_viz.experiments.compare import steps
from gca_viz.experiments.compare.code import compare_code
from gca_viz.experiments.compare.command import compare_command
from gca_viz.experiments.compare.files import (
    alike_csv,
    changes_csv,
    compare_npz,
    rules_csv,
    table_csv,
    together_csv,
)
from gca_viz.experiments.recipe.compare import ENCODERS
from gca_viz.figures.compare import CONFIG, MapPanel, aligned_map, alike_matrix, framed
from gca_viz.palette import LEGEND_CSS, css
from gca_viz.report import compare_report
from gca_viz.report.compare_parts import colour_of, legend
from gca_viz.ui.pages.compare.compared import Compared
from gca_viz.ui.parts.file_buttons import file_button, report_buttons

_STYLE = f"{css()}{LEGEND_CSS}body{{font-family:sans-serif}}main{{display:flex;flex-wrap:wrap;gap:12px}}"


def compare_downloads(result: Compared) -> None:
    """Offer numbers, changes, heat maps, plans, maps and figures; files are made when they are asked for."""
    st.caption(f"Plans at half step {result.step}. The camera above each figure saves it as SVG.")
    with st.container(horizontal=True):
        report_buttons(lambda: compare_report(result))
        file_button("Numbers (CSV)", lambda: table_csv(result), "comparison.csv", "text/csv")
        file_button("Samples (CSV)", lambda: changes_csv(result), "changes.csv", "text/csv")
        file_button("How alike (CSV)", lambda: alike_csv(result), "alike.csv", "text/csv")
        file_button("Together (CSV)", lambda: together_csv(result), "together-pairs.csv", "text/csv")
        file_button("Rules (CSV)", lambda: rules_csv(result), "rules-trees.csv", "text/csv")
        file_button("Plans and maps (NPZ)", lambda: compare_npz(result), "compare.npz", "application/octet-stream")
        file_button("Figures (HTML)", lambda: compare_html(result), "compare.html", "text/html")
        file_button("Recipe (JSON)", result.recipe.to_json, "recipe.json", "application/json")
    st.caption("The same in Python:")
    st.code(compare_code(result.compared), language="python", wrap_lines=True)
    st.caption("On the command line:")
    st.code(compare_command(result.recipe), language="bash", wrap_lines=True)


def compare_html(result: Compared) -> str:
    """Maps and heat maps in one file that asks no server for anything."""
    (places, bounds), colour, texts = framed(_places(result)), colour_of(result), result.point_texts
    figures = [
        aligned_map(MapPanel(member.label, place), colour, texts, bounds)
        for member, place in zip(result.compared.members, places, strict=True)
    ]
    figures += [
        alike_matrix(matrix, title=name).update_layout(title=name, margin_t=40)
        for name, matrix in steps.alike_of(result.compared).items()
    ]
    parts = [
        figure.to_html(full_html=False, include_plotlyjs=number == 0, config=CONFIG, default_width="560px")
        for number, figure in enumerate(figures)
    ]
    body = "".join(f"<div>{part}</div>" for part in parts)
    return (
        f'<!doctype html><meta charset="utf-8"><title>Comparison</title><style>{_STYLE}</style>'
        f"{legend(colour)}<main>{body}</main>"
    )


def _places(result: Compared) -> np.ndarray:
    how = result.recipe.compare.aligned if result.compared.kind == ENCODERS else "pca"
    return steps.maps_of(result.compared, list(range(len(result.compared.members))), how)
