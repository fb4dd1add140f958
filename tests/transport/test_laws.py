"""The laws of the constraint square, on random batches and problems."""

from __future__ import annotations

import math

import numpy as np
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from gca_viz.transport import KL, RINCE, Pairing, Problem, align, partner_target, solve
from tests.transport.batches import batches, epsilons, masses, penalties, problems, random_cost, seeds, views

INF = math.inf
SETTLE = {"iterations": 3000, "tol": 1e-12, "trace": False}


def close(actual, expected, atol=1e-9, rtol=1e-7):
    expected = torch.as_tensor(expected, dtype=torch.float64)
    torch.testing.assert_close(torch.as_tensor(actual, dtype=torch.float64), expected, atol=atol, rtol=rtol)


def doubly_stochastic(size: int, seed: int) -> torch.Tensor:
    """A random mixture of permutations."""
    random = torch.Generator().manual_seed(seed)
    weights = torch.rand(4, generator=random, dtype=torch.float64)
    eye = torch.eye(size, dtype=torch.float64)
    mixture = sum(w * eye[torch.randperm(size, generator=random)] for w in weights)
    return mixture / weights.sum()


# --- law 1: every projection brings the plan closer to a feasible target ------------------------------------------


@given(batches(), epsilons, st.sampled_from(["cross", "joint"]))
def test_half_steps_never_raise_kl_of_the_partners(batch, epsilon, layout):
    trace = align(*batch, "gca-ince", epsilon=epsilon, layout=layout, iterations=30, tol=0).trace
    assert (trace.kl[1:].diff() <= 1e-10).all()  # so GCA-INCE is at most InfoNCE
    generalised = trace.kl + trace.mass / trace.mass[-1]  # the kernel has another mass
    assert (generalised.diff() <= 1e-10).all()


@given(st.integers(2, 8), seeds, epsilons)
def test_half_steps_never_raise_kl_of_a_doubly_stochastic_target(size, seed, epsilon):
    target = doubly_stochastic(size, seed)
    plan = solve(Problem(random_cost(size, size, seed), epsilon), iterations=30, tol=0, target=target)
    assert (plan.trace.kl[1:].diff() <= 1e-10).all()


@given(batches(), epsilons)
def test_a_projection_gains_its_own_kl(batch, epsilon):
    """KL(T‖P) − KL(T‖P′) = KL(P′‖P) for a step that meets the rows."""
    plan = align(*batch, "gca-ince", epsilon=epsilon, iterations=4, tol=0)
    for t in range(1, plan.half_steps):
        before, after = plan.at(t), plan.at(t + 1)
        gap = (after.matrix * (after.log_matrix - before.log_matrix)).sum() - after.mass + before.mass
        gained = (before.loss - after.loss) * len(batch[0])
        close(gained, gap)


@given(batches(), epsilons)
def test_log_partners_is_cost_minus_potentials(batch, epsilon):
    plan = align(*batch, "gca-ince", epsilon=epsilon, iterations=5, tol=0)
    close(-plan.log_matrix.diag().sum(), (plan.cost.diag().sum() - plan.f.sum() - plan.g.sum()) / epsilon)


# --- law 2: the residual matrix is the force matrix ---------------------------------------------------------------


def kl_gradient(cost, epsilon, target, lambda2, **options):
    cost = cost.clone().requires_grad_()
    plan = solve(Problem(cost, epsilon, INF, lambda2), target=target, **options)
    (gradient,) = torch.autograd.grad(plan.loss_per_row.sum(), cost)
    return plan, gradient


@given(st.integers(2, 6), seeds, epsilons)
def test_residual_is_the_force_of_the_half_step(size, seed, epsilon):
    target = torch.rand(size, size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).softmax(1)
    plan, gradient = kl_gradient(random_cost(size, size, seed), epsilon, target, 0.0)
    close(gradient, (target - plan.matrix) / epsilon)
    close(plan.force, gradient)


