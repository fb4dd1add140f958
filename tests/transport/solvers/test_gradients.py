"""Gradients by finite differences, through every method, layout, divergence and target."""

from __future__ import annotations

import math

import pytest
import torch

from gca_viz.errors import InputError
from gca_viz.transport import METHODS, Problem, align, solve
from tests.transport.batches import DIFFERENTIABLE, PLAIN, masses, random_cost, views

INF = math.inf
N = 3
LABELS = torch.tensor([0, 1, 0])


def check(loss, *inputs):
    assert torch.autograd.gradcheck(loss, tuple(x.clone().requires_grad_() for x in inputs), atol=1e-6)


def loss_of(method, **options):
    return lambda z1, z2: align(z1, z2, method, epsilon=0.4, iterations=3, tol=0, **options).loss


COMPOSITIONS = [(name, layout) for name in DIFFERENTIABLE for layout in METHODS[name].layouts]


@pytest.mark.parametrize(("method", "layout"), COMPOSITIONS)
def test_methods(method, layout):
    check(loss_of(method, layout=layout), *views(N, 2))


@pytest.mark.parametrize("penalties", [(0.5, 0.1), (float("inf"), 0.3), (0.0, 0.3)])
def test_inside_and_on_the_edge_of_the_square(penalties):
    check(loss_of("gca-uot", lambda1=penalties[0], lambda2=penalties[1], r2=0.5), *views(N, 2))


@pytest.mark.parametrize("divergence", ["kl", "rince", "l2", "reverse-kl"])
@pytest.mark.parametrize(("method", "layout"), [("gca-ince", "cross"), ("gca-uot", "joint"), ("clip", "cross")])
def test_divergences(divergence, method, layout):
    check(loss_of(method, layout=layout, divergence=divergence), *views(N, 2))


@pytest.mark.parametrize("layout", ["cross", "joint"])
@pytest.mark.parametrize(
    "target",
    [
        {"target": "label", "labels": LABELS},
        {"target": "domain", "domains": LABELS, "alpha": 0.4, "beta": 0.1},
        {"target": "domain", "domains": LABELS, "alpha": 0.4, "beta": 0.1, "share": 0.7},
    ],
    ids=lambda target: "-".join(target),
)
def test_targets(target, layout):
    check(loss_of("gca-ince", layout=layout, **target), *views(N, 2))


def test_self_sharpened_target_is_a_constant():
    """The target follows the batch but carries no gradient: compare with the same numbers as a fixed matrix."""
    z1, z2 = (z.requires_grad_() for z in views(N, 2))
    plan = align(z1, z2, "ince", epsilon=0.4, target="self-sharpened", target_temperature=0.1)
    fixed = align(z1, z2, "ince", epsilon=0.4, target=plan.target.clone())
    gradients = [torch.autograd.grad(p.loss, z1)[0] for p in (plan, fixed)]
    torch.testing.assert_close(*gradients)
    check(loss_of("ince", target=plan.target), *views(N, 2))


def test_marginals_and_temperature_per_row():
    mu, nu = masses(3, 0, 2.0), masses(4, 1, 2.0)
    target = torch.rand(3, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))

    def loss(cost, epsilon):
        return solve(Problem(cost, epsilon, 0.5, 0.8, mu, nu), iterations=3, tol=0, target=target).loss

    check(loss, random_cost(3, 4), torch.tensor([0.3, 0.5, 0.9], dtype=torch.float64))


@pytest.mark.parametrize("layout", ["cross", "joint"])
def test_learnt_temperature(layout):
    z1, z2 = views(N, 2)

    def loss(epsilon):
        return align(z1, z2, "gca-ince", epsilon=epsilon, layout=layout, iterations=3, tol=0).loss

    check(loss, torch.tensor(0.4, dtype=torch.float64))


