"""Compare checkpoints: encoders, epochs of a run or methods on the same batch and views."""

import streamlit as st

from gca_viz.ui.headings import title
from gca_viz.ui.runtime import apply_style, warm_up

apply_style()
heading = st.empty()
title("What changed from one encoder to another?", heading)
warm_up()

from gca_viz.ui.compare import compare  # noqa: E402 - the page is painted before torch is imported

compare(heading)
