"""The first two dials, kernel and what is held: reference values, laws, gradients and degenerate batches."""

from __future__ import annotations

import json
import math
from itertools import product
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gca_viz.errors import InputError
from gca_viz.transport import KERNELS, METHODS, Problem, align, align_streamed, forces, solve
from gca_viz.transport.kernels import Gibbs, Logistic, Student, make_kernel
from gca_viz.transport.options import HOLDS, KERNEL, KERNEL_PARAMETERS
from gca_viz.transport.problem.cost import unit_rows
from tests.transport.batches import batches, masses, random_cost, seeds, views

CASES = json.loads((Path(__file__).parent / "reference" / "family_cases.json").read_text())
INF = math.inf
HELD = [hold for hold in HOLDS if hold != "cell"]
#: the name of a case → the kernel and its numbers
OF_CASE = {
    "gibbs": {"kernel": "gibbs"},
    "student nu=1": {"kernel": "student", "df": 1},
    "student nu=5": {"kernel": "student"},
    "student nu=1e9": {"kernel": "student", "df": 1e9},
    "simo": {"kernel": "simo"},
    "logistic c0=0.5": {"kernel": "logistic", "threshold": 0.5},
}


def number(values):
    return torch.tensor(values, dtype=torch.float64)


def close(actual, expected, atol=1e-9, rtol=0.0):
    expected = expected if isinstance(expected, torch.Tensor) else number(expected)
    torch.testing.assert_close(actual, expected, atol=atol, rtol=rtol)


def inputs(case):
    return number(case["z1"]), number(case["z2"])


@pytest.mark.parametrize("name", OF_CASE)
def test_reference(name):
    case, expected = CASES["kernels"], CASES["kernels"]["kernels"][name]
    assert set(OF_CASE) == set(case["kernels"])

    def plan(hold, **options):
        return align(*inputs(case), "ince", hold=hold, epsilon=case["epsilon"], **OF_CASE[name], **options)

    rows, total = plan("rows"), plan("total")
    limit = plan("both", iterations=INF, tol=1e-13)
    close(rows.cost, case["cost"])
    close(-rows.problem.log_kernel, expected["energy"])
    close(rows.problem.slope, expected["slope"])
    close(rows.matrix, expected["row_plan"])
    for held, field in ((rows, "row"), (total, "total"), (limit, "limit")):
        close(held.loss, expected[f"{field}_loss"])
        close(held.force, expected[f"{field}_force"], atol=1e-6)
        close(forces(held).pairs, expected[f"{field}_force"], atol=1e-6)
    close(plan("nothing").loss, expected["free_loss"])
    close(plan("both", iterations=3, tol=0).loss, expected["sinkhorn_half_steps_6_loss"])
    if name.startswith("logistic"):
        cells = plan("cell")
        close(cells.matrix, expected["cell_plan"])
        close(cells.loss, expected["bce_loss"])
        close(cells.force, expected["bce_force"], atol=1e-6)
        close(forces(cells).pairs, expected["bce_force"], atol=1e-6)


def test_reference_of_t_simclr():
    """Student's kernel of raw embeddings under one total: the published loss less ln 2N."""
    case = CASES["t_simclr"]
    options = {"kernel": "student", "df": case["nu"], "cost": "euclid", "epsilon": case["temperature"]}
    total = align(*inputs(case), "simclr", hold="total", **options)
    close(total.loss, case["plan_loss"])
    close(total.loss, case["official_loss"] - math.log(2 * len(case["z1"])))
    close(align(*inputs(case), "simclr", **options).loss, case["rows_loss"])


def test_reference_of_alignment_and_uniformity():
    """The Gibbs kernel under one total is alignment plus uniformity (Wang & Isola, ICML 2020)."""
    case = CASES["alignment_uniformity"]
    plan = align(*inputs(case), "simclr", hold="total", epsilon=case["epsilon"])
    close(plan.loss, case["total_loss"])
    samples = len(case["z1"])
    parts = case["alignment"] / (2 * case["epsilon"]) + case["uniformity"] + math.log(2 * samples - 1)
    close(plan.loss, parts)