@given(st.integers(2, 6), seeds, st.floats(0.3, 2.0))
def test_residual_is_the_force_at_convergence(size, seed, epsilon):
    target = doubly_stochastic(size, seed)
    cost = random_cost(size, size, seed)
    plan, gradient = kl_gradient(cost, epsilon, target, INF, iterations=3000, tol=1e-13, trace=False)
    assume(plan.converged)
    close(gradient, plan.force, atol=1e-8)


# --- law 3: marginal errors, dual, fixed point, invariances, limits ----------------------------------------------


@given(problems())
def test_no_half_step_lowers_the_dual(problem):
    dual = solve(problem, iterations=30, tol=0).trace.dual
    assert dual[0] == 0
    assert (dual.diff() >= -1e-10 * (1 + dual.abs().max())).all()


@given(problems(lambdas=st.just((INF, INF))))
def test_marginal_error_never_rises(problem):
    errors = solve(problem, iterations=30, tol=0).trace.marginal_error
    assert (errors[1:].diff() <= 1e-12).all()


@given(problems())
def test_fixed_point_holds_at_convergence(problem):
    plan = solve(problem, **SETTLE)
    assume(plan.converged)
    for mass, marginal, potential, penalty in (
        (plan.row_mass, problem.mu, plan.f, problem.lambda1),
        (plan.column_mass, problem.nu, plan.g, problem.lambda2),
    ):
        if penalty > 0:
            close(mass, marginal * (-potential / penalty).exp())
        else:
            close(potential, torch.zeros_like(potential))


@given(problems(lambdas=st.tuples(penalties, penalties)))
def test_converged_unbalanced_plan_minimises_the_objective(problem):
    """No random multiplicative change of the plan lowers the primal objective, and primal meets dual."""
    plan = solve(problem, iterations=20_000, tol=1e-13, trace=True)
    assume(plan.converged)

    def kl(p, k):
        return (p * (p / k).log() - p + k).sum()

    def objective(matrix):
        rows = problem.lambda1 * kl(matrix.sum(1), problem.mu)
        return problem.epsilon * kl(matrix, plan.kernel) + rows + problem.lambda2 * kl(matrix.sum(0), problem.nu)

    best = objective(plan.matrix)
    close(plan.trace.dual[-1], best, atol=1e-8)
    random = torch.Generator().manual_seed(0)
    for size in (1e-3, 0.1):
        change = size * torch.randn(plan.matrix.shape, generator=random, dtype=torch.float64)
        assert objective(plan.matrix * change.exp()) > best


@settings(max_examples=10)
@given(st.integers(2, 8), seeds, st.floats(0.3, 2.0))
def test_shifts_of_rows_and_columns_leave_the_balanced_plan(size, seed, epsilon):
    cost = random_cost(size, size, seed)
    shifted = cost + random_cost(size, 1, seed + 1) + random_cost(1, size, seed + 2)
    plans = [solve(Problem(c, epsilon), **SETTLE) for c in (cost, shifted)]
    assert all(plan.converged for plan in plans)
    close(plans[0].matrix, plans[1].matrix)


@given(problems(), st.floats(0.01, 100))
def test_scaling_cost_epsilon_and_penalties_together_changes_nothing(problem, scale):
    scaled = Problem(
        problem.cost * scale, problem.epsilon * scale, problem.lambda1 * scale, problem.lambda2 * scale,
        problem.mu, problem.nu,
    )  # fmt: skip
    one, other = (solve(p, iterations=7, tol=0, trace=False) for p in (problem, scaled))
    close(one.matrix, other.matrix)
    close(one.f * scale, other.f, atol=1e-9 * scale)


@given(problems(), seeds)
def test_permuting_rows_and_columns_permutes_the_plan(problem, seed):
    random = torch.Generator().manual_seed(seed)
    rows, columns = (torch.randperm(n, generator=random) for n in problem.shape)
    permuted = Problem(
        problem.cost[rows][:, columns], problem.epsilon, problem.lambda1, problem.lambda2,
        problem.mu[rows], problem.nu[columns],
    )  # fmt: skip
    one, other = (solve(p, iterations=7, tol=0, trace=False) for p in (problem, permuted))
    close(one.matrix[rows][:, columns], other.matrix)


