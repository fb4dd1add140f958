"""Who pulls and who pushes whom: the gradient of a loss, as forces between pairs and on points."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from gca_viz.errors import InputError
from gca_viz.transport.plans.plan import Plan, ScaledPlan
from gca_viz.transport.plans.sparse_plan import SparsePlan
from gca_viz.transport.problem.cost import as_sets, unit_rows
from gca_viz.transport.solvers.solver import solve
from gca_viz.transport.solvers.sparse import solve_sparse


@dataclass(frozen=True, eq=False)
class Forces:
    """Forces of a loss at one plan; training follows them.

    Attributes:
        pairs: (N, M) gradient of the sum of the rows' losses with respect to the cost: positive where row and
            column attract each other, negative where they repel. For the KL divergence at a plan that meets its
            constraints this is (target − plan) times the slope of the kernel, 1/ε for the Gibbs kernel.
        cost: what the cost was made of, a name in ``COSTS``.
    """

    pairs: Tensor
    cost: str = "cosine"

    @property
    def attraction(self) -> Tensor:
        """(N, M) attraction of each pair, ≥ 0."""
        return self.pairs.clamp_min(0)

    @property
    def repulsion(self) -> Tensor:
        """(N, M) repulsion of each pair, ≥ 0."""
        return (-self.pairs).clamp_min(0)

    @property
    def row_attraction(self) -> Tensor:
        """(N,) sum of all attractions on each row."""
        return self.attraction.sum(1)

    @property
    def row_repulsion(self) -> Tensor:
        """(N,) sum of all repulsions on each row."""
        return self.repulsion.sum(1)

    @property
    def column_attraction(self) -> Tensor:
        """(M,) sum of all attractions on each column."""
        return self.attraction.sum(0)

    @property
    def column_repulsion(self) -> Tensor:
        """(M,) sum of all repulsions on each column."""
        return self.repulsion.sum(0)

    def on_points(self, z1: Tensor, z2: Tensor) -> tuple[Tensor, Tensor]:
        """Force on each embedding, the direction in which training moves it; for cosines tangent to the sphere.

        Args:
            z1, z2: (N, d), (M, d) the embeddings that the plan was made from, a queue behind those of view 2; rows
                are normalised here.

        Returns:
            (N, d) on view 1 and (M, d) on view 2: the negative gradients with respect to the unit embeddings, or
            for ``cost="euclid"`` to the embeddings as they are.

        Raises:
            InputError: embeddings of another number than the plan has.
        """
        on_sphere = self.cost == "cosine"
        detached = (z.detach() for z in as_sets(z1, z2, ("z1", "z2")))
        z1, z2 = ((unit_rows(z) if on_sphere else z).to(self.pairs) for z in detached)
        size = len(z1)
        if size == len(z2) and self.pairs.shape == (2 * size, 2 * size):
            z = torch.cat([z1, z2])
            both = self._pull(self.pairs + self.pairs.T, z, z)
            return both[:size], both[size:]
        if self.pairs.shape != (size, len(z2)):
            raise InputError(
                f"{size} and {len(z2)} embeddings for forces of {self.pairs.shape[0]} rows and "
                f"{self.pairs.shape[1]} columns",
                "the forces of a plan belong to the embeddings that it was made from",
                "Pass the same z1 and z2 as to align(), and a queue as further rows of z2",
                parameter="z1",
            )
        return self._pull(self.pairs, z1, z2), self._pull(self.pairs.T, z2, z1)

    def _pull(self, pairs: Tensor, points: Tensor, others: Tensor) -> Tensor:
        """What all others do to each point, pair by pair."""
        if self.cost == "cosine":
            return _on_sphere(pairs @ others, points)
        return pairs @ others - pairs.sum(1, keepdim=True) * points


def forces(plan: Plan) -> Forces:
    """The forces of a plan's loss, exact for every method, target and divergence, converged or not.

    They are found by going back through the half steps taken, or implicitly at the limit, which costs about as much
    as the plan itself; :attr:`Plan.force` is the short formula, (target − plan)/ε for the Gibbs kernel.

    Args:
        plan: with a target, as :func:`gca_viz.transport.align` returns it; of a CLIP plan, the mean of its two.

    Raises:
        InputError: the plan has no target.
    """
    parts = [_of_part(part) for part in plan.parts]
    return Forces(sum(parts[1:], parts[0]) / len(parts), plan.parts[0].cost_name)


def _of_part(part: ScaledPlan) -> Tensor:
    problem, diagnostics = part.problem.detach(), part.diagnostics
    extent = (
        {"iterations": math.inf, "tol": diagnostics.tol}
        if diagnostics.at_limit
        else {"half_steps": diagnostics.half_steps, "tol": 0}
    )
    with torch.enable_grad():
        cost = problem.cost.clone().requires_grad_()
        of_plan: dict[str, Any] = {
            "target": part.given_target,
            "divergence": part.divergence,
            "pairing": part.pairing,
            "cost_name": part.cost_name,
        }
        if isinstance(part, SparsePlan):
            again: ScaledPlan = solve_sparse(problem.with_cost(cost), **of_plan)
        else:
            again = solve(
                problem.with_cost(cost),
                **extent,
                read_after=part.divergence.read_after,
                trace=False,
                start=part.detach(),
                **of_plan,
            )
        (gradient,) = torch.autograd.grad(again.loss_per_row.sum(), cost)
    return gradient


def _on_sphere(force: Tensor, points: Tensor) -> Tensor:
    """The part of a force that does not lengthen the point."""
    return force - (force * points).sum(1, keepdim=True) * points