def test_reference_of_odds_and_of_sigmoids():
    case = CASES["family"]
    values = case["values"]
    close(align(*inputs(case), "ince", epsilon=case["epsilon"], divergence="odds").loss, values["dcl"])
    cells = align(*inputs(case), "ince", kernel="logistic", hold="cell", epsilon=0.1)
    close(cells.loss, values["siglip eps=0.1 c0=0"])


def test_simo_is_squared_cosine_times_cauchy():
    case = CASES["family"]
    z = inputs(case)[0]
    weights = Problem(1 - unit_rows(z) @ unit_rows(z).T, 0.3, kernel=make_kernel("simo", {})).log_kernel.exp()
    expected = number(case["values"]["simo_pairs eps=0.3"]) * 0.3
    close(weights, expected, atol=2e-4)  # δ keeps orthogonal pairs in


# --- each kernel as a function ---


MADE = [Gibbs(), Student(0.5), Student(), Student(INF), make_kernel("simo", {}), Logistic(), Logistic(0.7)]


@pytest.mark.parametrize("kernel", MADE, ids=repr)
@pytest.mark.parametrize("epsilon", [1e-6, 0.1, 1e6, number([0.05, 0.2, 3.0])[:, None]], ids=str)
def test_the_slope_is_the_derivative_of_the_energy(kernel, epsilon):
    cost = number([[0, 0.1, 0.5, 0.999], [1, 1.2, 1.7, 2], [1e-5, 0.01, 0.3, 1.0001]]).requires_grad_()
    kernel.energy(cost, epsilon).sum().backward()
    torch.testing.assert_close(kernel.slope(cost.detach(), epsilon), cost.grad, rtol=1e-9, atol=1e-12)
    energy = kernel.scaled_energy(cost.detach(), epsilon) / epsilon
    torch.testing.assert_close(energy, kernel.energy(cost.detach(), epsilon), rtol=1e-9, atol=1e-12)


def test_no_distance_has_no_energy():
    nothing = torch.zeros(1, dtype=torch.float64)
    for kernel in MADE:
        at_zero = math.log1p(math.exp(-kernel.threshold / 0.1)) if isinstance(kernel, Logistic) else 0.0
        assert float(kernel.energy(nothing, 0.1)) == pytest.approx(at_zero, abs=1e-12)


def test_rounding_below_zero_keeps_its_gradient():
    cost = torch.tensor([[-1e-8, 1.0]], dtype=torch.float64, requires_grad=True)
    energy = Student(1).energy(cost, 1e-8)
    energy.sum().backward()
    assert torch.isfinite(energy).all() and float(cost.grad[0, 0]) == pytest.approx(2e8)
    with pytest.raises(InputError, match="a cost of -1 for the kernel 'student'"):
        Problem(cost.detach() - 1, 0.1, kernel=Student())


@pytest.mark.parametrize("hold", HELD)
def test_student_tends_to_gibbs(hold):
    z = views(6, seed=3)
    gibbs = align(*z, "ince", hold=hold, epsilon=0.3)
    assert torch.equal(align(*z, "ince", hold=hold, kernel="student", df=INF, epsilon=0.3).matrix, gibbs.matrix)
    near = [align(*z, "ince", hold=hold, kernel="student", df=df, epsilon=0.3).loss for df in (1e2, 1e4, 1e6)]
    gaps = [abs(float(loss - gibbs.loss)) for loss in near]
    assert gaps[0] > gaps[1] > gaps[2] and gaps[2] < 1e-4


def test_student_far_pairs_hardly_push():
    slope = Student(5).slope(number([0.0, 2.0]), 0.1)
    close(slope[1] / slope[0], 5 * 0.1 / (5 * 0.1 + 4))


def test_simo_drives_strangers_to_be_orthogonal():
    slope = make_kernel("simo", {}).slope(number([0.5, 1.5]), 0.3)
    assert slope[0] > 0 > slope[1]


# --- laws of plans ---

kernels = st.sampled_from(
    [("gibbs", {}), ("student", {"df": 1.0}), ("student", {}), ("simo", {}), ("logistic", {})]
)


