"""The report of a plan that has no half steps."""

from gca_viz.experiments.plan.result import PlanResult
from gca_viz.experiments.plan.result_files import convergence_csv
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.report.page import plan_report


def test_a_plan_found_at_once_has_no_way_in_its_report():
    recipe = Recipe().with_values(n=8, method="sparse", vs="none", eps=0.5)
    alone, beside = (PlanResult.of(recipe.with_values(vs=vs)) for vs in ("none", "ince"))
    assert "Convergence of the plans" not in plan_report(alone).html()
    assert "Convergence of the plans" in plan_report(beside).html()
    assert "sparse" not in convergence_csv(alone) and "ince" in convergence_csv(beside)
