"""A plan most of whose cells are exactly 0: its rows are cut off, and not exponentials."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from gca_viz.errors import InputError
from gca_viz.transport.plans.plan import ScaledPlan


@dataclass(frozen=True, eq=False, repr=False)
class SparsePlan(ScaledPlan):
    """A plan of the form ``μ_i·max(0, (f_i − C_ij)/ε)``; it is found at once, and has no half steps before it."""

    @cached_property
    def matrix(self) -> Tensor:
        return self.problem.mu[:, None] * (self.log_u[:, None] + self.problem.log_kernel).clamp_min(0)

    @cached_property
    def log_matrix(self) -> Tensor:
        return self.matrix.log()

    @property
    def potentials(self) -> tuple[Tensor, Tensor]:
        return self.f.detach()[None], self.g.detach()[None]

    @property
    def last_step(self) -> int:
        return 0

    @property
    def support(self) -> Tensor:
        """(N,) how many columns each row sends anything to."""
        return (self.matrix > 0).sum(1)

    def at(self, half_step: int) -> SparsePlan:
        if half_step != 0:
            raise InputError(
                f"half step {half_step}",
                "a sparse plan is found at once",
                "Leave the half step out",
                parameter="half_step",
            )
        return self


def least_score(scores: Tensor) -> Tensor:
    """(N,) τ of each row of scores, so that ``max(0, s_ij − τ_i)`` sums to 1; differentiable.

    Args:
        scores: (N, M) −C/ε, −∞ where a cell is forbidden; each row has a finite one.

    Source: Martins & Astudillo, ICML 2016, arXiv 1602.02068, algorithm 1.
    """
    top = scores.detach().amax(1, keepdim=True)
    above = scores - top  # small numbers are more exact
    ranked = above.detach().sort(1, descending=True).values
    count = torch.arange(1, scores.shape[1] + 1, dtype=scores.dtype, device=scores.device)
    kept = (1 + count * ranked > ranked.cumsum(1)).sum(1, keepdim=True)
    inside = above.detach() >= ranked.gather(1, kept - 1)
    total = torch.where(inside, above, 0).sum(1)
    return (total - 1) / kept.squeeze(1) + top.squeeze(1)
