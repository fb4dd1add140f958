"""Sets without pairs: reference values, POT, laws, and every mistake a user can make."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import ot
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import gca_viz
from gca_viz.errors import InputError
from tests.transport.batches import seeds, views

CASES = json.loads((Path(__file__).parent / "reference" / "family_readings.json").read_text())
FAR, LENT = CASES["set_distance"], CASES["transfer"]


def double(rows) -> torch.Tensor:
    return torch.tensor(rows, dtype=torch.float64)


def within(points: torch.Tensor, epsilon: float) -> float:
    """Transport of a set to itself, by the symmetric iteration that needs no more than a few dozen steps."""
    z = torch.nn.functional.normalize(points, dim=1).numpy()
    cost, scale, share = 1 - z @ z.T, np.ones(len(z)), 1 / len(z)
    kernel = np.exp(-cost / epsilon)
    for _ in range(500):
        scale = np.sqrt(scale * share / (kernel @ scale))
    plan = scale[:, None] * kernel * scale
    return (plan * (cost + epsilon * np.log(plan / share**2))).sum()


def test_the_distance_of_the_reference():
    first, second, epsilon = double(FAR["first"]), double(FAR["second"]), FAR["epsilon"]
    found = float(gca_viz.set_distance(first, second, epsilon))
    inner = within(first, epsilon), within(second, epsilon)
    # The loops of the reference stop after 4,000 half steps, which leaves 3e-8 of a set against itself.
    assert found == pytest.approx(FAR["divergence"], abs=2e-8)
    assert inner == pytest.approx((FAR["within_first"], FAR["within_second"]), abs=4e-8)
    assert found == pytest.approx(FAR["between"] - sum(inner) / 2, abs=1e-9)


@settings(max_examples=15)
@given(seeds, st.integers(1, 7), st.integers(1, 7), st.floats(0.1, 2.0))
def test_laws_of_the_distance(seed, rows, columns, epsilon):
    a, b = views(rows, seed=seed)[0], views(columns, seed=seed)[1]
    far = float(gca_viz.set_distance(a, b, epsilon))
    assert far >= -1e-9
    assert float(gca_viz.set_distance(b, a, epsilon)) == pytest.approx(far, abs=1e-9)
    assert float(gca_viz.set_distance(a, a, epsilon)) == pytest.approx(0, abs=1e-9)
    order = torch.randperm(rows, generator=torch.Generator().manual_seed(seed))
    assert float(gca_viz.set_distance(3 * a[order], b, epsilon)) == pytest.approx(far, abs=1e-9)
    doubled = torch.cat([a, a])  # as a measure it is the same
    assert float(gca_viz.set_distance(doubled, b, epsilon)) == pytest.approx(far, abs=1e-8)


def test_the_distance_is_that_of_its_peer():
    epsilon = 0.5
    a, b = (torch.nn.functional.normalize(z, dim=1) for z in (views(12, seed=1)[0], views(9, seed=2)[1]))
    cost = lambda x, y: 1 - (x @ y.T).numpy()  # noqa: E731

    def transport(x, y):
        mu, nu = np.full(len(x), 1 / len(x)), np.full(len(y), 1 / len(y))
        plan = ot.sinkhorn(mu, nu, cost(x, y), epsilon, method="sinkhorn_log", stopThr=1e-13, numItermax=50_000)
        return (plan * cost(x, y)).sum() + epsilon * (plan * np.log(plan / np.outer(mu, nu))).sum()

    wanted = transport(a, b) - (transport(a, a) + transport(b, b)) / 2
    assert float(gca_viz.set_distance(a, b, epsilon)) == pytest.approx(wanted, abs=1e-9)


def test_its_gradient():
    a, b = views(4, 3, seed=3)[0].requires_grad_(), views(3, 3, seed=4)[1].requires_grad_()
    assert torch.autograd.gradcheck(lambda a, b: gca_viz.set_distance(a, b, 0.3), (a, b), atol=1e-6)
    moved, before = a.detach().clone().requires_grad_(), math.inf
    for _ in range(5):
        far = gca_viz.set_distance(moved, b.detach(), 0.3)
        assert float(far.detach()) < before
        before = float(far.detach())
        (slope,) = torch.autograd.grad(far, moved)
        moved = (moved - 0.2 * slope).detach().requires_grad_()


def test_labels_of_the_reference():
    z1, z2 = double(LENT["z1"]), double(LENT["z2"])
    shares = gca_viz.transfer(z1, z2, LENT["labels"], LENT["epsilon"])
    assert shares.numpy() == pytest.approx(np.array(LENT["class_share"]), abs=1e-9)
    apart = gca_viz.transfer(z1, z2, LENT["labels"], LENT["epsilon"], exclude_pairs=True)
    assert apart.numpy() == pytest.approx(np.array(LENT["without_partner"]["class_share"]), abs=1e-9)


@settings(max_examples=15)
@given(seeds, st.integers(1, 7), st.integers(1, 7))
def test_laws_of_lent_labels(seed, rows, columns):
    a, b = views(rows, seed=seed)[0], views(columns, seed=seed)[1]
    labels = ["b" if k % 3 else "a" for k in range(rows)]
    shares = gca_viz.transfer(a, b, labels, 0.3)
    assert shares.shape == (columns, len(set(labels)))
    assert shares.sum(1).tolist() == pytest.approx([1] * columns)
    # Every row sends as much: what all columns receive of a class is its share of the rows.
    assert shares.mean(0).tolist() == pytest.approx([labels.count(of) / rows for of in sorted(set(labels))])


def test_a_sharp_plan_lends_the_partner_its_label_and_who_has_none_lends_none():
    z = torch.eye(4, dtype=torch.float64)
    assert gca_viz.transfer(z, z, [0, 1, 1, 2], 0.01).argmax(1).tolist() == [0, 1, 1, 2]
    shares = gca_viz.transfer(z, z, [0, 1, -1, 1], 0.01)
    assert shares.shape == (4, 2) and shares[1].tolist() == pytest.approx([0, 1], abs=1e-9)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_arrays_and_single_precision(kind):
    a, b = (z.numpy().astype(kind) for z in views(6, seed=7))
    exact = float(gca_viz.set_distance(double(a), double(b)))
    assert float(gca_viz.set_distance(a, b)) == pytest.approx(exact, abs=1e-5)
    assert gca_viz.transfer(a, b, range(6)).shape == (6, 6)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda z: gca_viz.set_distance(z, z[:, :2]), "same number of dimensions"),
        (lambda z: gca_viz.set_distance(z[:0], z), "at least one row"),
        (lambda z: gca_viz.set_distance(z * math.nan, z), "a with NaN"),
        (lambda z: gca_viz.set_distance(z, z, 0), "epsilon"),
        (lambda z: gca_viz.set_distance(z, "text"), "b"),
        (lambda z: gca_viz.transfer(z, z, [0, 1]), "one class for each of the 4 rows"),
        (lambda z: gca_viz.transfer(z, z, [None] * 4), "all missing"),
        (lambda z: gca_viz.transfer(z, z[:3], range(4), exclude_pairs=True), "same number of rows"),
        (lambda z: gca_viz.transfer(z[:1], z[:1], [0], exclude_pairs=True), "at least 2"),
    ],
)
def test_mistakes(call, words):
    with pytest.raises(InputError, match=words):
        call(views(4)[0])
