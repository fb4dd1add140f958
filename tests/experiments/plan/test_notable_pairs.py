import numpy as np
import pytest
import torch

from gca_viz.experiments.plan.notable_pairs import notable_pairs
from gca_viz.transport import align


@pytest.fixture(scope="module")
def embeddings():
    noise = torch.Generator().manual_seed(0)
    z = torch.randn(20, 6, generator=noise)
    return z, z + 0.8 * torch.randn(20, 6, generator=noise)


LABELS = np.arange(20) % 4


@pytest.mark.parametrize("method", ["ince", "gca-uot", "simclr"])
def test_each_kind_is_what_a_slow_loop_finds(embeddings, method):
    plan = align(*embeddings, method, epsilon=0.2)
    found = {kind.title: kind for kind in notable_pairs(plan, LABELS, count=5)}
    p, partner = plan.matrix.double().numpy(), plan.pairing.partner.tolist()
    share = p / p.sum(1, keepdims=True)
    n = len(p)
    label = [LABELS[i % 20] for i in range(n)]
    doubted = sorted(range(n), key=lambda i: share[i, partner[i]])[:5]
    assert found["Weakest pairs"].cells == tuple((i, partner[i]) for i in doubted)
    off = [(i, j) for i in range(n) for j in range(n) if j != partner[i] and not (n == 40 and i == j)]
    for title, same in (("Likely false negatives", True), ("Wrong matches", False)):
        cells = sorted((c for c in off if (label[c[0]] == label[c[1]]) == same), key=lambda c: -share[c])[:5]
        assert found[title].cells == tuple(cells)
        assert found[title].values == pytest.approx([share[c] for c in cells], rel=1e-4)
    hubs = sorted(range(n), key=lambda j: -p[:, j].sum())[:5]
    assert [column for _, column in found["Hubs"].cells] == [j for j in hubs if p[:, j].sum() > 1.02 * p.sum() / n]


def test_a_balanced_plan_has_no_hubs(embeddings):
    plan = align(*embeddings, "gca-ince", epsilon=0.5, iterations=50)
    assert "Hubs" not in {kind.title for kind in notable_pairs(plan, LABELS)}


def test_one_class_has_no_wrong_matches_and_all_classes_no_false_negatives(embeddings):
    plan = align(*embeddings, "ince")
    assert "Wrong matches" not in {kind.title for kind in notable_pairs(plan, np.zeros(20, int))}
    assert "Likely false negatives" not in {kind.title for kind in notable_pairs(plan, np.arange(20))}