@pytest.mark.parametrize("half_steps", [0, 1, 2])
def test_learnt_temperature_after_few_half_steps(half_steps):
    target = torch.eye(3, dtype=torch.float64)

    def loss(epsilon):
        return solve(Problem(random_cost(3, 3), epsilon, 0.5, 0.8), half_steps=half_steps, target=target).loss

    check(loss, torch.tensor(0.4, dtype=torch.float64))


@pytest.mark.parametrize(
    "quantity", ["matrix", "row_mass", "entropy", "perplexity_per_row", "matched_share", "force", "f", "g"]
)
def test_numbers_read_from_a_plan(quantity):
    def read(z1, z2):
        plan = align(z1, z2, "gca-uot", epsilon=0.4, iterations=2, tol=0, layout="joint")
        return getattr(plan, quantity)

    check(read, *views(N, 2))


@pytest.mark.parametrize("iterations", [10, INF])
@pytest.mark.parametrize("method", PLAIN)
@pytest.mark.parametrize("corruption", ["collapsed", "zero", "cold", "duplicates", "alone"])
def test_degenerate_batches_have_finite_gradients(method, corruption, iterations):
    if (method, corruption) == ("dcl", "alone"):
        pytest.skip("odds need somebody else, and say so")
    z1, z2 = (z.float() for z in views(1 if corruption == "alone" else 6, 4))
    if corruption == "collapsed":
        z1, z2 = torch.ones_like(z1), torch.ones_like(z2)
    if corruption == "duplicates":
        z1[1:3], z2[1:3] = z1[0], z2[0]
    if corruption == "zero":
        z1[2], z2[3] = 0, 0
    z1, z2 = z1.requires_grad_(), z2.requires_grad_()
    plan = align(z1, z2, method, epsilon=0.005 if corruption == "cold" else 0.1, iterations=iterations)
    plan.loss.backward()
    assert torch.isfinite(plan.loss) and torch.isfinite(plan.matrix).all()
    for z in (z1, z2):
        assert torch.isfinite(z.grad).all()


def test_gradient_does_not_depend_on_the_trace():
    gradients = []
    for trace in (True, False):
        z1, z2 = (z.requires_grad_() for z in views(5))
        align(z1, z2, "gca-ince", trace=trace).loss.backward()
        gradients.append(z1.grad)
    assert torch.equal(*gradients)


def test_detached_plan_and_trace_carry_no_graph():
    z1, z2 = (z.requires_grad_() for z in views(5))
    for method in ("gca-uot", "clip"):
        plan = align(z1, z2, method)
        assert plan.loss.requires_grad
        assert torch.equal(plan.detach().loss, plan.loss.detach())
        assert not plan.detach().loss.requires_grad
        assert not plan.at(1).matrix.requires_grad


# --- at the limit: the implicit function theorem ----------------------------------------------------------------


def limit_of(method, **options):
    return lambda z1, z2: align(z1, z2, method, epsilon=0.4, iterations=INF, tol=1e-13, trace=False, **options).loss


@pytest.mark.parametrize(("method", "layout"), COMPOSITIONS)
def test_methods_at_the_limit(method, layout):
    check(limit_of(method, layout=layout), *views(N, 2))


@pytest.mark.parametrize("penalties", [(0.5, 0.1), (INF, 0.3), (0.0, 0.3), (20.0, INF)])
@pytest.mark.parametrize("layout", ["cross", "joint"])
def test_inside_and_on_the_edge_of_the_square_at_the_limit(penalties, layout):
    check(limit_of("gca-uot", lambda1=penalties[0], lambda2=penalties[1], r2=0.5, layout=layout), *views(N, 2))


@pytest.mark.parametrize("divergence", ["kl", "rince", "l2", "reverse-kl"])
@pytest.mark.parametrize(("method", "layout"), [("gca-ince", "cross"), ("gca-uot", "joint")])
def test_divergences_at_the_limit(divergence, method, layout):
    check(limit_of(method, layout=layout, divergence=divergence), *views(N, 2))


@pytest.mark.parametrize("layout", ["cross", "joint"])
def test_a_target_that_is_not_doubly_stochastic_at_the_limit(layout):
    check(limit_of("gca-ince", layout=layout, target="label", labels=LABELS), *views(N, 2))


