"""Sparse plans: the reference's rows, loss and force, gradients, weights, degenerate batches, refusals."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
import torch

from gca_viz.errors import InputError
from gca_viz.transport import align, align_streamed, forces
from tests.transport.batches import masses, views

CASE = json.loads((Path(__file__).parent / "reference" / "family_readings.json").read_text())["sparse_rows"]


def close(actual, expected, atol=1e-9):
    torch.testing.assert_close(actual, torch.as_tensor(expected, dtype=torch.float64), atol=atol, rtol=0)


def test_reference():
    z1, z2 = (torch.tensor(CASE[name], dtype=torch.float64) for name in ("z1", "z2"))
    plan = align(z1, z2, "sparse", epsilon=CASE["epsilon"])
    close(plan.matrix, CASE["plan"])
    assert plan.support.tolist() == CASE["support"]
    close(plan.loss_per_row, CASE["fenchel_young"])
    close(plan.force, CASE["force"], atol=1e-6)
    close(forces(plan).pairs, CASE["force"], atol=1e-6)


@pytest.mark.parametrize("layout", ["cross", "joint"])
def test_gradients(layout):
    inputs = [z.requires_grad_() for z in views(4, 3, seed=2)]
    epsilon = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
    loss = lambda z1, z2, epsilon: align(z1, z2, "sparse", layout=layout, epsilon=epsilon).loss  # noqa: E731
    assert torch.autograd.gradcheck(loss, (*inputs, epsilon))


@pytest.mark.parametrize("layout", ["cross", "joint"])
def test_rows_hold_their_mass_and_the_formula_is_the_plan(layout):
    mu = masses(6, 1, 6.0)
    epsilon = torch.linspace(0.2, 0.9, 6 if layout == "cross" else 12, dtype=torch.float64)
    plan = align(*views(6, seed=1), "sparse", layout=layout, mu=mu, epsilon=epsilon)
    close(plan.row_mass, plan.problem.mu)
    close((plan.problem.mu[:, None] * ((plan.f[:, None] - plan.cost) / epsilon[:, None]).clamp_min(0)), plan.matrix)
    assert (plan.matrix == 0).any() and (plan.loss_per_row >= 0).all()
    torch.testing.assert_close(forces(plan).pairs, plan.force)


def test_warm_is_uniform_cold_is_the_nearest_alone():
    z1, z2 = views(5, seed=3)
    close(align(z1, z2, "sparse", epsilon=1e6).matrix, torch.full((5, 5), 0.2), atol=1e-5)
    cold = align(z1, z2, "sparse", epsilon=1e-3)
    assert torch.equal((cold.matrix > 0).sum(1), torch.ones(5, dtype=torch.long))
    assert torch.equal(cold.matrix.argmax(1), cold.cost.argmin(1))


def test_no_loss_where_plan_and_target_agree():
    plan = align(*views(5, seed=4), "sparse", epsilon=0.3)
    again = align(*views(5, seed=4), "sparse", epsilon=0.3, target=plan.matrix)
    close(again.loss_per_row, torch.zeros(5))
    close(
        align(*views(5, seed=4), "sparse", epsilon=0.3, divergence="l2").loss * 5, (plan.force * 0.3).square().sum()
    )


def test_another_order_of_samples_is_the_same_plan():
    z1, z2 = views(7, seed=5)
    order = torch.randperm(7, generator=torch.Generator().manual_seed(0))
    plan, other = align(z1, z2, "sparse"), align(z1[order], z2[order], "sparse")
    close(other.matrix, plan.matrix[order][:, order])


@pytest.mark.parametrize("samples", [1, 2])
@pytest.mark.parametrize("layout", ["cross", "joint"])
def test_the_smallest_batches_and_collapsed_ones(samples, layout):
    for z1, z2 in (views(samples), (torch.ones(samples, 3), torch.ones(samples, 3))):
        plan = align(z1, z2, "sparse", layout=layout)
        assert torch.isfinite(plan.loss) and torch.isfinite(forces(plan).pairs).all()
        torch.testing.assert_close(plan.row_mass, torch.ones_like(plan.row_mass))
    allowed = torch.isfinite(plan.cost)
    torch.testing.assert_close(plan.matrix[allowed], (allowed / allowed.sum(1, keepdim=True))[allowed])


def test_what_it_has_no_way_to():
    plan = align(*views(4), "sparse")
    assert plan.at(0) is plan and plan.last_step == 0 and plan.converged and plan.trace is None
    with pytest.raises(InputError, match="found at once"):
        plan.at(1)


def test_what_does_not_fit_says_so_with_a_remedy_that_works():
    z1, z2 = views(4)
    for options in ({"hold": "both"}, {"kernel": "student"}, {"divergence": "kl"}):
        with pytest.raises(InputError, match="'l2'|'ince'"):
            align(z1, z2, "sparse", **options)
    align(z1, z2, "sparse", hold="rows", cost="euclid", divergence="l2")
    with pytest.raises(InputError, match="streamed"):
        align_streamed(z1, z2, "sparse")
    many = torch.ones(1025, 2)
    with pytest.raises(InputError, match="1,024"):
        align(many, many, "sparse")
    assert math.isfinite(float(align(z1, z2, "sparse", queue=views(3)[0]).loss))
