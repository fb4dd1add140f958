"""Every regime gives the plan of plain log-domain Sinkhorn, and the report says what was done."""

from __future__ import annotations

import math
from functools import cache

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gca_viz.errors import InputError
from gca_viz.transport import CONVERGED, ITERATION_LIMIT, REGIMES, Problem, align, cosine_cost, joint_cost, solve
from gca_viz.transport.plans.diagnostics import PASS_LIMIT, PRECISION_LIMIT
from gca_viz.transport.solvers.kernel import LogKernel, ScalingKernel
from gca_viz.transport.solvers.sinkhorn import iterate
from gca_viz.transport.solvers.small import is_small
from tests.transport.batches import masses, problems, random_cost, views

INF = math.inf
TOLERANCES = {torch.float64: {"atol": 1e-9, "rtol": 0}, torch.float32: {"atol": 1e-5, "rtol": 0}}
SETTLED = {torch.float64: 1e-12, torch.float32: 1e-6}


def slow_plan(problem: Problem, iterations: int, *, to_the_limit: bool = True):
    """Plain log-domain Sinkhorn in float64, by the formula."""
    log_kernel = problem.log_kernel.double()
    log_mu, log_nu = problem.mu.double().log(), problem.nu.double().log()
    x, y = torch.zeros_like(log_mu), torch.zeros_like(log_nu)
    for step in range(iterations):
        before = y
        x = problem.tau1 * (log_mu - torch.logsumexp(log_kernel + y, 1))
        y = problem.tau2 * (log_nu - torch.logsumexp(log_kernel + x[:, None], 0))
        if to_the_limit and step and (y - before).abs().max() < 1e-13:
            break
    return (x[:, None] + log_kernel + y).exp()


def uneven_cost():
    """A row and a column that are far from everything."""
    cost = random_cost(10, 12)
    cost[0] += 1.5
    cost[:, 1] += 1
    return cost


PAIRS = views(12, noise=0.5, seed=3)
CLUSTERED = views(24, 8, noise=0.3, clusters=4)
# cost, ε, (λ₁, λ₂), the regime of float64 and of float32 where the limit is asked for
CASES = {
    "nothing asked": (random_cost(9, 9), 0.3, (0.0, 0.0), "kernel", "kernel"),
    "rows only": (random_cost(9, 14), 0.1, (INF, 0.0), "scaling", "scaling"),
    "columns only": (random_cost(9, 14), 0.1, (0.0, INF), "scaling", "scaling"),
    "soft": (random_cost(12, 12), 1.0, (INF, INF), "scaling", "scaling"),
    "soft and loose": (random_cost(12, 12), 0.2, (0.3, 0.1), "scaling", "scaling"),
    "sharp": (random_cost(12, 12), 0.03, (INF, INF), "newton", "newton"),
    "sharp rectangle": (random_cost(9, 14), 0.02, (INF, INF), "newton", "newton"),
    "nearly hard": (random_cost(9, 14), 0.1, (30.0, 50.0), "newton", "newton"),
    "one marginal hard": (random_cost(12, 12), 0.1, (INF, 3.0), "newton", "newton"),
    "clustered": (cosine_cost(*CLUSTERED), 0.1, (INF, INF), "newton", "newton"),
    "sharp and loose": (random_cost(9, 14), 0.01, (0.004, 0.004), "scaling", "stabilised"),
    "sharper than the format": (random_cost(9, 14), 0.003, (0.004, 0.004), "stabilised", "stabilised"),
    "uneven": (uneven_cost(), 0.002, (0.01, 0.01), "newton", "log"),
    "joint": (joint_cost(*CLUSTERED), 0.2, (INF, INF), "symmetric", "symmetric"),
    "joint and sharp": (joint_cost(*PAIRS), 0.05, (INF, INF), "newton", "newton"),
    "joint and loose": (joint_cost(*PAIRS), 0.3, (0.1, 0.1), "scaling", "scaling"),
}


@cache
def slow_limit(name: str) -> torch.Tensor:
    """Where plain iterations lead, in float64: what both formats are held to."""
    cost, epsilon, penalties, *_ = CASES[name]
    return slow_plan(Problem(cost, epsilon, *penalties), 60_000)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=str)
