"""Learn: short lessons on live data, and a toy world that trains in front of the user."""

import streamlit as st

from gca_viz.ui.parts.headings import title
from gca_viz.ui.session.warm_up import apply_style, warm_up

apply_style()
heading = st.empty()
title("Learn", heading)
warm_up()

from gca_viz.ui.pages.learn.page import learn  # noqa: E402 - the page is painted before torch is imported

learn(heading)
