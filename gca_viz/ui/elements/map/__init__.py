"""The map of the embeddings in two dimensions, drawn by the browser.

Python sends *who the points are* (texts, images: :func:`pack_samples`, held once per batch) and *what is drawn*
(places, colours, lines, what is chosen: :func:`show`); zoom, lasso and the image under the pointer need no server.
What the user chose is told at the next run by :func:`take_gesture`. In three dimensions and in files the map is a
Plotly figure, :func:`gca_viz.figures.geometry.projection_map`.
"""

from gca_viz.ui.elements.map.component import hold, show, take_gesture
from gca_viz.ui.elements.map.content import pack_map, pack_samples

__all__ = ["hold", "pack_map", "pack_samples", "show", "take_gesture"]
