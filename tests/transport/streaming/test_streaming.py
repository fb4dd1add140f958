"""A streamed plan is the dense plan, within its memory."""

from __future__ import annotations

import gc
import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gca_viz.errors import InputError
from gca_viz.transport import METHODS, align
from gca_viz.transport.plans.diagnostics import CONVERGED, ITERATION_LIMIT, PASS_LIMIT, PRECISION_LIMIT
from gca_viz.transport.streaming import sinkhorn
from gca_viz.transport.streaming.align import align_streamed
from gca_viz.transport.streaming.workspace import Workspace
from tests.transport.batches import batches, epsilons, masses, views

SIZE = 45
Z1, Z2 = views(SIZE, 5, seed=5)
PARTNER = torch.randperm(SIZE, generator=torch.Generator().manual_seed(1))
LABELS = [f"class {i % 7}" for i in range(SIZE)]
NOT_STREAMED = {"iot-uni", "dcl", "hcl", "sparse", "siglip", "t-simclr"}
NOT_STREAMED |= {"supcon", "simo", "ressl", "fedrcl", "tase", "moco", "swav", "dino"}
STREAMED = [
    (method.name, layout)
    for method in METHODS.values()
    if method.name not in NOT_STREAMED
    for layout in method.layouts
]
AMPLE = 1200
SMALL = {"overview": 7, "top": 4}


def tight(size: int = SIZE, itemsize: int = 8, rows: int = 3) -> float:
    """MiB for a batch of (size, 5), the results of ``SMALL``, and tiles of so many rows."""
    return (size * (itemsize * (36 + 32 + 4) + 4 * 8) + itemsize * 49 + 3 * rows * size * itemsize) / 2**20


def marginals(kind: str) -> dict:
    """One per sample: as by default, unequal, or with samples that are left out."""
    if kind == "equal":
        return {}
    mu, nu = masses(SIZE, 2, SIZE), masses(SIZE, 3, SIZE)
    if kind == "zero":
        mu[[0, 20]] = nu[[0, 1, 44]] = 0
        mu, nu = mu * (SIZE / mu.sum()), nu * (SIZE / nu.sum())
    return {"mu": mu, "nu": nu}


def per_row(options: dict, layout: str) -> dict:
    """The marginals of samples as marginals of the rows of the plan."""
    order = torch.cat([torch.arange(SIZE), PARTNER.argsort()]) if layout == "joint" else slice(None)
    return {name: value[order] for name, value in options.items()}


def assert_same(streamed, dense, atol=1e-9, rtol=1e-9, ties=False):
    def close(actual, expected, scale=1.0):
        expected = torch.as_tensor(expected, dtype=torch.float64)
        actual = torch.as_tensor(actual, dtype=torch.float64)
        torch.testing.assert_close(actual, expected, atol=atol * scale, rtol=rtol)

    matrix = dense.matrix
    assert (streamed.half_steps, streamed.stop_reason) == (dense.half_steps, dense.stop_reason)
    assert streamed.converged == dense.converged
    for name in ("f", "g", "row_mass", "column_mass", "mass", "loss", "loss_per_row", "matched_share", "residual"):
        close(getattr(streamed, name), getattr(dense, name), 10 if "loss" in name or "mass" in name else 1)
    close(streamed.rows(0, len(matrix)), matrix)
    if not ties:
        pairs = matrix[dense.pairing.partner_mask]
        others = matrix.masked_fill(dense.pairing.partner_mask, -1)
        close(streamed.top1_rows, (pairs > others.amax(1)).double().mean())
        close(streamed.top1_columns, (pairs > others.amax(0)[dense.pairing.partner]).double().mean())
    largest = matrix.topk(streamed.partners.values.shape[1], 1).values
    close(streamed.partners.values, largest)
    close(matrix.gather(1, streamed.partners.indices), largest)
    close(streamed.overview, blocks(matrix, streamed.edges), 10)
    close(streamed.overview.sum(), dense.mass, 100)


def blocks(matrix, edges):
    """Sums over blocks, one after the other."""
    spans = [slice(start, stop) for start, stop in pairwise(edges.tolist())]
    return torch.stack([torch.stack([matrix[rows, columns].sum() for columns in spans]) for rows in spans])


