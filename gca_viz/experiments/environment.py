"""What a number was computed with: versions, device, threads."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

import torch

from gca_viz.device import best_device

_PACKAGES = ("gca-viz", "torch", "numpy", "scikit-learn", "kornia", "umap-learn", "plotly", "streamlit")


def environment() -> dict[str, str]:
    """Label → text: Python, system, device, threads, and the version of each package that a result rests on."""
    facts = {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "device": best_device().label,
        "threads": str(torch.get_num_threads()),
    }
    return facts | {name: _version(name) for name in _PACKAGES}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
