"""Look at a training from inside its loop: the plan of a fixed probe batch, its numbers and alarms, in a folder."""

from typing import TYPE_CHECKING

from gca_viz.lazy import public_names

if TYPE_CHECKING:
    from gca_viz.monitor.plan_monitor import PlanMonitor

__getattr__, __dir__ = public_names(__name__, {"gca_viz.monitor.plan_monitor": ("PlanMonitor",)})

__all__ = ["PlanMonitor"]
