"""Forces against finite differences, autograd and the short formula."""

from __future__ import annotations

import math

import pytest
import torch

from gca_viz.errors import InputError
from gca_viz.transport import METHODS, Problem, align, forces, solve
from gca_viz.transport.problem.cost import unit_rows
from tests.transport.batches import asked, random_cost, views

INF = math.inf
COMPOSITIONS = [(method.name, layout) for method in METHODS.values() for layout in method.layouts]


def close(actual, expected, atol=1e-9):
    torch.testing.assert_close(actual, expected, atol=atol, rtol=1e-7)


@pytest.mark.parametrize("iterations", [2, INF])
@pytest.mark.parametrize(("method", "layout"), COMPOSITIONS)
def test_forces_move_the_points_as_training_does(method, layout, iterations):
    z1, z2 = (unit_rows(z).requires_grad_() for z in views(6, seed=4))
    options = {"layout": layout, "iterations": iterations, "tol": 1e-13, **asked(method, 6)}
    columns = z2
    if "prototypes" in options:
        options["prototypes"] = columns = unit_rows(options["prototypes"]).requires_grad_()
    plan = align(z1, z2, method, epsilon=0.3, trace=False, **options)
    plan.loss_per_row.sum().backward()
    on_rows, on_columns = forces(plan.detach()).on_points(z1, columns)
    close(on_rows, -z1.grad, atol=1e-8)
    close(on_columns, -columns.grad, atol=1e-8)


@pytest.mark.parametrize(("method", "iterations"), [("ince", 1), ("simclr", 1), ("gca-ince", INF), ("iot", INF)])
def test_forces_are_the_residual_where_the_constraints_are_met(method, iterations):
    plan = align(*views(6, seed=4), method, epsilon=0.2, iterations=iterations, tol=1e-13)
    close(forces(plan).pairs, plan.force, atol=1e-8)


def test_forces_by_finite_differences():
    cost, target = random_cost(4, 5), random_cost(4, 5, seed=1)

    def total(cost, **options):
        plan = solve(Problem(cost, 0.3, 0.5, 2.0), tol=1e-14, trace=False, target=target, **options)
        return float(plan.loss_per_row.sum())

    for options in ({"half_steps": 3}, {"iterations": INF}):
        plan = solve(Problem(cost, 0.3, 0.5, 2.0), tol=1e-14, target=target, **options)
        pairs = forces(plan).pairs
        for i, j in ((0, 0), (1, 3), (3, 4)):
            step = torch.zeros_like(cost)
            step[i, j] = 1e-6
            slope = (total(cost + step, **options) - total(cost - step, **options)) / 2e-6
            assert float(pairs[i, j]) == pytest.approx(slope, abs=1e-7)


def test_attraction_and_repulsion_are_the_two_signs():
    found = forces(align(*views(6, seed=4), "gca-ince", epsilon=0.2))
    close(found.attraction - found.repulsion, found.pairs)
    assert (found.attraction >= 0).all() and (found.repulsion >= 0).all()
    assert (found.attraction.diag() > 0).all() and (found.repulsion.diag() == 0).all()
    close(found.row_attraction - found.row_repulsion, found.pairs.sum(1))
    close(found.column_attraction - found.column_repulsion, found.pairs.sum(0))


def test_balanced_forces_have_no_net_pull():
    """Where both marginals are met by plan and target, what attracts a point repels it as much."""
    found = forces(align(*views(6, seed=4), "gca-ince", epsilon=0.2, iterations=INF, tol=1e-13))
    close(found.pairs.sum(1), torch.zeros(6, dtype=torch.float64), atol=1e-8)
    close(found.pairs.sum(0), torch.zeros(6, dtype=torch.float64), atol=1e-8)


def test_forces_of_an_earlier_half_step():
    plan = align(*views(6, seed=4), "gca-ince", epsilon=0.2, iterations=10, tol=0)
    close(forces(plan.at(1)).pairs, align(*views(6, seed=4), "ince", epsilon=0.2).force)


def test_an_empty_row_feels_nothing():
    mu = torch.tensor([1.0, 0, 1, 1, 1, 1])
    found = forces(align(*views(6, seed=4), "gca-uot", mu=mu, nu=mu))
    assert (found.pairs[1] == 0).all() and (found.pairs[:, 1] == 0).all() and torch.isfinite(found.pairs).all()


def test_forces_need_a_target_and_their_own_points():
    with pytest.raises(InputError, match="without a target"):
        forces(solve(Problem(random_cost(3, 3), 0.3)))
    found = forces(align(*views(6, seed=4)))
    with pytest.raises(InputError, match="5 embeddings for forces of 6 rows"):
        found.on_points(*views(5))
