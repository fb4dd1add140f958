"""Classes that are relaxed, and classes that nobody named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.cluster import KMeans

from gca_viz.errors import InputError
from gca_viz.transport import Problem, align, label_target, solve
from gca_viz.transport.problem.clusters import _spread_out, clusters_of
from gca_viz.transport.problem.cost import unit_rows
from gca_viz.transport.problem.pairing import Pairing
from tests.transport.batches import batches, seeds, views

CASE = json.loads((Path(__file__).parents[1] / "reference" / "family_cases.json").read_text())["relaxed_label"]
LABELS = [0, 0, 0, 1, 1, 2]


def tensor(values):
    return torch.tensor(values, dtype=torch.float64)


@pytest.mark.parametrize("kappa", CASE["by_kappa"])
def test_reference_of_a_relaxed_label(kappa):
    wanted = CASE["by_kappa"][kappa]
    options = {"epsilon": CASE["epsilon"], "target": "label", "labels": CASE["labels"], "relax": float(kappa)}
    plan = align(tensor(CASE["z1"]), tensor(CASE["z2"]), "ince", **options)
    torch.testing.assert_close(plan.target, tensor(wanted["target"]), atol=1e-9, rtol=0)
    assert float(plan.loss) == pytest.approx(wanted["row_loss"], abs=1e-9)


def test_the_authors_loss_is_a_plan_with_cells_closed():
    """FedRCL's own: the least similar of the class against the two hardest strangers is InfoNCE of three cells."""
    case = CASE["fedrcl"]
    unit = unit_rows(tensor(case["features"]))
    similar = unit @ unit.T
    for i, label in enumerate(CASE["labels"]):
        same = [j for j, other in enumerate(CASE["labels"]) if other == label]
        strangers = sorted((j for j in range(6) if j not in same), key=lambda j: -float(similar[i, j]))[:2]
        least = min(same, key=lambda j: float(similar[i, j]))
        cost = 1 - similar[i, [least, *strangers]][None]
        plan = solve(Problem(cost, case["temperature"], lambda2=0.0), target=tensor([[1.0, 0.0, 0.0]]))
        assert float(plan.loss) == pytest.approx(case["scl"][i], abs=1e-9)


@given(batches(smallest=3), st.floats(-1, 1), st.floats(-1, 1), st.sampled_from(["cross", "joint"]))
def test_supports_are_nested_and_the_partner_never_leaves(batch, one, other, layout):
    z1, z2 = batch
    labels = [k % 2 for k in range(len(z1))]
    low, high = sorted((one, other))
    less, more = (
        align(z1, z2, "rince", layout=layout, target="label", labels=labels, relax=kappa) for kappa in (low, high)
    )
    assert not ((less.target > 0) & (more.target == 0)).any()
    assert (less.target[less.pairing.partner_mask] > 0).all()
    torch.testing.assert_close(less.target.sum(1), torch.ones_like(less.target[:, 0]))


@pytest.mark.parametrize("layout", ["cross", "joint"])
def test_the_ends_are_label_and_partner(layout):
    z1, z2 = views(6, seed=2)
    z2[1], z1[2] = z1[0], -z1[0]  # equal and opposite strangers
    options = {"layout": layout, "labels": LABELS}
    usual = align(z1, z2, "supcon", **options)
    assert torch.equal(align(z1, z2, "supcon", relax=1, **options).target, usual.target)
    assert torch.equal(align(z1, z2, "fedrcl", relax=1, **options).target, usual.target)
    partner = align(z1, z2, "supcon", layout=layout, target="partner")
    assert torch.equal(align(z1, z2, "fedrcl", relax=-1, **options).target, partner.target)
    assert torch.equal(
        align(z1, z2, "fedrcl", **options).target, align(z1, z2, "supcon", relax=0.7, **options).target
    )


def test_a_relaxed_target_is_a_constant_and_lengths_do_not_count():
    z1, z2 = (z.requires_grad_() for z in views(6, 2))
    plan = align(z1, z2, "fedrcl", labels=LABELS, relax=0.3, epsilon=0.4)
    assert not plan.target.requires_grad
    loss = lambda z1, z2: align(z1, z2, "fedrcl", labels=LABELS, relax=0.3, epsilon=0.4).loss  # noqa: E731
    assert torch.autograd.gradcheck(loss, (z1, z2), atol=1e-6)
    longer = align(3 * z1, z2, "fedrcl", cost="euclid", labels=LABELS, relax=0.3)
    assert torch.equal(longer.target > 0, plan.target > 0)


