"""Trees on class shares: the reference's front, laws, and that nothing tells the class but the mass."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from gca_viz.geometry.class_tree import class_shares, class_tree, on_front
from gca_viz.transport import align

LABELS = np.arange(60) % 3


def plan_of(spread, *, method="ince", labels=LABELS, epsilon=0.2, seed=0):
    """A plan between noisy views of points near the axes of their classes."""
    generator = torch.Generator().manual_seed(seed)
    middle = torch.eye(3, dtype=torch.float64)[torch.as_tensor(labels).clamp_min(0)]
    z = middle + spread * torch.randn(len(labels), 3, generator=generator, dtype=torch.float64)
    other = z + 0.05 * torch.randn(len(labels), 3, generator=generator, dtype=torch.float64)
    return align(z, other, method, epsilon=epsilon)


def test_the_front_is_that_of_the_reference():
    reference = Path(__file__).parents[1] / "transport/reference/family_views.json"
    case = json.loads(reference.read_text("utf-8"))["pareto"]
    leaves, accuracy = np.array(case["leaves_accuracy"]).T
    front = on_front(leaves, accuracy)
    assert [[int(a), b] for a, b in zip(leaves[front], accuracy[front], strict=True)] == case["front"]


def test_no_point_of_the_front_is_beaten_and_every_other_is():
    draw = np.random.default_rng(0)
    leaves, accuracy = draw.integers(2, 20, 80), draw.random(80).round(1)
    front = on_front(leaves, accuracy)
    for k in range(80):
        beaten = any(
            leaves[j] <= leaves[k]
            and accuracy[j] >= accuracy[k]
            and (leaves[j], accuracy[j]) != (leaves[k], accuracy[k])
            for j in range(80)
        )
        assert front[k] == (not beaten)


@pytest.mark.parametrize("method", ["ince", "simclr", "gca-uot"])
def test_shares_are_those_of_a_slow_loop(method):
    plan = plan_of(0.3, method=method)
    of = class_shares(plan, LABELS)
    rows, columns = plan.pairing.row_sample.tolist(), plan.pairing.column_sample.tolist()
    part = dict(zip(of.sample.tolist(), of.part.tolist(), strict=True))
    for row in (0, 17, 59):
        mass = np.zeros(3)
        for column, sample in enumerate(columns):
            if part[sample] != part[rows[row]]:
                mass[LABELS[sample]] += float(plan.matrix[row, column])
        assert of.shares[row] == pytest.approx(mass / mass.sum(), abs=1e-6)
    assert of.shares.sum(1) == pytest.approx(1, abs=1e-5)


def test_a_plan_that_knows_the_class_has_as_few_rules_as_classes():
    of = class_shares(plan_of(0.05), LABELS)
    tree = class_tree(of, 2)
    assert tree.leaves == 3 and (tree.predicted == LABELS).mean() > 0.95 and (of.vote == LABELS).mean() > 0.95
    text = tree.text(["cat", "dog", "tree"])
    assert "mass on" in text and "→ cat" in text and "class:" not in text


@pytest.mark.parametrize("epsilon", [0.1, 50.0, 1e6])
def test_a_plan_that_knows_nothing_tells_nothing(epsilon):
    draw = torch.Generator().manual_seed(5)
    z1, z2 = torch.randn(2, 300, 40, generator=draw, dtype=torch.float64)
    labels = np.random.default_rng(1).integers(0, 3, 300)
    of = class_shares(align(z1, z2, "ince", epsilon=epsilon), labels)
    for depth in (3, 10):
        assert (class_tree(of, depth).predicted == labels).mean() < 0.45


def test_leaving_out_the_pair_alone_would_tell_every_class():
    one, labels = torch.ones(60, 3, dtype=torch.float64), LABELS
    of = class_shares(align(one, one, "ince"), labels)
    uniform = np.full((60, 60), 1 / 60) * ~np.eye(60, dtype=bool)
    leaking = np.stack([uniform[:, labels == name].sum(1) for name in range(3)], 1)
    assert (class_tree(replace(of, shares=leaking), 3).predicted == labels).all()
    assert (class_tree(of, 3).predicted == labels).mean() <= 0.4


def test_deeper_trees_have_no_fewer_rules_and_at_most_two_to_the_depth():
    of = class_shares(plan_of(1.0), LABELS)
    leaves = [class_tree(of, depth).leaves for depth in range(1, 11)]
    assert leaves == sorted(leaves) and all(count <= 2**depth for depth, count in enumerate(leaves, 1))


def test_the_numbers_of_the_classes_do_not_matter():
    plan = plan_of(0.4)
    of, renamed = class_shares(plan, LABELS), class_shares(plan, np.array([2, 5, 9])[LABELS])
    assert np.array_equal(of.shares, renamed.shares) and renamed.classes.tolist() == [2, 5, 9]
    assert np.array_equal(np.array([2, 5, 9])[class_tree(of, 3).predicted], class_tree(renamed, 3).predicted)


def test_who_has_no_label_is_not_asked_and_receives_nothing():
    labels = LABELS.copy()
    labels[::7] = -1
    of = class_shares(plan_of(0.3), labels)
    assert len(of.shares) == (labels >= 0).sum() and set(of.classes) == {0, 1, 2}
    assert of.shares.sum(1) == pytest.approx(1, abs=1e-5)
    assert class_tree(of, 3).predicted.shape == of.labels.shape


@pytest.mark.parametrize("labels", [np.array([0, 1]), np.array([0, 0, 1])])
def test_tiny_batches_have_a_tree(labels):
    of = class_shares(plan_of(0.3, labels=labels), labels)
    assert class_tree(of, 3).predicted.shape == labels.shape


def test_a_collapsed_embedding_has_one_rule():
    one = torch.ones(60, 3, dtype=torch.float64)
    of = class_shares(align(one, one, "gca-ince"), LABELS)
    assert class_tree(of, 5).leaves <= 5, "only what differs between the parts of the batch"
