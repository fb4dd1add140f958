"""Plans of one batch as the board draws them: every number is the plan's own, nothing is solved again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gca_viz.transport import BCE, Plan, Problem, ScaledPlan
from gca_viz.transport.kernels import GIBBS
from gca_viz.transport.plans.sparse_plan import SparsePlan
from gca_viz.ui.elements.board.batch import Samples, pack_batch
from gca_viz.ui.elements.board.frames import PlanFrames
from gca_viz.ui.known import known


class PackedPlans:
    """Samples, and costs and targets of plans of them, packed for the board.

    What travels is named by its content: a new ε makes new plans whose costs and targets are the same bytes, and
    the browser asks for none of them again.

    Attributes:
        batch: what the browser keeps.
    """

    def __init__(self, samples: Samples, plans: Sequence[Plan]) -> None:
        """Pack the plans.

        Args:
            samples: who their rows and columns are.
            plans: in one layout; those that share cost or target share it on the wire. One without a target has an
                empty one.
        """
        # The browser knows one kernel at one temperature, exp(−C/ε): of another it draws the cost whose Gibbs
        # kernel that is, and shows the cost itself.
        costs, places = _distinct([made for plan in plans for made in (_drawn_cost(plan.problem), plan.cost)])
        targets, target_of = _distinct([_target(plan) for plan in plans])
        self._places = {
            id(plan): place for plan, *place in zip(plans, places[::2], places[1::2], target_of, strict=True)
        }
        self._plans = tuple(plans)  # keeps the ids taken
        self.batch = pack_batch(np.stack(costs), samples, targets=targets)

    def frames(self, title: str, plan: Plan) -> PlanFrames:
        """One of the plans at every half step, under a title."""
        f, g = (
            np.stack([_held(states.cpu().numpy(), plan.last_step + 1) for states in potentials])
            for potentials in zip(*(_drawn_potentials(part, *part.potentials) for part in plan.parts), strict=True)
        )
        return self._frames(title, plan, f, g, _labels(plan))

    def still(self, title: str, plan: Plan) -> PlanFrames:
        """One of the plans without the half steps to it."""
        f, g = (
            np.stack([states.cpu().numpy()[None] for states in potentials])
            for potentials in zip(*(_drawn_potentials(part, part.f, part.g) for part in plan.parts), strict=True)
        )
        return self._frames(title, plan, f, g, ["plan"])

    def start(self, title: str, plan: Plan) -> PlanFrames:
        """One of the plans before its first half step, for a browser that takes these itself."""
        f, g = (np.zeros((len(plan.parts), 1, size), np.float32) for size in plan.problem.shape)
        return self._frames(title, plan, f, g, ["kernel"])

    def _frames(self, title: str, plan: Plan, f: np.ndarray, g: np.ndarray, labels: list[str]) -> PlanFrames:
        cost, distance, target = self._places[id(plan)]
        problem = plan.problem
        return PlanFrames(
            title,
            float(problem.mean_epsilon),
            f,
            g,
            labels=labels,
            target=target,
            cost=cost,
            distance=distance,
            row_mass=known(problem.mu).cpu().numpy(),
            column_mass=known(problem.nu).cpu().numpy(),
            slope=_slope(plan),
            cut=isinstance(plan, SparsePlan),
            row_epsilon=None if _one_temperature(problem) else torch.as_tensor(problem.epsilon).cpu().numpy(),
        )


def _drawn_cost(problem: Problem) -> Tensor:
    """The cost whose Gibbs kernel at one temperature, the mean of the rows', is the problem's kernel."""
    energy = problem.scaled_energy
    return energy if _one_temperature(problem) else energy * (problem.mean_epsilon / problem.epsilon_of_rows)


def _target(plan: Plan) -> Tensor:
    return torch.zeros(plan.problem.shape) if plan.target is None else plan.target


def _drawn_potentials(part: ScaledPlan, f: Tensor, g: Tensor) -> tuple[Tensor, Tensor]:
    """Its potentials in units of that temperature."""
    problem = part.problem
    return (f, g) if _one_temperature(problem) else (f * (problem.mean_epsilon / problem.epsilon), g)


def _slope(plan: Plan) -> dict[str, Any]:
    """The kernel whose slope turns the residual of a plan into its force, and its numbers."""
    kernel = plan.problem.kernel
    if kernel.is_gibbs or isinstance(plan.divergence, BCE):
        return {"name": GIBBS.name}
    return {"name": kernel.name} | vars(kernel)


def _one_temperature(problem: Problem) -> bool:
    return not (isinstance(problem.epsilon, Tensor) and problem.epsilon.ndim)


def _distinct(matrices: Sequence[Tensor]) -> tuple[list[np.ndarray], list[int]]:
    """Those that differ, and for each matrix the place of its equal among them."""
    kept: list[np.ndarray] = []
    places = []
    for matrix in matrices:
        values = matrix.detach().cpu().numpy().astype(np.float32, copy=False)
        place = next((k for k, other in enumerate(kept) if np.array_equal(other, values)), len(kept))
        kept += [values] if place == len(kept) else []
        places.append(place)
    return kept, places


def _labels(plan: Plan) -> list[str]:
    """What each step on the way to the plan did."""
    if isinstance(plan, SparsePlan):
        return ["rows"]
    longest = max(plan.parts, key=lambda part: part.last_step)
    return ["kernel", *known(longest.trace).steps[1:], *(["limit"] if plan.diagnostics.beyond else [])]


def _held(values: np.ndarray, length: int) -> np.ndarray:
    """A trace made as long as the longest by repeating its last state."""
    return np.concatenate([values, np.repeat(values[-1:], length - len(values), 0)])