@given(batches(3), kernels, st.floats(0.05, 2.0), st.sampled_from(["cross", "joint"]))
def test_the_ladder(batch, kernel, epsilon, layout):
    """From one total on each constraint set has the next in it: all cells, rows, rows and columns."""
    method = {"cross": "ince", "joint": "simclr"}[layout]

    def loss(hold, **options):
        name, numbers = kernel
        return float(align(*batch, method, kernel=name, hold=hold, epsilon=epsilon, **numbers, **options).loss)

    rows = loss("rows")
    assert loss("total") >= rows - 1e-9
    assert rows >= loss("both", iterations=INF, tol=1e-9) - 1e-6


@given(batches(2), kernels, st.floats(0.05, 2.0), seeds)
def test_one_total(batch, kernel, epsilon, seed):
    """Its mass is that of μ, every cell is the kernel times one number, and it is the projection of the kernel."""
    mu = masses(len(batch[0]), seed, 7.0)
    plan = align(*batch, "ince", kernel=kernel[0], hold="total", epsilon=epsilon, mu=mu, **kernel[1])
    assert plan.converged and plan.half_steps == 1 and plan.trace.steps == ("start", "total")
    close(plan.mass, number(7.0))
    ratio = plan.log_matrix - plan.problem.log_kernel
    close(ratio, ratio[:1, :1].expand_as(ratio))
    other = masses(plan.matrix.numel(), seed + 1, 7.0).view_as(plan.matrix)
    log_kernel = plan.problem.log_kernel

    def kl(p, log_q):  # with the masses, as Bregman's distance has them
        return (p * (p.log() - log_q) - p + log_q.exp()).sum()

    close(kl(other, log_kernel), kl(other, plan.log_matrix) + kl(plan.matrix, log_kernel), rtol=1e-9)


def test_one_total_is_rows_where_all_rows_have_one_sum():
    cost = torch.stack([random_cost(1, 5)[0].roll(k) for k in range(5)])  # a circulant
    target = torch.eye(5, dtype=torch.float64)
    total = solve(Problem(cost, 0.3, one_total=True), target=target)
    close(total.matrix, solve(Problem(cost, 0.3, INF, 0.0), target=target).matrix)


@given(batches(2), kernels, st.sampled_from(HELD), st.randoms())
def test_permutation_equivariance(batch, kernel, hold, random):
    order = list(range(len(batch[0])))
    random.shuffle(order)
    options = {"kernel": kernel[0], "hold": hold, "epsilon": 0.3, **kernel[1]}
    plan = align(*batch, "ince", **options)
    moved = align(batch[0][order], batch[1][order], "ince", **options)
    close(moved.matrix, plan.matrix[order][:, order])
    close(moved.force, plan.force[order][:, order], rtol=1e-9)


@given(batches(2), st.sampled_from(["gibbs", "student", "logistic"]), st.floats(0.1, 10))
def test_scaling_law(batch, kernel, scale):
    """Cost and temperature times s, and the threshold, give the same plan."""
    cost = 1 - unit_rows(batch[0]) @ unit_rows(batch[1]).T
    made = [make_kernel(kernel, {"threshold": c} if kernel == "logistic" else {}) for c in (0.3, 0.3 * scale)]
    if kernel == "logistic" and 0.3 * scale > 3:
        return
    plans = [
        solve(Problem(c, e, kernel=k), iterations=20, tol=0)
        for c, e, k in ((cost, 0.2, made[0]), (scale * cost, scale * 0.2, made[1]))
    ]
    close(plans[1].matrix, plans[0].matrix, atol=1e-8)


@given(batches(2), kernels)
def test_half_steps_never_raise_the_loss(batch, kernel):
    plan = align(*batch, "gca-ince", kernel=kernel[0], epsilon=0.2, **kernel[1])
    fall = -plan.trace.kl[1:].diff()
    assert (fall >= -1e-9).all()
    assert (plan.trace.dual.diff() >= -1e-9).all()


