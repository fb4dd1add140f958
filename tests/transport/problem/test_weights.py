"""Marginals as weights: a row counts in the loss as much as it should send."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gca_viz.transport import Problem, align, align_streamed, forces, solve, sweep
from tests.transport.batches import DIFFERENTIABLE, PLAIN, batches, epsilons, masses, random_cost, seeds, views

TAIL = json.loads((Path(__file__).parents[1] / "reference" / "family_cases.json").read_text())["tail"]
N = 6
Z1, Z2 = views(N, 4, seed=5)
LABELS = [0, 0, 1, 1, 2, 2]
MU = torch.tensor([2.0, 0.5, 1.5, 1.0, 0.25, 0.75], dtype=torch.float64)
TARGETS = {
    "partner": {},
    "label": {"labels": LABELS},
    "domain": {"domains": LABELS, "alpha": 0.3, "beta": 0.1},
    "relation": {},
    "self-sharpened": {},
}


def close(actual, expected, atol=1e-12, rtol=1e-12):
    expected = torch.as_tensor(expected, dtype=torch.float64)
    torch.testing.assert_close(torch.as_tensor(actual, dtype=torch.float64), expected, atol=atol, rtol=rtol)


# --- the weighted loss ------------------------------------------------------------------------------------------


@given(batches(), epsilons, seeds)
def test_infonce_weighs_each_row_by_its_mass(batch, epsilon, seed):
    z1, z2 = batch
    mu = masses(len(z1), seed, 3.0)
    cosine = torch.nn.functional.normalize(z1, dim=1) @ torch.nn.functional.normalize(z2, dim=1).T
    per_row = -(cosine / epsilon).log_softmax(1).diag()
    for options in ({"mu": mu}, {"mu": mu, "target": mu.diag()}):  # a matrix is mass already
        plan = align(z1, z2, "ince", epsilon=epsilon, **options)
        close(plan.target, mu.diag())
        close(plan.loss, (mu * per_row).sum() / mu.sum())
        close(plan.loss_per_row, mu * per_row)


def test_reference_of_head_and_tail():
    z1, z2, mu = (torch.tensor(TAIL[name], dtype=torch.float64) for name in ("z1", "z2", "mu"))
    rows = align(z1, z2, "ince", epsilon=torch.tensor(TAIL["epsilon_rows"], dtype=torch.float64), mu=mu)
    close(rows.target, TAIL["target"])
    close(rows.loss, TAIL["row_loss"], atol=1e-9)
    known, options = TAIL["sinkhorn_half_steps_6"], {"iterations": 3, "tol": 0, "mu": mu, "nu": mu}
    plan = align(z1, z2, epsilon=known["epsilon"], **options)
    close(plan.matrix, known["plan"], atol=1e-9)
    close(plan.loss, known["loss"], atol=1e-9)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("layout", ["cross", "joint"])
def test_a_target_shares_out_what_the_marginal_gives(target, layout):
    method = "rince" if layout == "joint" else "ince"
    plan = align(Z1, Z2, method, layout=layout, mu=MU, target=target, **TARGETS[target])
    usual = align(Z1, Z2, method, layout=layout, target=target, **TARGETS[target])
    weights = MU if layout == "cross" else torch.cat([MU, MU])
    close(plan.target, weights[:, None] * usual.target)
    close(plan.target.sum(1), weights)
    close(plan.trace.target, plan.target)


@pytest.mark.parametrize("method", ["simclr", "ince", "clip", "rince", "gca-ince", "iot", "iot-uni"])
def test_a_weight_counts_like_copies_of_the_row(method):
    """Equal weights c change nothing; and of rows alone, the loss is the weighted mean of the rows' own."""
    plan = align(Z1, Z2, method, epsilon=0.3, iterations=50)
    scaled = align(Z1, Z2, method, epsilon=0.3, iterations=50, mu=3 * torch.ones(N), nu=3 * torch.ones(N))
    close(scaled.loss, plan.loss, atol=1e-9)
    if method in ("simclr", "ince", "rince"):
        weights = torch.cat([MU, MU]) if method == "simclr" else MU
        weighed = align(Z1, Z2, method, epsilon=0.3, mu=MU)
        close(weighed.loss, (weights * plan.loss_per_row).sum() / weights.sum(), atol=1e-9)


@pytest.mark.parametrize("method", PLAIN)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_unit_weights_change_not_a_bit(method, dtype):
    z1, z2 = Z1.to(dtype), Z2.to(dtype)
    plan, weighed = align(z1, z2, method), align(z1, z2, method, mu=torch.ones(N), nu=torch.ones(N))
    assert torch.equal(plan.loss, weighed.loss) and torch.equal(plan.loss_per_row, weighed.loss_per_row)
    assert torch.equal(plan.target, weighed.target) and torch.equal(plan.matrix, weighed.matrix)
    assert torch.equal(forces(plan).pairs, forces(weighed).pairs)


# --- forces, and the law that the loss only falls ---------------------------------------------------------------


@pytest.mark.parametrize("target", TARGETS)
def test_residual_is_the_force_of_the_weighted_half_step(target):
    plan = align(Z1, Z2, "ince", epsilon=0.3, mu=MU, target=target, **TARGETS[target])
    close(forces(plan).pairs, plan.force, atol=1e-9)


