"""What is said under the numbers of a plan, against loops."""

from __future__ import annotations

import numpy as np
import pytest

from gca_viz.experiments.plan.result import PlanResult
from gca_viz.experiments.plan.summary import NO_PAIRS, strangers_left
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.transport import align
from tests.transport.batches import views

SMALL = Recipe().with_values(n=24, by="random", vs="none")


def said(**values) -> str:
    return " ".join(PlanResult.of(SMALL.with_values(**values)).remarks)


def test_nothing_is_said_where_there_is_nothing_to_say():
    assert said(method="gca-ince") == ""


@pytest.mark.parametrize("layout", ["cross", "joint"])
def test_the_share_of_strangers_that_left(layout):
    z1, z2 = views(9, seed=1)
    labels = np.array([0, 0, 0, 1, 1, 2, 2, 2, 2])
    plan = align(z1, z2, "fedrcl", layout=layout, labels=labels, relax=0.2)
    sample = list(range(9)) * (2 if layout == "joint" else 1)
    left = [
        float(plan.target[i, j]) == 0
        for i, a in enumerate(sample)
        for j, b in enumerate(sample)
        if a != b and labels[a] == labels[b]
    ]
    assert strangers_left(plan, labels) == pytest.approx(np.mean(left))
    assert 0 < np.mean(left) < 1
    assert np.isnan(strangers_left(align(z1, z2, "fedrcl", labels=range(9)), np.arange(9)))
    text = said(method="fedrcl", relax=-0.5, layout=layout)
    assert text.startswith("At κ = -0.5, ") and text.endswith("and are pushed.")


def test_temperatures_weights_and_head_and_tail():
    result = PlanResult.of(SMALL.with_values(method="tase", layout="cross", beta_w=1))
    plan, labels = result.plan, result.batch.labels
    temperatures, weights = result.remarks
    low, high = map(float, plan.problem.epsilon.aminmax())
    assert f"from {low:.3g} to {high:.3g}" in temperatures
    sizes = np.array([(labels == label).sum() for label in labels])
    small = sizes <= np.sort(sizes)[(len(sizes) - 1) // 2]
    hits = plan.matrix.argmax(1).numpy() == np.arange(24)
    assert f"{100 * hits[small].mean():.0f} % in the smaller" in weights
    assert f"{100 * hits[~small].mean():.0f} % in the larger" in weights


def test_closed_pairs_come_first():
    assert said(method="ressl").startswith(NO_PAIRS)
