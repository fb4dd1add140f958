"""The public door: types, layouts, degenerate batches, and every mistake a user can make."""

from __future__ import annotations

import gc
import math
import weakref

import numpy as np
import pytest
import torch

from gca_viz.errors import InputError
from gca_viz.transport import CONVERGED, ITERATION_LIMIT, METHODS, align
from tests.transport.batches import asked, views

Z1, Z2 = views(6, 4, seed=5)
LABELS = [0, 0, 1, 1, 2, 2]


@pytest.mark.parametrize(
    ("given", "computed"),
    [
        (torch.float64, torch.float64), (torch.float32, torch.float32),
        (torch.float16, torch.float32), (torch.bfloat16, torch.float32),
    ],
)  # fmt: skip
def test_precision(given, computed):
    plan = align(Z1.to(given), Z2.to(given))
    assert plan.matrix.dtype == plan.f.dtype == plan.loss.dtype == plan.trace.f.dtype == computed


def test_numpy_and_torch_give_the_same_plan():
    assert torch.equal(align(Z1.numpy(), Z2.numpy()).matrix, align(Z1, Z2).matrix)


def test_inputs_are_not_modified():
    z1, z2, mu = Z1.numpy().copy(), Z2.clone(), np.ones(6)
    align(z1, z2, mu=mu, target="domain", domains=np.array(LABELS))
    assert (z1 == Z1.numpy()).all() and torch.equal(z2, Z2) and (mu == 1).all()


def test_lengths_of_embeddings_do_not_matter():
    lengths = torch.tensor([1e-30, 1e-3, 1, 10, 1e4, 1e30])[:, None]
    torch.testing.assert_close(
        align((Z1 * lengths).float(), Z2.float()).matrix, align(Z1.float(), Z2.float()).matrix
    )


def test_autocast_does_not_lower_the_precision():
    with torch.autocast("cpu", dtype=torch.bfloat16):
        inside = align(Z1.float(), Z2.float())
    assert torch.equal(inside.matrix, align(Z1.float(), Z2.float()).matrix)


@pytest.mark.parametrize("method", METHODS.values(), ids=lambda method: method.name)
def test_layouts(method):
    for layout in method.layouts:
        plan = align(Z1, Z2, method.name, layout=layout, **asked(method.name, 6, 4))
        size = {"cross": 6, "joint": 12}[layout]
        columns = 3 if method.columns == "prototypes" else size
        assert plan.matrix.shape == plan.target.shape == (size, columns)
        if layout == "joint":
            assert (plan.matrix.diag() == 0).all()
            assert plan.pairing.partner.tolist() == [*range(6, 12), *range(6)]
    assert align(Z1, Z2, method.name, **asked(method.name, 6, 4)).pairing.layout == method.layouts[0]


@pytest.mark.parametrize("method", ["ince", "gca-ince", "clip"])
@pytest.mark.parametrize("epsilon", [0.005, 0.1, 2.0])
def test_collapsed_embeddings_give_the_uniform_plan(method, epsilon):
    plan = align(torch.ones(5, 3), torch.ones(5, 3), method, epsilon=epsilon)
    torch.testing.assert_close(plan.matrix, torch.full((5, 5), 0.2))
    assert float(plan.loss) == pytest.approx(math.log(5), abs=1e-6)


@pytest.mark.parametrize("method", ["ince", "clip", "gca-ince"])
def test_one_sample(method):
    torch.testing.assert_close(align(Z1[:1], Z2[:1], method).matrix, torch.ones(1, 1, dtype=torch.float64))


@pytest.mark.parametrize("method", ["simclr", "iot", "iot-uni"])
def test_one_sample_in_the_joint_layout(method):
    plan = align(Z1[:1], Z2[:1], method)
    torch.testing.assert_close(plan.matrix, torch.tensor([[0.0, 1.0], [1.0, 0.0]], dtype=torch.float64))
    assert abs(float(plan.loss)) < 1e-12


@pytest.mark.parametrize("method", METHODS)
def test_cold_plan_in_single_precision_is_finite(method):
    z1, z2 = views(64, 8, seed=1, clusters=4)
    plan = align(z1.float(), z2.float(), method, epsilon=0.005, **asked(method, 64, 8))
    exact = align(z1, z2, method, epsilon=0.005, **asked(method, 64, 8))
    assert torch.isfinite(plan.matrix).all() and torch.isfinite(plan.loss_per_row).all()
    torch.testing.assert_close(plan.matrix.double(), exact.matrix, atol=2e-3, rtol=2e-3)