@pytest.mark.parametrize("iterations", [3000, math.inf])
def test_residual_is_the_force_at_the_weighted_limit(iterations):
    plan = align(Z1, Z2, epsilon=0.5, iterations=iterations, tol=1e-13, mu=MU, nu=MU)
    assert plan.converged
    close(forces(plan).pairs, (MU.diag() - plan.matrix) / 0.5, atol=1e-7)


@pytest.mark.parametrize("method", DIFFERENTIABLE)
@pytest.mark.parametrize("iterations", [3, math.inf])
def test_gradients_of_weighted_losses(method, iterations):
    """Against finite differences of the loss itself."""
    if "rince" in method and iterations == math.inf:
        iterations = 3
    options = {"epsilon": 0.5, "mu": MU, "nu": MU, "tol": 1e-13, "trace": False}
    z1 = Z1.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(align(z1, Z2, method, iterations=iterations, **options).loss, z1)
    step = 1e-5
    for place in ((0, 1), (4, 2)):
        moved = [Z1.clone(), Z1.clone()]
        moved[0][place] += step
        moved[1][place] -= step
        up, down = (float(align(z, Z2, method, iterations=iterations, **options).loss) for z in moved)
        assert float(gradient[place]) == pytest.approx((up - down) / (2 * step), abs=1e-6)


@given(st.integers(2, 7), seeds, epsilons)
def test_the_weighted_loss_only_falls_where_rows_and_columns_agree(size, seed, epsilon):
    z1, z2 = views(size, seed=seed)
    mu = masses(size, seed, 4.0)
    kl = align(z1, z2, epsilon=epsilon, iterations=20, tol=0, mu=mu, nu=mu).trace.kl
    assert (kl[1:].diff() <= 1e-10).all()


def test_the_weighted_loss_may_rise_where_they_differ():
    risen = 0
    for seed in range(40):
        z1, z2 = views(4, seed=seed)
        mu, nu = masses(4, seed, 4.0), masses(4, seed + 500, 4.0)
        kl = align(z1, z2, epsilon=0.3, iterations=10, tol=0, mu=mu, nu=nu).trace.kl
        risen += bool((kl[1:].diff() > 1e-6).any())
    assert risen > 0


# --- zeros --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", PLAIN)
@pytest.mark.parametrize("target", TARGETS)
def test_a_row_without_mass_has_no_target_no_loss_and_finite_gradients(method, target):
    mu = MU.clone()
    mu[1] = 0
    if method == "dcl" and target not in ("partner", "label"):
        pytest.skip("these targets leave nothing outside, with which odds could compare")
    z1, z2 = Z1.clone().requires_grad_(), Z2.clone().requires_grad_()
    plan = align(z1, z2, method, epsilon=0.3, mu=mu, nu=mu, target=target, **TARGETS[target])
    empty = [1] if plan.pairing.layout == "cross" else [1, N + 1]
    assert (plan.target[empty] == 0).all() and (plan.loss_per_row[empty] == 0).all()
    plan.loss.backward()
    assert torch.isfinite(plan.loss) and torch.isfinite(z1.grad).all() and torch.isfinite(z2.grad).all()
    assert z1.grad.abs().sum() > 0


# --- the other doors ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["ince", "clip", "byol", "rince", "gca-ince", "gca-uot"])
@pytest.mark.parametrize("empty", [False, True])
def test_streamed_weights_are_those_of_the_dense_plan(method, empty):
    mu = MU.clone()
    mu[1] = 0 if empty else mu[1]
    options = {"epsilon": 0.3, "mu": mu, "nu": mu}
    dense, streamed = align(Z1, Z2, method, **options), align_streamed(Z1, Z2, method, **options)
    close(streamed.loss_per_row, dense.loss_per_row, atol=1e-9)
    close(streamed.loss, dense.loss, atol=1e-9)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("layout", ["cross", "joint"])
@pytest.mark.parametrize("empty", [False, True])
def test_swept_losses_are_those_of_single_plans(target, layout, empty):
    mu = MU.clone()
    mu[1] = 0 if empty else mu[1]
    options = {"layout": layout, "mu": mu, "nu": mu, "iterations": 5, "target": target, **TARGETS[target]}
    found = sweep(Z1, Z2, epsilon=[0.1, 0.5], lambda1=[0.3, math.inf], lambda2=[0, 0.3, math.inf], tol=0, **options)
    for e, epsilon in enumerate(found.epsilon):
        for i, lambda1 in enumerate(found.lambda1):
            for j, lambda2 in enumerate(found.lambda2):
                place = {"epsilon": epsilon, "lambda1": lambda1, "lambda2": lambda2, "tol": 0}
                plan = align(Z1, Z2, "gca-uot", **place, **options)
                close(found.values["loss"][e, i, j], plan.loss, atol=1e-8, rtol=1e-8)


def test_a_plan_of_solve_knows_its_weights():
    mu = masses(4, 1, 4.0)
    problem = Problem(random_cost(4, 4), 0.4, lambda2=0.0, mu=mu)
    pairing = align(*views(4)).pairing
    by_partner, by_matrix = solve(problem, pairing=pairing), solve(problem, target=mu.diag())
    close(by_partner.target, mu.diag())
    close(by_partner.loss, by_matrix.loss)
    close(by_partner.trace.kl, by_matrix.trace.kl)
