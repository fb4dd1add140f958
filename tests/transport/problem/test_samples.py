"""A temperature and a weight of each sample's own: oracles, laws, and what cannot be."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.manifold import _t_sne

from gca_viz.errors import InputError
from gca_viz.transport import METHODS, Problem, align, forces
from gca_viz.transport.problem.samples import relative
from tests.transport.batches import batches, epsilons, seeds, views

REFERENCE = Path(__file__).parents[1] / "reference"
CASES = json.loads((REFERENCE / "family_cases.json").read_text())
POSTERIOR = json.loads((REFERENCE / "family_views.json").read_text())["posterior"]
INF = math.inf
BY = {
    "class": {"labels": [0, 0, 0, 1, 1, 2]},
    "cluster": {"clusters": 3},
    "posterior": {},
    "perplexity": {"perplexity": 3.0},
}


def tensor(values):
    return torch.tensor(values, dtype=torch.float64)


def close(actual, expected, atol=1e-9):
    torch.testing.assert_close(actual, tensor(expected), atol=atol, rtol=0)


# --- oracles ------------------------------------------------------------------------------------------------------


def test_reference_of_head_and_tail():
    tail = CASES["tail"]
    z1, z2, own = tensor(tail["z1"]), tensor(tail["z2"]), {"sample_by": "class", "labels": tail["labels"]}
    powers = {"gamma": tail["gamma"], "weight": tail["beta"]}
    plan = align(z1, z2, "ince", epsilon=tail["epsilon"], **own, **powers)
    close(plan.problem.epsilon, tail["epsilon_rows"])
    close(plan.problem.mu, tail["mu"])
    close(plan.target, tail["target"])
    close(plan.loss, tail["row_loss"])
    assert float(align(z1, z2, "tase", layout="cross", epsilon=0.2, labels=tail["labels"]).loss) == float(plan.loss)
    known = tail["sinkhorn_half_steps_6"]
    balanced = align(z1, z2, epsilon=0.2, iterations=3, tol=0, **own, gamma=0, weight=tail["beta"])
    close(balanced.matrix, known["plan"])
    close(balanced.loss, known["loss"])


@pytest.mark.parametrize("gamma", POSTERIOR["epsilon_by_gamma"])
def test_reference_of_a_posterior(gamma):
    case = POSTERIOR
    z = tensor(case["mean_direction"])
    own = {"sample_by": "posterior", "variance": tensor(case["variance"]), "gamma": float(gamma)}
    plan = align(z, z, "ince", epsilon=case["epsilon"], **own)
    close(torch.as_tensor(plan.problem.epsilon, dtype=torch.float64).expand(5), case["epsilon_by_gamma"][gamma])
    assert not plan.problem.weighted


def test_a_pair_is_a_posterior_of_two():
    z1, z2 = views(6, seed=3)
    own = {"sample_by": "posterior", "gamma": 0.5}
    plan = align(z1, z2, "ince", **own)
    half = align(z1, z2, "ince", variance=plan.cost.diag() / 2, **own)
    torch.testing.assert_close(plan.problem.epsilon, half.problem.epsilon)


def test_reference_of_perplexity():
    case = CASES["perplexity"]
    plan = align(tensor(case["z1"]), tensor(case["z2"]), "ince", perplexity=case["perplexity"])
    close(plan.problem.epsilon, case["epsilon_rows"])
    close(plan.loss, case["row_loss"])
    close(plan.perplexity_per_row, [case["perplexity"]] * 6)


def test_perplexity_is_that_of_t_sne():
    """scikit-learn's bisection stops at 1e-5 of the entropy, in single precision."""
    z1, z2 = views(20, seed=1)
    plan = align(z1, z2, "simclr", perplexity=7.0)
    z = torch.nn.functional.normalize(torch.cat([z1, z2]), dim=1)
    squares = torch.cdist(z, z).square().numpy().astype(np.float32)
    theirs = _t_sne._utils._binary_search_perplexity(squares, 7.0, 0)
    np.testing.assert_allclose(plan.matrix.numpy(), theirs, atol=2e-5)