def test_stop_reason_and_flag():
    few, many = align(Z1, Z2, iterations=1), align(Z1, Z2, epsilon=1.0, iterations=500)
    assert (few.converged, few.stop_reason, few.half_steps) == (False, ITERATION_LIMIT, 2)
    assert (many.converged, many.stop_reason) == (True, CONVERGED)
    assert many.half_steps < 1000 and many.marginal_error <= 1e-6 < few.marginal_error
    off_by = (many.row_mass - 1).abs().sum() + (many.column_mass - 1).abs().sum()
    assert float(off_by) / 6 == pytest.approx(many.marginal_error, rel=1e-6)


def test_iterations_none_is_the_default():
    assert align(Z1, Z2, iterations=None, tol=0).half_steps == align(Z1, Z2, tol=0).half_steps == 20


def test_clip_is_the_mean_of_its_parts():
    plan = align(Z1, Z2, "clip")
    rows, columns = plan.parts
    torch.testing.assert_close(plan.matrix, (rows.matrix + columns.matrix) / 2)
    torch.testing.assert_close(plan.log_matrix.exp(), plan.matrix)
    torch.testing.assert_close(rows.matrix, align(Z1, Z2, "ince").matrix)
    torch.testing.assert_close(columns.matrix, align(Z2, Z1, "ince").matrix.T)
    assert torch.equal(plan.f, rows.f) and torch.equal(plan.g, columns.g)
    torch.testing.assert_close(plan.at(0).matrix, plan.kernel)
    torch.testing.assert_close(plan.at(2).matrix, plan.matrix)


@pytest.mark.parametrize("method", [name for name, method in METHODS.items() if not method.sparse])
def test_every_plan_is_drawn_from_cost_and_potentials_of_its_parts(method):
    plan = align(Z1, Z2, method, epsilon=0.2, **asked(method, 6, 4))
    drawn = [(p.log_u[:, None] + p.log_v + p.problem.log_kernel).exp() for p in plan.parts]
    if not isinstance(plan.problem.epsilon, torch.Tensor):
        drawn = [((p.f[:, None] + p.g - p.problem.scaled_energy) / 0.2).exp() for p in plan.parts]
    torch.testing.assert_close(sum(drawn) / len(drawn), plan.matrix)


def test_temperature_per_row():
    """Row i of an InfoNCE plan is the soft-max at its own temperature."""
    epsilon = torch.tensor([0.05, 0.1, 0.2, 0.4, 0.8, 1.6], dtype=torch.float64)
    plan = align(Z1, Z2, "ince", epsilon=epsilon)
    torch.testing.assert_close(plan.matrix, (-plan.cost / epsilon[:, None]).softmax(1))
    balanced = align(Z1, Z2, epsilon=epsilon, iterations=3000, tol=1e-12)
    assert balanced.converged
    scaled = -plan.cost / epsilon[:, None] + balanced.f[:, None] / epsilon[:, None] + balanced.g / epsilon.mean()
    torch.testing.assert_close(balanced.matrix, scaled.exp())
    assert torch.equal(align(Z1, Z2, "ince", epsilon=epsilon.numpy()).matrix, plan.matrix)


def test_marginals():
    mu = torch.tensor([2.0, 1, 1, 1, 0.5, 0.5], dtype=torch.float64)
    plan = align(Z1, Z2, epsilon=0.5, iterations=1000, mu=mu, nu=mu.flip(0).tolist())
    torch.testing.assert_close(plan.row_mass, mu, atol=1e-5, rtol=0)
    torch.testing.assert_close(plan.column_mass, mu.flip(0), atol=1e-5, rtol=0)
    joint = align(Z1, Z2, epsilon=0.5, iterations=1000, mu=mu, layout="joint")
    torch.testing.assert_close(joint.column_mass, torch.cat([mu, mu]), atol=1e-5, rtol=0)
    both = align(Z1, Z2, epsilon=0.5, iterations=1000, mu=torch.cat([mu, mu]), nu=mu.tolist(), layout="joint")
    assert torch.equal(both.matrix, joint.matrix)


def corrupted(row, value):
    z = Z1.clone()
    z[row] = value
    return z


