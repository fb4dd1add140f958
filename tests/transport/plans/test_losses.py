"""Every loss against a slow, obvious loop over plain numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gca_viz.transport import L2, ReverseKL, align
from tests.transport.batches import views

N, EPSILON = 5, 0.3
Z1, Z2 = (z.numpy() for z in views(N, seed=11))
PARTNER = [2, 0, 1, 4, 3]


def cosine(a, b):
    return sum(x * y for x, y in zip(a, b, strict=True)) / math.sqrt(sum(x * x for x in a) * sum(y * y for y in b))


def cross_scores(partner=None):
    """s_ij = −C_ij/ε."""
    order = range(N) if partner is None else partner
    return [[-(1 - cosine(a, Z2[j])) / EPSILON for j in order] for a in Z1]


def joint_scores():
    z = [*Z1, *Z2]
    return [
        [-math.inf if i == j else -(1 - cosine(z[i], z[j])) / EPSILON for j in range(2 * N)] for i in range(2 * N)
    ]


def sinkhorn(scores, half_steps, tau1=1.0, tau2=1.0):
    """u, v of scaling-domain Sinkhorn with unit marginals, started at v = 1."""
    kernel = [[math.exp(s) for s in row] for row in scores]
    n = len(kernel)
    u, v = [1.0] * n, [1.0] * n
    for step in range(half_steps):
        if step % 2 == 0:
            u = [(1 / sum(kernel[i][j] * v[j] for j in range(n))) ** tau1 for i in range(n)]
        else:
            v = [(1 / sum(kernel[i][j] * u[i] for i in range(n))) ** tau2 for j in range(n)]
    return kernel, u, v


def kl_loss(scores, half_steps, partner, tau1=1.0, tau2=1.0):
    kernel, u, v = sinkhorn(scores, half_steps, tau1, tau2)
    return sum(-math.log(u[i] * kernel[i][p] * v[p]) for i, p in enumerate(partner)) / len(kernel)


def rince_loss(scores, half_steps, partner, q, lam, tau1=1.0, tau2=1.0):
    kernel, _, v = sinkhorn(scores, half_steps, tau1, tau2)
    total = 0.0
    for i, p in enumerate(partner):
        rates = [kernel[i][j] * v[j] for j in range(len(v))]
        total += -(rates[p] ** q) / q + (lam * sum(rates)) ** q / q
    return total / len(kernel)


IDENTITY = list(range(N))
SWAP = [*range(N, 2 * N), *range(N)]
TAU1, TAU2 = 0.5 / (0.5 + EPSILON), 0.1 / (0.1 + EPSILON)


def columns_only():
    kernel = [[math.exp(s) for s in row] for row in cross_scores()]
    return sum(-math.log(kernel[i][i] / sum(row[i] for row in kernel)) for i in range(N)) / N


def decoupled():
    kernel = [[math.exp(s) for s in row] for row in joint_scores()]
    return sum(-math.log(kernel[i][p] / (sum(kernel[i]) - kernel[i][p])) for i, p in enumerate(SWAP)) / (2 * N)


def sigmoids(threshold):
    answer = {True: 1, False: -1}
    return (
        sum(
            math.log1p(math.exp(-answer[i == j] * (s + threshold / EPSILON)))
            for i, row in enumerate(cross_scores())
            for j, s in enumerate(row)
        )
        / N
    )


def neighbours(df):
    z = [*Z1, *Z2]
    squares = [[sum((x - y) ** 2 for x, y in zip(a, b, strict=True)) for b in z] for a in z]
    kernel = [
        [0 if i == j else (1 + s / (df * EPSILON)) ** (-(df + 1) / 2) for j, s in enumerate(row)]
        for i, row in enumerate(squares)
    ]
    total = sum(map(sum, kernel))
    return sum(-math.log(2 * N * kernel[i][p] / total) for i, p in enumerate(SWAP)) / (2 * N)


def hard(beta):
    """Every negative weighs as its kernel to the power β, over the mean of its row's negatives."""
    total = 0.0
    for i, (scores, p) in enumerate(zip(joint_scores(), SWAP, strict=True)):
        negatives = [math.exp(s) for j, s in enumerate(scores) if j not in (i, p)]
        mean = sum(k**beta for k in negatives) / len(negatives)
        pair = math.exp(scores[p])
        total -= math.log(pair / (pair + sum(k**beta / mean * k for k in negatives)))
    return total / (2 * N)