@pytest.mark.parametrize("name", CASES)
def test_the_limit_is_that_of_plain_iterations(name, dtype):
    cost, epsilon, penalties, *regimes = CASES[name]
    plan = solve(Problem(cost.to(dtype), epsilon, *penalties), iterations=INF, tol=SETTLED[dtype], trace=False)
    assert plan.converged, plan.diagnostics
    assert plan.diagnostics.regime == regimes[dtype == torch.float32]
    torch.testing.assert_close(plan.matrix.double(), slow_limit(name), **TOLERANCES[dtype])


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if "newton" in case[3:]])
def test_directions_in_single_precision_lead_to_the_same_limit(monkeypatch, name):
    monkeypatch.setattr("gca_viz.transport.solvers.newton._WORTH", 0)
    cost, epsilon, penalties, regime, _ = CASES[name]
    plan = solve(Problem(cost, epsilon, *penalties), iterations=INF, tol=SETTLED[torch.float64], trace=False)
    assert plan.converged and plan.diagnostics.regime == regime, plan.diagnostics
    torch.testing.assert_close(plan.matrix, slow_limit(name), **TOLERANCES[torch.float64])


def test_every_dense_regime_has_a_case():
    covered = {regime for *_, double, single in CASES.values() for regime in (double, single)}
    # A sparse plan has no iterations; tests/transport hold its rows to loops.
    assert covered == set(REGIMES) - {"streaming", "sparse"}


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=str)
@pytest.mark.parametrize("name", CASES)
def test_finite_iterations_are_plain_ones_in_any_arithmetic(name, dtype):
    cost, epsilon, penalties, *_ = CASES[name]
    for iterations in (1, 7):
        plan = solve(Problem(cost.to(dtype), epsilon, *penalties), iterations=iterations, tol=0, trace=False)
        assert plan.diagnostics.regime in ("kernel", "scaling", "stabilised", "log")
        expected = slow_plan(Problem(cost, epsilon, *penalties), iterations, to_the_limit=False)
        # A log-kernel of a few hundred has only four digits after the point in single precision.
        tolerance = {"atol": 1e-9 if dtype == torch.float64 else 3e-4 if epsilon < 0.01 else 1e-5, "rtol": 0}
        torch.testing.assert_close(plan.matrix.double(), expected, **tolerance)


@given(problems())
def test_both_kernels_walk_through_the_same_states(problem):
    runs = [
        iterate(kernel, problem, half_steps=9, tol=-1) for kernel in (ScalingKernel(problem), LogKernel(problem))
    ]
    for one, other in ((runs[0].u, runs[1].u), (runs[0].v, runs[1].v)):
        torch.testing.assert_close(torch.stack(one).log(), torch.stack(other), atol=1e-9, rtol=1e-9)


@settings(max_examples=60)
@given(
    st.sampled_from([(1, 1), (2, 5), (9, 9), (14, 3), (33, 33)]),
    st.floats(0.02, 2.0),
    st.sampled_from([1, 2, 3, 40, INF]),
    st.sampled_from([0.0, 1e-4]),
    st.sampled_from([torch.float32, torch.float64]),
    st.booleans(),
)
def test_the_steps_of_a_small_problem_have_the_bits_of_the_others(shape, epsilon, half_steps, tol, dtype, warm):
    rows, columns = shape
    marginals = masses(rows, 1, 6.0).to(dtype), masses(columns, 2, 6.0).to(dtype)
    problem = Problem(random_cost(rows, columns).to(dtype), epsilon, mu=marginals[0], nu=marginals[1])
    log_v = masses(columns, 3, 1.0).to(dtype) if warm else None
    asked = {
        "half_steps": half_steps,
        "tol": tol,
        "start": log_v,
        "keep": False,
        "impatient": math.isinf(half_steps),
    }
    if math.isinf(half_steps) and tol == 0:
        asked["tol"] = 1e-6
    assert is_small(ScalingKernel(problem), problem)
    small = iterate(ScalingKernel(problem), problem, **asked)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gca_viz.transport.solvers.sinkhorn.is_small", lambda kernel, problem: False)
        other = iterate(ScalingKernel(problem), problem, **asked)
    assert torch.equal(small.u[-1], other.u[-1]) and torch.equal(small.v[-1], other.v[-1])
    assert (small.half_steps, small.converged, small.slow) == (other.half_steps, other.converged, other.slow)
    assert small.marginal_error == pytest.approx(other.marginal_error, rel=1e-5, abs=1e-7)


