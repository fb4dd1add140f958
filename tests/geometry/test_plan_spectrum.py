"""The spectrum of a plan: the reference's numbers, Ky Fan's law, components, and what has none."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.metrics import adjusted_rand_score

import gca_viz
from gca_viz.errors import InputError
from gca_viz.geometry.plan_spectrum import spectrum

CASE = json.loads((Path(__file__).parents[1] / "transport/reference/family_readings.json").read_text("utf-8"))[
    "spectrum"
]


def plan_of(n=20, groups=4, spread=0.05, epsilon=0.1, seed=0):
    generator = torch.Generator().manual_seed(seed)
    middle = torch.eye(groups, dtype=torch.float64)[torch.arange(n) % groups]
    z1, z2 = middle + spread * torch.randn(2, n, groups, generator=generator, dtype=torch.float64)
    return gca_viz.align(z1, z2, "gca-ince", epsilon=epsilon, layout="joint", iterations=math.inf)


def test_the_numbers_are_those_of_the_reference():
    found, labels = spectrum(np.array(CASE["plan"])), np.array(CASE["labels"])
    assert found.eigenvalues == pytest.approx(CASE["eigenvalues"], abs=1e-9)
    assert found.gaps == pytest.approx(CASE["gaps"], abs=1e-9)
    assert found.clusters == CASE["clusters_by_gap"]
    assert found.rayleigh(labels) == pytest.approx(CASE["rayleigh_of_labels"], abs=1e-9)
    assert found.bound(3) == pytest.approx(CASE["bound"], abs=1e-9)


def test_the_first_eigenvalue_is_one_and_all_lie_between_minus_one_and_one():
    found = gca_viz.spectrum(plan_of())
    assert found.eigenvalues[0] == pytest.approx(1, abs=1e-5)
    assert (np.abs(found.eigenvalues) <= 1 + 1e-5).all() and (found.gaps >= -1e-12).all()


@pytest.mark.parametrize("groups", [2, 3, 5])
def test_groups_that_hold_together_are_counted_and_found(groups):
    found = spectrum(plan_of(30, groups))
    assert found.clusters == groups
    assert adjusted_rand_score(np.tile(np.arange(30) % groups, 2), found.labels) == 1
    assert (np.diff(np.bincount(found.labels)) <= 0).all(), "the largest first"


def test_a_bound_on_the_clusters_takes_the_largest_gap_within_it():
    found = spectrum(plan_of(12, 3, spread=0.3, epsilon=0.02))
    for most in (2, 3, 6, 12):
        gaps = list(found.gaps[1:most])
        assert found.clusters_within(most) == 2 + gaps.index(max(gaps))
    assert found.clusters_within(0) == 2 and found.clusters_within(12) == found.clusters


@pytest.mark.parametrize("parts", [1, 2, 3])
def test_parts_between_which_no_mass_flows_are_the_eigenvalues_one(parts):
    block = np.array([[0.2, 0.8], [0.8, 0.2]])
    matrix = np.kron(np.eye(parts), block)
    found = spectrum(matrix)
    assert found.components == parts
    assert found.rayleigh(np.repeat(np.arange(parts), 2)) == pytest.approx(0, abs=1e-12)


def test_no_division_has_a_smaller_quotient_than_ky_fan_says():
    found, draw = spectrum(plan_of(spread=0.8, epsilon=0.5)), np.random.default_rng(0)
    for count in (1, 2, 5, 9):
        for _ in range(20):
            labels = draw.integers(0, count, 40)
            groups = len(np.unique(labels))
            assert found.rayleigh(labels) >= found.bound(groups) - 1e-9
            labels[draw.integers(0, 40, 5)] = -1
            groups = len(np.unique(labels[labels >= 0]))
            assert found.rayleigh(labels) >= found.bound(groups) - 1e-9


def test_the_quotient_is_that_of_a_slow_loop():
    found, labels = spectrum(plan_of(6, 2)), np.arange(12) % 3
    y = np.eye(3)[labels] / 2
    slow = sum(found.matrix[i, j] * ((y[i] - y[j]) ** 2).sum() for i in range(12) for j in range(12)) / 2
    assert found.rayleigh(labels) == pytest.approx(slow)


def test_another_order_of_points_is_the_same_spectrum():
    matrix = spectrum(plan_of()).matrix
    order = np.random.default_rng(0).permutation(40)
    found, turned = spectrum(matrix), spectrum(matrix[np.ix_(order, order)])
    assert turned.eigenvalues == pytest.approx(found.eigenvalues, abs=1e-12)
    assert adjusted_rand_score(found.labels[order], turned.labels) == 1


@pytest.mark.parametrize("n", [1, 2, 3])
def test_tiny_and_collapsed_batches_have_a_spectrum(n):
    one = torch.ones(n, 3, dtype=torch.float64)
    found = spectrum(gca_viz.align(one, one, "gca-ince", layout="joint", iterations=math.inf))
    assert found.eigenvalues[0] == pytest.approx(1) and found.labels.shape == (2 * n,)
    assert found.clusters == (1 if n == 1 else found.clusters) and np.isfinite(found.rayleigh(found.labels))


def test_what_has_no_spectrum_says_so_and_its_remedy_works():
    z1, z2 = torch.randn(2, 8, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    for plan in (gca_viz.align(z1, z2, "gca-ince"), gca_viz.align(z1, z2, "simclr")):
        with pytest.raises(InputError, match='layout="joint", iterations=math.inf'):
            spectrum(plan)
    assert len(spectrum(gca_viz.align(z1, z2, "gca-ince", layout="joint", iterations=math.inf)).eigenvalues) == 16
    with pytest.raises(InputError, match="shape"):
        spectrum(np.ones((2, 3)))
    with pytest.raises(InputError, match="1,024"):
        spectrum(np.eye(2049))
    with pytest.raises(InputError, match="triangles"):
        spectrum(np.full((3, 3), np.nan))
    with pytest.raises(InputError, match="from 1 to 3"):
        spectrum(np.eye(3)).cluster(4)
