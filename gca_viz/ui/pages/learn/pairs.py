"""The corrupted pairs of a lesson as pictures, under its chart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from gca_viz.experiments.effects.noise import Corrupted
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.report.effects_parts import pair_names, pair_pictures
from gca_viz.ui.parts.pictures import pictures


def corrupted_pairs(recipe: Recipe, corrupted: Corrupted, title: str, captions: Sequence[str]) -> None:
    """Draw view 1 beside view 2 of each corrupted pair.

    Args:
        recipe: whose batch and views.
        corrupted: what was done to it.
        title: a line above them.
        captions: of all N pairs, the clean ones among them.
    """
    st.markdown(title)
    with st.container(horizontal=True, gap="small", key="learn-pairs"):
        for row in np.flatnonzero(corrupted.mask).tolist():
            with st.container(width=176, gap=None):
                pair = pair_names(recipe, corrupted, row)
                described = [f"{pair}, view {view}" for view in (1, 2)]
                pictures(pair_pictures(recipe, corrupted, row), described, width=84)
                st.caption(captions[row])
