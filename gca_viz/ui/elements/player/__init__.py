"""What plays a figure that has a frame per epoch, with the looks of the board's controls; no server is asked."""

from gca_viz.ui.elements.player.component import controls

__all__ = ["controls"]
