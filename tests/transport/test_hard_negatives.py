"""Hard negatives: the published loss without its debiasing, the force of a constant weight, degenerate batches."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch

from gca_viz.errors import InputError
from gca_viz.transport import Problem, align, align_streamed, forces, solve
from gca_viz.transport.problem.negatives import hard_negatives
from tests.transport.batches import views

CASE = json.loads((Path(__file__).parent / "reference" / "family_cases.json").read_text())["family"]
BETA = 0.8


def published(z1: np.ndarray, z2: np.ndarray, temperature: float, beta: float) -> float:
    """The loss of Robinson et al. (figure 7 of arXiv 2010.04592) with τ⁺ = 0: no correction for false negatives."""
    z = np.concatenate([z1, z2])
    z = z / np.linalg.norm(z, axis=1, keepdims=True)
    rates, count = np.exp(z @ z.T / temperature), len(z1)
    losses = []
    for i in range(2 * count):
        partner = (i + count) % (2 * count)
        negatives = np.array([rates[i, j] for j in range(2 * count) if j not in (i, partner)])
        importance = np.exp(beta * np.log(negatives))
        reweighted = (importance * negatives).sum() / importance.mean()
        losses.append(-np.log(rates[i, partner] / (rates[i, partner] + reweighted)))
    return float(np.mean(losses))


@pytest.mark.parametrize("beta", [0.0, 0.5, 1.0, 3.0])
def test_the_loss_is_the_published_one_without_its_debiasing(beta):
    z1, z2 = views(6, seed=4)
    loss = align(z1, z2, "hcl", epsilon=0.4, hardness=beta).loss
    assert float(loss) == pytest.approx(published(z1.numpy(), z2.numpy(), 0.4, beta), abs=1e-9)


def test_reference():
    z1, z2 = (torch.tensor(CASE[name], dtype=torch.float64) for name in ("z1", "z2"))
    plan = align(z1, z2, "hcl", epsilon=CASE["epsilon"], layout="cross", hardness=1)
    assert float(plan.loss) == pytest.approx(CASE["values"]["hard_negatives beta=1"], abs=1e-9)


@pytest.mark.parametrize(("layout", "other"), [("cross", "ince"), ("joint", "simclr")])
def test_without_hardness_it_is_infonce_exactly(layout, other):
    z1, z2 = views(6, seed=1)
    hcl, plain = align(z1, z2, "hcl", layout=layout, hardness=0), align(z1, z2, other)
    assert torch.equal(hcl.matrix, plain.matrix) and torch.equal(hcl.loss, plain.loss)


@pytest.mark.parametrize("options", [{}, {"layout": "cross"}, {"hold": "total"}, {"kernel": "student"}], ids=str)
def test_the_force_is_that_of_a_constant_weight(options):
    plan = align(*views(5, seed=2), "hcl", hardness=BETA, **options)
    torch.testing.assert_close(forces(plan).pairs, plan.force, atol=1e-6, rtol=0)


@pytest.mark.parametrize("hold", ["rows", "both"])
def test_gradients_leave_the_weight_alone(hold):
    """Where w is written down as numbers, the loss has the same gradient, and that is the derivative of it."""
    z1, z2 = (z.requires_grad_() for z in views(4, seed=3))
    plan = align(z1, z2, "hcl", layout="cross", hardness=BETA, hold=hold, iterations=3, tol=0)
    gradients = torch.autograd.grad(plan.loss, (z1, z2))
    weights, penalties = plan.problem.log_weights, (plan.problem.lambda1, plan.problem.lambda2)
    assert not weights.requires_grad

    def frozen(z1, z2):
        cost = 1 - torch.nn.functional.normalize(z1) @ torch.nn.functional.normalize(z2).T
        problem = Problem(cost, 0.1, *penalties, log_weights=weights)
        return solve(problem, iterations=3, tol=0, pairing=plan.pairing).loss

    for found, expected in zip(gradients, torch.autograd.grad(frozen(z1, z2), (z1, z2)), strict=True):
        torch.testing.assert_close(found, expected)
    assert torch.autograd.gradcheck(frozen, (z1, z2))


def test_a_learnt_temperature_has_the_gradient_of_constant_weights():
    z1, z2 = views(4, seed=3)
    for epsilon in (torch.tensor(0.3, dtype=torch.float64), torch.linspace(0.2, 0.5, 4, dtype=torch.float64)):
        weights = align(z1, z2, "hcl", layout="cross", epsilon=epsilon, hardness=BETA).problem.log_weights
        cost = align(z1, z2, "ince").cost

        def loss(epsilon, cost=cost, weights=weights):
            problem = Problem(cost, epsilon, math.inf, 0.0, log_weights=weights)
            return solve(problem, pairing=align(z1, z2, "ince").pairing).loss

        learnt = epsilon.clone().requires_grad_()
        whole = align(z1, z2, "hcl", layout="cross", epsilon=learnt, hardness=BETA).loss
        torch.testing.assert_close(
            torch.autograd.grad(whole, learnt)[0], torch.autograd.grad(loss(learnt), learnt)[0]
        )
        assert torch.autograd.gradcheck(loss, (learnt,))


@pytest.mark.parametrize("layout", ["cross", "joint"])
def test_negatives_weigh_one_on_average_and_the_nearest_most(layout):
    plan = align(*views(6, seed=5), "hcl", layout=layout, hardness=2)
    weights, negative = plan.problem.log_weights.exp(), ~plan.pairing.same_sample_mask
    means = torch.where(negative, weights, 0).sum(1) / negative.sum(1)
    torch.testing.assert_close(means, torch.ones_like(means))
    assert (weights[~negative] == 1).all()
    cost = plan.cost.masked_fill(~negative, math.inf)
    assert torch.equal(weights.masked_fill(~negative, 0).argmax(1), cost.argmin(1))
    torch.testing.assert_close(plan.row_mass, torch.ones_like(means))


def test_harder_is_sharper_and_costs_more():
    z1, z2 = views(8, seed=6)
    plans = [align(z1, z2, "hcl", hardness=beta) for beta in (0, 0.5, 1, 2, 5)]
    losses = [float(plan.loss) for plan in plans]
    assert losses == sorted(losses)
    pushes = [plan.matrix.masked_fill(plan.pairing.same_sample_mask, 0) for plan in plans]
    entropies = [float(torch.special.entr(push / push.sum(1, keepdim=True)).sum()) for push in pushes]
    assert entropies == sorted(entropies, reverse=True)


def test_another_order_of_samples_is_the_same_plan():
    z1, z2 = views(7, seed=7)
    order = torch.randperm(7, generator=torch.Generator().manual_seed(0))
    plan, other = (align(a, b, "hcl", layout="cross") for a, b in ((z1, z2), (z1[order], z2[order])))
    torch.testing.assert_close(other.matrix, plan.matrix[order][:, order])


def test_sinkhorn_of_weighed_kernels_meets_both_marginals():
    plan = align(*views(6, seed=8), "hcl", hold="both", iterations=math.inf, tol=1e-12)
    for mass in (plan.row_mass, plan.column_mass):
        torch.testing.assert_close(mass, torch.ones_like(mass))


def test_columns_that_are_nobodys_partner_are_negatives():
    z1, z2 = views(4, seed=9)
    queue = views(3, seed=10)[0]
    plan = align(z1, z2, "hcl", layout="cross", queue=queue, hardness=1)
    again = hard_negatives(1, plan.cost, 0.1, plan.problem.kernel, plan.pairing)
    assert torch.equal(again, plan.problem.log_weights) and (again[:, 4:] != 0).all()


@pytest.mark.parametrize("samples", [1, 2])
@pytest.mark.parametrize("layout", ["cross", "joint"])
def test_the_smallest_batches(samples, layout):
    plan = align(*views(samples), "hcl", layout=layout, hardness=3)
    assert torch.isfinite(plan.loss) and torch.isfinite(forces(plan).pairs).all()
    if samples == 1:
        assert float(plan.loss) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("beta", [0.0, 1.0, 100.0])
def test_collapsed_embeddings_have_a_uniform_plan(beta):
    one = torch.ones(5, 3)
    plan = align(one, one, "hcl", layout="cross", hardness=beta)
    torch.testing.assert_close(plan.matrix, torch.full((5, 5), 0.2))


def test_extreme_hardness_stays_finite_in_single_precision():
    z1, z2 = (z.float() for z in views(8, seed=11))
    plan = align(z1, z2, "hcl", epsilon=1e-3, hardness=100)
    assert torch.isfinite(plan.loss) and torch.isfinite(plan.matrix).all()


def test_what_does_not_fit_says_so_with_a_remedy_that_works():
    z1, z2 = views(4)
    with pytest.raises(InputError, match="β"):
        align(z1, z2, "hcl", hardness=-1)
    with pytest.raises(InputError, match="takes it: hcl"):
        align(z1, z2, "ince", hardness=1)
    with pytest.raises(InputError, match="siglip"):
        align(z1, z2, "hcl", layout="cross", kernel="logistic", hold="cell")
    align(z1, z2, "hcl", layout="cross", kernel="logistic", hold="nothing")
    with pytest.raises(InputError, match="bce"):
        align(z1, z2, "hcl", layout="cross", kernel="logistic", hold="nothing", divergence="bce")
    with pytest.raises(InputError, match="streamed"):
        align_streamed(z1, z2, "hcl")
