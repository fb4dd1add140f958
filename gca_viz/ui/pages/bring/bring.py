"""Bring your own: embeddings, images and encoders of the user."""

from gca_viz.ui.parts.headings import title
from gca_viz.ui.session.warm_up import apply_style, warm_up

apply_style()
title("Bring your own embeddings, images or encoder")
warm_up()

from gca_viz.ui.pages.bring.page import bring  # noqa: E402 - the page is painted before torch is imported

bring()