# --- laws ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["class", "cluster", "posterior"])
@pytest.mark.parametrize("method", ["ince", "simclr", "gca-ince", "gca-uot", "t-simclr"])
def test_powers_of_nought_change_not_a_bit(by, method):
    powers = {"gamma": 0.0} if by == "posterior" else {"gamma": 0.0, "weight": 0.0}
    plain, own = align(*views(6), method), align(*views(6), method, sample_by=by, **BY[by], **powers)
    assert torch.equal(plain.matrix, own.matrix) and torch.equal(plain.loss, own.loss)
    assert torch.equal(forces(plain).pairs, forces(own).pairs)


@given(batches(smallest=3), epsilons, st.sampled_from(sorted(BY)), st.floats(-1, 1), st.floats(0, 1))
def test_under_rows_nobody_s_best_partner_changes(batch, epsilon, by, gamma, weight):
    z1, z2 = batch
    options = {
        "class": {"labels": [k // 2 for k in range(len(z1))], "gamma": gamma, "weight": weight},
        "cluster": {"clusters": 2, "gamma": gamma, "weight": weight},
        "posterior": {"gamma": gamma},
        "perplexity": {"perplexity": 1.5},
    }[by]
    try:
        own = align(z1, z2, "ince", epsilon=epsilon, sample_by=by, **options)
    except InputError as error:  # nearest neighbours that are equally near cannot be told apart
        assert error.parameter == "perplexity"
        return
    plain = align(z1, z2, "ince", epsilon=epsilon)
    assert torch.equal(own.matrix.argmax(1), plain.matrix.argmax(1)) or float(own.matrix.amax(1).min()) < 1e-300
    assert float(own.top1_rows) == pytest.approx(float(plain.top1_rows))


@given(seeds, st.sampled_from(["ince", "simclr"]))
def test_with_a_weight_of_one_every_class_has_the_same_mass(seed, method):
    labels = torch.tensor([0, 0, 0, 0, 1, 1, 2])
    plan = align(*views(7, seed=seed), method, sample_by="class", labels=labels, weight=1)
    of_rows = labels[plan.pairing.row_sample]
    sent = torch.stack([plan.row_mass[of_rows == c].sum() for c in range(3)])
    torch.testing.assert_close(sent, sent.mean().expand(3))
    assert float(plan.problem.mu.mean()) == pytest.approx(1)


@given(batches(smallest=2), epsilons, st.floats(0, 1))
def test_the_loss_is_the_weighted_infonce(batch, epsilon, weight):
    z1, z2 = batch
    labels = [int(k > 0) for k in range(len(z1))]
    plan = align(z1, z2, "ince", epsilon=epsilon, sample_by="class", labels=labels, gamma=0, weight=weight)
    per_row, mu = align(z1, z2, "ince", epsilon=epsilon).loss_per_row, plan.problem.mu
    torch.testing.assert_close(plan.loss, (mu * per_row).sum() / len(mu), atol=1e-10, rtol=1e-10)


@pytest.mark.parametrize("by", BY)
@pytest.mark.parametrize("layout", ["cross", "joint"])
def test_the_order_of_the_batch_does_not_matter(by, layout):
    z1, z2 = views(6, seed=2)
    order = torch.tensor([3, 0, 5, 1, 4, 2])
    moved = dict(BY[by])
    if by == "class":
        moved["labels"] = [moved["labels"][k] for k in order]
    method = "gca-ince" if by != "cluster" else "ince"
    one = align(z1, z2, method, layout=None if method == "ince" else layout, sample_by=by, **BY[by])
    other = align(z1[order], z2[order], method, layout=None if method == "ince" else layout, sample_by=by, **moved)
    places = order if one.pairing.layout == "cross" else torch.cat([order, order + 6])
    torch.testing.assert_close(other.matrix, one.matrix[places][:, places], atol=1e-9, rtol=1e-9)
    torch.testing.assert_close(other.loss, one.loss)


@pytest.mark.parametrize("layout", ["cross", "joint"])
@pytest.mark.parametrize("method", ["rince", "gca-ince", "t-simclr", "supcon", "tase"])
def test_gradients(method, layout):
    """What makes ε and μ is a constant to autograd; ε itself may be learnt."""
    variance = torch.linspace(0.01, 0.5, 6, dtype=torch.float64)
    labels = BY["class"]["labels"]
    known = {"labels": labels} if METHODS[method].target == "label" else {}
    owns = [{"sample_by": "class", "labels": labels}, {"sample_by": "posterior", "variance": variance} | known]
    for own in owns:

        def loss(z1, z2, epsilon, own=own):
            return align(z1, z2, method, layout=layout, epsilon=epsilon, iterations=3, tol=0, **own).loss

        inputs = [x.clone().requires_grad_() for x in (*views(6, 2), tensor(0.4))]
        assert torch.autograd.gradcheck(loss, inputs, atol=1e-6)


@pytest.mark.parametrize("by", BY)
@pytest.mark.parametrize("method", ["ince", "simclr"])
def test_residual_over_its_own_temperature_is_the_force(by, method):
    plan = align(*views(6, seed=4), method, sample_by=by, **BY[by])
    torch.testing.assert_close(forces(plan).pairs, plan.force, atol=1e-9, rtol=1e-9)


@given(seeds, st.floats(1.2, 6.0), st.sampled_from(["gibbs", "student", "simo"]))
def test_each_row_has_the_perplexity_that_was_asked_for(seed, perplexity, kernel):
    z1, z2 = views(9, seed=seed)
    options = {"kernel": kernel} | ({"df": 60.0} if kernel == "student" else {})
    try:
        plan = align(z1, z2, "ince", perplexity=perplexity, epsilon=0.123, **options)
    except InputError as error:
        assert kernel != "gibbs" and error.parameter == "perplexity"
        return
    off = (plan.perplexity_per_row - perplexity).abs() > 1e-5
    assert kernel != "gibbs" or not off.any()
    assert (plan.problem.epsilon[off] == 0.123).all()  # what cannot have it keeps its own


# --- degenerate batches and mistakes ------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["class", "cluster", "posterior"])
def test_one_class_one_cluster_and_equal_views_change_nothing(by):
    z = torch.ones(5, 3, dtype=torch.float64) if by == "cluster" else views(5)[0]
    known = {"class": {"labels": ["a"] * 5}, "cluster": {"clusters": 3}, "posterior": {}}[by]
    plain, own = align(z, z), align(z, z, sample_by=by, **known)
    assert torch.equal(plain.matrix, own.matrix) and torch.equal(plain.loss, own.loss)


def test_collapsed_rows_have_no_perplexity_and_keep_their_temperature():
    z = torch.ones(5, 3)
    plan = align(z, z, "ince", perplexity=2.0, epsilon=0.3)
    assert (plan.problem.epsilon == 0.3).all()
    torch.testing.assert_close(plan.matrix, torch.full((5, 5), 0.2))


def test_a_class_of_one_and_samples_without_a_label():
    z1, z2 = views(5)
    plan = align(z1, z2, "ince", sample_by="class", labels=["a", "a", "a", "b", None], gamma=1, weight=1)
    ratio = plan.problem.epsilon / 0.1
    assert ratio[0] > 1 > ratio[3] and float(ratio[4]) == pytest.approx(1)  # of unknown size: that of the middle
    assert plan.problem.mu[3] > plan.problem.mu[4] > plan.problem.mu[0]
    nobody = align(z1, z2, "ince", sample_by="class", labels=[None] * 5)
    assert torch.equal(nobody.matrix, align(z1, z2, "ince").matrix)


@pytest.mark.parametrize("size", [1, 2])
@pytest.mark.parametrize("by", ["class", "posterior"])
def test_one_sample_and_two(size, by):
    z1, z2 = (z.requires_grad_() for z in views(size))
    plan = align(z1, z2, "simclr", sample_by=by, **({"labels": [*range(size)]} if by == "class" else {}))
    plan.loss.backward()
    assert torch.isfinite(plan.matrix).all() and torch.isfinite(z1.grad).all()


def test_forbidden_cells_have_no_part_in_a_perplexity():
    plan = align(*views(6), "ince", target="relation", perplexity=2.5)
    assert (plan.matrix.diag() == 0).all()
    close(plan.perplexity_per_row, [2.5] * 6, atol=1e-6)


def test_columns_that_are_nobody_s_partner():
    z1, z2 = views(5)
    queue = views(3, seed=8)[0]
    plan = align(z1, z2, queue=queue, sample_by="class", labels=[0, 0, 0, 1, 1, 0, 2, 2], iterations=INF)
    assert plan.converged and float(plan.problem.nu.sum()) == pytest.approx(5) == float(plan.problem.mu.sum())
    unknown = align(z1, z2, queue=queue, sample_by="class", labels=[0, 0, 0, 1, 1])
    assert torch.isfinite(unknown.matrix).all()


@pytest.mark.parametrize(
    ("options", "parameter"),
    [
        ({"sample_by": "size"}, "sample_by"),
        ({"sample_by": "class"}, "labels"),
        ({"sample_by": "cluster", "clusters": 7}, "clusters"),
        ({"sample_by": "cluster", "clusters": 1}, "clusters"),
        ({"gamma": 0.5}, "gamma"),
        ({"labels": [0] * 6}, "labels"),
        ({"sample_by": "posterior", "weight": 0.5}, "weight"),
        ({"sample_by": "posterior", "variance": [1.0, 2.0]}, "variance"),
        ({"sample_by": "posterior", "variance": [-1.0] * 6}, "variance"),
        ({"sample_by": "cluster", "clusters": 2, "mu": torch.ones(6)}, "mu"),
        ({"perplexity": 1.0}, "perplexity"),
        ({"perplexity": 6.0}, "perplexity"),
        ({"sample_by": "class", "labels": [0] * 6, "gamma": 2}, "gamma"),
        ({"sample_by": "posterior", "epsilon": [0.1, 0.2]}, "epsilon"),
        ({"sample_by": "posterior", "paired": False, "method": "ince"}, "sample_by"),
    ],
)
def test_mistakes_are_told(options, parameter):
    with pytest.raises(InputError) as error:
        align(*views(6), **options)
    assert error.value.parameter == parameter


def test_a_kernel_that_cannot_get_sharper_says_so():
    """Rows of Student's kernel know ratios of distances alone: the floor that the message names is the plan's."""
    z1, z2 = views(12, 4, seed=1, noise=2.0)
    coldest = align(z1, z2, "ince", kernel="student", df=1, epsilon=1e-6)
    with pytest.raises(InputError, match="cannot get sharper than") as error:
        align(z1, z2, "ince", kernel="student", df=1, perplexity=1.01)
    named = float(str(error.value).split("sharper than ")[1].split(" ")[0])
    assert named <= float(coldest.perplexity_per_row.max()) and named > 1.01


def test_equal_sizes_are_relative_ones_exactly():
    assert relative(torch.full((7,), 3.0, dtype=torch.float64)).tolist() == [1.0] * 7
    assert float(relative(torch.tensor([2.0, 8.0], dtype=torch.float64))[0]) == pytest.approx(0.5)


def test_a_temperature_per_row_is_multiplied():
    z1, z2 = views(6)
    each = torch.linspace(0.1, 0.6, 6, dtype=torch.float64)
    plan = align(z1, z2, "ince", epsilon=each, sample_by="class", **BY["class"])
    one = align(z1, z2, "ince", epsilon=1.0, sample_by="class", **BY["class"])
    assert isinstance(one.problem, Problem)
    torch.testing.assert_close(plan.problem.epsilon, each * one.problem.epsilon)