@given(batches(2), st.floats(0.05, 1))
def test_in_odds_the_pair_does_not_compete_with_itself(batch, epsilon):
    """On InfoNCE's plan they are its loss plus the log of what a row sends to others."""
    plan = align(*batch, "ince", epsilon=epsilon)
    others = plan.log_matrix.fill_diagonal_(-INF).logsumexp(1)
    close(align(*batch, "ince", epsilon=epsilon, divergence="odds").loss_per_row, plan.loss_per_row + others)


# --- gradients and forces ---


@pytest.mark.parametrize(("kernel", "hold"), [*product(KERNELS, HELD), ("logistic", "cell")])
@pytest.mark.parametrize("iterations", [3, INF])
def test_gradients(kernel, hold, iterations):
    def loss(z1, z2, epsilon):
        options = {"iterations": iterations, "tol": 0 if iterations == 3 else 1e-14, "trace": False}
        return align(z1, z2, "ince", kernel=kernel, hold=hold, epsilon=epsilon, **options).loss

    given = (*views(3, 2), number([0.4, 0.6, 0.9]))
    if hold == "both" and iterations == INF:  # at a limit of unequal temperatures no gradient of ε is asked here
        given = (*given[:2], number(0.4))
    assert torch.autograd.gradcheck(loss, tuple(x.clone().requires_grad_() for x in given), atol=1e-6)


@pytest.mark.parametrize(
    ("layout", "divergence"), [*product(["cross", "joint"], ["odds", "l2", "rince", "reverse-kl"])]
)
def test_gradients_of_other_distances_under_one_total(layout, divergence):
    def loss(z1, z2):
        return align(z1, z2, {"cross": "ince", "joint": "simclr"}[layout], hold="total", divergence=divergence).loss

    assert torch.autograd.gradcheck(loss, tuple(z.requires_grad_() for z in views(3, 2)), atol=1e-6)


@pytest.mark.parametrize(("cost", "layout"), [*product(["cosine", "euclid"], ["cross", "joint"])])
@pytest.mark.parametrize(("kernel", "hold"), [*product(["student", "gibbs"], ["total", "rows", "both"])])
def test_forces_move_the_points_as_training_does(cost, layout, kernel, hold):
    z1, z2 = views(5, seed=4)
    if cost == "cosine":
        z1, z2 = unit_rows(z1), unit_rows(z2)
    z1, z2 = z1.requires_grad_(), z2.requires_grad_()
    method = {"cross": "ince", "joint": "simclr"}[layout]
    plan = align(z1, z2, method, kernel=kernel, cost=cost, hold=hold, epsilon=0.5, tol=0, trace=False)
    plan.loss_per_row.sum().backward()
    on_z1, on_z2 = forces(plan.detach()).on_points(z1, z2)
    close(on_z1, -z1.grad, atol=1e-8)
    close(on_z2, -z2.grad, atol=1e-8)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("hold", ["rows", "total"])
def test_the_residual_times_the_slope_is_the_force(kernel, hold):
    plan = align(*views(6, seed=4), "simclr", kernel=kernel, hold=hold, epsilon=0.2)
    close(forces(plan).pairs, plan.force, atol=1e-9)
    assert torch.isfinite(plan.force).all() and (plan.force.diag() == 0).all()


def test_euclid_is_cosine_on_unit_vectors():
    z1, z2 = map(unit_rows, views(6, seed=5))
    for method in ("ince", "simclr"):
        close(align(z1, z2, method, cost="euclid").matrix, align(z1, z2, method).matrix)
    moved = align(z1 + 100, z2 + 100, "ince", cost="euclid")
    close(moved.matrix, align(z1, z2, "ince").matrix)


# --- ends and degenerate batches ---


@pytest.mark.parametrize(("kernel", "hold"), [*product(KERNELS, HELD), ("logistic", "cell")])
@pytest.mark.parametrize("epsilon", [1e-6, 1e-3, 1e6])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_temperatures_at_their_ends(kernel, hold, epsilon, dtype):
    z1, z2 = (z.to(dtype).requires_grad_() for z in views(8, seed=2))
    plan = align(z1, z2, "ince", kernel=kernel, hold=hold, epsilon=epsilon)
    plan.loss.backward()
    for values in (plan.matrix, plan.loss_per_row, z1.grad, z2.grad, plan.force):
        assert torch.isfinite(values).all()
    if epsilon == 1e6 and hold not in ("nothing", "cell") and kernel in ("gibbs", "student"):
        torch.testing.assert_close(plan.matrix, torch.full_like(plan.matrix, 1 / 8), atol=1e-5, rtol=0)


