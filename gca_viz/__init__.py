"""See contrastive learning as distribution alignment: plans of real batches, in Python and in the browser.

>>> import gca_viz
>>> plan = gca_viz.align(z1, z2, "gca-uot", epsilon=0.1)  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gca_viz.datasets import load_dataset
    from gca_viz.encoders import load_encoder
    from gca_viz.errors import InputError
    from gca_viz.experiments.compare.comparison import compare
    from gca_viz.transport import (
        METHODS,
        Plan,
        align,
        align_streamed,
        constraint_square,
        forces,
        partial_sweeps,
        sweep,
    )

_HOMES = {
    "METHODS": "gca_viz.transport",
    "InputError": "gca_viz.errors",
    "Plan": "gca_viz.transport",
    "align": "gca_viz.transport",
    "align_streamed": "gca_viz.transport",
    "compare": "gca_viz.experiments.compare.comparison",
    "constraint_square": "gca_viz.transport",
    "forces": "gca_viz.transport",
    "load_dataset": "gca_viz.datasets",
    "load_encoder": "gca_viz.encoders",
    "partial_sweeps": "gca_viz.transport",
    "sweep": "gca_viz.transport",
}

__all__ = [
    "METHODS",
    "InputError",
    "Plan",
    "align",
    "align_streamed",
    "compare",
    "constraint_square",
    "forces",
    "load_dataset",
    "load_encoder",
    "partial_sweeps",
    "sweep",
]


def __getattr__(name: str) -> Any:
    """Import a public name at its first use, so that a page can be painted before torch is loaded."""
    if name not in _HOMES:
        raise AttributeError(f"module 'gca_viz' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
