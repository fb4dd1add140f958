"""POT as an oracle on random problems."""

from __future__ import annotations

import ot
import pytest
import torch

from gca_viz.transport import Problem, solve
from tests.transport.batches import masses, random_cost

pytestmark = pytest.mark.filterwarnings("ignore:If reg_type = entropy")
SHAPES = [(5, 5), (4, 7), (9, 3)]


def close(actual, expected):
    torch.testing.assert_close(actual, torch.as_tensor(expected), atol=1e-9, rtol=1e-7)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("epsilon", [0.2, 1.0])
def test_balanced(shape, epsilon):
    rows, columns = shape
    cost, mu, nu = random_cost(*shape, seed=rows), masses(rows, 1, 2.0), masses(columns, 2, 2.0)
    plan = solve(Problem(cost, epsilon, mu=mu, nu=nu), iterations=5000, tol=1e-13, trace=False)
    assert plan.converged
    peer = ot.sinkhorn(
        mu.numpy(), nu.numpy(), cost.numpy(), epsilon, method="sinkhorn_log", stopThr=1e-13, numItermax=5000
    )
    close(plan.matrix, peer)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("penalties", [(0.3, 0.3), (1.0, 0.05), (0.02, 4.0), (float("inf"), 0.5)])
def test_unbalanced(shape, penalties):
    rows, columns = shape
    cost, mu, nu = random_cost(*shape, seed=rows), masses(rows, 1, 2.0), masses(columns, 2, 3.0)
    plan = solve(Problem(cost, 0.2, *penalties, mu, nu), iterations=5000, tol=1e-13, trace=False)
    assert plan.converged
    peer = ot.unbalanced.sinkhorn_unbalanced(
        mu.numpy(), nu.numpy(), cost.numpy(), 0.2, penalties, reg_type="entropy", stopThr=1e-15, numItermax=20_000
    )
    close(plan.matrix, peer)