#: what a user may do wrong → words that the answer must hold
MISTAKES = {
    "nan": ({"z1": corrupted(3, math.nan)}, ["z1", "NaN", "1 of 6 rows", "row 3"]),
    "infinite": ({"z2": corrupted([2, 4], math.inf)}, ["z2", "infinite", "2 of 6 rows", "row 2"]),
    "unequal lengths": ({"z2": Z2[:4]}, ["(6, 4)", "(4, 4)", "same number of rows"]),
    "unequal dimensions": ({"z2": Z2[:, :3]}, ["(6, 4)", "(6, 3)"]),
    "empty": ({"z1": Z1[:0], "z2": Z2[:0]}, ["(0, 4)", "at least one row"]),
    "no dimensions": ({"z1": Z1[:, :0], "z2": Z2[:, :0]}, ["(6, 0)"]),
    "one dimension": ({"z1": Z1[0]}, ["(4,)", "matrix with one row per sample"]),
    "integers": ({"z1": np.arange(24).reshape(6, 4)}, ["int64", "floating-point"]),
    "ragged": ({"z1": [[1.0], [1.0, 2.0]]}, ["z1", "list", "unequal length"]),
    "words": ({"z1": "embeddings"}, ["z1", "str"]),
    "zero temperature": ({"epsilon": 0}, ["epsilon = 0", "≥ 1e-06", "0.02 and 2"]),
    "negative temperature": ({"epsilon": -0.1}, ["epsilon = -0.1", "≥ 1e-06"]),
    "temperature of nan": ({"epsilon": math.nan}, ["epsilon = nan"]),
    "a row of negative temperature": ({"epsilon": -torch.ones(6)}, ["epsilon = -1.0"]),
    "temperatures too few": ({"epsilon": torch.ones(5)}, ["(5,)", "one per row (6)"]),
    "negative penalty": ({"method": "gca-uot", "lambda1": -1}, ["lambda1 = -1", "≥ 0", "infinity allowed"]),
    "negative column penalty": ({"method": "gca-uot", "lambda2": -1}, ["lambda2 = -1"]),
    "unknown method": ({"method": "gca_inc"}, ["gca_inc", "simclr, ince", "iot-uni", "Did you mean 'gca-ince'?"]),
    "unknown, nothing near": ({"method": "xyzzy"}, ["xyzzy", "simclr, ince, clip, byol"]),
    "method that is no name": ({"method": None}, ["method = None", "simclr"]),
    "foreign parameter": ({"method": "ince", "lambda1": 1}, ["lambda1 = 1", "ince takes epsilon", "gca-uot"]),
    "foreign robustness": ({"method": "gca-ince", "q": 0.5}, ["q = 0.5", "gca-rince"]),
    "robustness": ({"method": "rince", "q": 1.5}, ["q = 1.5", "> 0 and ≤ 1"]),
    "layout": ({"method": "simclr", "layout": "cross"}, ["layout = 'cross'", "simclr", "joint"]),
    "unknown layout": ({"layout": "diagonal"}, ["layout = 'diagonal'", "cross or joint"]),
    "iterations": ({"iterations": 0}, ["iterations = 0", "whole number ≥ 1"]),
    "half an iteration": ({"iterations": 1.5}, ["iterations = 1.5", "whole number"]),
    "tolerance": ({"tol": -1}, ["tol = -1"]),
    "target shape": ({"target": torch.eye(5)}, ["(5, 5)", "(6, 6)"]),
    "target negative": ({"target": -torch.eye(6)}, ["negative mass", "≥ 0"]),
    "target nan": ({"target": torch.full((6, 6), math.nan)}, ["NaN"]),
    "target zero": ({"target": torch.zeros(6, 6)}, ["zero everywhere"]),
    "target on itself": ({"target": torch.eye(12), "layout": "joint"}, ["not matched with itself"]),
    "unknown target": (
        {"target": "class"},
        ["target = 'class'", "partner, label, relaxed-label, cluster, domain, relation, self-sharpened"],
    ),
    "labels missing": ({"target": "label"}, ["without labels", "labels=…"]),
    "domains missing": ({"target": "domain", "alpha": 1}, ["without domains"]),
    "labels too few": ({"target": "label", "labels": LABELS[:4]}, ["(4,)", "(6,)"]),
    "labels without use": ({"labels": LABELS}, ["labels together with the target 'partner'", "target='label'"]),
    "alpha without use": (
        {"target": torch.eye(6), "alpha": 1},
        ["alpha together with a target matrix", "'domain'"],
    ),
    "negative alpha": ({"target": "domain", "domains": LABELS, "alpha": -0.4}, ["alpha = -0.4", "≥ 0"]),
    "negative beta": ({"target": "domain", "domains": LABELS, "beta": -0.4}, ["beta = -0.4", "≥ 0"]),
    "share": ({"target": "domain", "domains": LABELS, "share": 2}, ["share = 2", "≤ 1"]),
    "empty prior": (
        {"target": "domain", "domains": [0, 1, 2, 2, 2, 2], "alpha": 1, "beta": 0, "share": 0.7},
        ["empty for 2 rows", "row 0", "beta > 0", "two samples per domain"],
    ),
    "target temperature": ({"target": "relation", "target_temperature": 0}, ["target_temperature = 0"]),
    "target temperature without use": (
        {"target_temperature": 0.1},
        ["'relation' or target='self-sharpened'", "Leave target_temperature out"],
    ),
    "nobody to relate to": ({"z1": Z1[:1], "z2": Z2[:1], "target": "relation"}, ["one sample", "Add a sample"]),
    "divergence": ({"divergence": "js"}, ["divergence = 'js'", "kl, rince, l2, reverse-kl"]),
    "marginal length": ({"mu": torch.ones(5)}, ["mu of shape (5,)", "(6,)"]),
    "marginal negative": ({"nu": torch.tensor([1.0, 1, -2, 1, 1, 1])}, ["nu[2] = -2", "not negative"]),
    "marginal zero": ({"mu": torch.zeros(6)}, ["mu that is zero everywhere"]),
    "marginal infinite": ({"mu": [1, 1, 1, 1, 1, math.inf]}, ["mu[5] = inf", "finite"]),
    "marginal of words": ({"mu": ["a"] * 6}, ["mu of type list", "numbers"]),
    "unequal totals": (
        {"mu": torch.ones(6), "nu": torch.full((6,), 2.0)},
        ["mass 6", "mass 12", "totals must agree"],
    ),
    "joint infeasible": (
        {"layout": "joint", "mu": torch.tensor([11.5] + 11 * [1.0])},
        ["row 0", "11.5", "room for 11", "sum of those", "joint layout"],
    ),
    "partner length": ({"partner": [0, 1]}, ["partner", "(2,)", "0 … 5"]),
    "partner twice": ({"partner": [0, 0, 1, 2, 3, 4]}, ["repeats or skips", "permutation of 0 … 5"]),
    "partner of floats": ({"partner": torch.ones(6)}, ["float32", "permutation"]),
}


