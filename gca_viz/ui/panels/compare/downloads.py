"""The comparison as files and as Python."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import streamlit as st

from gca_viz.experiments.compare import steps
from gca_viz.experiments.compare.code import compare_code
from gca_viz.experiments.compare.recipe import ENCODERS
from gca_viz.figures.compare import CONFIG, MapPanel, aligned_map, alike_matrix, framed
from gca_viz.ui.panels.compare.compared import Compared
from gca_viz.ui.panels.compare.maps import colour_of, legend, point_texts
from gca_viz.ui.panels.downloads import file_button

_STYLE = (
    "body{font-family:sans-serif}main,.legend{display:flex;flex-wrap:wrap;gap:12px}"
    ".legend span{display:inline-flex;align-items:center;gap:5px;font-size:14px}"
    ".legend i{width:10px;height:10px;border-radius:50%;box-sizing:border-box;background:var(--c,#8A939D)}"
    ".legend .ring{background:none;border:2px solid #8A939D}"
)


def compare_downloads(result: Compared) -> None:
    """Offer numbers, changes, heat maps, plans, maps and figures; files are made when they are asked for."""
    st.caption(f"Plans at half step {result.step}. The camera above each figure saves it as SVG.")
    with st.container(horizontal=True):
        file_button("Numbers (CSV)", lambda: table_csv(result), "comparison.csv", "text/csv")
        file_button("Samples (CSV)", lambda: changes_csv(result), "changes.csv", "text/csv")
        file_button("How alike (CSV)", lambda: alike_csv(result), "alike.csv", "text/csv")
        file_button("Plans and maps (NPZ)", lambda: compare_npz(result), "compare.npz", "application/octet-stream")
        file_button("Figures (HTML)", lambda: compare_html(result), "compare.html", "text/html")
        file_button("Recipe (JSON)", result.recipe.to_json, "recipe.json", "application/json")
    st.caption("The same in Python:")
    st.code(compare_code(result.lineup), language="python", wrap_lines=True)


def table_csv(result: Compared) -> str:
    """A row per contender and number, with intervals and differences from A."""
    return steps.table_of(result.lineup).to_csv(index=False, float_format="%.8g")


def changes_csv(result: Compared) -> str:
    """A row per sample: what it is, and what became of it from A to B."""
    table = steps.changes_of(result.lineup).frame()
    dataset = result.batch.dataset
    table.insert(1, "name", list(result.batch.names))
    table.insert(2, "class", [dataset.class_names[label] for label in result.batch.labels])
    first, second = result.lineup.pair
    table.insert(3, "a", first.label)
    table.insert(4, "b", second.label)
    return table.to_csv(index=False, float_format="%.8g")


def alike_csv(result: Compared) -> str:
    """A row per pair and way to be alike."""
    parts = [
        matrix.rename_axis(index="a", columns="b")
        .stack(future_stack=True)
        .rename("value")
        .reset_index()
        .assign(measure=name)
        for name, matrix in steps.alike_of(result.lineup).items()
    ]
    return pd.concat(parts)[["measure", "a", "b", "value"]].to_csv(index=False, float_format="%.8g")


def compare_npz(result: Compared) -> bytes:
    """Plans, embeddings' aligned maps, labels and domains, as NumPy arrays."""
    arrays = {
        "names": np.array(result.labels),
        "plans": np.stack([result.shown(plan).matrix.cpu().numpy() for plan in result.names.values()]),
        "maps": _places(result),
        "labels": result.batch.labels,
        "domains": result.domains,
        "partner": result.plan.pairing.partner.cpu().numpy(),
        "dataset_indices": np.asarray(result.batch.indices),
    }
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def compare_html(result: Compared) -> str:
    """Maps and heat maps in one file that asks no server for anything."""
    (places, bounds), colour, texts = framed(_places(result)), colour_of(result), point_texts(result)
    figures = [
        aligned_map(MapPanel(entry.label, place), colour, texts, bounds)
        for entry, place in zip(result.lineup.entries, places, strict=True)
    ]
    figures += [
        alike_matrix(matrix, title=name).update_layout(title=name, margin_t=40)
        for name, matrix in steps.alike_of(result.lineup).items()
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
    how = result.recipe.compare.aligned if result.lineup.kind == ENCODERS else "pca"
    return steps.maps_of(result.lineup, list(range(len(result.lineup.entries))), how)
