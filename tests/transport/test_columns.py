"""MoCo, SwAV and DINO as methods: reference values, what they are beside InfoNCE, laws, and mistakes."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gca_viz import align, codes
from gca_viz.errors import InputError
from gca_viz.transport.methods import METHODS
from gca_viz.transport.problem.target import target_entropy
from gca_viz.transport.swav import centred
from tests.transport.batches import seeds, views

CASE = json.loads((Path(__file__).parent / "reference" / "family_cases.json").read_text())["family"]
SWAV, MOCO = (CASE["values"][name] for name in ("swav", "moco"))
OF_PROTOTYPES = ("swav", "dino")


def double(rows) -> torch.Tensor:
    return torch.tensor(rows, dtype=torch.float64)


Z1, Z2, PROTOTYPES = double(CASE["z1"]), double(CASE["z2"]), double(SWAV["prototypes"])


def test_moco_is_the_reference_and_infonce_without_a_queue():
    plan = align(Z1, Z2, "moco", epsilon=MOCO["epsilon"], queue=double(MOCO["queue"]))
    assert float(plan.loss) == pytest.approx(MOCO["row_loss"], abs=1e-9) and plan.matrix.shape == (6, 10)
    none, ince = (align(Z1, Z2, name, epsilon=0.2) for name in ("moco", "ince"))
    assert torch.equal(none.matrix, ince.matrix) and torch.equal(none.loss_per_row, ince.loss_per_row)


@settings(max_examples=15)
@given(seeds, st.integers(1, 6), st.integers(1, 6))
def test_a_queue_only_adds_to_the_denominators(seed, rows, more):
    z1, z2 = views(rows, seed=seed)
    queue = views(more, seed=seed + 1)[1]
    plan, alone = align(z1, z2, "moco", epsilon=0.3, queue=queue), align(z1, z2, "moco", epsilon=0.3)
    beside = plan.problem.log_kernel[:, rows:].exp().sum(1)
    within = alone.problem.log_kernel.exp().sum(1)
    assert torch.allclose(plan.matrix[:, :rows], alone.matrix * (within / (within + beside))[:, None], atol=1e-9)
    assert torch.allclose(plan.loss_per_row, alone.loss_per_row + (1 + beside / within).log(), atol=1e-9)


def test_swav_is_infonce_of_prototypes_whose_target_are_the_codes_of_view_2():
    """Codes and loss of the reference are in ``test_codes``."""
    plan = align(Z1, Z2, "swav", epsilon=SWAV["epsilon"], prototypes=PROTOTYPES)
    assert torch.equal(plan.target, codes(Z2, PROTOTYPES)) and not plan.pairing.paired
    by_hand = align(Z1, PROTOTYPES, "ince", epsilon=SWAV["epsilon"], paired=False, target=plan.target)
    assert torch.equal(plan.matrix, by_hand.matrix) and float(plan.loss) == float(by_hand.loss)
    cross_entropy = -(plan.target * plan.log_matrix).sum(1).mean()
    assert float(plan.loss + target_entropy(plan.target).mean()) == pytest.approx(float(cross_entropy), abs=1e-9)


def test_the_target_of_dino_is_that_of_the_reference():
    plan = align(Z1, Z2, "dino", prototypes=PROTOTYPES)
    assert plan.target.numpy() == pytest.approx(np.array(CASE["values"]["dino_target eps=0.04"]), abs=1e-9)
    warm = align(Z1, Z2, "dino", prototypes=PROTOTYPES, target_temperature=0.4)
    assert torch.equal(warm.target, centred(Z2, PROTOTYPES, 0.4)) and float(warm.loss) != float(plan.loss)


def test_centring_is_a_column_step_as_the_temperature_grows():
    """The gap of both targets falls with the square of 1/ε, while that to a plain soft-max falls with 1/ε."""

    def gaps(temperature: float) -> tuple[float, float]:
        found, wanted = centred(Z2, PROTOTYPES, temperature), codes(Z2, PROTOTYPES, temperature, math.inf)
        plain = align(Z2, PROTOTYPES, "ince", epsilon=temperature, paired=False).matrix
        return float((found - wanted).abs().max()), float((plain - wanted).abs().max())

    (near, plain), (far, plain_far) = gaps(10.0), gaps(100.0)
    assert near / far > 50 and plain / plain_far < 20 and far < plain_far / 50


@pytest.mark.parametrize("name", OF_PROTOTYPES)
@settings(max_examples=10)
@given(seed=seeds, rows=st.integers(1, 6), count=st.integers(1, 8))
def test_laws_of_prototypes(name, seed, rows, count):
    z1, z2 = views(rows, seed=seed)
    prototypes = views(count, seed=seed + 1)[0]
    plan = align(z1, z2, name, epsilon=0.3, prototypes=prototypes)
    assert plan.matrix.shape == (rows, count) and float(plan.loss) >= -1e-9
    assert plan.row_mass.tolist() == pytest.approx([1] * rows) == plan.target.sum(1).tolist()
    order = torch.randperm(count, generator=torch.Generator().manual_seed(seed))
    again = align(z1, z2, name, epsilon=0.3, prototypes=3 * prototypes[order])
    assert torch.allclose(again.matrix, plan.matrix[:, order], atol=1e-9)
    assert float(again.loss) == pytest.approx(float(plan.loss), abs=1e-8)
    rows_too = torch.randperm(rows, generator=torch.Generator().manual_seed(seed))
    moved = align(z1[rows_too], z2[rows_too], name, epsilon=0.3, prototypes=prototypes)
    assert torch.allclose(moved.matrix, plan.matrix[rows_too], atol=1e-9)
    partner = torch.argsort(rows_too)
    named = align(z1, z2[rows_too], name, epsilon=0.3, prototypes=prototypes, partner=partner)
    assert torch.allclose(named.target, plan.target, atol=1e-9)
    if count == 1:
        assert float(plan.loss) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("name", OF_PROTOTYPES)
def test_gradients_reach_view_1_and_the_prototypes_and_not_view_2(name):
    z1, z2 = (z.requires_grad_() for z in views(3, 2))
    prototypes = views(2, 2, seed=5)[0].requires_grad_()
    # The target follows the prototypes without a gradient: it is held for finite differences.
    target = align(z1, z2, name, prototypes=prototypes).target.detach()

    def loss(rows: torch.Tensor, columns: torch.Tensor) -> torch.Tensor:
        return align(rows, columns, "ince", epsilon=0.4, paired=False, target=target).loss

    assert torch.autograd.gradcheck(loss, (z1, prototypes), atol=1e-6)
    plan = align(z1, z2, name, epsilon=0.4, prototypes=prototypes)
    found = torch.autograd.grad(plan.loss, (z1, prototypes, z2), allow_unused=True)
    for slope, wanted in zip(found, torch.autograd.grad(loss(z1, prototypes), (z1, prototypes)), strict=False):
        assert torch.allclose(slope, wanted, atol=1e-9)
    assert found[2] is None


@pytest.mark.parametrize("name", ("moco", *OF_PROTOTYPES))
def test_collapsed_embeddings_and_one_sample(name):
    for rows in (1, 2, 4):
        one = torch.ones(rows, 3)
        further = {METHODS[name].columns: torch.ones(2, 3)}
        plan = align(one, one, name, **further)
        assert torch.allclose(plan.matrix, torch.full_like(plan.matrix, 1 / plan.matrix.shape[1]))
        assert torch.isfinite(plan.loss)


def test_any_method_of_the_cross_layout_may_have_prototypes():
    plan = align(Z1, Z2, "gca-ince", epsilon=0.2, iterations=math.inf, tol=1e-10, prototypes=PROTOTYPES)
    assert plan.column_mass.tolist() == pytest.approx([2, 2, 2], abs=1e-6)
    assert torch.equal(plan.target, codes(Z2, PROTOTYPES))
    same = align(Z1, Z2, "ince", prototypes=PROTOTYPES), align(Z1, Z2, "swav", prototypes=PROTOTYPES)
    assert torch.equal(same[0].matrix, same[1].matrix) and torch.equal(same[0].loss, same[1].loss)


@pytest.mark.parametrize(
    ("method", "options", "words"),
    [
        ("swav", {}, "without prototypes"),
        ("dino", {}, "without prototypes"),
        ("swav", {"prototypes": PROTOTYPES, "queue": Z2}, "Leave the queue out"),
        ("swav", {"prototypes": PROTOTYPES, "paired": False}, "Leave paired out"),
        ("swav", {"prototypes": PROTOTYPES[:, :2]}, "same number of dimensions"),
        ("swav", {"prototypes": PROTOTYPES[:0]}, "at least one row"),
        ("swav", {"prototypes": PROTOTYPES * math.nan}, "prototypes with NaN"),
        ("swav", {"prototypes": PROTOTYPES, "target": "label", "labels": range(6)}, "nobody's partner"),
        ("swav", {"prototypes": PROTOTYPES, "target": "partner"}, "nobody's partner"),
        ("swav", {"prototypes": PROTOTYPES, "cost": "euclid"}, "Leave cost out"),
        ("swav", {"prototypes": PROTOTYPES, "sample_by": "cluster"}, "sample_by"),
        ("dino", {"prototypes": PROTOTYPES, "target_temperature": 0}, "target_temperature"),
        ("ince", {"target": "codes"}, "Use method='swav'"),
        ("gca-ince", {"target": "centred"}, "Use method='swav'"),
        ("simclr", {"prototypes": PROTOTYPES}, "joint layout"),
        ("moco", {"prototypes": PROTOTYPES, "queue": Z2}, "Leave the queue out"),
    ],
)
def test_mistakes(method, options, words):
    with pytest.raises(InputError, match=words):
        align(Z1, Z2, method, **options)


def test_more_prototypes_than_samples_and_a_queue_longer_than_the_batch_are_plans_like_any_other():
    many = views(40, 4, seed=3)[0]
    assert align(Z1, Z2, "swav", prototypes=many).matrix.shape == (6, 40)
    assert align(Z1, Z2, "moco", queue=many).matrix.shape == (6, 46)
