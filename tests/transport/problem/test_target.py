"""Targets against slow loops, in both layouts, with permuted partners."""

from __future__ import annotations

import pytest
import torch

from gca_viz.transport import (
    Pairing,
    align,
    domain_target,
    label_target,
    partner_target,
)
from tests.transport.batches import views

N = 5
LABELS = [0, 1, 0, 1, 0]
PARTNER = [1, 0, 3, 2, 4]


def sides(layout):
    """(sample, view) of each row and of each column."""
    first = [(i, 0) for i in range(N)]
    second = [(PARTNER.index(j), 1) for j in range(N)]
    return (first, second) if layout == "cross" else (first + second, first + second)


def slow(layout, weight):
    """Rows normalised; ``weight(row, column, partner)`` of every cell that is not an embedding with itself."""
    rows, columns = sides(layout)
    matrix = [[0.0 if a == b else weight(a, b, a[0] == b[0]) for b in columns] for a in rows]
    return torch.tensor([[w / sum(row) for w in row] for row in matrix], dtype=torch.float64)


@pytest.fixture(params=["cross", "joint"])
def layout(request):
    return request.param


@pytest.fixture
def pairing(layout):
    return Pairing.of(layout, N, PARTNER)


def close(actual, expected):
    torch.testing.assert_close(actual, expected, atol=1e-12, rtol=0)


def test_partner(layout, pairing):
    close(partner_target(pairing, torch.float64), slow(layout, lambda a, b, partner: float(partner)))


def test_label(layout, pairing):
    expected = slow(layout, lambda a, b, partner: float(LABELS[a[0]] == LABELS[b[0]]))
    close(label_target(pairing, LABELS, torch.float64), expected)
    close(label_target(pairing, ["ab"[i] for i in LABELS], torch.float64), expected)
    close(label_target(pairing, torch.tensor(LABELS), torch.float64), expected)


@pytest.mark.parametrize(("alpha", "beta"), [(0.4, 0.0), (0.0, 0.4), (0.3, 0.2), (0.0, 0.0)])
def test_domain(layout, pairing, alpha, beta):
    def weight(a, b, partner):
        return 1.0 if partner else alpha if LABELS[a[0]] == LABELS[b[0]] else beta

    close(domain_target(pairing, LABELS, alpha, beta, dtype=torch.float64), slow(layout, weight))


def test_domain_with_a_fixed_share_of_the_partner(layout, pairing):
    target = domain_target(pairing, LABELS, 0.3, 0.1, share=0.7, dtype=torch.float64)
    close(target[pairing.partner_mask], torch.full((len(target),), 0.7, dtype=torch.float64))
    prior = slow(layout, lambda a, b, partner: 0.0 if partner else 0.3 if LABELS[a[0]] == LABELS[b[0]] else 0.1)
    close(target - 0.7 * partner_target(pairing, torch.float64), 0.3 * prior)


def test_domain_per_view():
    """Both views of a sample in different domains: same-domain cells are those of one style."""
    styles = [[0, 0, 0, 1, 1], [1, 1, 1, 0, 0]]
    pairing = Pairing.of("cross", N, PARTNER)

    def weight(a, b, partner):
        return 1.0 if partner else 0.4 if styles[a[1]][a[0]] == styles[b[1]][b[0]] else 0.0

    close(domain_target(pairing, styles, 0.4, 0.0, dtype=torch.float64), slow("cross", weight))


def test_share_one_needs_no_prior(pairing):
    target = domain_target(pairing, list(range(N)), 0.4, 0.0, share=1, dtype=torch.float64)
    close(target, partner_target(pairing, torch.float64))


def test_names_and_matrices_through_the_door(layout):
    z1, z2 = views(N, seed=4)
    options = {"layout": layout, "partner": PARTNER}
    pairing = Pairing.of(layout, N, PARTNER)
    for target in (None, "partner", "identity", partner_target(pairing).numpy()):
        close(align(z1, z2, target=target, **options).target, partner_target(pairing, torch.float64))
    close(
        align(z1, z2, target="domain", domains=LABELS, alpha=0.3, beta=0.1, share=0.7, **options).target,
        domain_target(pairing, LABELS, 0.3, 0.1, 0.7, torch.float64),
    )
    close(
        align(z1, z2, target="label", labels=LABELS, **options).target, label_target(pairing, LABELS, torch.float64)
    )
