"""How many clusters the points make, by the spectrum of the plan among all of them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from gca_viz.experiments import geometry as steps
from gca_viz.figures.matrix import matrix
from gca_viz.figures.spectrum import eigenvalues
from gca_viz.files.csv_cells import csv_of
from gca_viz.geometry.plan_spectrum import Spectrum
from gca_viz.ui.elements.chart import chart
from gca_viz.ui.parts.file_buttons import file_button
from gca_viz.ui.parts.help import about
from gca_viz.ui.session.page_result import PageResult


def clusters(result: PageResult) -> None:
    """Draw the eigenvalues, and the plan with its points ordered by cluster."""
    recipe = result.recipe
    found = steps.spectrum_of(recipe.inputs, recipe.method.epsilon)
    points = steps.points_of(recipe.inputs)
    st.markdown(f"**{steps.clusters_sentence(found, points.labels, points.domains)}**")
    about("clusters")
    count = steps.clusters_of(found)
    division = found.cluster(count)
    chart(eigenvalues(found.eigenvalues, count), key="eigenvalues", alt="Eigenvalues of the plan")
    order = np.lexsort((points.labels, division))
    names = [f"cluster {division[point] + 1}: {result.point_texts[point]}" for point in order]
    chart(
        matrix(found.matrix[np.ix_(order, order)], names, names, title="mass", log=True),
        key="clustered-plan",
        alt="The plan of all points among themselves, ordered by cluster",
    )
    groups = {"clusters": division, "classes": points.labels, "domains": points.domains}
    cut = "; ".join(
        f"{name} {found.rayleigh(of):.2f} (at least {found.bound(len(np.unique(of[of >= 0]))):.2f})"
        for name, of in groups.items()
    )
    st.caption(
        f"The plan of both views of all samples among themselves at ε = {recipe.method.epsilon:g}, every sum 1, "
        "whatever the method is. Mass that flows between groups, each counted by its size (Rayleigh quotient): "
        f"{cut}."
    )
    file_button("Clusters (CSV)", lambda: clusters_csv(result, found, division), "clusters.csv", "text/csv")


def clusters_csv(result: PageResult, found: Spectrum, division: np.ndarray) -> str:
    """A row per point: what it is, its cluster, and the eigenvalue of that number."""
    n = result.batch.size
    table = {"sample": list(range(n)) * 2, "view": [1] * n + [2] * n}
    table |= {"cluster": (division + 1).tolist(), "eigenvalue": found.eigenvalues.tolist()}
    return csv_of(pd.DataFrame(table))
