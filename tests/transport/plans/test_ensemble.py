"""Plans of several views pooled: the reference's numbers, Jensen's laws, and what cannot be pooled."""

import json
import math
from pathlib import Path

import pytest
import torch
from torch.nn import functional as F

from gca_viz.errors import InputError
from gca_viz.transport import align, ensemble
from gca_viz.transport.options import POOLS
from gca_viz.transport.plans.ensemble import pooled

CASE = json.loads((Path(__file__).parents[1] / "reference/family_readings.json").read_text("utf-8"))["calibration"]


def plans_of(k=4, n=12, d=3, method="ince", seed=0, **options):
    generator = torch.Generator().manual_seed(seed)
    z = torch.randn(n, d, generator=generator, dtype=torch.float64)
    views = z + 0.7 * torch.randn(2 * k, n, d, generator=generator, dtype=torch.float64)
    return [align(views[2 * pair], views[2 * pair + 1], method, **{"epsilon": 0.1} | options) for pair in range(k)]


@pytest.mark.parametrize(("pool", "name"), [("mean", "mean"), ("geometric", "geometric"), ("max", "maximum")])
def test_pools_are_those_of_the_reference(pool, name):
    views = torch.tensor(CASE["views"], dtype=torch.float64)
    plans = [align(views[a], views[b], "ince", epsilon=CASE["epsilon"]) for a, b in CASE["pairs"]]
    found, expected = ensemble(plans, pool, CASE["bins"]), CASE[name]
    assert torch.allclose(found.shares, torch.tensor(expected["plan"], dtype=torch.float64), atol=1e-12)
    assert found.calibration.hit.tolist() == expected["hit"]
    assert float(found.calibration.ece) == pytest.approx(expected["ece"], abs=1e-9)
    assert float(found.calibration.brier) == pytest.approx(expected["brier"], abs=1e-9)
    assert float(found.nll) == pytest.approx(expected["nll"], abs=1e-9)
    singles = [of["nll"] for of in CASE["single"]]
    assert (
        float(found.parts_nll) == pytest.approx(sum(singles) / 3, abs=1e-9) == pytest.approx(found.of_parts("nll"))
    )


def test_votes_are_those_of_the_reference():
    views = torch.tensor(CASE["views"], dtype=torch.float64)
    plans = [align(views[a], views[b], "ince", epsilon=CASE["epsilon"]) for a, b in CASE["pairs"]]
    votes = ensemble(plans, "vote").shares
    assert torch.allclose(votes, torch.tensor(CASE["vote"]["plan"], dtype=torch.float64), atol=1e-12)


@pytest.mark.parametrize("method", ["ince", "gca-ince", "gca-uot", "clip", "simclr"])
@pytest.mark.parametrize("epsilon", [0.02, 0.2, 1.0])
def test_the_mean_scores_no_worse_than_the_mean_of_its_parts(method, epsilon):
    found = ensemble(plans_of(method=method, epsilon=epsilon), "mean")
    for name in ("brier", "nll"):
        assert found.of_whole(name) <= found.of_parts(name) + 1e-12


def test_under_rows_the_geometric_mean_is_the_plan_of_the_mean_cost():
    plans = plans_of()
    cost = torch.stack([plan.cost for plan in plans]).mean(0)
    assert torch.allclose(ensemble(plans, "geometric").shares, F.softmax(-cost / 0.1, dim=1), atol=1e-12)


@pytest.mark.parametrize("pool", POOLS)
def test_one_plan_or_copies_of_it_are_the_plan(pool):
    (plan,) = plans_of(1)
    expected = plan.matrix if pool != "vote" else F.one_hot(plan.matrix.argmax(1), 12).double()
    for plans in ([plan], [plan] * 3):
        found = ensemble(plans, pool)
        assert torch.allclose(found.shares, expected, atol=1e-12)
        if pool != "vote":
            assert found.of_whole("ece") == pytest.approx(found.of_parts("ece")) == pytest.approx(float(plan.ece))


@pytest.mark.parametrize("pool", POOLS)
def test_the_order_of_plans_and_of_columns_does_not_matter(pool):
    plans = plans_of()
    found = ensemble(plans, pool)
    assert torch.allclose(ensemble(plans[::-1], pool).shares, found.shares, atol=1e-12)
    order = torch.randperm(12, generator=torch.Generator().manual_seed(3))
    shares = torch.stack([plan.matrix for plan in plans])
    assert torch.allclose(pooled(shares[:, :, order], pool), pooled(shares, pool)[:, order], atol=1e-12)


@pytest.mark.parametrize("pool", POOLS)
@pytest.mark.parametrize("n", [1, 2])
def test_tiny_collapsed_and_empty_rows_have_numbers(pool, n):
    one = torch.ones(n, 3, dtype=torch.float64)
    flat = ensemble([align(one, one, "ince")] * 2, pool)
    assert torch.allclose(flat.shares, torch.full((n, n), 1 / n, dtype=torch.float64))
    shares = torch.zeros(2, 2, 3)
    shares[0, 0, 1] = shares[1, 0, 1] = 1
    assert torch.equal(pooled(shares, pool), torch.tensor([[0.0, 1, 0], [0, 0, 0]]))


def test_a_column_without_a_vote_costs_everything():
    found = ensemble(plans_of(epsilon=0.5), "vote")
    assert math.isinf(found.of_whole("nll")) == bool((found.shares.gather(1, found.partner[:, None]) == 0).any())


def test_what_cannot_be_pooled_says_so():
    plans = plans_of(2)
    with pytest.raises(InputError, match="pool = 'median'"):
        ensemble(plans, "median")
    with pytest.raises(InputError, match="0 plans"):
        ensemble([])
    with pytest.raises(InputError, match=r"\(5, 5\), \(12, 12\)"):
        ensemble([plans[0], *plans_of(1, n=5)])
    with pytest.raises(InputError, match="target closes"):
        ensemble(plans_of(2, target="relation"))
