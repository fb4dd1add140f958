"""The target that relates view 2 to itself, with the pair's cell closed in target and plan."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gca_viz.errors import InputError
from gca_viz.transport import align, align_streamed, forces, sweep
from tests.transport.batches import PLAIN, batches, epsilons, seeds, views

CASE = json.loads((Path(__file__).parents[1] / "reference" / "family_cases.json").read_text())["relation"]
INF = math.inf


def close(actual, expected, atol=1e-12, rtol=1e-12):
    expected = torch.as_tensor(expected, dtype=torch.float64)
    torch.testing.assert_close(torch.as_tensor(actual, dtype=torch.float64), expected, atol=atol, rtol=rtol)


def relation(z1, z2, method="ince", **options):
    return align(z1, z2, method, target="relation", **options)


def random_rotation(size, seed):
    square = torch.randn(size, size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return torch.linalg.qr(square).Q


def test_reference():
    strong, weak = (torch.tensor(CASE[name], dtype=torch.float64) for name in ("strong", "weak"))
    plan = relation(strong, weak)  # ε 0.1 and ε′ 0.04 are the defaults
    assert (CASE["epsilon"], CASE["target_temperature"]) == (0.1, 0.04)
    close(plan.matrix, CASE["plan"], atol=1e-9)
    close(plan.target, CASE["target"], atol=1e-9)
    close(plan.loss, CASE["loss"], atol=1e-9)
    cross_entropy = -(plan.target * plan.log_matrix.nan_to_num(neginf=0)).sum(1).mean()
    close(cross_entropy, CASE["cross_entropy"], atol=1e-9)


@given(batches(), st.permutations(range(8)), st.sampled_from(["cross", "joint"]))
def test_target_by_a_slow_loop(batch, order, layout):
    """Each row aims at the other samples as view 2 relates them to its own; twice where a sample is there twice."""
    z1, z2 = batch
    size = len(z1)
    partner = [place for place in order if place < size]
    plan = relation(z1, z2, "rince", layout=layout, partner=partner, target_temperature=0.3)
    unit = torch.nn.functional.normalize(z2, dim=1)
    expected = torch.zeros(plan.problem.shape, dtype=torch.float64)
    for i, own in enumerate(plan.pairing.row_sample.tolist()):
        for j, other in enumerate(plan.pairing.column_sample.tolist()):
            if own != other:
                expected[i, j] = math.exp(float(unit[partner[own]] @ unit[partner[other]]) / 0.3)
    close(plan.target, expected / expected.sum(1, keepdim=True))


@given(batches(), epsilons, st.sampled_from(["cross", "joint"]))
def test_one_view_twice_at_one_temperature_has_no_loss(batch, epsilon, layout):
    plan = relation(
        batch[0], batch[0], "rince", layout=layout, epsilon=epsilon, target_temperature=epsilon, divergence="kl"
    )
    close(plan.loss, 0.0)
    close(plan.force, torch.zeros_like(plan.force), atol=1e-10)


@given(batches(smallest=3), seeds, st.sampled_from(["cross", "joint"]))
def test_turning_view_1_moves_the_plan_and_never_the_target(batch, seed, layout):
    z1, z2 = batch
    plans = [relation(z, z2, "rince", layout=layout, epsilon=0.5) for z in (z1, z1 @ random_rotation(5, seed))]
    assert torch.equal(plans[0].target, plans[1].target)
    assert (plans[0].matrix - plans[1].matrix).abs().max() > 1e-9


#: all but the one that compares a target with what is outside it: a relation leaves nothing outside
RELATING = [name for name in PLAIN if name != "dcl"]


@pytest.mark.parametrize("method", RELATING)
@pytest.mark.parametrize("iterations", [3, INF])
def test_no_force_on_a_pair_and_gradients_that_are_finite(method, iterations):
    z1, z2 = (z.clone().requires_grad_() for z in views(7, seed=3))
    iterations = 3 if "rince" in method else iterations
    plan = relation(z1, z2, method, epsilon=0.3, iterations=iterations)
    pairs = plan.pairing.same_sample_mask
    assert torch.isinf(plan.cost[pairs]).all() and torch.isfinite(plan.cost[~pairs]).all()
    assert (plan.matrix[pairs] == 0).all() and (plan.target[pairs] == 0).all() and (plan.force[pairs] == 0).all()
    assert (forces(plan).pairs[pairs] == 0).all()
    plan.loss.backward()
    assert torch.isfinite(z1.grad).all() and torch.isfinite(z2.grad).all() and z1.grad.abs().sum() > 0


def test_force_is_the_residual_and_the_target_a_constant():
    z1, z2 = (z.clone().requires_grad_() for z in views(6, seed=2))
    plan = relation(z1, z2, epsilon=0.3, target_temperature=0.1)
    assert not plan.target.requires_grad
    close(forces(plan).pairs, (plan.target - plan.matrix).detach() / 0.3, atol=1e-9)
    (gradient,) = torch.autograd.grad(plan.loss, z2)
    fixed = align(z1, z2, "ince", epsilon=0.3, target="relation", target_temperature=0.1)
    # The same target as a matrix, over the same closed cells.
    again = fixed.divergence.per_row(fixed, plan.target).mean()
    close(torch.autograd.grad(again, z2)[0], gradient)


def test_odds_have_nothing_to_compare_a_relation_with():
    with pytest.raises(InputError, match="whose every column is in its target"):
        relation(*views(4), "dcl").loss  # noqa: B018


@pytest.mark.parametrize("method", RELATING)
def test_two_samples_have_one_choice(method):
    z1, z2 = views(2, seed=1)
    plan = relation(z1, z2, method, epsilon=0.5)
    assert torch.isfinite(plan.loss)
    if plan.pairing.layout == "cross" and method in ("ince", "clip", "gca-ince"):
        close(plan.matrix, [[0, 1], [1, 0]])
        close(plan.loss, 0.0)


@pytest.mark.parametrize("layout", ["cross", "joint"])
def test_a_single_sample_has_nobody_to_relate_to(layout):
    z1, z2 = views(2, seed=1)
    with pytest.raises(InputError, match="one sample") as error:
        relation(z1[:1], z2[:1], "rince", layout=layout)
    assert "Add a sample, or use target='partner'" in str(error.value)
    relation(z1, z2, "rince", layout=layout)  # both remedies work
    align(z1[:1], z2[:1], "rince", layout=layout, target="partner")


def test_collapsed_embeddings_are_related_evenly():
    plan = relation(torch.ones(4, 3), torch.ones(4, 3), "gca-ince", epsilon=0.01)
    even = (1 - torch.eye(4)) / 3
    torch.testing.assert_close(plan.matrix, even)
    torch.testing.assert_close(plan.target, even)
    assert abs(float(plan.loss)) < 1e-6


@given(batches(smallest=3), seeds)
def test_permuting_the_samples_permutes_plan_and_target(batch, seed):
    order = torch.randperm(len(batch[0]), generator=torch.Generator().manual_seed(seed))
    plan, permuted = relation(*batch, "gca-ince"), relation(*(z[order] for z in batch), "gca-ince")
    close(permuted.target, plan.target[order][:, order])
    close(permuted.matrix, plan.matrix[order][:, order], atol=1e-9)


# --- numbers that speak of pairs ----------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["simclr", "ince", "clip", "gca-ince"])
def test_numbers_of_pairs_are_none_where_pairs_are_closed(method):
    z1, z2 = views(6, seed=3)
    plan = relation(z1, z2, method)
    assert plan.pairs_forbidden and not align(z1, z2, method).pairs_forbidden
    for name in ("matched_share", "top1_rows", "top1_columns"):
        assert math.isnan(float(getattr(plan, name)))
    assert "Pair mass" not in plan._repr_html_() and "Perplexity" in plan._repr_html_()
    assert 0 <= float(plan.false_negative_mass([0, 0, 0, 1, 1, 1])) <= 1


@pytest.mark.parametrize("layout", ["cross", "joint"])
@pytest.mark.parametrize("target", ["relation", "self-sharpened"])
def test_a_sweep_reads_what_single_plans_say(layout, target):
    z1, z2 = views(6, seed=3)
    labels = [0, 0, 0, 1, 1, 1]
    read = ["loss", "matched_share", "top1_rows", "top1_columns", "perplexity", "entropy", "false_negative_mass"]
    options = {"layout": layout, "target": target, "target_temperature": 0.07, "iterations": 6, "tol": 0}
    found = sweep(z1, z2, epsilon=[0.02, 0.3], lambda1=[0.4, INF], read=read, labels=labels, **options)
    for e, epsilon in enumerate(found.epsilon):
        for i, penalty in enumerate(found.lambda1):
            place = {"epsilon": epsilon, "lambda1": penalty, "lambda2": penalty}
            plan = align(z1, z2, "gca-uot", **place, **options)
            for name in read:
                value = getattr(plan, name)
                value = value(labels) if name == "false_negative_mass" else value
                here = found.values[name][e, i]
                torch.testing.assert_close(here, value.to(here), equal_nan=True, atol=1e-8, rtol=1e-8)


def test_a_streamed_plan_has_the_partner_as_target():
    z1, z2 = views(6, seed=3)
    for target in (None, "partner", "identity"):
        close(align_streamed(z1, z2, target=target).loss, align(z1, z2).loss, atol=1e-9)
    for target in ("relation", "label", "relational", torch.eye(6)):
        with pytest.raises(InputError, match="the partner") as error:
            align_streamed(z1, z2, target=target)
        assert "align()" in error.value.remedy


# --- the target of that name in earlier versions ------------------------------------------------------------------


@pytest.mark.parametrize("layout", ["cross", "joint"])
def test_self_sharpened_is_what_relational_was(layout):
    z1, z2 = views(5, seed=4)
    plan = align(z1, z2, layout=layout, target="self-sharpened", target_temperature=0.2)
    close(plan.target, (-plan.cost / 0.2).softmax(1))
    assert (plan.target[plan.pairing.partner_mask] > 0).all()
    for options in ({}, {"keep_diagonal": True}):
        old = align(z1, z2, layout=layout, target="relational", target_temperature=0.2, **options)
        assert torch.equal(old.target, plan.target)


def test_self_sharpened_at_the_plan_s_own_temperature_has_no_force():
    z1, z2 = views(5, seed=4)
    plan = align(z1, z2, "ince", epsilon=0.2, target="self-sharpened", target_temperature=0.2)
    close(plan.force, torch.zeros(5, 5))


def test_a_target_without_its_diagonal_is_refused_with_what_to_use():
    z1, z2 = views(5, seed=4)
    with pytest.raises(InputError, match="pushed every pair apart") as error:
        align(z1, z2, target="relational", keep_diagonal=False)
    assert "target='relation'" in error.value.remedy
    assert align(z1, z2, target="relation").pairs_forbidden
