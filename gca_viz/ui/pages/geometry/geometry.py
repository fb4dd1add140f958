"""Geometry: the embeddings of both views on a map, with what the plan does on it."""

import streamlit as st

from gca_viz.ui.parts.headings import title
from gca_viz.ui.session.warm_up import apply_style, warm_up

apply_style()
heading = st.empty()
title("Where do the images lie?", heading)
warm_up()

from gca_viz.ui.pages.geometry.page import geometry  # noqa: E402 - the page is painted before torch is imported

geometry(heading)
