"""See contrastive learning as distribution alignment: plans of real batches, in Python and in the browser.

>>> import gca_viz
>>> plan = gca_viz.align(z1, z2, "gca-uot", epsilon=0.1)  # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gca_viz.lazy import public_names

if TYPE_CHECKING:
    from gca_viz.datasets import load_dataset
    from gca_viz.encoders import load_encoder
    from gca_viz.errors import InputError
    from gca_viz.experiments.compare.comparison import compare
    from gca_viz.experiments.family.rows import FAMILY
    from gca_viz.geometry.plan_spectrum import spectrum
    from gca_viz.monitor.plan_monitor import PlanMonitor
    from gca_viz.transport import (
        METHODS,
        Plan,
        align,
        align_streamed,
        calibration,
        codes,
        constraint_square,
        forces,
        partial_sweeps,
        sample_plan,
        set_distance,
        sweep,
        transfer,
    )
    from gca_viz.ui.notebook.show import show, show_map, show_square

__getattr__, __dir__ = public_names(
    __name__,
    {
        "gca_viz.datasets": ("load_dataset",),
        "gca_viz.encoders": ("load_encoder",),
        "gca_viz.errors": ("InputError",),
        "gca_viz.experiments.compare.comparison": ("compare",),
        "gca_viz.geometry.plan_spectrum": ("spectrum",),
        "gca_viz.monitor.plan_monitor": ("PlanMonitor",),
        "gca_viz.experiments.family.rows": ("FAMILY",),
        "gca_viz.transport": (
            "METHODS",
            "Plan",
            "align",
            "align_streamed",
            "calibration",
            "codes",
            "codes",
            "constraint_square",
            "forces",
            "partial_sweeps",
            "sample_plan",
            "set_distance",
            "sweep",
            "transfer",
        ),
        "gca_viz.ui.notebook.show": ("show", "show_map", "show_square"),
    },
)

__all__ = [
    "FAMILY",
    "METHODS",
    "InputError",
    "Plan",
    "PlanMonitor",
    "align",
    "align_streamed",
    "calibration",
    "codes",
    "compare",
    "constraint_square",
    "forces",
    "load_dataset",
    "load_encoder",
    "partial_sweeps",
    "sample_plan",
    "set_distance",
    "show",
    "show_map",
    "show_square",
    "spectrum",
    "sweep",
    "transfer",
]
