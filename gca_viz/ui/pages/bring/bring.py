"""Bring your own: embeddings, images and encoders of the user."""

from gca_viz.ui.parts.opening import open_page

open_page("Bring your own embeddings, images or encoder")

from gca_viz.ui.pages.bring.page import bring  # noqa: E402 - the page is painted before torch is imported

bring()
