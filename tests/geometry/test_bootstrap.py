import numpy as np
import pytest

from gca_viz.geometry.bootstrap import draws, jackknife, of_mean, of_pairs


def test_samples_are_drawn_with_replacement_and_the_seed_decides():
    drawn = draws(7, replicates=50)
    assert drawn.shape == (50, 7) and np.all(drawn.sum(1) == 7)
    assert np.array_equal(drawn, draws(7, replicates=50))
    assert not np.array_equal(drawn, draws(7, seed=1, replicates=50))


def test_the_mean_of_a_resampled_batch_is_that_of_a_slow_loop():
    values, drawn = np.random.default_rng(0).normal(size=9), draws(9, replicates=40)
    means = [np.repeat(values, counts.astype(int)).mean() for counts in drawn]
    estimate = of_mean(values, drawn)
    assert estimate.value == pytest.approx(values.mean())
    assert (estimate.low, estimate.high) == pytest.approx(tuple(np.percentile(means, [2.5, 97.5])), abs=1e-6)


def test_pairs_of_a_resampled_batch_leave_a_sample_beside_itself_out():
    draw = np.random.default_rng(0)
    values = draw.random((6, 6)).astype(np.float32)
    counted = draw.random((6, 6)) < 0.7
    counted = (counted | counted.T) & ~np.eye(6, dtype=bool)
    drawn = draws(6, replicates=20)
    value, replicates = of_pairs(values, counted, drawn)
    assert value == pytest.approx(values[counted].mean())
    for counts, replicate in zip(drawn.astype(int), replicates, strict=True):
        chosen = np.repeat(np.arange(6), counts)
        pairs = [values[i, j] for i in chosen for j in chosen if counted[i, j]]
        assert replicate == pytest.approx(np.mean(pairs)) if pairs else np.isnan(replicate)


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    batches = np.random.default_rng(0).normal(size=(400, 100))
    for interval in (
        lambda batch: of_mean(batch, draws(100)),
        lambda batch: jackknife(100, lambda s: batch[s].mean()),
    ):
        held = [estimate.low <= 0 <= estimate.high for estimate in map(interval, batches)]
        assert np.mean(held) == pytest.approx(0.95, abs=0.035)


def test_one_sample_has_no_interval():
    estimate = jackknife(1, lambda samples: 3.0)
    assert estimate.value == 3 and np.isnan(estimate.low)
