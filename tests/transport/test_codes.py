"""SwAV's codes: reference values, POT, laws, and mistakes."""

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
from gca_viz.transport import Problem, solve
from gca_viz.transport.problem.cost import cosine_cost
from gca_viz.transport.problem.target import target_entropy
from tests.transport.batches import seeds, views

CASE = json.loads((Path(__file__).parent / "reference" / "family_cases.json").read_text())["family"]
SWAV = CASE["values"]["swav"]


def double(rows) -> torch.Tensor:
    return torch.tensor(rows, dtype=torch.float64)


def as_published(z: torch.Tensor, prototypes: torch.Tensor, epsilon: float, iterations: int) -> np.ndarray:
    """The loop of the authors' code: in each iteration prototypes first, then samples."""
    unit = [(of / of.norm(dim=1, keepdim=True)).numpy() for of in (z, prototypes)]
    shares = np.exp(unit[0] @ unit[1].T / epsilon).T  # prototypes × samples
    shares /= shares.sum()
    count, size = shares.shape
    for _ in range(iterations):
        shares = shares / shares.sum(1, keepdims=True) / count
        shares = shares / shares.sum(0, keepdims=True) / size
    return shares.T * size


@pytest.mark.parametrize("iterations", [1, 3, 10])
def test_codes_are_those_of_the_published_loop(iterations):
    z, prototypes = double(CASE["z2"]), double(SWAV["prototypes"])
    found = gca_viz.codes(z, prototypes, 0.05, iterations)
    assert found.numpy() == pytest.approx(as_published(z, prototypes, 0.05, iterations), abs=1e-9)


def test_codes_and_loss_of_the_reference():
    z1, z2, prototypes = double(CASE["z1"]), double(CASE["z2"]), double(SWAV["prototypes"])
    # The reference normalises samples once more, in front: plain Sinkhorn that ends on a row step.
    problem = Problem(cosine_cost(z2, prototypes), SWAV["code_epsilon"])
    found = solve(problem, half_steps=7, tol=0).matrix
    assert found.numpy() == pytest.approx(np.array(SWAV["codes_of_view_2"]), abs=1e-9)
    plan = gca_viz.align(z1, prototypes, "ince", epsilon=SWAV["epsilon"], paired=False, target=found)
    cross_entropy = float(plan.loss + target_entropy(found).mean())
    assert cross_entropy == pytest.approx(SWAV["one_way_loss"], abs=1e-9)
    force = gca_viz.forces(plan).pairs
    assert torch.allclose(force, (found - plan.matrix) / SWAV["epsilon"], atol=1e-9)


def test_their_limit_is_that_of_its_peer():
    z, prototypes = (torch.nn.functional.normalize(of, dim=1) for of in (views(8, seed=1)[0], views(3, seed=2)[0]))
    cost = (1 - z @ prototypes.T).numpy()
    wanted = ot.sinkhorn(np.ones(8), np.full(3, 8 / 3), cost, 0.2, method="sinkhorn_log", stopThr=1e-13)
    assert gca_viz.codes(z, prototypes, 0.2, math.inf).numpy() == pytest.approx(wanted, abs=1e-9)


@settings(max_examples=15)
@given(seeds, st.integers(1, 7), st.integers(1, 5))
def test_laws_of_codes(seed, rows, count):
    z, prototypes = views(rows, seed=seed)[0], views(count, seed=seed)[1]
    found = gca_viz.codes(z, prototypes, 0.3)
    assert found.shape == (rows, count) and found.sum(1).tolist() == pytest.approx([1] * rows, abs=1e-9)
    order = torch.randperm(rows, generator=torch.Generator().manual_seed(seed))
    assert torch.allclose(gca_viz.codes(2 * z[order], prototypes, 0.3), found[order], atol=1e-9)
    even = gca_viz.codes(z, prototypes, 0.3, math.inf)
    assert even.sum(0).tolist() == pytest.approx([rows / count] * count, abs=1e-9)
    # From warm to hot every sample is shared alike.
    assert torch.allclose(gca_viz.codes(z, prototypes, 1e5), torch.full_like(found, 1 / count), atol=1e-4)


def test_collapsed_samples_are_shared_alike():
    found = gca_viz.codes(torch.ones(4, 3), torch.eye(3))
    assert torch.allclose(found, torch.full((4, 3), 1 / 3))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda z: gca_viz.codes(z, z[:, :2]), "same number of dimensions"),
        (lambda z: gca_viz.codes(z, z[:0]), "at least one row"),
        (lambda z: gca_viz.codes(z * math.nan, z), "z with NaN"),
        (lambda z: gca_viz.codes(z, z, -1), "epsilon"),
        (lambda z: gca_viz.codes(z, z, iterations=0), "iterations"),
    ],
)
def test_mistakes(call, words):
    with pytest.raises(InputError, match=words):
        call(views(4)[0])
