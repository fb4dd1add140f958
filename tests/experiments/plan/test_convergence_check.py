import math

import pytest
import torch

from gca_viz.experiments.plan import engine
from gca_viz.experiments.plan.convergence_check import check_convergence
from gca_viz.experiments.plan.summary import moved_mass
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.transport import align


def judged(**changes):
    recipe = Recipe().with_values(n=48, **changes)
    plan, limit = (of(recipe.inputs, recipe.method) for of in (engine.plan_of, engine.limit_of))
    return plan, limit, check_convergence(plan, limit)


def test_a_plan_that_is_far_from_its_limit_is_not_usable_and_says_what_to_do():
    plan, limit, judgement = judged(iterations=1, eps=0.05)
    assert not judgement.usable and not plan.diagnostics.usable
    assert "not converged" in judgement.sentence and "Raise the iterations" in judgement.sentence
    away = f"{100 * moved_mass(plan, limit):.2g} %"
    assert judgement.facts["Mass that lies elsewhere at the limit"] == away
    assert judgement.facts["Stopped by"] == "iteration limit"
    assert judgement.facts["Work"] == f"2 half steps, {plan.diagnostics.passes} passes over the kernel"
    assert limit.converged and limit.diagnostics.regime in judgement.facts["Limit found by"]


def test_a_limit_is_usable_and_names_its_solver():
    plan, _, judgement = judged(iterations=math.inf, eps=0.03)
    assert plan.diagnostics.regime == "newton"
    assert judgement.usable and "usable as it is" in judgement.sentence
    assert judgement.facts["Solver"].startswith("newton: ")
    assert "would need many more" in judgement.facts["Why this one"]
    assert judgement.facts["Computed in"] == f"float32 on {plan.cost.device.type}"


def test_a_plan_near_its_limit_says_how_near():
    plan, limit, judgement = judged(eps=0.3, iterations=3)
    assert not plan.converged and judgement.usable
    assert "usable" in judgement.sentence and f"{100 * moved_mass(plan, limit):.2g} %" in judgement.sentence


@pytest.mark.parametrize(
    ("method", "words"),
    [("ince", "columns are not constrained"), ("byol", "nothing is constrained"), ("clip", "mean of")],
)
def test_methods_that_take_no_iterations(method, words):
    _, _, judgement = judged(method=method)
    assert judgement.usable and words in judgement.sentence


def test_a_limit_is_the_same_whatever_was_looked_at_before():
    """To the last bit, and so is what is told of how it was found."""
    recipe = Recipe().with_values(n=48, seed=77, eps=0.05)
    embeddings = engine.embeddings_of(recipe.inputs)
    for epsilon in (0.05, 0.052, 0.054):
        limit = engine.limit_of(recipe.inputs, recipe.with_values(eps=epsilon).method)
        alone = align(embeddings.z1, embeddings.z2, "gca-ince", epsilon=epsilon, iterations=math.inf, trace=False)
        assert limit.trace is None and limit.converged
        assert torch.equal(limit.matrix, alone.matrix) and limit.diagnostics == alone.diagnostics
