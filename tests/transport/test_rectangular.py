"""Plans of N rows and M columns: MoCo's queue, columns that are nobody's partner, and two sets without pairs."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gca_viz import align, forces
from gca_viz.errors import InputError
from gca_viz.transport import METHODS, Pairing
from tests.transport.batches import asked, seeds, views

CASE = json.loads((Path(__file__).parent / "reference" / "family_cases.json").read_text())["family"]
MOCO = CASE["values"]["moco"]


def double(rows) -> torch.Tensor:
    return torch.tensor(rows, dtype=torch.float64)


def batch(rows=5, more=3, seed=0):
    z1, z2 = views(rows, seed=seed)
    return z1, z2, views(more, seed=seed + 1)[1]


def test_the_loss_with_a_queue_is_that_of_the_reference():
    z1, z2, queue = double(CASE["z1"]), double(CASE["z2"]), double(MOCO["queue"])
    plan = align(z1, z2, "ince", epsilon=MOCO["epsilon"], queue=queue)
    assert float(plan.loss) == pytest.approx(MOCO["row_loss"], abs=1e-9)
    assert plan.matrix.shape == (6, 10)
    named = align(z1, torch.cat([queue, z2]), "ince", epsilon=MOCO["epsilon"], partner=range(4, 10))
    assert float(named.loss) == pytest.approx(MOCO["row_loss"], abs=1e-9)


@settings(max_examples=20)
@given(seeds, st.integers(1, 6), st.integers(1, 6))
def test_laws_of_a_queue(seed, rows, more):
    z1, z2, queue = batch(rows, more, seed)
    plan = align(z1, z2, "gca-ince", epsilon=0.3, iterations=math.inf, tol=1e-12, queue=queue)
    assert plan.row_mass.tolist() == pytest.approx([1] * rows, abs=1e-9)
    assert plan.column_mass.tolist() == pytest.approx([rows / (rows + more)] * (rows + more), abs=1e-9)
    order = torch.randperm(more, generator=torch.Generator().manual_seed(seed))
    again = align(z1, z2, "gca-ince", epsilon=0.3, iterations=math.inf, tol=1e-12, queue=queue[order])
    assert torch.allclose(again.matrix[:, rows:], plan.matrix[:, rows:][:, order], atol=1e-8)
    assert float(again.loss) == pytest.approx(float(plan.loss), abs=1e-8)
    alone, beside = (align(z1, z2, "ince", epsilon=0.3, **more) for more in ({}, {"queue": queue}))
    assert (beside.loss_per_row > alone.loss_per_row).all()  # more to tell it from


def test_samples_of_a_queue_may_have_labels():
    z1, z2, queue = batch()
    pairing = align(z1, z2, "ince", queue=queue).pairing
    assert pairing.column_sample.tolist() == [*range(8)] and pairing.members == 8 and pairing.samples == 5
    assert pairing.row_of_column.tolist() == [0, 1, 2, 3, 4, -1, -1, -1]
    known = align(z1, z2, "ince", queue=queue, target="label", labels=[0, 0, 1, 1, 2, 0, 5, 2])
    assert known.target[0].tolist() == pytest.approx([1 / 3, 1 / 3, 0, 0, 0, 1 / 3, 0, 0])
    unknown = align(z1, z2, "ince", queue=queue, target="label", labels=[0, 0, 1, 1, 2])
    assert unknown.target[0].tolist() == pytest.approx([0.5, 0.5, 0, 0, 0, 0, 0, 0])
    assert float(known.false_negative_mass([0, 0, 1, 1, 2, 0, 5, 2])) > float(
        known.false_negative_mass([0, 0, 1, 1, 2])
    )


def test_what_is_read_of_a_plan_with_a_queue():
    z = torch.eye(6, dtype=torch.float64)
    plan = align(z[:3], z[:3], "ince", epsilon=0.05, queue=z[3:])
    assert float(plan.top1_rows) == float(plan.top1_columns) == 1 and float(plan.matched_share) > 0.99
    assert plan.calibration().hit.tolist() == [1, 1, 1]
    assert plan.at(0).matrix.shape == (3, 6) and "3 × 6" in repr(plan) and "Pair mass" in plan._repr_html_()


@pytest.mark.parametrize(
    "name", [m.name for m in METHODS.values() if "cross" in m.layouts and m.columns != "prototypes"]
)
def test_every_method_of_the_cross_layout_takes_a_queue_and_has_its_force(name):
    z1, z2, queue = batch()
    options = {"layout": "cross", "r2": 0.5} if name == "gca-uot" else {"layout": "cross"}
    leaf = [z.clone().requires_grad_() for z in (z1, z2, queue)]
    plan = align(leaf[0], leaf[1], name, epsilon=0.4, queue=leaf[2], **options, **asked(name, 5))
    assert plan.matrix.shape == (5, 8) and torch.isfinite(plan.loss)
    found = forces(plan.detach()).on_points(z1, torch.cat([z2, queue]))
    assert found[0].shape == z1.shape and len(found[1]) == 8
    if METHODS[name].cost == "cosine":
        slopes = torch.autograd.grad(plan.loss_per_row.sum(), leaf)
        lengths = [z.norm(dim=1, keepdim=True) for z in (z1, z2, queue)]
        assert torch.allclose(found[0], -slopes[0] * lengths[0], atol=1e-6)
        assert torch.allclose(found[1], -torch.cat(slopes[1:]) * torch.cat(lengths[1:]), atol=1e-6)


def test_relation_looks_at_the_queue():
    z1, z2, queue = batch()
    plan = align(z1, z2, "ince", target="relation", target_temperature=0.1, queue=queue)
    unit = [torch.nn.functional.normalize(z, dim=1) for z in (z2, queue)]
    scores = (unit[0] @ torch.cat(unit).T / 0.1).masked_fill(torch.eye(5, 8, dtype=torch.bool), -math.inf)
    assert torch.allclose(plan.target, scores.softmax(1)) and plan.pairs_forbidden


@settings(max_examples=15)
@given(seeds, st.integers(1, 6), st.integers(1, 6))
def test_two_sets_without_pairs(seed, rows, columns):
    a, b = views(rows, seed=seed)[0], views(columns, seed=seed)[1]
    plan = align(a, b, "gca-ince", epsilon=0.3, iterations=math.inf, tol=1e-12, paired=False)
    assert plan.row_mass.tolist() == pytest.approx([1] * rows, abs=1e-9)
    assert plan.column_mass.tolist() == pytest.approx([rows / columns] * columns, abs=1e-9)
    assert not plan.pairing.paired and plan.target is None and float(plan.perplexity) >= 1
    target = torch.full((rows, columns), 1 / columns, dtype=torch.float64)
    assert float(align(a, b, "ince", epsilon=0.3, paired=False, target=target).loss) >= -1e-9
    labels = [*range(rows), *range(columns)]
    assert 0 <= float(plan.false_negative_mass(labels)) <= 1


@pytest.mark.parametrize(
    "number", ["loss", "residual_matrix", "matched_share", "top1_rows", "top1_columns", "ece", "brier"]
)
def test_what_needs_a_pair_says_so(number):
    plan = align(*batch()[:2], "ince", paired=False)
    with pytest.raises(InputError, match="without"):
        getattr(plan, number)
    assert "Perplexity" in plan._repr_html_() and "Pair mass" not in plan._repr_html_()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"queue": torch.zeros(0, 3)}, "at least one row"),
        ({"queue": torch.ones(2, 7)}, "same number of dimensions"),
        ({"method": "simclr", "queue": torch.ones(2, 3)}, "joint layout"),
        ({"method": "simclr", "paired": False}, "joint layout"),
        ({"paired": False, "partner": [0, 1, 2, 3, 4]}, "no partners"),
        ({"paired": False, "target": "label", "labels": range(5)}, "to its partner"),
        ({"partner": [0, 1, 2, 3, 5]}, "permutation of 0 … 4"),
        ({"queue": torch.ones(2, 3), "partner": [0, 1, 2, 3, 3]}, "none of them twice"),
        ({"queue": torch.ones(2, 3), "target": "label", "labels": range(6)}, "or \\(7,\\)"),
    ],
)
def test_mistakes(options, words):
    z1, z2 = views(5, dimensions=3)
    with pytest.raises(InputError, match=words):
        align(z1, z2, **options)


def test_unequal_views_are_told_of_sets():
    z1, z2, _ = batch()
    with pytest.raises(InputError, match="paired=False"):
        align(z1, z2[:3])
    assert align(z1, z2[:3], paired=False).matrix.shape == (5, 3)


def test_a_pairing_of_the_batch_alone_is_what_it_was():
    pairing = Pairing.of("joint", 3, [2, 0, 1])
    assert pairing.row_sample.tolist() == pairing.column_sample.tolist() == [0, 1, 2, 1, 2, 0]
    assert pairing.row_of_column.tolist() == pairing.partner.argsort().tolist() and pairing.members == 3