@given(problems())
def test_transposing_swaps_the_penalties(problem):
    turned = Problem(problem.cost.T, problem.epsilon, problem.lambda2, problem.lambda1, problem.nu, problem.mu)
    one, other = solve(problem, **SETTLE), solve(turned, **SETTLE)
    assume(one.converged and other.converged)
    close(one.matrix, other.matrix.T)


@settings(max_examples=10)
@given(batches(), st.floats(0.5, 2.0))
def test_large_penalty_tends_to_sinkhorn_and_small_to_the_kernel(batch, epsilon):
    options = {"epsilon": epsilon, **SETTLE}
    balanced = align(*batch, "gca-ince", **options)
    nearly = align(*batch, "gca-uot", lambda1=1e5, lambda2=1e5, **options | {"iterations": 300, "tol": 0})
    close(nearly.matrix, balanced.matrix, atol=1e-3)
    loose = align(*batch, "gca-uot", lambda1=1e-6, lambda2=1e-6, **options)
    close(loose.matrix, loose.kernel, atol=1e-3)
    for lambda1, lambda2, method in ((INF, INF, "gca-ince"), (INF, 0, "ince"), (0, 0, "byol")):
        corner = align(*batch, "gca-uot", lambda1=lambda1, lambda2=lambda2, **options)
        close(corner.matrix, align(*batch, method, **options).matrix)


@settings(max_examples=8)
@given(st.integers(2, 7), seeds)
def test_cold_plan_is_the_hungarian_assignment(size, seed):
    cost = random_cost(size, size, seed)
    rows, columns = linear_sum_assignment(cost.numpy())
    best = cost[rows, columns].sum()
    plan = solve(Problem(cost, 0.005), iterations=1000, tol=1e-6, trace=False)
    assert plan.marginal_error < 1e-2
    # Entropy costs at most ε·N·log N; what is left of the marginal error costs at most 2 per unit of mass.
    assert float((plan.matrix * cost).sum() - best) <= 0.005 * size * math.log(size) + 0.02 * size


def test_cold_plan_is_the_hungarian_permutation_where_it_is_unique():
    cost = random_cost(6, 6, seed=3)
    rows, columns = linear_sum_assignment(cost.numpy())
    plan = solve(Problem(cost, 0.005), iterations=2000, tol=1e-10, trace=False)
    assignment = np.zeros((6, 6))
    assignment[rows, columns] = 1
    close(plan.matrix, torch.tensor(assignment), atol=1e-3)


@given(st.integers(1, 8), st.integers(1, 8), seeds)
def test_hot_plan_is_the_product_of_the_marginals(rows, columns, seed):
    mu, nu = masses(rows, seed, 3.0), masses(columns, seed + 1, 3.0)
    plan = solve(Problem(random_cost(rows, columns, seed), 1e6, mu=mu, nu=nu), iterations=50)
    close(plan.matrix, mu[:, None] * nu / 3.0, atol=1e-5)


@given(problems(), st.integers(0, 9))
def test_trace_at_t_is_a_run_of_t_steps(problem, t):
    plan = solve(problem, half_steps=9, tol=0)
    trace = plan.trace
    t = min(t, len(trace) - 1)
    run = solve(problem, half_steps=t, tol=0, trace=False)
    state = plan.at(t)
    assert torch.equal(state.log_u, run.log_u) and torch.equal(state.log_v, run.log_v)
    close(trace.row_mass[t], run.row_mass)
    close(trace.column_mass[t], run.column_mass)
    close(trace.marginal_error[t], run.marginal_error)


@given(batches(), epsilons)
def test_trace_follows_the_losses_of_its_plans(batch, epsilon):
    plan = align(*batch, "gca-ince", epsilon=epsilon, iterations=3, tol=0)
    close(plan.trace.kl, torch.stack([plan.at(t).loss for t in range(plan.half_steps + 1)]))
    steps = ("start", "row", "column", "row", "column", "row", "column")
    assert plan.trace.steps == steps[: plan.half_steps + 1]