def test_strangers_that_left_are_pushed():
    z1, z2 = views(8, seed=1, clusters=2)
    labels = [k % 2 for k in range(8)]
    plan = align(z1, z2, "fedrcl", layout="cross", labels=labels, relax=0.0)
    same = tensor(labels)[:, None] == tensor(labels)
    left = same & (plan.target == 0)
    assert left.any() and (plan.force[left] < 0).all()


def test_one_class_each_and_a_class_of_one():
    z1, z2 = views(5)
    alone = align(z1, z2, "fedrcl", labels=range(5))
    assert torch.equal(alone.target, align(z1, z2, "simclr").target)
    mixed = align(z1, z2, "supcon", layout="cross", labels=[0, 0, 0, 0, 1])
    assert mixed.target[4].tolist() == [0, 0, 0, 0, 1]


# --- clusters -----------------------------------------------------------------------------------------------------


def test_clusters_are_those_of_scikit_learn():
    """From the same first centres, the same clusters; and from its own better or equal by no more than a few %."""
    for seed in range(5):
        z1, z2 = views(60, 4, seed=seed, noise=0.3, clusters=6)
        ours = clusters_of(z1, z2, Pairing.of("cross", 60), 6)
        points = unit_rows(unit_rows(z1) + unit_rows(z2))
        theirs = KMeans(6, init=_spread_out(points, 6).numpy(), n_init=1, tol=0).fit(points.numpy())
        assert torch.equal(ours, torch.from_numpy(theirs.labels_).long())
        best = KMeans(6, n_init=10, random_state=0).fit(points.numpy())
        assert theirs.inertia_ <= 1.1 * best.inertia_


@given(seeds, st.integers(2, 6))
def test_clusters_do_not_know_the_order(seed, count):
    z1, z2 = views(12, seed=seed)
    order = torch.randperm(12, generator=torch.Generator().manual_seed(seed))
    pairing = Pairing.of("joint", 12)
    found = clusters_of(z1, z2, pairing, count)
    moved = clusters_of(z1[order], z2[order], pairing, count)
    assert torch.equal(found[order][:, None] == found[order], moved[:, None] == moved)


def test_a_target_of_clusters_is_one_of_labels():
    z1, z2 = views(20, seed=3, clusters=4)
    plan = align(z1, z2, "simclr", target="cluster", clusters=4)
    found = clusters_of(z1, z2, plan.pairing, 4)
    assert torch.equal(plan.target, label_target(plan.pairing, found, dtype=torch.float64))
    partner = torch.randperm(20, generator=torch.Generator().manual_seed(0))
    shuffled = torch.empty_like(z2)
    shuffled[partner] = z2
    moved = align(z1, shuffled, "ince", partner=partner, target="cluster", clusters=4)
    usual = align(z1, z2, "ince", target="cluster", clusters=4)
    torch.testing.assert_close(moved.loss, usual.loss)


def test_collapsed_embeddings_are_one_cluster():
    z = torch.ones(6, 3)
    plan = align(z, z, "ince", target="cluster", clusters=3)
    torch.testing.assert_close(plan.target, torch.full((6, 6), 1 / 6))


@pytest.mark.parametrize(
    ("options", "parameter"),
    [
        ({"target": "cluster"}, "clusters"),  # ten by default, of six samples
        ({"target": "cluster", "clusters": 1}, "clusters"),
        ({"target": "relaxed-label"}, "labels"),
        ({"method": "supcon"}, "labels"),
        ({"method": "fedrcl", "labels": LABELS, "relax": 1.5}, "relax"),
        ({"target": "partner", "relax": 0.5}, "relax"),
        ({"target": "cluster", "clusters": 2, "labels": LABELS}, "labels"),
    ],
)
def test_mistakes_are_told(options, parameter):
    with pytest.raises(InputError) as error:
        align(*views(6), **options)
    assert error.value.parameter == parameter