# --- streamed = dense ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("held", [False, True])
@pytest.mark.parametrize("kind", ["equal", "unequal", "zero"])
@pytest.mark.parametrize(("method", "layout"), STREAMED)
def test_streamed_is_dense(method, layout, kind, held):
    options = {"epsilon": 0.3, "layout": layout, "partner": PARTNER, "iterations": 4, **marginals(kind)}
    if layout == "joint":
        options.pop("nu", None)
    size = {"cross": SIZE, "joint": 2 * SIZE}[layout]
    streamed = align_streamed(Z1, Z2, method, memory=AMPLE if held else tight(size), **SMALL, **options)
    assert ("the kernel" in streamed.diagnostics.why) == held
    dense = align(Z1, Z2, method, trace=False, **options)
    assert_same(streamed, dense)
    if kind != "zero":
        torch.testing.assert_close(streamed.top1_rows, dense.top1_rows)
        torch.testing.assert_close(streamed.top1_columns, dense.top1_columns)
    elif method in ("gca-ince", "gca-uot", "iot"):
        empty = streamed.row_mass == 0
        assert empty.sum() == (2 if layout == "cross" else 4)
        assert (streamed.partners.values[empty] == 0).all() and (streamed.loss_per_row[empty] == 0).all()
        assert (streamed.rows(0, size)[:, streamed.column_mass == 0] == 0).all()


@pytest.mark.parametrize("held", [False, True])
@pytest.mark.parametrize(("method", "layout"), STREAMED)
def test_streamed_is_dense_in_single_precision(method, layout, held):
    options = {"epsilon": 0.2, "layout": layout, "iterations": 6}
    memory = AMPLE if held else tight({"cross": SIZE, "joint": 2 * SIZE}[layout], 4)
    streamed = align_streamed(Z1.float(), Z2.float(), method, memory=memory, **SMALL, **options)
    assert ("the kernel" in streamed.diagnostics.why) == held and streamed.f.dtype == torch.float32
    assert_same(streamed, align(Z1, Z2, method, trace=False, **options), atol=1e-5, rtol=1e-5)


@given(batches(), epsilons, st.sampled_from(["cross", "joint"]), st.floats(0.01, 5), st.floats(0.01, 5))
def test_streamed_is_dense_on_any_batch(batch, epsilon, layout, lambda1, lambda2):
    options = {"epsilon": epsilon, "layout": layout, "lambda1": lambda1, "lambda2": lambda2, "r2": 0.5}
    streamed, dense = (door(*batch, "gca-uot", tol=0, **options) for door in (align_streamed, align))
    torch.testing.assert_close(streamed.rows(0, len(dense.f)), dense.matrix)
    torch.testing.assert_close(streamed.loss_per_row, dense.loss_per_row)


@pytest.mark.parametrize(
    "penalties", [{"lambda1": 0}, {"lambda2": 0}, {"lambda1": 0, "lambda2": 0}, {"lambda1": math.inf}]
)
@pytest.mark.parametrize("r2", [0, 0.7])
def test_edges_of_the_constraint_square(penalties, r2):
    options = {"epsilon": 0.3, "iterations": 3, "r2": r2, **penalties}
    streamed = align_streamed(Z1, Z2, "gca-uot", memory=tight(), **SMALL, **options)
    assert_same(streamed, align(Z1, Z2, "gca-uot", trace=False, **options))


def test_temperature_per_row():
    options = {"epsilon": 0.1 + masses(SIZE, 4, 10.0), "lambda1": 0.5, "lambda2": 0.3}
    streamed = align_streamed(Z1, Z2, "gca-uot", memory=tight(), **SMALL, **options)
    assert_same(streamed, align(Z1, Z2, "gca-uot", trace=False, **options))


def test_labels_and_domains():
    domains = np.array([LABELS, ["other"] * SIZE])
    for method, layout in STREAMED:
        options = {"layout": layout, "partner": PARTNER, "iterations": 3}
        streamed = align_streamed(Z1, Z2, method, labels=LABELS, domains=domains, **options)
        dense = align(Z1, Z2, method, trace=False, **options)
        torch.testing.assert_close(streamed.false_negative_mass, dense.false_negative_mass(LABELS))
        torch.testing.assert_close(streamed.same_domain_mass, dense.same_domain_mass(domains))
    assert align_streamed(Z1, Z2).false_negative_mass is align_streamed(Z1, Z2).same_domain_mass is None