@given(batches(smallest=3), st.floats(0.2, 2.0), st.sampled_from([INF, 0.7]))
def test_zero_marginal_gives_an_exactly_empty_row_and_finite_gradients(batch, epsilon, penalty):
    z1, z2 = (z.clone().requires_grad_() for z in batch)
    marginal = torch.ones(len(z1))
    marginal[1] = 0
    options = {"lambda1": penalty, "lambda2": penalty, "mu": marginal, "nu": marginal, "r2": 0.5}
    plan = align(z1, z2, "gca-uot", epsilon=epsilon, iterations=200, **options)
    assert (plan.matrix[1] == 0).all() and (plan.matrix[:, 1] == 0).all()
    assert plan.loss_per_row[1] == 0
    plan.loss.backward()
    assert torch.isfinite(z1.grad).all() and torch.isfinite(z2.grad).all()
    assert (z1.grad[1] == 0).all() and z1.grad.abs().sum() > 0
    # The rest is the problem without that sample.
    rest = torch.arange(len(z1)) != 1
    options = {"lambda1": penalty, "lambda2": penalty, "r2": 0.5}
    without = align(batch[0][rest], batch[1][rest], "gca-uot", epsilon=epsilon, iterations=200, **options)
    close(plan.matrix[rest][:, rest], without.matrix)
    close(plan.loss, without.loss)
    close(plan.trace.kl, without.trace.kl)
    close(plan.trace.dual, without.trace.dual)


# --- law 4: degenerate batches, and claims that do not hold -------------------------------------------------------


def test_one_row_step_solves_the_row_corner():
    plan = align(*views(5), "ince")
    assert (plan.half_steps, plan.converged, plan.marginal_error) == (1, True, 0.0)
    close(plan.row_mass, torch.ones(5, dtype=torch.float64))


def test_unequal_marginals_can_raise_kl_of_the_identity():
    """Law 1 needs a target that meets the constraints; diag(μ) does not when ν differs."""
    risen = 0
    for seed in range(40):
        mu, nu = masses(4, seed, 4.0), masses(4, seed + 500, 4.0)
        problem = Problem(random_cost(4, 4, seed), 0.3, mu=mu, nu=nu)
        kl = solve(problem, iterations=10, tol=0, target=mu.diag()).trace.kl
        risen += bool((kl.diff() > 1e-6).any())
    assert risen > 0


def test_the_second_claim_of_the_paper_fails():
    """L_RINCE at q = 1 may rise from the half step to the limit."""
    kernel = torch.tensor([[0.2336, 0.4759], [0.5452, 0.3036]], dtype=torch.float64)
    problem = Problem(-kernel.log(), 1.0)
    options = {
        "target": partner_target(Pairing.of("cross", 2), torch.float64),
        "divergence": RINCE(q=1.0, lam=0.5),
        "read_after": "row",
    }
    first = solve(problem, iterations=1, **options)
    limit = solve(problem, iterations=2000, tol=1e-12, **options)
    # The published kernel is rounded to four digits.
    close(first.loss, 0.12100, atol=5e-5)
    close(limit.loss, 0.12220, atol=5e-5)
    assert limit.half_steps % 2 == 1


@given(problems())
def test_rince_is_read_after_a_row_step(problem):
    assume(problem.lambda1 > 0 or problem.lambda2 > 0)
    for iterations in (1, 4, 2000):
        plan = solve(problem, iterations=iterations, read_after="row", trace=False)
        assert plan.half_steps % 2 == 1 and plan.half_steps <= 2 * iterations - 1


@given(batches(), epsilons)
def test_rince_with_small_q_tends_to_infonce(batch, epsilon):
    """As q → 0 the loss tends to InfoNCE + log λ."""
    robust = align(*batch, "rince", epsilon=epsilon, q=1e-6, lam=0.5)
    close(robust.loss, align(*batch, "ince", epsilon=epsilon).loss + math.log(0.5), atol=1e-3)


def test_kl_is_a_divergence():
    """Zero where plan and target agree, positive elsewhere, for plans of the target's row masses."""
    plan = solve(Problem(random_cost(5, 5), 0.5, INF, 0.0))
    close(KL().per_row(plan, plan.matrix), torch.zeros(5, dtype=torch.float64))
    assert (KL().per_row(plan, torch.eye(5, dtype=torch.float64)) > 0).all()
