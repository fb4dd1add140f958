"""The constraint square as a control: where the plan stands between nothing held and everything held."""

from gca_viz.ui.elements.square.component import constraint_control, heat_control
from gca_viz.ui.elements.square.places import go

__all__ = ["constraint_control", "go", "heat_control"]