def cut_off():
    """Each row the nearest point of the simplex to its scores, by trying every size of its support."""
    total = 0.0
    for i, scores in enumerate(cross_scores()):
        ranked = sorted(scores, reverse=True)
        taus = [(sum(ranked[:k]) - 1) / k for k in range(1, N + 1) if ranked[k - 1] > (sum(ranked[:k]) - 1) / k]
        row = [max(0.0, s - taus[-1]) for s in scores]
        assert abs(sum(row) - 1) < 1e-12
        total += sum(p * s for p, s in zip(row, scores, strict=True)) - sum(p * p for p in row) / 2
        total += 0.5 - scores[i]
    return total / N


SLOW = {
    "sparse": ({}, cut_off),
    "dcl": ({}, decoupled),
    "hcl": ({"hardness": 0.7}, lambda: hard(0.7)),
    "siglip": ({"threshold": 0.4}, lambda: sigmoids(0.4)),
    "t-simclr": ({"df": 3.0}, lambda: neighbours(3.0)),
    "simclr": ({}, lambda: kl_loss(joint_scores(), 1, SWAP)),
    "ince": ({}, lambda: kl_loss(cross_scores(), 1, IDENTITY)),
    "clip": ({}, lambda: (kl_loss(cross_scores(), 1, IDENTITY) + columns_only()) / 2),
    "byol": ({}, lambda: sum((1 - cosine(a, b)) / EPSILON for a, b in zip(Z1, Z2, strict=True)) / N),
    "rince": ({"q": 0.5, "lam": 0.2}, lambda: rince_loss(cross_scores(), 1, IDENTITY, 0.5, 0.2)),
    "gca-ince": ({}, lambda: kl_loss(cross_scores(), 8, IDENTITY)),
    "gca-rince": ({"q": 0.5, "lam": 0.2}, lambda: rince_loss(cross_scores(), 7, IDENTITY, 0.5, 0.2)),
    "gca-uot": (
        {"lambda1": 0.5, "lambda2": 0.1},
        lambda: kl_loss(cross_scores(), 8, IDENTITY, TAU1, TAU2),
    ),
    "iot": ({}, lambda: kl_loss(joint_scores(), 8, SWAP)),
    "iot-uni": ({"uniformity": 0.3}, lambda: kl_loss(joint_scores(), 8, SWAP) + 0.3 * uneven_negatives()),
}


def uneven_negatives():
    """Mean over rows of Σ P log(P/mean of P) over the cells that are neither self nor partner."""
    kernel, u, v = sinkhorn(joint_scores(), 8)
    total = 0.0
    for i, p in enumerate(SWAP):
        row = [u[i] * kernel[i][j] * v[j] for j in range(2 * N) if j not in (i, p)]
        mean = sum(row) / len(row)
        total += sum(x * math.log(x / mean) for x in row)
    return total / (2 * N)


@pytest.mark.parametrize("method", SLOW)
def test_loss_of_each_method(method):
    options, slow = SLOW[method]
    plan = align(Z1, Z2, method, epsilon=EPSILON, iterations=4, tol=0, **options)
    assert float(plan.loss) == pytest.approx(slow(), abs=1e-10)


