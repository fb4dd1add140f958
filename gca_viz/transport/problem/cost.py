"""Embeddings → cost matrix: one minus cosine, in the cross or the joint layout."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from gca_viz.errors import InputError
from gca_viz.transport.problem.convert import as_tensor, holds_tensors


def as_embeddings(z1: Any, z2: Any) -> tuple[Tensor, Tensor]:
    """Two views of a batch as float tensors of one dtype.

    Args:
        z1, z2: (N, d) floats, whatever :func:`gca_viz.transport.problem.convert.as_tensor` takes. Half precision
            becomes float32; torch tensors keep their gradient, and what is no tensor goes to the device of the
            other view.

    Raises:
        InputError: not 2-D, empty, of unequal shape, not floats, on two devices, or NaN or infinite.
    """
    first, second = _as_tensor(z1, "z1"), _as_tensor(z2, "z2")
    if not holds_tensors(z1) or not holds_tensors(z2):  # what lives nowhere goes where the other is
        device = (first if holds_tensors(z1) else second).device
        first, second = first.to(device), second.to(device)
    if first.shape != second.shape:
        raise InputError(
            f"z1 of shape {tuple(first.shape)} and z2 of shape {tuple(second.shape)}",
            "both views must have the same number of rows and columns",
            "Embed the same samples with the same encoder for both views",
        )
    if first.device != second.device:
        raise InputError(
            f"z1 on {first.device} and z2 on {second.device}",
            "both views must be on one device",
            f"Move one of them, e.g. z2.to({str(first.device)!r})",
        )
    dtype = torch.promote_types(first.dtype, second.dtype)
    return first.to(dtype), second.to(dtype)


def cosine_cost(z1: Tensor, z2: Tensor) -> Tensor:
    """Cross layout: (N, N) cost ``1 − cos(z1_i, z2_j)`` in [0, 2]."""
    return 1 - unit_rows(z1) @ unit_rows(z2).T


def joint_cost(z1: Tensor, z2: Tensor) -> Tensor:
    """Joint layout: (2N, 2N) cost of every embedding against every other, +∞ against itself."""
    z = unit_rows(torch.cat([z1, z2]))
    cost = 1 - z @ z.T
    return cost.masked_fill(torch.eye(len(z), dtype=torch.bool, device=z.device), torch.inf)


def pairwise_cost(z1: Tensor, z2: Tensor, layout: str) -> Tensor:
    """The cost of a layout, ``"cross"`` or ``"joint"``."""
    return cosine_cost(z1, z2) if layout == "cross" else joint_cost(z1, z2)


def unit_rows(z: Tensor) -> Tensor:
    """Rows of length 1; a row of zeros stays zero, which is cosine 0 (cost 1) to every other."""
    # Dividing by the largest entry first keeps the squares of huge or tiny entries in range.
    largest = z.detach().abs().amax(1, keepdim=True)
    some = largest > 0
    z = z / torch.where(some, largest, 1)
    return z * torch.where(some, z.square().sum(1, keepdim=True), 1).rsqrt()


def _as_tensor(values: Any, name: str) -> Tensor:
    z = as_tensor(values, name)
    if not z.dtype.is_floating_point:
        raise InputError(
            f"{name} of type {str(z.dtype).removeprefix('torch.')}",
            "embeddings must be floating-point numbers",
            "Convert them to float32 or float64, and check that they are embeddings, not labels",
            parameter=name,
        )
    if z.ndim != 2 or 0 in z.shape:
        raise InputError(
            f"{name} of shape {tuple(z.shape)}",
            "embeddings must be a matrix with one row per sample, at least one row and one column",
            "Give an array of shape (samples, dimensions)",
            parameter=name,
        )
    if z.dtype.itemsize < 4:
        z = z.float()
    if math.isfinite(float(z.detach().sum())):
        return z
    bad = ~torch.isfinite(z.detach()).all(1)  # else only the sum was too large
    if bad.any():
        rows = bad.nonzero().flatten()
        raise InputError(
            f"{name} with NaN or infinite values in {len(rows)} of {len(z)} rows, the first being row {rows[0]}",
            "embeddings must be finite",
            "Remove those samples, or look for a diverged checkpoint or broken images",
            parameter=name,
        )
    return z
