"""What is read from a plan, against slow loops."""

from __future__ import annotations

import math

import pytest
import torch

from gca_viz.errors import InputError
from gca_viz.transport import Problem, align, solve
from tests.transport.batches import random_cost, views

Z1, Z2 = views(6, 4, seed=2)
LABELS = ["cat", "dog", "cat", "dog", "cat", "owl"]
PARTNER = [1, 0, 3, 2, 5, 4]


def cells(plan):
    return [(i, j, m) for i, row in enumerate(plan.matrix.tolist()) for j, m in enumerate(row)]


@pytest.mark.parametrize("method", ["gca-uot", "clip"])
def test_masses_and_entropies(method):
    plan = align(Z1, Z2, method)
    mass = sum(m for *_, m in cells(plan))
    assert float(plan.mass) == pytest.approx(mass)
    assert float(plan.entropy) == pytest.approx(-sum(m / mass * math.log(m / mass) for *_, m in cells(plan)))
    for i, row in enumerate(plan.matrix.tolist()):
        assert float(plan.row_mass[i]) == pytest.approx(sum(row))
        entropy = -sum(m / sum(row) * math.log(m / sum(row)) for m in row)
        assert float(plan.perplexity_per_row[i]) == pytest.approx(math.exp(entropy))
    for j, column in enumerate(plan.matrix.T.tolist()):
        assert float(plan.column_mass[j]) == pytest.approx(sum(column))


@pytest.mark.parametrize("layout", ["cross", "joint"])
def test_numbers_about_partners_and_classes(layout):
    plan = align(Z1, Z2, "gca-uot", layout=layout, partner=PARTNER)
    # The sample a column shows: in view 2, the one whose partner it is.
    shown = [PARTNER.index(j) for j in range(6)]
    rows, columns = (range(6), shown) if layout == "cross" else ([*range(6), *shown],) * 2
    partner = {
        (i, j)
        for i, a in enumerate(rows)
        for j, b in enumerate(columns)
        if a == b and (layout == "cross" or i != j)
    }
    mass = sum(m for *_, m in cells(plan))
    matched = sum(m for i, j, m in cells(plan) if (i, j) in partner)
    assert float(plan.matched_share) == pytest.approx(matched / mass)
    same = {(i, j) for i, a in enumerate(rows) for j, b in enumerate(columns) if LABELS[a] == LABELS[b]}
    false = sum(m for i, j, m in cells(plan) if (i, j) in same - partner)
    assert float(plan.false_negative_mass(LABELS)) == pytest.approx(false / mass)
    assert float(plan.same_domain_mass(LABELS)) == pytest.approx(
        sum(m for i, j, m in cells(plan) if (i, j) in same) / mass
    )
    best_columns = {(i, max(range(len(row)), key=row.__getitem__)) for i, row in enumerate(plan.matrix.tolist())}
    best_rows = {(max(range(len(c)), key=c.__getitem__), j) for j, c in enumerate(plan.matrix.T.tolist())}
    assert float(plan.top1_rows) == pytest.approx(len(best_columns & partner) / len(rows))
    assert float(plan.top1_columns) == pytest.approx(len(best_rows & partner) / len(columns))


def test_domains_per_view():
    """Cross-style pairs: every row shows style 0, every column style 1."""
    plan = align(Z1, Z2)
    assert float(plan.same_domain_mass([[0] * 6, [1] * 6])) == 0
    assert float(plan.same_domain_mass([[0] * 6, [0] * 6])) == pytest.approx(1)


def test_residual_and_force():
    plan = align(Z1, Z2, epsilon=0.2)
    torch.testing.assert_close(plan.residual_matrix, torch.eye(6, dtype=torch.float64) - plan.matrix)
    torch.testing.assert_close(plan.force * 0.2, plan.residual_matrix)


def test_missing_parts_are_told():
    plan = solve(Problem(random_cost(3, 4), 0.5), trace=False)
    for read, word in (
        (lambda: plan.loss, "without a target"),
        (lambda: plan.force, "without a target"),
        (lambda: plan.matched_share, "without a pairing"),
        (lambda: plan.at(0), "without a trace"),
    ):
        with pytest.raises(InputError, match=word):
            read()
    with pytest.raises(InputError, match="half step 99"):
        align(Z1, Z2).at(99)
    with pytest.raises(InputError, match="without a target"):
        _ = solve(Problem(random_cost(3, 4), 0.5)).trace.kl
    with pytest.raises(InputError, match=r"labels of shape \(5,\)"):
        align(Z1, Z2).false_negative_mass(LABELS[:5])


def test_repr_says_size_mass_loss_and_why_it_stopped():
    text = repr(align(Z1, Z2, iterations=2))
    assert all(
        part in text for part in ("6 × 6", "mass 6", "loss", "iteration limit after 4 half steps", "marginal error")
    )
    assert "6 × 6" in repr(align(Z1, Z2).trace)


def test_a_notebook_shows_the_numbers_that_a_plan_has():
    plan = align(Z1.clone().requires_grad_(), Z2, "gca-uot")
    page = plan._repr_html_()
    assert (
        f">Pair mass</th><td>{100 * float(plan.matched_share.detach()):.1f} %<" in page
        and str(plan.diagnostics) in page
    )
    bare = solve(Problem(random_cost(3, 5), 0.2, 1.0, 1.0))._repr_html_()
    assert ">Perplexity<" in bare and ">Loss<" not in bare and ">Pair mass<" not in bare
