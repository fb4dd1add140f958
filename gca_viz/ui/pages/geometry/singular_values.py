"""How many directions the embeddings use."""

from __future__ import annotations

import numpy as np
import streamlit as st
import torch

from gca_viz.experiments import geometry as steps
from gca_viz.figures.spectrum import spectrum
from gca_viz.geometry.metrics import effective_rank
from gca_viz.ui.elements.chart import chart
from gca_viz.ui.parts.help import about
from gca_viz.ui.session.page_result import PageResult


def singular_values(result: PageResult) -> None:
    """Draw the spectrum of either view."""
    views = torch.from_numpy(points_by_view(result))
    chart(
        spectrum(
            torch.linalg.svdvals(views.double()).numpy(), (effective_rank(views[0]), effective_rank(views[1]))
        ),
        key="spectrum",
        config={"displaylogo": False, "showSendToCloud": False},
        alt="Singular values of the embeddings of either view, on a logarithmic axis",
    )
    about("spectrum")
    st.caption(
        "Singular values s of the normalised embeddings of either view, divided by the largest. A steep fall "
        "means that few directions carry most. Dotted: the effective rank exp(H), H the entropy of s / Σ s."
    )


def points_by_view(result: PageResult) -> np.ndarray:
    """float32 (2, N, d): the normalised embeddings."""
    recipe = result.recipe
    return steps.points_of(recipe.inputs).views
