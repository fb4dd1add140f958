"""Many views reduced to two: the reference's numbers, laws, and what cannot be."""

import json
from itertools import combinations
from pathlib import Path

import pytest
import torch
from torch.nn import functional as F

import gca_viz
from gca_viz.embedding.embedding import Embeddings
from gca_viz.embedding.reduce import LEAST_VARIANCE, reduce_views
from gca_viz.errors import InputError
from gca_viz.views.reduction import MEAN, PAIR, POSTERIOR, REDUCE, WORST

CASES = json.loads((Path(__file__).parents[1] / "transport/reference/family_views.json").read_text("utf-8"))


def drawn(m, n=9, d=4, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(m, n, d, generator=generator, dtype=torch.float64)


def cost(a, b):
    return 1 - (F.normalize(a, dim=-1) * F.normalize(b, dim=-1)).sum(-1)


def test_the_worst_pair_is_that_of_the_reference():
    case = CASES["worst_views"]
    z = torch.tensor(case["views"], dtype=torch.float64)
    found = reduce_views(z, WORST)
    assert found.shown.T.tolist() == case["pair"]
    plan = gca_viz.align(found.z1, found.z2, "ince", epsilon=case["epsilon"])
    assert torch.allclose(plan.cost, torch.tensor(case["cost"], dtype=torch.float64), atol=1e-12)
    assert float(plan.loss) == pytest.approx(case["row_loss"], abs=1e-9)
    free = gca_viz.align(found.z1, found.z2, "byol", epsilon=case["epsilon"])
    assert float(free.loss) == pytest.approx(case["free_loss"], abs=1e-9)
    every = [gca_viz.align(a, b, "ince", epsilon=case["epsilon"]).loss for a, b in combinations(z, 2)]
    assert float(torch.stack(every).mean()) == pytest.approx(case["mean_over_pairs_row_loss"], abs=1e-9)


def test_the_variance_is_that_of_the_reference():
    case = CASES["posterior"]
    found = reduce_views(torch.tensor(case["views"], dtype=torch.float64), POSTERIOR)
    assert found.variance.tolist() == pytest.approx(case["variance"], abs=1e-12)


@pytest.mark.parametrize("how", REDUCE.options)
@pytest.mark.parametrize("two_kinds", [False, True])
def test_two_views_are_the_pair_to_the_last_bit(how, two_kinds):
    z = drawn(2).float()
    found = reduce_views(z, how, two_kinds=two_kinds)
    assert torch.equal(found.z1, z[0]) and torch.equal(found.z2, z[1])
    assert torch.allclose(found.variance, (cost(z[0], z[1]) / 2).clamp_min(LEAST_VARIANCE), atol=1e-6)
    assert torch.equal(Embeddings(z[0], z[1]).variance, found.variance)


def test_the_pair_is_the_first_two_however_many_there_are():
    z = drawn(5)
    found = reduce_views(z, PAIR)
    assert torch.equal(found.z1, z[0]) and torch.equal(found.z2, z[1])


def test_the_cost_of_the_worst_pair_never_falls_with_more_views():
    z, before = drawn(8), torch.zeros(9, dtype=torch.float64)
    for m in range(2, 9):
        found = reduce_views(z[:m], WORST)
        now = cost(found.z1, found.z2)
        assert (now >= before).all()
        slow = torch.stack([cost(a, b) for a, b in combinations(z[:m], 2)])
        assert torch.equal(now, slow.amax(0))
        before = now
    assert (before > cost(z[0], z[1])).any()


def test_the_order_of_the_views_changes_the_worst_cost_of_no_sample():
    z = drawn(6)
    found = reduce_views(z, WORST)
    for seed in range(3):
        turned = z[torch.randperm(6, generator=torch.Generator().manual_seed(seed))]
        other = reduce_views(turned, WORST)
        assert torch.allclose(cost(found.z1, found.z2), cost(other.z1, other.z2), atol=1e-15)
        assert torch.allclose(found.variance, other.variance, atol=1e-15)


def test_worst_is_above_the_mean_over_pairs_and_that_above_the_nearest():
    z = drawn(4)
    costs = torch.stack([cost(a, b) for a, b in combinations(z, 2)])
    found = reduce_views(z, WORST)
    worst = gca_viz.align(found.z1, found.z2, "byol", epsilon=0.2).loss
    assert worst >= (costs / 0.2).mean() >= (costs.amin(0) / 0.2).mean()


def test_of_equals_the_lowest_numbers_win():
    one = torch.eye(3, dtype=torch.float64)[None]
    assert reduce_views(one.repeat(4, 1, 1), WORST).shown.T.tolist() == [[0, 1]] * 3
    z = torch.stack([one[0], one[0], -one[0], -one[0]])
    assert reduce_views(z, WORST).shown.T.tolist() == [[0, 2]] * 3


def test_the_gradient_reaches_the_two_farthest_views_alone():
    z = drawn(5).requires_grad_()
    found = reduce_views(z, WORST)
    gca_viz.align(found.z1, found.z2, "ince").loss.backward()
    reached = (z.grad != 0).any(-1)
    expected = torch.zeros_like(reached)
    expected.scatter_(0, found.shown, torch.ones_like(found.shown, dtype=torch.bool))
    assert torch.equal(reached, expected)


@pytest.mark.parametrize("how", [WORST, MEAN, POSTERIOR])
def test_gradients_are_those_of_differences(how):
    z = drawn(4, n=3).requires_grad_()

    def loss(z):
        found = reduce_views(z, how)
        return gca_viz.align(found.z1, found.z2, "gca-ince", epsilon=0.5).loss + found.variance.sum()

    assert torch.autograd.gradcheck(loss, z)


@pytest.mark.parametrize("how", [WORST, MEAN])
def test_another_order_of_samples_is_another_order_of_rows(how):
    z, order = drawn(4), torch.randperm(9, generator=torch.Generator().manual_seed(1))
    found, turned = reduce_views(z, how), reduce_views(z[:, order], how)
    for name in ("z1", "z2", "variance"):
        assert torch.equal(getattr(found, name)[order], getattr(turned, name))


def test_rows_and_columns_are_directions_of_means_of_halves():
    z = drawn(6)
    found, unit = reduce_views(z, MEAN), F.normalize(z, dim=-1)
    assert torch.allclose(found.z1, F.normalize(unit[:3].mean(0), dim=-1))
    assert torch.allclose(found.z2, F.normalize(unit[3:].mean(0), dim=-1))
    kinds = reduce_views(z, MEAN, two_kinds=True)
    assert torch.allclose(kinds.z1, F.normalize(unit[::2].mean(0), dim=-1))


def test_of_two_kinds_the_worst_pair_has_the_first_in_its_row():
    z = drawn(5)
    found = reduce_views(z, WORST, two_kinds=True)
    assert (found.shown[0] % 2 == 0).all() and (found.shown[1] % 2 == 1).all()
    slow = torch.stack([cost(z[a], z[b]) for a in (0, 2, 4) for b in (1, 3)]).amax(0)
    assert torch.equal(cost(found.z1, found.z2), slow)


@pytest.mark.parametrize("n", [1, 2])
@pytest.mark.parametrize("how", REDUCE.options)
def test_tiny_and_collapsed_batches_have_numbers(n, how):
    for z in (
        drawn(4, n=n),
        torch.ones(4, n, 3),
        torch.zeros(4, n, 3),
        torch.stack([torch.ones(n, 3), -torch.ones(n, 3)]),
    ):
        found = reduce_views(z, how)
        assert torch.isfinite(found.z1).all() and torch.isfinite(found.variance).all()
        assert (found.variance >= LEAST_VARIANCE).all() and (found.variance <= 1).all()
    assert (reduce_views(torch.ones(4, n, 3), how).variance == LEAST_VARIANCE).all(), "equal views: the floor"


@pytest.mark.parametrize(
    ("m", "how", "message"),
    [
        (1, PAIR, "views_count"),
        (17, WORST, "views_count"),
        (3, MEAN, "4 views, or 'worst'"),
        (2, "best", "one of pair"),
    ],
)
def test_what_cannot_be_is_said(m, how, message):
    with pytest.raises(InputError, match=message):
        reduce_views(drawn(m), how)
