import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from gca_viz.geometry.metrics import knn_accuracy
from gca_viz.geometry.neighbours import density, knn_hits, nearest, neighbours_of, occurrences
from gca_viz.geometry.points import Points
from tests.geometry.clusters import clusters


def test_points_are_both_views_normalised_and_know_their_sample():
    points = Points.of(np.array([[3.0, 0], [0, 2]]), np.array([[0.0, 0], [1, 1]]), [4, 5], [[0, 1], [1, 1]])
    assert np.linalg.norm(points.z, axis=1) == pytest.approx([1, 1, 0, 1])  # a row of zeros stays
    assert points.sample.tolist() == [0, 1, 0, 1] and points.view.tolist() == [0, 0, 1, 1]
    assert points.labels.tolist() == [4, 5, 4, 5] and points.domains.tolist() == [0, 1, 1, 1]


def test_nearest_are_those_of_scikit_learn():
    points = clusters()
    index, cosine = nearest(points, 5)
    distance, expected = NearestNeighbors(metric="cosine").fit(points.z).kneighbors(n_neighbors=5)
    assert np.array_equal(index, expected)
    assert cosine == pytest.approx(1 - distance, abs=1e-5)
    one, cosines = neighbours_of(points, 7, 5)
    assert np.array_equal(one, index[7]) and cosines == pytest.approx(cosine[7], abs=1e-5)
    assert density(points)[7] == pytest.approx(nearest(points, 10)[1][7].mean())


def test_the_vote_leaves_the_own_sample_out():
    points = clusters(samples=20)
    found = knn_hits(points, points.labels, k=5)
    for point in range(40):
        others = points.sample != points.sample[point]
        one = [point]
        expected = knn_accuracy(points.z[others], points.labels[others], points.z[one], points.labels[one], k=5)
        assert found[point] == bool(expected)


def test_occurrences_count_the_lists_a_point_is_in():
    points = clusters(samples=15)
    lists = nearest(points, 10)[0]
    assert occurrences(points).tolist() == [int((lists == point).sum()) for point in range(30)]


@pytest.mark.parametrize("samples", [1, 2, 3])
def test_few_points_have_few_neighbours(samples):
    points = clusters(samples=samples, classes=1)
    assert nearest(points, 10)[0].shape == (2 * samples, 2 * samples - 1)
    assert neighbours_of(points, 0, 10)[0].shape == (2 * samples - 1,)
    assert nearest(points, 10, own=False)[0].shape == (2 * samples, 2 * samples - 2)
