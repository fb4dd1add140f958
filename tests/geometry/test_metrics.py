import math

import numpy as np
import pytest
import torch

from gca_viz.geometry.metrics import (
    cross_domain_retrieval,
    effective_rank,
    knn_accuracy,
    linear_probe,
    uniformity,
)


def test_knn_votes_by_weight_not_by_count():
    # One very near neighbour of class 1 against three far ones of class 0: exp(cosine / 0.1) decides.
    train = np.array([[1, 0], [0, 1], [-0.1, 1], [-0.2, 1]], float)
    labels = np.array([1, 0, 0, 0])
    test = np.array([[1.0, 0.1]])
    assert knn_accuracy(train, labels, test, np.array([1]), k=4) == 1
    assert knn_accuracy(train, labels, test, np.array([0]), k=4) == 0


def test_linear_probe_separates_what_is_separable_and_balances():
    rng = np.random.default_rng(0)
    labels = np.array([0] * 90 + [1] * 10)
    train = rng.normal(size=(100, 3)) * 0.1 + labels[:, None] * [1, -1, 0]
    assert linear_probe(train, labels, train, labels) == (1.0, 1.0)
    noise = rng.normal(size=(100, 3))
    accuracy, balanced = linear_probe(noise, labels, rng.normal(size=(100, 3)), labels)
    assert accuracy > 0.8 and balanced < 0.7  # the majority class alone gives 0.9 and 0.5


def test_cross_domain_retrieval_counts_the_right_partner():
    z = np.eye(3, dtype=np.float32)
    identities, domains = np.tile([0, 1, 2], 2), np.repeat([0, 1], 3)
    assert cross_domain_retrieval(np.concatenate([z, z]), identities, domains) == 1
    swapped = np.concatenate([z, z[[1, 0, 2]]])
    assert cross_domain_retrieval(swapped, identities, domains) == pytest.approx(1 / 3)


def test_cross_domain_retrieval_asks_for_what_the_other_domain_shows_only():
    z = np.eye(4, dtype=np.float32)[[0, 1, 2, 0, 3, 3]]
    identities, domains = np.array([0, 1, 2, 0, 3, 3]), np.array([0, 0, 0, 1, 1, 1])
    assert cross_domain_retrieval(z, identities, domains) == 1  # of 0 alone, once in either direction
    assert np.isnan(cross_domain_retrieval(z[:5], np.arange(5), domains[:5]))


def test_uniformity_has_its_known_values():
    z = 3 * torch.eye(4)  # rows are normalised
    assert uniformity(torch.ones(5, 3)) == pytest.approx(0)  # collapse
    assert uniformity(z) == pytest.approx(-4)  # squared distance 2 everywhere: log exp(−2·2)


def test_effective_rank_runs_from_one_to_full():
    assert effective_rank(torch.ones(6, 3)) == pytest.approx(1)
    assert effective_rank(torch.eye(5)) == pytest.approx(5)
    spectrum = torch.diag(torch.tensor([1.0, 1.0, 0.0]))[:2]
    assert effective_rank(spectrum) == pytest.approx(math.exp(math.log(2)))