#: the same after following the remedy; what is set to None is left out
REMEDIED = {
    "nan": {"z1": Z1[:3], "z2": Z2[:3]},
    "infinite": {"z1": Z1[[0, 1, 3, 5]], "z2": Z2[[0, 1, 3, 5]]},
    "unequal lengths": {"z1": Z1[:4]},
    "unequal dimensions": {"z1": Z1[:, :3]},
    "empty": {"z1": Z1[:1], "z2": Z2[:1]},
    "no dimensions": {"z1": Z1[:, :1], "z2": Z2[:, :1]},
    "one dimension": {"z1": Z1[:1], "z2": Z2[:1]},
    "integers": {"z1": np.arange(24).reshape(6, 4).astype(np.float32)},
    "ragged": {"z1": [[1.0, 0.0], [1.0, 2.0]], "z2": Z2[:2, :2]},
    "words": {"z1": np.asarray(Z1, dtype=float)},
    "zero temperature": {"epsilon": 0.02},
    "negative temperature": {"epsilon": 2},
    "temperature of nan": {"epsilon": 0.1},
    "a row of negative temperature": {"epsilon": torch.full((6,), 0.1)},
    "temperatures too few": {"epsilon": torch.ones(6)},
    "negative penalty": {"lambda1": 0.2},
    "negative column penalty": {"lambda2": 10},
    "unknown method": {"method": "gca-ince"},
    "unknown, nothing near": {"method": "byol"},
    "method that is no name": {"method": "simclr"},
    "foreign parameter": {"method": "gca-uot"},
    "foreign robustness": {"method": "gca-rince"},
    "robustness": {"q": 0.6},
    "layout": {"layout": None},
    "unknown layout": {"layout": None},
    "iterations": {"iterations": 1},
    "half an iteration": {"iterations": 2},
    "tolerance": {"tol": 1e-9},
    "target shape": {"target": torch.eye(6)},
    "target negative": {"target": "partner"},
    "target nan": {"target": torch.eye(6)},
    "target zero": {"target": torch.eye(6)},
    "target on itself": {"target": 1 - torch.eye(12)},
    "unknown target": {"target": "partner"},
    "labels missing": {"labels": LABELS},
    "domains missing": {"domains": LABELS},
    "labels too few": {"labels": LABELS},
    "labels without use": {"target": "label"},
    "alpha without use": {"alpha": None},
    "negative alpha": {"alpha": 0.2},
    "negative beta": {"beta": 0},
    "share": {"share": 0.7},
    "empty prior": {"beta": 0.1},
    "target temperature": {"target_temperature": 0.04},
    "target temperature without use": {"target": "relation"},
    "nobody to relate to": {"z1": Z1[:2], "z2": Z2[:2]},
    "divergence": {"divergence": None},
    "marginal length": {"mu": torch.ones(6)},
    "marginal negative": {"nu": torch.tensor([1.0, 1, 1, 1, 1, 1])},
    "marginal zero": {"mu": torch.tensor([6.0, 0, 0, 0, 0, 0])},
    "marginal infinite": {"mu": [1, 1, 1, 1, 1, 1]},
    "marginal of words": {"mu": None},
    "unequal totals": {"method": "gca-uot"},
    "joint infeasible": {"mu": torch.tensor([11.0] + 11 * [1.0])},
    "partner length": {"partner": [1, 0, 2, 3, 4, 5]},
    "partner twice": {"partner": [0, 5, 1, 2, 3, 4]},
    "partner of floats": {"partner": torch.arange(6)},
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_following_the_remedy_gives_a_plan(mistake):
    options = {"z1": Z1, "z2": Z2} | MISTAKES[mistake][0] | REMEDIED[mistake]
    plan = align(**{name: value for name, value in options.items() if value is not None})
    assert torch.isfinite(plan.matrix).all() and torch.isfinite(plan.loss)


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_are_told_with_what_is_allowed_and_a_remedy(mistake):
    options, words = MISTAKES[mistake]
    with pytest.raises(InputError) as error:
        align(**{"z1": Z1, "z2": Z2} | options)
    message = str(error.value)
    for word in words:
        assert word in message
    assert error.value.remedy and "\n" not in message


def test_joint_marginal_equal_to_the_sum_of_the_others_is_feasible():
    """All mass of one row then goes to its column's complement and back: the edge of the feasible set."""
    mu = torch.tensor([11.0] + 11 * [1.0], dtype=torch.float64)
    plan = align(Z1, Z2, layout="joint", mu=mu, epsilon=1.0, iterations=200)
    torch.testing.assert_close(plan.row_mass[0], torch.tensor(11.0, dtype=torch.float64), atol=0.2, rtol=0)


def test_relaxed_marginals_need_no_equal_totals():
    plan = align(Z1, Z2, "gca-uot", mu=torch.ones(6), nu=torch.full((6,), 2.0), iterations=500)
    assert plan.converged and 0 < float(plan.mass) < 12


@pytest.mark.parametrize("trained", [False, True])
def test_a_plan_is_freed_with_its_last_name(trained):
    z1, z2 = views(20)
    gc.collect()
    gc.disable()
    try:
        plan = align(z1.requires_grad_(trained), z2)
        plan.loss.detach()
        cost = weakref.ref(plan.problem.cost)
        del plan
        assert cost() is None, "N × N numbers would wait for the collector, which counts objects and not their size"
    finally:
        gc.enable()


def test_what_is_usual_of_a_method_is_found_once_and_checked_anew_where_it_is_not():
    z1, z2 = views(8)
    usual, asked_for = align(z1, z2, "ince"), align(z1, z2, "ince", kernel="student")
    assert torch.equal(usual.matrix, align(z1, z2, "ince", kernel="gibbs", layout="cross").matrix)
    assert not torch.equal(usual.matrix, asked_for.matrix)
    assert torch.equal(usual.matrix, align(z1, z2, "ince").matrix)
