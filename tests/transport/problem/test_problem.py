"""The problem's own checks, and costs that no pair of embeddings makes."""

from __future__ import annotations

import math

import pytest
import torch

from gca_viz.errors import InputError
from gca_viz.transport import Problem, solve
from tests.transport.batches import random_cost

INF = math.inf


@pytest.mark.parametrize(
    ("cost", "words"),
    [
        (torch.ones(3), ["(3,)", "2-D"]),
        (torch.ones(0, 3), ["(0, 3)", "non-empty"]),
        (torch.ones(3, 3, dtype=torch.long), ["floats"]),
        ([[1.0]], ["list", "tensor"]),
        (torch.tensor([[math.nan, 1.0]]), ["NaN"]),
        (torch.tensor([[-INF, 1.0]]), ["minus infinity", "+inf to forbid"]),
        (torch.tensor([[INF, INF], [1.0, 1.0]]), ["row 0", "room for 0"]),
        (torch.tensor([[INF, 1.0], [INF, 1.0]]), ["column 0", "room for 0"]),
    ],
)
def test_costs_that_cannot_be(cost, words):
    with pytest.raises(InputError) as error:
        Problem(cost, 0.1)
    assert all(word in str(error.value) for word in words)


def test_a_row_without_cells_is_infeasible_even_when_relaxed():
    with pytest.raises(InputError, match="row 0"):
        Problem(torch.tensor([[INF, INF], [1.0, 1.0]]), 0.1, 0.5, 0.5)
    marginal = torch.tensor([0.0, 1.0])
    plan = solve(Problem(torch.tensor([[INF, INF], [1.0, 1.0]]), 0.1, 0.5, 0.5, marginal))
    assert (plan.matrix[0] == 0).all() and (plan.matrix[1] > 0).all()


def test_forbidden_cells_stay_empty():
    cost = random_cost(4, 4)
    cost[0, 1] = cost[2, 3] = INF
    plan = solve(Problem(cost, 0.5), iterations=2000, tol=1e-12)
    assert plan.converged
    assert plan.matrix[0, 1] == plan.matrix[2, 3] == 0
    torch.testing.assert_close(plan.row_mass, torch.ones(4, dtype=torch.float64))


def test_a_batch_of_two_pairs_with_one_left_out():
    """Only one cell remains: the whole mass is there."""
    mu, nu = torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])
    plan = solve(Problem(torch.tensor([[INF, 0.3], [0.3, INF]]), 0.1, mu=mu, nu=nu))
    assert plan.converged
    torch.testing.assert_close(plan.matrix, torch.tensor([[0.0, 1.0], [0.0, 0.0]]))


@pytest.mark.parametrize(("penalty", "tau"), [(0.0, 0.0), (0.1, 0.5), (0.3, 0.75), (INF, 1.0)])
def test_tau(penalty, tau):
    problem = Problem(torch.ones(2, 2), 0.1, penalty, penalty)
    assert problem.tau1 == pytest.approx(tau) and problem.tau2 == pytest.approx(tau)


def test_half_steps_and_iterations_are_checked():
    problem = Problem(random_cost(3, 3), 0.5)
    with pytest.raises(InputError, match="half_steps = -1"):
        solve(problem, half_steps=-1)
    assert torch.equal(solve(problem, half_steps=0).matrix, (-problem.cost / 0.5).exp())


def test_a_tiny_plan_does_not_pass_for_a_converged_one():
    """Masses far below the smallest float are still compared."""
    cost = 2 * torch.ones(3, 3)
    cost[0, 0] = 1.9
    first = solve(Problem(cost, 0.005, 0.001, 0.001), half_steps=1)
    assert float(first.mass) == 0 and first.marginal_error > 0.1 and not first.converged
    assert solve(Problem(cost, 0.005, 0.001, 0.001), iterations=200).converged
