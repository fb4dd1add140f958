"""A table of losses: a row each, a small live picture per dial, and buttons that pick and open a row."""

from gca_viz.ui.elements.loss_table.component import Cell, Row, chosen, loss_table

__all__ = ["Cell", "Row", "chosen", "loss_table"]