@pytest.mark.parametrize("method", ["ince", "simclr"])
@pytest.mark.parametrize(
    "options",
    [*({"kernel": kernel} for kernel in KERNELS), {"kernel": "logistic", "threshold": 1.2}],
    ids=str,
)
def test_the_sharpest_perplexity_is_where_cold_plans_end(options, method):
    """No temperature makes the rows of Student's kernel sharper."""
    z = views(12, 4, seed=9)
    plans = [align(*z, method, epsilon=epsilon, hold="rows", **options) for epsilon in (1e-5, 0.05)]
    floor = float(plans[0].sharpest_perplexity)
    assert float(plans[1].sharpest_perplexity) == floor
    assert float(plans[0].perplexity) == pytest.approx(floor, rel=1e-3)
    assert (floor > 1.5) == (options["kernel"] in ("student", "simo") or "threshold" in options)


def test_the_floor_of_students_kernel_falls_with_its_degrees_of_freedom():
    """On a sphere of many dimensions ratios of distances say little: nearly everybody is a neighbour."""
    z1, z2 = views(128, 128, seed=3, noise=1.0)
    floors = [float(align(z1, z2, "ince", kernel="student", df=df).sharpest_perplexity) for df in (1, 5, 30, INF)]
    assert floors[0] > 100 and floors == sorted(floors, reverse=True) and floors[-1] == 1


@pytest.mark.parametrize(("kernel", "hold"), [*product(KERNELS, ["total", "rows", "both"])])
def test_collapsed_embeddings_give_the_uniform_plan(kernel, hold):
    z = torch.ones(5, 3, requires_grad=True)
    for epsilon in (0.005, 0.1, 2.0):
        plan = align(z, z, "ince", kernel=kernel, hold=hold, epsilon=epsilon)
        torch.testing.assert_close(plan.matrix, torch.full((5, 5), 0.2), atol=1e-5, rtol=0)
        assert float(plan.loss) == pytest.approx(math.log(5), abs=1e-4)
        (gradient,) = torch.autograd.grad(plan.loss, z)
        assert torch.isfinite(gradient).all()


@pytest.mark.parametrize(("kernel", "hold"), [*product(KERNELS, HELD)])
def test_one_sample_and_two(kernel, hold):
    for size in (1, 2):
        z1, z2 = views(size, seed=6)
        plan = align(z1, z2, "ince", kernel=kernel, hold=hold)
        assert torch.isfinite(plan.loss) and plan.matrix.shape == (size, size)
        if size == 1 and hold != "nothing":
            close(plan.matrix, [[1.0]])
    joint = align(*views(1), "simclr", kernel=kernel, hold=hold)
    assert (joint.matrix.diag() == 0).all() and torch.isfinite(joint.loss)


def test_far_embeddings_stay_finite():
    z1, z2 = (1e6 * z for z in views(6, seed=7))
    for hold in ("rows", "total", "both"):
        plan = align(z1, z2, "ince", cost="euclid", hold=hold)
        assert torch.isfinite(plan.loss) and torch.isfinite(plan.matrix).all()
    with pytest.raises(InputError, match="cost='euclid'") as error:
        align(torch.full((2, 2), 1e30) * torch.tensor([[1.0], [-1.0]]), torch.ones(2, 2), "ince", cost="euclid")
    assert error.value.parameter == "cost"