@settings(max_examples=40)
@given(problems(), st.floats(0.005, 0.1))
def test_the_limit_meets_its_own_conditions(problem, epsilon):
    """Whatever the penalties, shape and marginals: mass in rows and columns as optimality asks, and no NaN."""
    sharp = Problem(problem.cost, epsilon, problem.lambda1, problem.lambda2, problem.mu, problem.nu)
    plan = solve(sharp, iterations=INF, tol=1e-9, trace=False)
    assert plan.converged, plan.diagnostics
    for marginal, mass, potential in (
        (sharp.rows, plan.row_mass, plan.log_u),
        (sharp.columns, plan.column_mass, plan.log_v),
    ):
        assert float(marginal.marginal_error(potential, mass.log())) <= 2e-9


def test_newton_goes_on_while_the_objective_falls_although_the_marginal_error_wanders():
    mu, nu = masses(5, 5, 1.0), masses(7, 6, 1.0)
    problem = Problem(random_cost(5, 7, 7), 1 / 64, mu=mu, nu=nu)
    plan = solve(problem, iterations=INF, tol=1e-9, trace=False)
    assert plan.diagnostics.regime == "newton" and plan.converged, plan.diagnostics
    # Two marginals and the form u_i K_ij v_j are what makes it the plan; plain steps would need far over 20,000.
    torch.testing.assert_close(plan.matrix.sum(1), mu, atol=1e-9, rtol=0)
    torch.testing.assert_close(plan.matrix.sum(0), nu, atol=2e-9, rtol=0)
    torch.testing.assert_close(plan.log_u[:, None] + problem.log_kernel + plan.log_v, plan.matrix.log())


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=str)
@pytest.mark.parametrize("epsilon", [1.0, 0.1, 0.003])
def test_one_sample_and_collapsed_samples_at_the_limit(epsilon, dtype):
    z = torch.tensor([[0.3, 0.4]], dtype=dtype)
    options = {"epsilon": epsilon, "iterations": INF}
    one = align(z, -z, **options)
    assert one.converged and float(one.matrix) == pytest.approx(1, abs=1e-5)
    joint = align(z, -z, layout="joint", **options)
    torch.testing.assert_close(joint.matrix, torch.tensor([[0, 1], [1, 0]], dtype=dtype), atol=1e-5, rtol=0)
    same = align(z.expand(5, 2), z.expand(5, 2), **options)
    torch.testing.assert_close(same.matrix, torch.full((5, 5), 0.2, dtype=dtype), atol=1e-5, rtol=0)
    copies = align(*(torch.cat([view, view[:2]]).to(dtype) for view in views(4, seed=1)), **options)
    # Duplicates share what one of them would send and receive.
    torch.testing.assert_close(copies.matrix[0], copies.matrix[4], atol=1e-5, rtol=0)
    torch.testing.assert_close(copies.matrix[:, 1], copies.matrix[:, 5], atol=1e-5, rtol=0)


# --- traces and warm starts ------------------------------------------------------------------------------------


def test_a_trace_on_the_way_to_the_limit_is_plain_and_the_plan_the_limit():
    problem = Problem(random_cost(12, 12), 0.02)
    limit = solve(problem, iterations=INF, tol=1e-10)
    plain = solve(problem, half_steps=limit.half_steps, tol=0)
    assert limit.diagnostics.regime == "newton" and limit.half_steps == len(limit.trace) - 1 == 100
    assert torch.equal(limit.trace.log_u, plain.trace.log_u) and torch.equal(limit.trace.log_v, plain.trace.log_v)
    assert torch.equal(limit.at(100).log_u, plain.log_u)
    assert limit.marginal_error <= 1e-10 < float(plain.trace.marginal_error[-1])
    untraced = solve(problem, iterations=INF, tol=1e-10, trace=False)
    torch.testing.assert_close(limit.matrix, untraced.matrix, atol=1e-8, rtol=0)


def test_a_trace_that_converges_ends_there():
    plan = solve(Problem(random_cost(12, 12), 1.0), iterations=INF, tol=1e-8)
    assert plan.converged and plan.diagnostics.regime == "scaling"
    torch.testing.assert_close(plan.at(plan.half_steps).matrix, plan.matrix)