@pytest.mark.parametrize("penalties", [(0.5, 0.8), (INF, 0.8), (INF, INF)])
def test_marginals_and_temperature_per_row_at_the_limit(penalties):
    mu, nu = masses(3, 0, 2.0), masses(4, 1, 2.0)
    target = torch.rand(3, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))

    def loss(cost, epsilon):
        problem = Problem(cost, epsilon, *penalties, mu, nu)
        return solve(problem, iterations=INF, tol=1e-13, trace=False, target=target).loss

    check(loss, random_cost(3, 4), torch.tensor([0.3, 0.5, 0.9], dtype=torch.float64))
    check(loss, random_cost(3, 4), torch.tensor(0.4, dtype=torch.float64))


@pytest.mark.parametrize("quantity", ["matrix", "row_mass", "entropy", "matched_share", "force", "f", "g"])
def test_numbers_read_from_a_limit(quantity):
    def read(z1, z2):
        options = {"lambda1": 3.0, "lambda2": 2.0, "layout": "joint"}
        return getattr(
            align(z1, z2, "gca-uot", epsilon=0.4, iterations=INF, tol=1e-13, trace=False, **options), quantity
        )

    check(read, *views(N, 2))


@pytest.mark.parametrize("method", ["gca-ince", "gca-uot"])
@pytest.mark.parametrize("layout", ["cross", "joint"])
def test_the_limit_of_the_gradient_is_the_gradient_of_the_limit(method, layout):
    gradients = []
    for iterations in (3000, INF):
        z1, z2 = (z.requires_grad_() for z in views(6, seed=7))
        plan = align(z1, z2, method, epsilon=0.3, layout=layout, iterations=iterations, tol=1e-14, trace=False)
        plan.loss.backward()
        gradients.append(z1.grad)
    torch.testing.assert_close(*gradients, atol=1e-9, rtol=1e-7)


def test_a_traced_limit_has_the_gradient_of_the_limit():
    gradients = []
    for trace in (True, False):
        z1, z2 = (z.requires_grad_() for z in views(8, seed=7, noise=0.3))
        plan = align(z1, z2, "gca-ince", epsilon=0.05, iterations=INF, tol=1e-12, trace=trace)
        plan.loss.backward()
        gradients.append(z1.grad)
    assert plan.diagnostics.regime == "newton"
    torch.testing.assert_close(*gradients, atol=1e-8, rtol=1e-6)


# --- the way back through plain steps, in every arithmetic -------------------------------------------------------


def unrolled_gradient(cost, epsilon, penalties, half_steps):
    """Autograd through the formula, step by step."""
    cost = cost.clone().requires_grad_()
    tau1, tau2 = (1.0 if penalty == INF else penalty / (penalty + epsilon) for penalty in penalties)
    log_kernel = -cost / epsilon
    x, y = torch.zeros(len(cost), dtype=cost.dtype), torch.zeros(cost.shape[1], dtype=cost.dtype)
    for step in range(half_steps):
        if step % 2 == 0:
            x = -tau1 * torch.logsumexp(log_kernel + y, 1)
        else:
            y = tau2 * (math.log(len(cost) / cost.shape[1]) - torch.logsumexp(log_kernel + x[:, None], 0))
    loss = -(torch.eye(*cost.shape, dtype=cost.dtype) * (x[:, None] + log_kernel + y)).sum() / len(cost)
    return torch.autograd.grad(loss, cost)[0]