def test_best_partners_of_long_rows_are_exact():
    z1, z2 = views(1100, 4, seed=2)
    dense = align(z1, z2, iterations=2, trace=False)
    partners = align_streamed(z1, z2, iterations=2, top=2, memory=4).partners
    values, indices = dense.matrix.topk(2, 1)
    torch.testing.assert_close(partners.values, values)
    assert torch.equal(partners.indices, indices)


@pytest.mark.parametrize("overview", [1, 2, 7, 44, 45, 512])
def test_overview_holds_the_mass_of_each_block(overview):
    streamed = align_streamed(Z1, Z2, overview=overview, memory=1)
    dense = align(Z1, Z2, trace=False)
    assert len(streamed.overview) <= overview and streamed.edges[0] == 0 and streamed.edges[-1] == SIZE
    assert len(streamed.edges) == len(streamed.overview) + 1 and (streamed.edges.diff() > 0).all()
    torch.testing.assert_close(streamed.overview, blocks(dense.matrix, streamed.edges))
    counts = blocks(torch.ones(SIZE, SIZE, dtype=torch.float64), streamed.edges)
    torch.testing.assert_close(streamed.overview_mean, streamed.overview / counts)


# --- numbers at the edge ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("held", [False, True])
@pytest.mark.parametrize("clusters", [None, 4])
@pytest.mark.parametrize("epsilon", [0.02, 0.001])
def test_cold_plan_in_single_precision(epsilon, clusters, held):
    """Kernels of e^−2000: sums are taken relative to what the potentials are."""
    z1, z2 = views(SIZE, 5, seed=3, clusters=clusters)
    for iterations in (1, 2, 30):
        options = {"epsilon": epsilon, "iterations": iterations, "tol": 0}
        memory = AMPLE if held else tight(itemsize=4)
        cold = align_streamed(z1.float(), z2.float(), memory=memory, **SMALL, **options)
        assert_same(
            cold, align(z1, z2, trace=False, **options), atol=1e-6 / epsilon, rtol=1e-6 / epsilon, ties=True
        )


@pytest.mark.parametrize("mass", [1e-30, 1e20])
def test_marginals_far_from_one(mass):
    options = {"mu": mass * masses(SIZE, 2, 1.0).float(), "nu": mass * masses(SIZE, 3, 1.0).float()}
    streamed = align_streamed(Z1.float(), Z2.float(), memory=tight(itemsize=4), tol=0, **SMALL, **options)
    exact = align(Z1, Z2, tol=0, trace=False, **{name: value.double() for name, value in options.items()})
    torch.testing.assert_close(streamed.rows(0, SIZE).double() / mass, exact.matrix / mass, atol=1e-6, rtol=1e-4)


@pytest.mark.parametrize("method", ["ince", "clip", "gca-ince"])
@pytest.mark.parametrize("epsilon", [0.005, 0.1, 2.0])
def test_collapsed_embeddings_give_the_uniform_plan(method, epsilon):
    streamed = align_streamed(torch.ones(5, 3), torch.ones(5, 3), method, epsilon=epsilon)
    torch.testing.assert_close(streamed.rows(0, 5), torch.full((5, 5), 0.2), atol=1e-6, rtol=1e-4)
    assert float(streamed.loss) == pytest.approx(math.log(5), abs=1e-4)


@pytest.mark.parametrize(("method", "layout"), STREAMED)
def test_one_sample(method, layout):
    options = {"layout": layout, "lambda1": 1.0, "lambda2": 2.0} if method == "gca-uot" else {"layout": layout}
    assert_same(align_streamed(Z1[:1], Z2[:1], method, **options), align(Z1[:1], Z2[:1], method, **options))


