"""Geometry: the embeddings of both views on a map, with what the plan does on it."""

import streamlit as st

from gca_viz.ui.headings import title
from gca_viz.ui.runtime import apply_style, warm_up

apply_style()
heading = st.empty()
title("Where do the images lie?", heading)
warm_up()

from gca_viz.ui.geometry import geometry  # noqa: E402 - the page is painted before torch is imported

geometry(heading)
