"""Which number format tells the scores −C/ε apart."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor

#: largest |C|/ε of which single precision, with its 24 bits, still tells a thousandth
_MOST_SCORE = 2.0**13
#: largest cosine cost
_COSINE_COST = 2.0


def fitting_dtype(tensor: Tensor, largest_score: float) -> torch.dtype:
    """The tensor's own format, or float64 for scores that single precision rounds by more than a thousandth.

    A rounded score is a wrong mass: of cells, of rows that should sum to one, and of the loss. Where a device has
    no float64, its own format stays.
    """
    coarse = tensor.dtype == torch.float32 and largest_score > _MOST_SCORE and tensor.device.type != "mps"
    return torch.float64 if coarse else tensor.dtype


def of_cosines(tensor: Tensor, epsilon: float | Tensor) -> torch.dtype:
    """The same for cosine costs at this temperature, or at the smallest of several."""
    smallest = float(epsilon.detach().min()) if isinstance(epsilon, Tensor) else float(epsilon)
    return fitting_dtype(tensor, _COSINE_COST / smallest)


def in_full(device: torch.device) -> AbstractContextManager[object]:
    """Within it, autocast is off on that device: a plan is computed in the format of its cost."""
    on = torch.is_autocast_enabled(device.type)
    return torch.autocast(device.type, enabled=False) if on else nullcontext()
