import json
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import ortho_group

from gca_viz.errors import InputError
from gca_viz.geometry.similarity import cka_within, linear_cka, neighbour_overlap, neighbours, procrustes

DRAW = np.random.default_rng(0)
A = DRAW.normal(size=(60, 8))
ROTATION = ortho_group.rvs(8, random_state=1)


@pytest.mark.parametrize("shape", [(60, 8, 5), (10, 40, 30)])
def test_cka_is_that_of_the_definition_in_either_form(shape):
    n, d, e = shape
    a, b = DRAW.normal(size=(n, d)), DRAW.normal(size=(n, e))
    centre = np.eye(n) - 1 / n
    first, second = centre @ a @ a.T @ centre, centre @ b @ b.T @ centre
    expected = np.trace(first @ second) / np.sqrt(np.trace(first @ first) * np.trace(second @ second))
    assert linear_cka(a, b) == pytest.approx(expected) == pytest.approx(linear_cka(b, a))


def test_rotation_scale_and_shift_change_nothing():
    moved = 3 * A @ ROTATION + 5
    assert linear_cka(A, moved) == pytest.approx(1)
    aligned, left = procrustes(A, moved)
    assert np.allclose(aligned, A) and left == pytest.approx(0, abs=1e-12)
    assert (neighbour_overlap(A, 2 * A @ ROTATION) == 1).all()


def test_cka_within_classes_is_that_of_the_reference():
    reference = Path(__file__).parents[1] / "transport/reference/family_views.json"
    case = json.loads(reference.read_text("utf-8"))["diversity"]
    a, b, labels = (np.array(case[name]) for name in ("a", "b", "labels"))
    assert linear_cka(a, b) == pytest.approx(case["cka"], abs=1e-9)
    assert cka_within(a, b, labels) == pytest.approx(case["cka_within_classes"], abs=1e-9)


def test_class_means_say_nothing_within_classes():
    b, labels = DRAW.normal(size=(60, 5)), np.arange(60) % 4
    far = 100 * DRAW.normal(size=(4, 8))[labels]
    assert cka_within(A + far, b, labels) == pytest.approx(cka_within(A, b, labels))
    assert cka_within(A + far, 3 * A @ ROTATION, labels) == pytest.approx(1)
    assert cka_within(A, b, np.zeros(60, int)) == pytest.approx(linear_cka(A, b)), "one class"
    one = np.append(labels[:-1], 9)
    without = np.append(labels[:-1], -1)
    assert cka_within(A, b, one) == pytest.approx(cka_within(A[:-1], b[:-1], labels[:-1]))
    assert cka_within(A, b, without) == cka_within(A, b, one), "alone, or without a class"


def test_within_classes_of_one_or_of_copies_there_is_no_number():
    assert np.isnan(cka_within(A, A, np.arange(60)))
    labels = np.arange(60) % 4
    assert np.isnan(cka_within(A, 1e3 * DRAW.normal(size=(4, 8))[labels], labels)), "collapsed onto class means"


def test_a_wider_space_with_zeros_is_the_same_space():
    wide = np.pad(A @ ROTATION, ((0, 0), (0, 4)))
    aligned, left = procrustes(A, wide)
    assert np.allclose(aligned[:, :8], A) and np.allclose(aligned[:, 8:], 0) and left == pytest.approx(0, abs=1e-12)
    narrow, left = procrustes(wide, A)
    assert np.allclose(narrow, wide)


def test_procrustes_leaves_no_more_than_any_other_rotation_and_scale():
    b = A @ ROTATION + 0.5 * DRAW.normal(size=A.shape)
    aligned, left = procrustes(A, b)
    spread = np.square(A - A.mean(0)).sum()
    assert np.square(aligned - A).sum() / spread == pytest.approx(left) and 0 < left < 1
    for seed in range(20):
        other = ortho_group.rvs(8, random_state=seed + 10)
        centred = (b - b.mean(0)) @ other
        scale = (centred * (A - A.mean(0))).sum() / np.square(centred).sum()
        assert np.square(scale * centred - (A - A.mean(0))).sum() / spread >= left


def test_neighbours_are_the_nearest_by_cosine_and_never_the_sample_itself():
    cosine = (A / np.linalg.norm(A, axis=1, keepdims=True)) @ (A / np.linalg.norm(A, axis=1, keepdims=True)).T
    np.fill_diagonal(cosine, -np.inf)
    assert np.array_equal(neighbours(A, 5), np.argsort(-cosine, axis=1)[:, :5])
    b = DRAW.normal(size=(60, 3))
    slow = [len(set(x) & set(y)) / 5 for x, y in zip(neighbours(A, 5), neighbours(b, 5), strict=True)]
    assert neighbour_overlap(A, b, 5) == pytest.approx(slow)


def test_unrelated_embeddings_share_as_many_neighbours_as_chance():
    a, b = DRAW.normal(size=(400, 30)), DRAW.normal(size=(400, 30))
    assert neighbour_overlap(a, b, 20).mean() == pytest.approx(20 / 399, abs=0.02)


def test_what_cannot_be_compared_is_told_or_not_a_number():
    with pytest.raises(InputError, match="same samples"):
        linear_cka(A, A[:50])
    with pytest.raises(InputError, match="same samples"):
        neighbour_overlap(A[:1], A[:1])
    constant = np.ones((60, 4))
    assert np.isnan(linear_cka(A, constant)) and np.isnan(procrustes(A, constant)[1])
