"""Embeddings → cost matrix: one minus cosine, or half the squared distance, in the cross or the joint layout."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from gca_viz.errors import InputError
from gca_viz.transport.memory import look, room
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
    return as_sets(z1, z2, ("z1", "z2"), pairs=True)


def as_sets(a: Any, b: Any, names: tuple[str, str] = ("a", "b"), *, pairs: bool = False) -> tuple[Tensor, Tensor]:
    """Two sets of embeddings, of however many samples each, as float tensors of one dtype.

    Args:
        a, b: (N, d), (M, d) floats, as :func:`as_embeddings` takes them.
        names: what an error calls them.
        pairs: whether they must have as many samples, row i of one being the partner of row i of the other.

    Raises:
        InputError: as there, but for the number of rows where these are no pairs.
    """
    first, second = as_tensor(a, names[0]), as_tensor(b, names[1])
    if pairs and first.ndim == second.ndim == 2 and first.shape != second.shape:
        sets = "; of two sets without pairs say paired=False" if first.shape[1] == second.shape[1] else ""
        raise InputError(
            f"{names[0]} of shape {tuple(first.shape)} and {names[1]} of shape {tuple(second.shape)}",
            "both views must have the same number of rows and columns",
            f"Embed the same samples with the same encoder for both views{sets}",
        )
    first, second = _embeddings(first, names[0]), _embeddings(second, names[1])
    if first.shape[1] != second.shape[1]:
        raise InputError(
            f"{names[0]} with {first.shape[1]} columns and {names[1]} with {second.shape[1]}",
            "both sets must have the same number of dimensions",
            "Embed both with the same encoder",
            parameter=names[1],
        )
    if not holds_tensors(a) or not holds_tensors(b):  # what lives nowhere goes where the other is
        device = (first if holds_tensors(a) else second).device
        first, second = first.to(device), second.to(device)
    if first.device != second.device:
        raise InputError(
            f"{names[0]} on {first.device} and {names[1]} on {second.device}",
            "both must be on one device",
            f"Move one of them, e.g. {names[1]}.to({str(first.device)!r})",
            parameter=names[1],
        )
    if first.dtype != second.dtype:
        dtype = torch.promote_types(first.dtype, second.dtype)
        first, second = first.to(dtype), second.to(dtype)
    _check_finite(first.detach(), second.detach(), names)
    return first, second


def cosine_cost(z1: Tensor, z2: Tensor) -> Tensor:
    """Cross layout: (N, M) cost ``1 − cos(z1_i, z2_j)`` in [0, 2]."""
    return _one_minus_products(unit_rows(z1), unit_rows(z2))


def joint_cost(z1: Tensor, z2: Tensor) -> Tensor:
    """Joint layout: (2N, 2N) cost of every embedding against every other, +∞ against itself."""
    z = unit_rows(torch.cat([z1, z2]))
    return _one_minus_products(z, z).masked_fill_(torch.eye(len(z), dtype=torch.bool, device=z.device), torch.inf)


def euclid_cost(z1: Tensor, z2: Tensor) -> Tensor:
    """Cross layout: (N, N) cost ``½‖z1_i − z2_j‖²`` of embeddings as they are; 1 − cos of those of length 1.

    Raises:
        InputError: embeddings so long that their squares leave the number format.
    """
    middle = z1.detach().mean(0)  # distances do not know where the middle is, and small numbers are more exact
    z1, z2 = z1 - middle, z2 - middle
    squares = (z1.square().sum(1)[:, None] + z2.square().sum(1)) / 2
    cost = squares - z1 @ z2.T
    if not torch.isfinite(cost.detach().sum()) and not torch.isfinite(cost.detach()).all():
        raise InputError(
            f"embeddings of length {float(z1.detach().abs().max()):.3g} for cost='euclid'",
            f"the squares of distances must be numbers that {str(z1.dtype).removeprefix('torch.')} holds",
            "Divide the embeddings by their mean length, or use cost='cosine'",
            parameter="cost",
        )
    return cost + (cost.clamp_min(0) - cost).detach()  # what rounding took below 0


def pairwise_cost(z1: Tensor, z2: Tensor, layout: str, cost: str = "cosine") -> Tensor:
    """The cost of a layout, ``"cross"`` or ``"joint"``; ``cost`` is a name in ``COSTS``."""
    if cost == "cosine":
        return cosine_cost(z1, z2) if layout == "cross" else joint_cost(z1, z2)
    if layout == "cross":
        return euclid_cost(z1, z2)
    z = torch.cat([z1, z2])
    return euclid_cost(z, z).masked_fill(torch.eye(len(z), dtype=torch.bool, device=z.device), torch.inf)


def unit_rows(z: Tensor) -> Tensor:
    """Rows of length 1; a row of zeros stays zero, which is cosine 0 (cost 1) to every other."""
    # Dividing by the largest entry first keeps the squares of huge or tiny entries in range.
    z = z / torch.threshold_(z.detach().abs().amax(1, keepdim=True), 0, 1)  # 1 in the place of 0
    return z * z.square().sum(1, keepdim=True).clamp_min(1).rsqrt()  # less than 1 only of zeros


def _one_minus_products(a: Tensor, b: Tensor) -> Tensor:
    """(N, M) ``1 − a_i·b_j``, written once."""
    differentiable = torch.is_grad_enabled() and (a.requires_grad or b.requires_grad)
    out = None if differentiable else room((a.shape[0], b.shape[0]), a)
    return torch.mm(a, b.neg().T, out=out).add_(1)


def _embeddings(z: Tensor, name: str) -> Tensor:
    """A matrix of floats of at least single precision."""
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
    return z.float() if z.dtype.itemsize < 4 else z


def _check_finite(first: Tensor, second: Tensor, names: tuple[str, str]) -> None:
    # One number tells of both sets, as NaN and infinity stay in it whatever they are multiplied by or added to.
    if first.shape == second.shape:
        sums = [torch.dot(first.reshape(-1), second.reshape(-1))]
    else:
        sums = [first.sum(), second.sum()]
    if not all(map(math.isfinite, look(*sums))):
        for z, name in zip((first, second), names, strict=True):
            _check_rows(z, name)


def _check_rows(z: Tensor, name: str) -> None:
    bad = ~torch.isfinite(z).all(1)  # else only the sum was too large
    if bad.any():
        rows = bad.nonzero().flatten()
        raise InputError(
            f"{name} with NaN or infinite values in {len(rows)} of {len(z)} rows, the first being row {rows[0]}",
            "embeddings must be finite",
            "Remove those samples, or look for a diverged checkpoint or broken images",
            parameter=name,
        )
