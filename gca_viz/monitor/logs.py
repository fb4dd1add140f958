"""Where numbers go beside the folder: TensorBoard's SummaryWriter, or any function that takes a dictionary."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from torch import Tensor

from gca_viz.errors import InputError
from gca_viz.palette import VIRIDIS, shades

#: step, numbers, alarms that begin, plan
Log = Callable[[int, Mapping[str, float], list[str], Tensor], None]
#: before the name of each number
_OF = "plan/"


def log_to(where: Any) -> Log:
    """A log to a SummaryWriter (scalars, alarms as text, the plan as image), or to a function of a dictionary.

    Args:
        where: what has ``add_scalar``, ``add_image`` and ``add_text``; or a function, to which numbers are given as
            ``{"step": 50, "plan/loss": 1.9, …}``, as ``wandb.log`` takes them.

    Raises:
        InputError: neither.
    """
    if all(hasattr(where, name) for name in ("add_scalar", "add_image", "add_text")):

        def write(step: int, numbers: Mapping[str, float], alarms: list[str], plan: Tensor) -> None:
            for name, value in numbers.items():
                where.add_scalar(_OF + name, value, step)
            for sentence in alarms:
                where.add_text(f"{_OF}alarms", sentence, step)
            where.add_image(f"{_OF}cells", picture(plan).transpose(2, 0, 1), step)

        return write
    if callable(where):
        return lambda step, numbers, alarms, plan: where(
            {"step": step, **{_OF + name: value for name, value in numbers.items()}}
        )
    raise InputError(
        f"log = {type(where).__name__}",
        "numbers go to a SummaryWriter of TensorBoard, or to a function of a dictionary",
        "Give SummaryWriter(folder), or wandb.log",
        parameter="log",
    )


def picture(plan: Tensor) -> np.ndarray:
    """uint8 (rows, columns, 3): the plan in viridis from 0 to its largest cell, a pixel per cell."""
    cells = plan.detach().float().cpu().numpy()
    share = cells / max(float(cells.max(initial=0)), 1e-30)
    found: np.ndarray = shades(VIRIDIS, 256)[np.round(255 * share).clip(0, 255).astype(int)]
    return found