# --- stops --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["gca-ince", "gca-rince", "gca-uot"])
@pytest.mark.parametrize("held", [False, True])
def test_stops_where_the_dense_run_stops(method, held):
    options = {"epsilon": 0.5, "iterations": 100, "tol": 1e-4}
    streamed = align_streamed(Z1, Z2, method, memory=AMPLE if held else tight(), **SMALL, **options)
    assert_same(streamed, align(Z1, Z2, method, trace=False, **options))
    assert streamed.converged and streamed.half_steps < 199
    few = align_streamed(Z1, Z2, method, epsilon=0.5, iterations=1, tol=0)
    assert (few.stop_reason, few.half_steps) == (ITERATION_LIMIT, 1 if method == "gca-rince" else 2)
    assert few.diagnostics.passes == 2 and few.diagnostics.regime == "streaming"


@pytest.mark.parametrize("method", ["gca-ince", "gca-rince", "gca-uot"])
def test_infinite_iterations_reach_the_limit(method):
    streamed = align_streamed(Z1, Z2, method, epsilon=0.5, iterations=math.inf, tol=1e-12)
    dense = align(Z1, Z2, method, epsilon=0.5, iterations=3000, tol=1e-13, trace=False)
    assert streamed.stop_reason == CONVERGED and streamed.marginal_error <= 1e-12
    torch.testing.assert_close(streamed.rows(0, SIZE), dense.matrix, atol=1e-10, rtol=1e-8)
    single = align_streamed(Z1.float(), Z2.float(), method, epsilon=0.5, iterations=math.inf, tol=0)
    assert single.stop_reason in (PRECISION_LIMIT, CONVERGED) and single.marginal_error < 1e-5
    assert single.half_steps % 2 == 1 or single.converged


def test_infinite_iterations_end(monkeypatch):
    monkeypatch.setattr(sinkhorn, "_MOST_PASSES", 7)
    plan = align_streamed(Z1, Z2, epsilon=0.01, iterations=math.inf)
    assert (plan.stop_reason, plan.half_steps, plan.diagnostics.passes) == (PASS_LIMIT, 13, 8)


# --- progress and memory ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("iterations", [1, 3, math.inf])
@pytest.mark.parametrize("method", ["byol", "ince", "clip", "gca-ince", "gca-rince"])
def test_progress_rises_to_one(method, iterations):
    reported = []
    plan = align_streamed(
        Z1, Z2, method, epsilon=0.5, iterations=iterations, memory=tight(), **SMALL,
        progress=lambda share, what: reported.append((share, what)),
    )  # fmt: skip
    shares = [share for share, _ in reported]
    assert shares == sorted(shares) and shares[0] > 0 and shares[-1] == 1
    assert len(reported) >= plan.diagnostics.passes * SIZE / 3
    assert reported[-1][1] == "Reading the plan"


@pytest.mark.parametrize("last", [1, 20, 60])
def test_cancelled_by_its_progress(last):
    class Cancelled(Exception):
        pass

    calls = []

    def progress(share, what):
        calls.append(share)
        if len(calls) == last:
            raise Cancelled

    with pytest.raises(Cancelled):
        align_streamed(Z1, Z2, memory=tight(), progress=progress, iterations=3, **SMALL)
    assert len(calls) == last


def peak_memory(run) -> int:
    """Most bytes that torch holds at a time, beyond those it holds at the start."""
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU], profile_memory=True) as profile:
        run()
    changes = [event.nbytes() for event in profile.profiler.kineto_results.events() if event.name() == "[memory]"]
    return int(np.cumsum(changes).max())


@pytest.mark.parametrize("memory", [6, 12, 40])
@pytest.mark.parametrize("options", [{}, {"method": "clip", "labels": LABELS * 40}, {"method": "iot"}])
def test_memory_is_not_exceeded(memory, options):
    """1,800 samples: a matrix takes 13 MB in the cross layout, and 52 MB in the joint one; 128 rows take 0.9 MB."""
    z1, z2 = (z.float() for z in views(1800, 16, seed=1))
    run = lambda: align_streamed(z1, z2, **{"memory": memory, "iterations": 2} | options)  # noqa: E731
    assert 128 * 1800 * 4 < peak_memory(run) <= memory * 2**20


def test_tiles_go_with_the_call_and_wait_for_no_collection():
    gc.collect()
    gc.disable()
    try:
        align_streamed(Z1, Z2, progress=lambda share, what: None)
        assert not [thing for thing in gc.get_objects() if type(thing) is Workspace]
    finally:
        gc.enable()


# --- the door -----------------------------------------------------------------------------------------------------


