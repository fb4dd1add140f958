"""Map and numbers as files."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st
import torch

from gca_viz.experiments.geometry import Map, measures_of
from gca_viz.figures.geometry import config
from gca_viz.files.csv_cells import csv_of
from gca_viz.geometry import plan_points
from gca_viz.geometry.measures import MEASURES
from gca_viz.metric import Estimate
from gca_viz.ui.pages.geometry.map import map_figure
from gca_viz.ui.pages.geometry.singular_values import points_by_view
from gca_viz.ui.parts.file_buttons import file_button
from gca_viz.ui.session import selection
from gca_viz.ui.session.page_result import PageResult


def map_downloads(result: PageResult, found: Map) -> None:
    """Offer map, points, numbers, spectrum and recipe; files are made when they are asked for."""
    st.caption(f"Mass and loss at half step {result.step}. The buttons above the map save it as a picture.")
    with st.container(horizontal=True):
        file_button("Map (HTML)", lambda: map_html(result, found), "map.html", "text/html")
        file_button("Points (CSV)", lambda: points_csv(result, found), "points.csv", "text/csv")
        file_button(
            "Numbers (CSV)",
            lambda: measures_csv(found, measures_of(result.recipe.inputs)),
            "geometry.csv",
            "text/csv",
        )
        file_button("Spectrum (CSV)", lambda: spectrum_csv(result), "spectrum.csv", "text/csv")
        file_button("Recipe (JSON)", result.recipe.to_json, "recipe.json", "application/json")


def map_html(result: PageResult, found: Map) -> str:
    """The map as one file that asks no server for anything."""
    dimensions = found.projection.coordinates.shape[1]
    page: str = map_figure(result, found).to_html(include_plotlyjs=True, config=config(dimensions))
    return page


def points_csv(result: PageResult, found: Map) -> str:
    """A row per point: what it is, where it lies, its mass and loss, and whether it is in the group."""
    plan, dataset, n = result.shown(result.plan), result.batch.dataset, result.batch.size
    samples, group = list(range(n)) * 2, set(selection.group(n))
    table = {
        "sample": samples,
        "view": [1] * n + [2] * n,
        "name": [result.batch.names[sample] for sample in samples],
        "class": [dataset.class_names[result.batch.labels[sample]] for sample in samples],
        "domain": [dataset.domain_names[domain] for domain in result.domains.ravel()],
    }
    table |= dict(zip("xyz", found.projection.coordinates.T, strict=False))
    table |= {
        "mass": plan_points.mass_of_points(plan),
        "loss": plan_points.loss_of_points(plan),
        **{f"table.{name}": list(result.batch.column(name)) * 2 for name in dataset.columns},
        "in_group": [sample in group for sample in samples],
    }
    return csv_of(pd.DataFrame(table), number="%.6g")


def measures_csv(found: Map, estimates: Mapping[str, Estimate | None]) -> str:
    """A row per number: value, ends of its interval, chance."""
    rows = {
        name: {
            "title": MEASURES[name].label,
            **(
                {}
                if estimate is None
                else dict(zip(("value", "low", "high", "chance"), _parts(estimate), strict=True))
            ),
        }
        for name, estimate in estimates.items()
    }
    if found.trust is not None:
        rows["trustworthiness"] = {"title": "Trustworthiness", "value": found.trust.trustworthiness}
        rows["continuity"] = {"title": "Continuity", "value": found.trust.continuity}
    return csv_of(pd.DataFrame(rows).T.rename_axis("name"), index=True, number=None)


def _parts(estimate: Estimate) -> tuple[float, float, float, float | None]:
    return estimate.value, estimate.low, estimate.high, estimate.chance


def spectrum_csv(result: PageResult) -> str:
    """Singular values of either view, descending."""
    values = torch.linalg.svdvals(torch.from_numpy(points_by_view(result)).double()).numpy()
    table = pd.DataFrame(values.T, columns=["view_1", "view_2"], index=range(1, values.shape[1] + 1))
    return csv_of(table.rename_axis("direction"), index=True)
