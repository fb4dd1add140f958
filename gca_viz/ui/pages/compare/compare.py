"""Compare checkpoints: encoders, epochs of a run or methods on the same batch and views."""

import streamlit as st

from gca_viz.ui.parts.headings import title
from gca_viz.ui.session.warm_up import apply_style, warm_up

apply_style()
heading = st.empty()
title("What changed from one encoder to another?", heading)
warm_up()

from gca_viz.ui.pages.compare.page import compare  # noqa: E402 - the page is painted before torch is imported

compare(heading)
