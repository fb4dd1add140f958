"""Soft assignments of samples to prototypes: what SwAV and DINO ask the other view for."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from gca_viz.transport.memory import memory_for
from gca_viz.transport.parameters import EPSILON, ITERATIONS, TARGET_TEMPERATURE
from gca_viz.transport.problem.aim import Aim
from gca_viz.transport.problem.cost import as_sets, cosine_cost
from gca_viz.transport.problem.problem import Problem
from gca_viz.transport.solvers.solver import solve


def codes(z: Any, prototypes: Any, epsilon: float = 0.05, iterations: float = 3) -> Tensor:
    """Assign samples to prototypes so that all prototypes are used alike: SwAV's codes, a target.

    ``align(z1, z2, "swav", prototypes=c).loss`` is one way of SwAV's loss, less the entropy of the codes; the other
    way changes the views.

    Args:
        z: (N, d) floats; rows are normalised here.
        prototypes: (K, d) floats, as cluster centres or the weights of a last layer; rows are normalised here.
        epsilon: temperature > 0, in units of the cost, 1 − cosine.
        iterations: of Sinkhorn's, prototypes first and samples last; ``math.inf`` asks for the limit.

    Returns:
        (N, K) shares, rows of sum 1, columns of sum N/K as nearly as the iterations come to it. No gradient.

    Raises:
        InputError: embeddings that do not fit each other, or a number out of bounds.

    Source: Caron et al., NeurIPS 2020, arXiv 2006.09882.
    """
    epsilon, iterations = EPSILON.check(epsilon), ITERATIONS.check(iterations)
    z, prototypes = as_sets(z, prototypes, ("z", "prototypes"))
    size, count = len(z), len(prototypes)
    with torch.no_grad(), torch.autocast(z.device.type, enabled=False), memory_for(max(size, count), z):
        cost = cosine_cost(prototypes, z)  # prototypes are rows here, for rows come first
        problem = Problem(cost, epsilon, mu=cost.new_full((count,), size / count), nu=cost.new_ones(size))
        tol = 0.0 if math.isfinite(iterations) else 1e-12 if cost.dtype == torch.float64 else 1e-6
        return solve(problem, iterations=iterations, tol=tol, trace=False).matrix.T.to(z).contiguous()


def centred(z: Any, prototypes: Any, temperature: float = TARGET_TEMPERATURE.default) -> Tensor:
    """(N, K) row soft-max of cosines, from which each prototype's mean over the samples is taken: DINO's target.

    The mean is the column half step of Sinkhorn's to first order: both targets are one as the temperature grows.

    Args:
        z, prototypes: as :func:`codes` takes them.
        temperature: ε′ > 0.

    Returns:
        Shares, rows of sum 1. No gradient.

    Raises:
        InputError: embeddings that do not fit each other, or a number out of bounds.

    Source: Caron et al., ICCV 2021, arXiv 2104.14294, whose mean is that of many batches.
    """
    temperature = TARGET_TEMPERATURE.check(temperature)
    z, prototypes = as_sets(z, prototypes, ("z", "prototypes"))
    with torch.no_grad(), torch.autocast(z.device.type, enabled=False):
        cost = cosine_cost(z, prototypes)
        return ((cost.mean(0) - cost) / temperature).softmax(1).to(z)


def assigned(aim: Aim, z: Tensor, prototypes: Tensor) -> Tensor:
    """(N, K) the target of that name, ``"codes"`` or ``"centred"``, from the other view of each row's sample."""
    if aim.target == "codes":
        return codes(z, prototypes)
    return centred(z, prototypes, aim.options.get("target_temperature", TARGET_TEMPERATURE.default))
