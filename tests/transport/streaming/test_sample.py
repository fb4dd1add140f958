"""A weighed sub-sample stands for the whole plan; a plain one is mini-batch OT."""

from __future__ import annotations

import math

import pytest
import torch

from gca_viz.errors import InputError
from gca_viz.transport import align, align_streamed, sample_plan
from gca_viz.transport.streaming.extend import Extension
from gca_viz.transport.streaming.kernel import CosineKernel
from gca_viz.transport.streaming.prepared import Prepared
from tests.transport.batches import views
from tests.transport.streaming.plans import STREAMED

SIZE = 500
Z1, Z2 = (z.float() for z in views(SIZE, 16, seed=1, clusters=12))
PARTNER = torch.randperm(SIZE, generator=torch.Generator().manual_seed(3))


@pytest.mark.parametrize(("method", "layout"), STREAMED)
def test_all_samples_are_no_sample(method, layout):
    """N out of N: the plan itself, and rows that are exactly its rows."""
    z1, z2 = Z1[:40], Z2[:40]
    given = {"layout": layout, "partner": PARTNER[:40].argsort(), "epsilon": 0.3}
    plan = sample_plan(z1, z2, method, draws=2, size=1000, exact_rows=1000, **given)
    exact = align_streamed(z1, z2, method, top=1, **given)
    assert plan.loss.value == pytest.approx(float(exact.loss), rel=1e-5) and plan.loss.margin < 1e-5
    assert plan.matched_share.value == pytest.approx(float(exact.matched_share), rel=1e-5)
    assert plan.top1_rows.value == pytest.approx(float(exact.top1_rows), abs=0.03)
    assert len(plan.exact.rows) == len(exact.f) and int(plan.exact.hub_rows.sum()) <= len(exact.f)


@pytest.mark.parametrize(("method", "layout"), [("gca-ince", "cross"), ("gca-ince", "joint")])
def test_intervals_of_weighed_sub_samples_hold_the_whole_plan(method, layout):
    given = {"layout": layout, "epsilon": 0.2, "partner": PARTNER}
    exact = align_streamed(Z1, Z2[PARTNER.argsort()], method, **given)
    covered, seeds = torch.zeros(2), 6
    for seed in range(seeds):
        plan = sample_plan(Z1, Z2[PARTNER.argsort()], method, size=200, exact_rows=1, seed=seed, **given)
        for k, name in enumerate(("loss", "matched_share")):
            value, margin, _ = getattr(plan, name)
            covered[k] += abs(value - float(getattr(exact, name))) <= margin
            assert margin < 0.1 * float(getattr(exact, name))  # it says something
    assert (covered >= 4).all(), covered
    plain = sample_plan(Z1, Z2[PARTNER.argsort()], method, size=100, weighed=False, **given)
    assert float(exact.loss) - plain.loss.value > 10 * plain.loss.margin  # fewer strangers: another quantity
    assert plain.exact is plain.top1_rows is None and "mini-batch OT" in repr(plain)


@pytest.mark.parametrize("joint", [False, True])
def test_a_weighed_kernel_counts_strangers_more_often(joint):
    z1, z2 = views(6, 3)
    z = torch.nn.functional.normalize(torch.cat([z1, z2]) if joint else z1, dim=1)
    columns = z if joint else torch.nn.functional.normalize(z2, dim=1)
    plain, weighed = (CosineKernel.of(z, columns, 0.5, joint, weight) for weight in (0.0, math.log(7)))
    size, zero = len(z), torch.zeros(len(z), dtype=z.dtype)
    ratio = (weighed.log_rows(slice(0, size), zero) - plain.log_rows(slice(0, size), zero)).exp()
    expected = torch.full((size, size), 7.0, dtype=z.dtype)
    order = torch.arange(size)
    expected[order, (order + 6) % size if joint else order] = 1
    inside = ~torch.isnan(ratio)  # where an embedding meets itself there is nothing to count
    assert (~inside).sum() == (size if joint else 0)
    torch.testing.assert_close(ratio[inside], expected[inside])
    block = weighed.of_rows(slice(2, 5))
    index = torch.tensor([5, 2, 0, 3])
    whole = weighed.log_rows(slice(0, size), zero)
    torch.testing.assert_close(block.log_columns(index, zero[2:5]), whole[2:5, index].T)


@pytest.mark.parametrize(("method", "layout"), [("gca-ince", "cross"), ("gca-ince", "joint"), ("gca-uot", "cross")])
def test_potentials_of_a_sub_sample_are_extended_to_all_columns(method, layout):
    given = {"layout": layout, "epsilon": 0.15, "iterations": 50, "tol": 0}
    exact = align_streamed(Z1, Z2, method, **given)
    whole, log_v = Prepared.of(Z1, Z2, method, given), exact.log_v
    found = Extension(whole, torch.arange(SIZE), exact.scalings, lambda share: None).log_v[0]
    torch.testing.assert_close(found, log_v, atol=1e-5, rtol=1e-5)
    some = torch.randperm(SIZE, generator=torch.Generator().manual_seed(0))[:200]
    rows = _rows(some, layout)
    rough = Extension(whole, some, [(exact.log_u[rows], log_v[rows])], lambda share: None).log_v[0]
    assert (rough - log_v).abs().mean() < 0.6 * log_v.std()
    assert torch.corrcoef(torch.stack([rough, log_v]))[0, 1] > 0.8


def _rows(some, layout):
    return torch.cat([some, some + SIZE]) if layout == "joint" else some


def test_hubs_and_top1_are_those_of_the_whole_plan():
    """Columns that many rows send most to: partners that carry too much noise to be found."""
    z1, z2 = views(400, 6, seed=2, noise=1.5, clusters=5)
    plan = sample_plan(z1, z2, "ince", size=100, exact_rows=400)
    best = align(z1, z2, "ince", trace=False).matrix.argmax(1)
    counts = torch.bincount(best, minlength=400)
    assert plan.top1_rows.value == pytest.approx(float((best == torch.arange(400)).double().mean()))
    assert torch.equal(plan.exact.hub_rows, counts.topk(10).values) and plan.exact.hub_rows[0] == 5
    assert torch.equal(counts[plan.exact.hubs], plan.exact.hub_rows)


def test_draws_depend_on_their_seed_alone_and_progress_rises_to_one():
    told = []
    given = {"size": 50, "draws": 3, "exact_rows": 20}
    first, second = (
        sample_plan(Z1, Z2, seed=5, progress=lambda share, what: told.append((share, what)), **given)
        for _ in range(2)
    )
    assert first.loss == second.loss != sample_plan(Z1, Z2, seed=6, **given).loss
    shares = [share for share, _ in told[: len(told) // 2]]
    assert shares[-1] == 1 and told[-1][1] == "Exact rows" and min(shares) > 0


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"size": 3}, "size"),
        ({"draws": 1}, "draws"),
        ({"exact_rows": 0}, "exact_rows"),
        ({"epsilon": torch.ones(SIZE)}, "epsilon"),
        ({"method": "iot-uni"}, "method"),
        ({"z1": Z1[:1], "z2": Z2[:1]}, "one pair"),
        ({"memory": 1e-3}, "memory"),
    ],
)
def test_what_cannot_be_sampled_is_told(given, words):
    with pytest.raises(InputError, match=words):
        sample_plan(**{"z1": Z1, "z2": Z2} | given)