@pytest.mark.parametrize(
    ("method", "slow"),
    [
        ("rince", lambda: rince_loss(joint_scores(), 1, SWAP, 0.6, 0.01)),
        ("gca-ince", lambda: kl_loss(joint_scores(), 8, SWAP)),
        ("gca-rince", lambda: rince_loss(joint_scores(), 7, SWAP, 0.6, 0.01)),
        ("gca-uot", lambda: kl_loss(joint_scores(), 8, SWAP, 0.2 / (0.2 + EPSILON), 0.2 / (0.2 + EPSILON))),
    ],
)
def test_loss_in_the_joint_layout(method, slow):
    plan = align(Z1, Z2, method, epsilon=EPSILON, iterations=4, tol=0, layout="joint")
    assert float(plan.loss) == pytest.approx(slow(), abs=1e-10)


def test_two_part_loss_of_the_unbalanced_method():
    tau = {"tau1": TAU1, "tau2": TAU2}
    expected = 0.7 * kl_loss(cross_scores(), 7, IDENTITY, **tau)
    expected += 0.4 * rince_loss(cross_scores(), 7, IDENTITY, 0.9, 0.3, **tau)
    parameters = {"lambda1": 0.5, "lambda2": 0.1, "r1": 0.7, "r2": 0.4, "q": 0.9, "lam": 0.3}
    plan = align(Z1, Z2, "gca-uot", epsilon=EPSILON, iterations=4, tol=0, **parameters)
    assert float(plan.loss) == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("method", ["ince", "gca-ince", "gca-rince", "clip", "iot"])
def test_a_permuted_second_view_with_its_partner_index_is_the_same_batch(method):
    plan = align(Z1, Z2, method, epsilon=EPSILON)
    shuffled = np.empty_like(Z2)
    shuffled[PARTNER] = Z2
    other = align(Z1, shuffled, method, epsilon=EPSILON, partner=PARTNER)
    assert float(other.loss) == pytest.approx(float(plan.loss), abs=1e-12)
    assert float(other.matched_share) == pytest.approx(float(plan.matched_share), abs=1e-12)
    assert (other.top1_rows, other.top1_columns) == (plan.top1_rows, plan.top1_columns)


def general_target():
    weights = np.random.default_rng(0).random((N, N))
    weights[weights < 0.3] = 0
    weights[2] = 0  # a row that asks for nothing
    return weights


def row_step_plan():
    kernel, u, v = sinkhorn(cross_scores(), 1)
    return [[u[i] * kernel[i][j] * v[j] for j in range(N)] for i in range(N)]


def slow_kl(target, plan):
    return [
        sum(t * (math.log(t) - math.log(p)) for t, p in zip(ts, ps, strict=True) if t > 0)
        for ts, ps in zip(target, plan, strict=True)
    ]


def slow_l2(target, plan):
    return [sum((t - p) ** 2 for t, p in zip(ts, ps, strict=True)) for ts, ps in zip(target, plan, strict=True)]


def slow_reverse_kl(target, plan):
    losses = []
    for ts, ps in zip(target, plan, strict=True):
        smooth = [0.99 * t + 0.01 * sum(ts) / N for t in ts]
        losses.append(sum(p * math.log(p / s) for p, s in zip(ps, smooth, strict=True) if s > 0))
    return losses


def slow_rince(target, _):
    losses = []
    for ts, scores in zip(target, cross_scores(), strict=True):
        rates = [math.exp(s) for s in scores]
        pair = sum(t * r for t, r in zip(ts, rates, strict=True))
        losses.append((-(pair**0.6) + (0.01 * sum(rates)) ** 0.6) / 0.6)
    return losses


@pytest.mark.parametrize(
    ("divergence", "slow"),
    [
        ("kl", slow_kl), ("l2", slow_l2), ("reverse-kl", slow_reverse_kl), ("rince", slow_rince),
        (L2(), slow_l2), (ReverseKL(), slow_reverse_kl),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)  # fmt: skip
def test_divergences_of_a_general_target(divergence, slow):
    target = general_target()
    plan = align(Z1, Z2, "ince", epsilon=EPSILON, target=target, divergence=divergence)
    expected = slow(target.tolist(), row_step_plan())
    assert plan.loss_per_row.tolist() == pytest.approx(expected, abs=1e-10)
    assert float(plan.loss) == pytest.approx(sum(expected) / N, abs=1e-10)