@pytest.mark.parametrize("penalty", [INF, 3.0])
def test_a_warm_start_needs_fewer_passes_and_gives_the_same_plan(penalty):
    cost = cosine_cost(*CLUSTERED)

    def limit(epsilon, **options):
        return solve(Problem(cost, epsilon, penalty, penalty), iterations=INF, tol=1e-11, trace=False, **options)

    cold = limit(0.05)
    near, nearer = limit(0.06), limit(0.055)
    warm, extrapolated = limit(0.05, start=nearer), limit(0.05, start=(near, nearer))
    for plan in (warm, extrapolated):
        assert plan.converged
        torch.testing.assert_close(plan.matrix, cold.matrix, atol=1e-9, rtol=0)
    assert extrapolated.diagnostics.passes < warm.diagnostics.passes < cold.diagnostics.passes
    assert warm.diagnostics.warm and not cold.diagnostics.warm


def test_a_warm_start_does_not_touch_finite_iterations():
    problem = Problem(random_cost(9, 9), 0.2)
    start = solve(Problem(random_cost(9, 9), 0.3))
    assert torch.equal(solve(problem, iterations=3, start=start).matrix, solve(problem, iterations=3).matrix)


def test_a_start_of_another_size_is_refused():
    start = solve(Problem(random_cost(9, 8), 0.3))
    with pytest.raises(InputError, match="8 columns for a problem with 9"):
        solve(Problem(random_cost(9, 9), 0.2), iterations=INF, start=start)


def test_a_start_with_an_empty_column_is_taken():
    nu = torch.tensor([0.0, *8 * [9 / 8]])
    start = solve(Problem(random_cost(9, 9), 0.2, nu=nu))
    plan = solve(Problem(random_cost(9, 9), 0.1), iterations=INF, tol=1e-10, trace=False, start=start)
    cold = solve(Problem(random_cost(9, 9), 0.1), iterations=INF, tol=1e-10, trace=False)
    torch.testing.assert_close(plan.matrix, cold.matrix, atol=1e-8, rtol=0)


# --- diagnostics -----------------------------------------------------------------------------------------------


def test_not_converged_is_a_flag_with_a_remedy():
    sharp = Problem(random_cost(12, 12), 0.02)
    stopped = solve(sharp, iterations=5)
    assert stopped.stop_reason == ITERATION_LIMIT and not stopped.converged
    assert stopped.diagnostics.marginal_error == pytest.approx(float(stopped.trace.marginal_error[-1]))
    assert "Raise the iterations" in stopped.diagnostics.remedy and "Raise the iterations" in str(
        stopped.diagnostics
    )
    converged = solve(sharp, iterations=INF, trace=False)
    assert (
        converged.stop_reason == CONVERGED and converged.diagnostics.remedy == "" and converged.diagnostics.usable
    )
    text = str(converged.diagnostics)
    assert "newton" in text and "would need many more" in text and f"{converged.diagnostics.passes} passes" in text


def test_the_end_of_the_number_format_is_told():
    plan = solve(Problem(random_cost(12, 12).float(), 0.1), iterations=INF, tol=1e-12, trace=False)
    assert plan.stop_reason == PRECISION_LIMIT and not plan.converged and plan.diagnostics.usable
    assert plan.marginal_error < 1e-5
    assert "float64" in plan.diagnostics.remedy


def test_a_search_for_the_limit_ends(monkeypatch):
    monkeypatch.setattr("gca_viz.transport.solvers.newton.MOST_PASSES", 20)
    plan = solve(Problem(random_cost(12, 12), 0.01), iterations=INF, tol=1e-9, trace=False)
    assert plan.stop_reason == PASS_LIMIT and plan.diagnostics.passes < 400
    assert "Raise ε" in plan.diagnostics.remedy


def test_usable_is_one_per_cent():
    plan = solve(Problem(random_cost(12, 12), 0.2), half_steps=2, tol=0)
    assert plan.diagnostics.usable == (plan.marginal_error <= 0.01)
    assert solve(Problem(random_cost(12, 12), 0.2), iterations=30, tol=0).diagnostics.usable
    assert not solve(Problem(random_cost(12, 12), 0.02), half_steps=2, tol=0).diagnostics.usable


def test_passes_are_counted():
    assert solve(Problem(random_cost(6, 6), 0.5), half_steps=6, tol=0, trace=False).diagnostics.passes == 7
    assert (
        solve(Problem(random_cost(6, 6), 0.5), half_steps=6, tol=0).diagnostics.passes == 8
    )  # the start's columns


