"""Small pictures of plans at some places of a sweep, each with a button that goes there."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import streamlit as st

from gca_viz.datasets import order
from gca_viz.experiments import engine
from gca_viz.experiments.effects.sweep import applied, plan_at
from gca_viz.experiments.recipe import Recipe
from gca_viz.figures.effects import plan_pictures

Place = dict[str, float]


def small_plans(recipe: Recipe, places: Mapping[str, Place], go: Callable[[Place], None], *, key: str) -> None:
    """Draw the plans in one colour scale.

    Args:
        recipe: what is the same for all.
        places: what a button says → parameters of the plan.
        go: called with the place whose button was pressed.
        key: the name of the pictures on the page.
    """
    plans = [plan_at(recipe, place) for place in places.values()]
    matrices = []
    for place, plan in zip(places.values(), plans, strict=True):
        rows = _shown_order(applied(recipe, place), len(plan.matrix))
        matrices.append(plan.matrix.cpu().numpy()[np.ix_(rows, rows)])
    st.markdown("**Some of these plans, in one colour scale.** A button goes there.")
    with st.container(horizontal=True, gap="small", key=key):
        for number, (text, plan, picture) in enumerate(zip(places, plans, plan_pictures(matrices), strict=True)):
            with st.container(width=160, gap=None):
                st.image(picture, width=144, alt=f"Plan at {text}")
                st.caption(f"pair mass {100 * float(plan.matched_share):.0f} %")
                st.button(
                    text,
                    icon=":material/arrow_forward:",
                    key=f"{key}-{number}",
                    on_click=go,
                    args=(places[text],),
                    type="tertiary",
                )


def _shown_order(recipe: Recipe, rows: int) -> np.ndarray:
    """Display position → row of the plan; in the joint layout both views of a sample follow each other."""
    samples = order(engine.batch_of(recipe.data), recipe.display.order)
    return samples if rows == len(samples) else np.stack([samples, samples + len(samples)], 1).ravel()
