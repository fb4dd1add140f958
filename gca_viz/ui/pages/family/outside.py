"""Losses that no dial gives, with the reason and their own number, and systems that read plans."""

from __future__ import annotations

import streamlit as st

from gca_viz.experiments.family.relative import READ
from gca_viz.experiments.family.rows import OUTSIDE, READINGS_OF_PLANS
from gca_viz.experiments.plan import engine
from gca_viz.geometry.outside import OUTSIDE_MEASURES
from gca_viz.ui.session.page_result import PageResult


def outside(result: PageResult) -> None:
    """Draw a line each: why it has no plan, and what it says of this batch."""
    found = engine.embeddings_of(result.recipe.inputs)
    enough = len(found.z1) > 1
    for loss in OUTSIDE.values():
        words, measure = OUTSIDE_MEASURES[loss.measure]
        value = (
            f"{float(measure(found.z1, found.z2, result.recipe.method.epsilon)):.4g}" if enough else "needs N ≥ 2"
        )
        with st.expander(f"{loss.title} ({loss.year}) · {words} {value}", key=f"outside-{loss.name}"):
            st.latex(loss.formula)
            st.markdown(loss.reason)
            st.caption(loss.paper)


def readings() -> None:
    """Draw the systems that ask something of a plan, each with the place where the app asks it."""
    for system in READINGS_OF_PLANS.values():
        with st.container(key=f"reads-{system.name}"):
            st.markdown(f"**{system.title}** ({system.year}). {system.summary}")
            st.caption(f"{system.claim} ({READ[system.read]}) {system.paper}")
            st.page_link(
                f"gca_viz/ui/pages/{system.page}/{system.page}.py",
                label="See it",
                icon=":material/arrow_forward:",
                query_params=dict(system.query),
            )