def test_a_loss_that_depends_on_the_gauge_takes_plain_steps():
    """RINCE's value changes with u → cu, v → v/c, so that its limit is that of plain steps from v = 1."""
    z1, z2 = views(8, seed=5)
    limit = align(z1, z2, "gca-rince", epsilon=0.2, iterations=INF, tol=1e-11, trace=False)
    plain = align(z1, z2, "gca-rince", epsilon=0.2, iterations=5000, tol=1e-11, trace=False)
    assert limit.diagnostics.regime == "scaling"
    torch.testing.assert_close(limit.loss, plain.loss)


@pytest.mark.parametrize("method", ["clip", "ince", "byol", "gca-uot", "iot"])
def test_align_finds_limits(method):
    z1, z2 = views(8, seed=5)
    options = {"lambda1": 5.0, "lambda2": 5.0} if method == "gca-uot" else {}
    limit = align(z1, z2, method, epsilon=0.1, iterations=INF, tol=1e-11, **options)
    plain = align(z1, z2, method, epsilon=0.1, iterations=20_000, tol=1e-11, trace=False, **options)
    assert limit.converged and plain.converged
    torch.testing.assert_close(limit.matrix, plain.matrix, atol=1e-8, rtol=0)
    torch.testing.assert_close(limit.loss, plain.loss, atol=1e-8, rtol=0)


def test_half_precision_is_computed_in_single():
    cost = random_cost(7, 7).to(torch.bfloat16)
    plan = solve(Problem(cost, 0.1))
    assert plan.matrix.dtype == torch.float32 and cost.dtype == torch.bfloat16
    torch.testing.assert_close(plan.matrix, solve(Problem(cost.float(), 0.1)).matrix)


def test_inputs_are_never_modified():
    cost, mu, nu = random_cost(9, 12), masses(9, 0, 3.0), masses(12, 1, 3.0)
    kept = [x.clone() for x in (cost, mu, nu)]
    for iterations in (5, INF):
        for epsilon in (0.5, 0.02, 0.002):
            solve(Problem(cost, epsilon, mu=mu, nu=nu), iterations=iterations)
    assert all(torch.equal(*pair) for pair in zip((cost, mu, nu), kept, strict=True))


@pytest.mark.parametrize("epsilon", [0.2, 0.003])
def test_an_accelerator_is_looked_at_every_eighth_iteration_only(monkeypatch, epsilon):
    """Reading a number back stalls an accelerator: count how often it happens."""
    read = []
    for place in ("memory", "solvers.kernel"):
        monkeypatch.setattr(f"gca_viz.transport.{place}.steps_between_looks", lambda tensor: 8)
    number = torch.Tensor.__float__
    monkeypatch.setattr(torch.Tensor, "__float__", lambda tensor: read.append(1) or number(tensor))
    problem = Problem(random_cost(12, 12), epsilon)
    kernel = ScalingKernel(problem) if ScalingKernel.fits(problem) else LogKernel(problem)
    read.clear()
    run = iterate(kernel, problem, half_steps=320, tol=0)
    assert run.half_steps == 320 and kernel.regime == ("scaling" if epsilon == 0.2 else "stabilised")
    assert len(read) <= 2 * (320 // 8) + 30
    plain = slow_plan(problem, 160, to_the_limit=False)
    log_plan = kernel.log(run.u[-1])[:, None] + problem.log_kernel + kernel.log(run.v[-1])
    torch.testing.assert_close(log_plan.exp(), plain, atol=1e-9, rtol=0)


# --- progress and cancellation ---------------------------------------------------------------------------------


@pytest.mark.parametrize("iterations", [5, INF])
@pytest.mark.parametrize("epsilon", [0.03, 0.003])
def test_progress_rises_and_each_pass_is_told(iterations, epsilon):
    shares = []
    problem = Problem(random_cost(12, 12).float(), epsilon)
    plan = solve(problem, iterations=iterations, progress=lambda share, what: shares.append(share))
    assert shares == sorted(shares) and shares[0] > 0 and shares[-1] <= 1
    assert len(shares) <= plan.diagnostics.passes <= 4 * len(shares)


def test_a_search_can_be_cancelled():
    class Cancelled(Exception):
        pass

    def cancel(share, what):
        reported.append(share)
        if len(reported) == 20:
            raise Cancelled

    reported = []
    with pytest.raises(Cancelled):
        align(*CLUSTERED, epsilon=0.01, iterations=INF, trace=False, progress=cancel)
    assert len(reported) == 20
