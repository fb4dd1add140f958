"""The constraint square as a control: where the plan stands between nothing held and everything held."""

from gca_viz.ui.square.component import constraint_control
from gca_viz.ui.square.places import CORNERS, current_taus, go

__all__ = ["CORNERS", "constraint_control", "current_taus", "go"]
