"""Geometry: the embeddings of both views on a map, with what the plan does on it."""

from gca_viz.ui.parts.opening import open_page

heading = open_page("Where do the images lie?")

from gca_viz.ui.pages.geometry.page import geometry  # noqa: E402 - the page is painted before torch is imported

geometry(heading)
