"""Small pictures of plans at some places of a sweep, each with a button that goes there."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping

import numpy as np
import streamlit as st
from PIL import Image

from gca_viz.experiments.plan.summary import small_text
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.report.effects_parts import Place
from gca_viz.report.effects_parts import small_plans as pictured
from gca_viz.ui.parts.pictures import pictures


def small_plans(recipe: Recipe, places: Mapping[str, Place], go: Callable[[Place], None], *, key: str) -> None:
    """Draw the plans in one colour scale.

    Args:
        recipe: what is the same for all.
        places: what a button says → parameters of the plan.
        go: called with the place whose button was pressed.
        key: the name of the pictures on the page.
    """
    st.markdown("**Some of these plans, in one colour scale.** A button goes there.")
    with st.container(horizontal=True, gap="small", key=key):
        for number, (text, plan, picture) in enumerate(pictured(recipe, places)):
            with st.container(width=160, gap=None):
                pictures([_webp(picture)], [f"Plan at {text}"], width=144)
                st.caption(small_text(plan))
                st.button(
                    text,
                    icon=":material/arrow_forward:",
                    key=f"{key}-{number}",
                    on_click=go,
                    args=(places[text],),
                    type="tertiary",
                )


def _webp(picture: np.ndarray) -> bytes:
    """A third of the bytes that Streamlit would send, at each step of a slider."""
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "WEBP", quality=80)
    return out.getvalue()
