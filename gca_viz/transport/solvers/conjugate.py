"""Conjugate gradients: a linear system whose matrix is known by what it does to a vector."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from gca_viz.transport import memory


def conjugate_gradients(
    apply: Callable[[Tensor], Tensor],
    right: Tensor,
    relative: float | Tensor,
    *,
    preconditioner: Tensor,
    scale: Tensor,
    radius: float = math.inf,
    most: int = 300,
    read: Callable[[Any], bool] = bool,
) -> Tensor:
    """Solve ``apply(x) = right`` for a symmetric, positive semi-definite map.

    Args:
        apply: the map.
        right: (N,) right-hand side.
        relative: stop where the L1 norm of the remainder is below this share of the right-hand side's.
        preconditioner: (N,) positive diagonal close to the map's.
        scale: (N,) size of the terms that the map's diagonal is the difference of: a curvature below the rounding
            of these is none, and the solution ends there.
        radius: stop, too, where an entry of the solution becomes larger.
        most: iterations, at most.
        read: reads whether to go on, from a 0-d tensor on an accelerator; asked there after each eighth iteration.
    """
    every = memory.steps_between_looks(right)
    # On the CPU, where nothing is waited for, Python's numbers are quicker than tensors of one.
    number: Callable[[Tensor], Any] = float if every == 1 else Tensor.detach
    tiny, rounding = torch.finfo(right.dtype).tiny, torch.finfo(right.dtype).eps * scale
    solution, rest = torch.zeros_like(right), right.clone()
    bound = number(relative * right.abs().sum())
    direction = rest / preconditioner
    power = number(rest @ direction)
    for iteration in range(1, most + 1):
        image = apply(direction)
        length = _length(power, number(direction @ image), number((direction * direction) @ rounding))
        solution += length * direction
        rest -= length * image
        if iteration % every == 0 and not read(
            (number(rest.abs().sum()) > bound) & (number(solution.abs().amax()) <= radius) & (length != 0)
        ):
            break
        scaled = rest / preconditioner
        before, power = power, number(rest @ scaled)
        direction = scaled.add_(power / (before + tiny) * direction)
    return solution


def _length(power: Any, curvature: Any, rounding: Any) -> Any:
    """Of a step: where the parabola along it is lowest, and 0 where its curvature is but rounding."""
    if isinstance(curvature, Tensor):
        return torch.where(curvature > rounding, power / curvature, 0)
    return power / curvature if curvature > rounding else 0.0
