import numpy as np
import pytest
import torch
from sklearn.metrics import silhouette_score
from sklearn.model_selection import LeaveOneGroupOut, cross_val_predict

from gca_viz.geometry import metrics
from gca_viz.geometry.bootstrap import draws
from gca_viz.geometry.measures import MEASURES, measured, probe_hits
from gca_viz.geometry.neighbours import occurrences
from gca_viz.geometry.points import Points
from tests.geometry.clusters import clusters, rotated


def values(points):
    return {measure.name: estimate for measure, estimate in measured(points)}


def test_each_number_is_the_known_one():
    points = clusters()
    first, second = (torch.from_numpy(view) for view in points.views)
    n, found = points.samples, values(points)
    assert found["alignment"].value == pytest.approx(metrics.alignment(first, second), rel=1e-5)
    uniform = (metrics.uniformity(first) + metrics.uniformity(second)) / 2
    assert found["uniformity"].value == pytest.approx(uniform, rel=1e-5)
    rank = metrics.effective_rank(torch.from_numpy(points.z))
    assert found["effective_rank"].value == pytest.approx(rank, rel=1e-6)
    assert found["silhouette"].value == pytest.approx(silhouette_score(points.z, points.labels, metric="cosine"))
    same = [
        ((points.z[i] - points.z[j]) ** 2).sum()
        for i in range(2 * n)
        for j in range(2 * n)
        if points.labels[i] == points.labels[j] and i % n != j % n
    ]
    assert found["compactness"].value == pytest.approx(np.mean(same), rel=1e-5)
    counts = occurrences(points)
    skewness = ((counts - counts.mean()) ** 3).mean() / counts.std() ** 3
    assert found["hubness"].value == pytest.approx(skewness, rel=1e-5)
    assert found["knn_class"].chance == pytest.approx(1 / 4) and found["knn_domain"].chance == pytest.approx(1 / 2)


def test_a_resampled_number_is_that_of_the_resampled_points():
    points, drawn = clusters(samples=12), draws(12, replicates=1)
    chosen = np.repeat(np.arange(12), drawn[0].astype(int))
    counts = occurrences(points).reshape(2, -1)[:, chosen]
    skewness = ((counts - counts.mean()) ** 3).mean() / counts.std() ** 3
    estimate = MEASURES["hubness"].estimate(points, drawn)
    assert estimate.low == estimate.high == pytest.approx(skewness, rel=1e-4)


def test_the_probe_is_cross_validated_by_sample():
    points = clusters(samples=5, classes=2)
    each = {"groups": points.sample, "cv": LeaveOneGroupOut()}
    expected = cross_val_predict(metrics.probe(), points.z, points.labels, **each)
    assert np.array_equal(probe_hits(points, points.labels), expected == points.labels)  # five folds of one sample


def test_a_rotation_changes_no_number():
    points = clusters()
    before, after = values(points), values(rotated(points))
    for name, estimate in before.items():
        if name.startswith("linear"):  # standardises each axis, which a rotation mixes
            continue
        assert (after[name].value, after[name].low, after[name].high) == pytest.approx(
            (estimate.value, estimate.low, estimate.high), abs=2e-3
        ), name


def test_intervals_hold_their_number_and_narrow_with_more_samples():
    few, many = values(clusters(samples=30)), values(clusters(samples=480))
    for name, estimate in many.items():
        assert estimate.low <= estimate.value <= estimate.high, name
        if not name.endswith(("class", "domain")):  # accuracies of so few samples may be all right or all wrong
            assert estimate.high - estimate.low < few[name].high - few[name].low, name


@pytest.mark.parametrize("samples", [1, 2, 3])
def test_a_tiny_batch_says_what_it_needs(samples):
    for measure, estimate in measured(clusters(samples=samples, classes=2)):
        assert measure.estimate_text(estimate) and measure.interval_text(estimate)
    found = values(clusters(samples=1, classes=1))
    assert {name for name, estimate in found.items() if estimate is not None} == {"alignment", "effective_rank"}
    assert MEASURES["effective_rank"].interval_text(found["effective_rank"]) == "no interval: too few samples"


def test_one_class_and_collapse_have_numbers_without_warnings():
    one = values(clusters(classes=1))
    assert one["knn_class"] is None and MEASURES["knn_class"].interval_text(None) == "needs two classes"
    heap = Points.of(np.ones((9, 4)), np.ones((9, 4)), np.arange(9) % 3, np.zeros(9, int))
    found = values(heap)
    assert found["alignment"].value == 0 and found["uniformity"].value == pytest.approx(0, abs=1e-5)
    assert found["effective_rank"].value == pytest.approx(1)
    assert found["silhouette"].value == pytest.approx(0, abs=1e-5)
    assert MEASURES["silhouette"].estimate_text(found["silhouette"]) == "0.00"