def test_large_batches_take_the_same_total():
    """Beyond the size from which the kernel is read in blocks."""
    z1, z2 = (z.float() for z in views(2100, 8, seed=1))
    plan = align(z1, z2, "ince", hold="total", epsilon=0.5, trace=False)
    expected = plan.problem.log_kernel.flatten().log_softmax(0).view_as(plan.matrix).exp() * 2100
    torch.testing.assert_close(plan.matrix, expected, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize(
    ("options", "parameter", "words"),
    [
        ({"kernel": "cauchy"}, "kernel", "gibbs, student, simo, logistic"),
        ({"kernel": 3}, "kernel", "must be one of"),
        ({"df": 5}, "df", "kernel='student'"),
        ({"kernel": "student", "df": 0}, "df", "> 0"),
        ({"kernel": "student", "df": math.nan}, "df", "> 0"),
        ({"kernel": "student", "threshold": 0.5}, "threshold", "kernel='logistic'"),
        ({"kernel": "logistic", "threshold": 4}, "threshold", "≤ 3"),
        ({"hold": "diagonal"}, "hold", "nothing, cell, total, rows, columns, both"),
        ({"hold": "cell"}, "hold", "kernel='logistic'"),
        ({"cost": "manhattan"}, "cost", "cosine, euclid"),
        ({"cost": "euclid", "kernel": "simo"}, "cost", "cosine"),
        ({"divergence": "bce"}, "divergence", "hold='cell'"),
        ({"divergence": "bce", "kernel": "logistic"}, "divergence", "hold='cell'"),
        ({"method": "gca-uot", "hold": "rows", "lambda1": 1.0}, "lambda1", "Leave lambda1 out"),
    ],
)
def test_sentences(options, parameter, words):
    with pytest.raises(InputError) as error:
        align(*views(4), **{"method": "ince"} | options)
    assert error.value.parameter == parameter and words in str(error.value)


def test_a_cell_that_is_not_held_has_no_two_answers():
    """Binary cross-entropy is KL of a cell: where rows are held, SigLIP's kernel is asked for KL again."""
    z = views(4)
    close(align(*z, "siglip", hold="rows").loss, align(*z, "ince", kernel="logistic").loss)
    close(align(*z, "siglip").loss, align(*z, "ince", kernel="logistic", hold="cell").loss)


def test_odds_need_somebody_else():
    for z, options in ((views(1), {}), (views(3), {"target": "label", "labels": [0, 0, 0]})):
        with pytest.raises(InputError, match="whose every column is in its target") as error:
            align(*z, "ince", divergence="odds", **options).loss  # noqa: B018
        assert error.value.parameter == "divergence"


def test_bce_needs_probabilities():
    with pytest.raises(InputError, match="more than 1 in a cell"):
        align(*views(3), "ince", kernel="logistic", hold="cell", target=2 * torch.eye(3)).loss  # noqa: B018


def test_weights_of_rows_weigh_the_new_distances():
    z, mu = views(5, seed=8), masses(5, 3, 5.0)
    for options in ({"divergence": "odds"}, {"kernel": "logistic", "hold": "cell"}):
        plain = align(*z, "ince", **options).loss_per_row
        close(align(*z, "ince", mu=mu, **options).loss_per_row, mu * plain)


def test_the_registry():
    assert tuple(KERNELS) == KERNEL.options and set(KERNEL_PARAMETERS) <= set(KERNELS)
    assert all(kernel.name == name and kernel.formula and kernel.citation for name, kernel in KERNELS.items())
    assert all(HOLDS[hold].endswith(".") for hold in HOLDS)
    with pytest.raises(TypeError):
        KERNELS["mine"] = Gibbs


def test_streamed_plans_know_one_kernel():
    assert all(method.kernel == "gibbs" for method in METHODS.values() if method.name == "ince")
    z = views(4)
    for dial, value in (("kernel", "student"), ("cost", "euclid"), ("hold", "total")):
        with pytest.raises(InputError, match=f"{dial} = '{value}' for a streamed plan") as error:
            align_streamed(*z, "ince", **{dial: value})
        assert error.value.parameter == dial
    with pytest.raises(InputError, match="method = 'siglip' for a streamed plan"):
        align_streamed(*z, "siglip")
    for hold in ("nothing", "rows", "columns", "both"):
        close(align_streamed(*z, "ince", hold=hold).loss, align(*z, "ince", hold=hold).loss)