@pytest.mark.parametrize("half_steps", [1, 2, 7, 8])
@pytest.mark.parametrize(
    ("epsilon", "penalties", "regime"),
    [
        (0.3, (INF, INF), "scaling"),
        (0.3, (0.5, INF), "scaling"),
        (0.004, (INF, INF), "stabilised"),
        (0.004, (0.5, 2.0), "stabilised"),
        (0.0007, (0.01, 0.01), "log"),
    ],
)
def test_steps_walked_backwards_are_the_unrolled_ones(epsilon, penalties, regime, half_steps):
    cost = random_cost(10, 12)
    cost[0] += 1.5
    leaf = cost.clone().requires_grad_()
    target = torch.eye(10, 12, dtype=torch.float64)
    plan = solve(Problem(leaf, epsilon, *penalties), half_steps=half_steps, tol=0, trace=False, target=target)
    (gradient,) = torch.autograd.grad(plan.loss, leaf)
    assert plan.diagnostics.regime in (regime, "stabilised")
    expected = unrolled_gradient(cost, epsilon, penalties, half_steps)
    torch.testing.assert_close(gradient, expected, atol=1e-9 / epsilon, rtol=1e-7)


def test_a_large_kernel_is_walked_in_blocks(monkeypatch):
    """The blocks of a large matrix give the numbers of one product."""
    gradients, losses = [], []
    for large in (2**24, 2**8):
        monkeypatch.setattr("gca_viz.transport.memory._LARGE", large)
        monkeypatch.setattr("gca_viz.transport.memory._BLOCK", 2**9)
        z1, z2 = (z.requires_grad_() for z in views(37, seed=7))
        for iterations in (4, INF):
            plan = align(z1, z2, "gca-uot", lambda1=2.0, lambda2=3.0, iterations=iterations, tol=1e-12, trace=False)
            losses.append(plan.loss)
            gradients.append(torch.autograd.grad(plan.loss, z1)[0])
            with torch.no_grad():
                plan = align(z1, z2, "gca-ince", epsilon=0.05, iterations=iterations, tol=1e-12, trace=False)
                gradients.append(plan.matrix)
    for one, other in zip(losses[:2] + gradients[:4], losses[2:] + gradients[4:], strict=True):
        torch.testing.assert_close(one, other, atol=1e-9, rtol=1e-7)


def test_a_second_derivative_is_refused():
    z1, z2 = (z.requires_grad_() for z in views(5))
    (gradient,) = torch.autograd.grad(align(z1, z2, "gca-ince").loss, z1, create_graph=True)
    with pytest.raises(InputError, match="differentiable once"):
        gradient.sum().backward()


def test_an_unused_potential_needs_no_gradient():
    """A zero gradient from above (a loss that does not read the plan) gives zero, not NaN."""
    for iterations in (5, INF):
        z1, z2 = (z.requires_grad_() for z in views(5))
        plan = align(z1, z2, "gca-ince", iterations=iterations, trace=False)
        (plan.f.sum() * 0).backward()
        assert torch.equal(z1.grad, torch.zeros_like(z1))


@pytest.mark.parametrize("trace", [True, False])
def test_a_plan_that_no_kernel_holds_has_the_gradient_of_its_limit(monkeypatch, trace):
    """Where neither absorption nor Newton steps are of use, logarithms find the limit, and it is differentiable."""
    monkeypatch.setattr("gca_viz.transport.solvers.solution.newton", lambda *a, **k: None)
    monkeypatch.setattr("gca_viz.transport.solvers.kernel._MOST_FAILURES", 0)
    monkeypatch.setattr("gca_viz.transport.solvers.kernel._DRIFT", {torch.float64: 1e-3})
    monkeypatch.setattr("gca_viz.transport.solvers.kernel._SAFE", {torch.float64: 0.0})
    cost, target = random_cost(6, 6), torch.eye(6, dtype=torch.float64)
    gradients = []
    for options in ({"iterations": INF, "trace": trace}, {"iterations": 4000, "trace": False}):
        leaf = cost.clone().requires_grad_()
        plan = solve(Problem(leaf, 0.05, 3.0, 2.0), tol=1e-13, target=target, **options)
        assert plan.diagnostics.regime == "log" and plan.converged
        gradients.append(torch.autograd.grad(plan.loss, leaf)[0])
    torch.testing.assert_close(*gradients, atol=1e-7, rtol=1e-6)
