"""Alignment: the plan of a batch under one method, beside another."""

import streamlit as st

from gca_viz.ui.parts.headings import title
from gca_viz.ui.session.warm_up import apply_style, warm_up

apply_style()
heading = st.empty()
title("Who is matched with whom?", heading)
warm_up()

from gca_viz.ui.pages.alignment.page import alignment  # noqa: E402 - the page is painted before torch is imported

alignment(heading)
