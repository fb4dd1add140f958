"""The page Bring your own: one module for each tab."""

from gca_viz.ui.bring.page import bring

__all__ = ["bring"]