def test_inputs_are_not_modified_and_get_no_gradient():
    z1, z2, mu = Z1.clone().requires_grad_(), Z2.numpy().copy(), np.ones(SIZE)
    epsilon = torch.tensor(0.1, dtype=torch.float64, requires_grad=True)
    plan = align_streamed(z1, z2, mu=mu, epsilon=epsilon, partner=PARTNER.tolist())
    assert torch.equal(z1, Z1) and (z2 == Z2.numpy()).all() and (mu == 1).all()
    assert not any(t.requires_grad for t in (plan.loss, plan.f, plan.rows(0, 2)))


def test_half_precision_and_autocast_are_computed_in_float32():
    plan = align_streamed(Z1.half(), Z2.half())
    with torch.autocast("cpu", dtype=torch.bfloat16):
        inside = align_streamed(Z1.half(), Z2.half())
        assert torch.equal(inside.rows(0, SIZE), plan.rows(0, SIZE))
    assert plan.f.dtype == torch.float32


def test_a_plan_tells_what_it_is():
    assert "StreamedPlan(gca-ince, 45 × 45, mass 45, loss" in repr(align_streamed(Z1, Z2))
    assert "memory holds the kernel" in str(align_streamed(Z1, Z2).diagnostics)
    assert "memory holds 3 of its rows" in str(align_streamed(Z1, Z2, memory=tight(), **SMALL).diagnostics)


MISTAKES = {
    "method": ({"method": "iot-uni"}, ["'iot-uni' for a streamed plan", "simclr, ince, clip", "align()"]),
    "unknown method": ({"method": "gca_inc"}, ["Did you mean 'gca-ince'?"]),
    "foreign parameter": ({"lambda1": 1}, ["lambda1 = 1", "gca-uot"]),
    "layout": ({"method": "simclr", "layout": "cross"}, ["layout = 'cross'", "joint"]),
    "temperature": ({"epsilon": 0}, ["epsilon = 0"]),
    "temperatures too few": ({"epsilon": torch.ones(5)}, ["(5,)", "one per row (45)"]),
    "iterations": ({"iterations": 1.5}, ["iterations = 1.5", "whole number"]),
    "tolerance": ({"tol": -1}, ["tol = -1"]),
    "nan": ({"z1": Z1 * math.nan}, ["NaN", "45 of 45 rows"]),
    "partner": ({"partner": [0, 1]}, ["partner", "0 … 44"]),
    "marginal length": ({"nu": torch.ones(5)}, ["nu of shape (5,)", "(45,)"]),
    "marginal negative": ({"mu": -torch.ones(SIZE)}, ["mu[0] = -1", "not negative"]),
    "marginal zero": ({"nu": torch.zeros(SIZE)}, ["nu that is zero everywhere"]),
    "unequal totals": ({"nu": torch.full((SIZE,), 2.0)}, ["mass 45", "mass 90", "totals must agree"]),
    "joint infeasible": (
        {"layout": "joint", "mu": torch.tensor([90.0] + 89 * [1.0])},
        ["row 0", "90", "room for 89", "of all the others", "mu[0]"],
    ),
    "joint unreachable": (
        {"method": "gca-uot", "layout": "joint", "mu": torch.eye(90)[3]},
        ["row 3", "room for 0", "mu[3]"],
    ),
    "labels": ({"labels": [1, 2]}, ["labels of shape (2,)", "(45,)"]),
    "overview": ({"overview": 0}, ["overview = 0", "≥ 1"]),
    "top": ({"top": 2.5}, ["top", "whole number"]),
    "no memory": ({"memory": 0}, ["memory = 0", "> 0"]),
    "little memory": ({"memory": 0.01}, ["memory = 0.01 for 45 rows", "MiB", "Allow more memory"]),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_are_told_with_what_is_allowed_and_a_remedy(mistake):
    options, words = MISTAKES[mistake]
    with pytest.raises(InputError) as error:
        align_streamed(**{"z1": Z1, "z2": Z2} | options)
    for word in words:
        assert word in str(error.value)


@pytest.mark.parametrize(("start", "stop"), [(-1, 2), (3, 3), (40, 46)])
def test_rows_that_are_not_there(start, stop):
    with pytest.raises(InputError, match="rows"):
        align_streamed(Z1, Z2).rows(start, stop)
