"""Geometry: the embeddings of both views on a map, with what the plan does on it."""

import streamlit as st

from gca_viz.ui.runtime import apply_style, warm_up

apply_style()
heading = st.empty()
heading.subheader("Where do the images lie?")
warm_up()

from gca_viz.ui.geometry import geometry  # noqa: E402 - the page is painted before torch is imported

geometry(heading)
