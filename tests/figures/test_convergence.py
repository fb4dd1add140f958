import numpy as np
import pytest
import torch

from gca_viz.figures.convergence import FLOOR, convergence
from gca_viz.transport import align


@pytest.fixture(scope="module")
def embeddings():
    generator = torch.Generator().manual_seed(0)
    return [torch.randn(12, 5, generator=generator) for _ in range(2)]


def test_the_figure_shows_the_trace_of_each_plan(embeddings):
    plans = {"gca-ince": align(*embeddings, "gca-ince", iterations=4), "ince": align(*embeddings, "ince")}
    figure = convergence(plans, step=3)
    curves = {(curve.name, curve.xaxis): curve for curve in figure.data}
    assert len(curves) == 6
    trace = plans["gca-ince"].trace
    for axis, values in (("x", trace.kl), ("x2", trace.dual), ("x3", trace.marginal_error.clamp_min(FLOOR))):
        curve = curves["gca-ince", axis]
        assert np.allclose(curve.y, values.numpy())
        assert list(curve.x) == list(range(len(trace)))
    assert figure.layout.yaxis3.type == "log"
    assert {axis.title.text for axis in figure.select_xaxes()} == {"half step t"}
    assert [shape.x0 for shape in figure.layout.shapes] == [3, 3, 3]


def test_both_parts_of_a_mean_plan_are_told_apart(embeddings):
    figure = convergence({"clip": align(*embeddings, "clip")})
    assert {curve.name for curve in figure.data} == {"clip (rows)", "clip (columns)"}


def test_numbers_travel_as_single_precision_arrays(embeddings):
    figure = convergence({"gca-ince": align(*embeddings)})
    assert all(np.asarray(curve.y).dtype == np.float32 for curve in figure.data)


def test_the_limit_is_a_line_where_the_curve_is_heading(embeddings):
    plan = align(*embeddings, "gca-ince", iterations=200)
    limit = align(*embeddings, "gca-ince", iterations=float("inf"), trace=False)
    figure = convergence({"gca-ince": plan}, limits={"gca-ince": limit})
    lines = {shape.yref or "y": shape.y0 for shape in figure.layout.shapes}
    assert lines["y"] == pytest.approx(float(plan.trace.kl[-1]), abs=1e-4)
    assert lines["y2"] == pytest.approx(float(plan.trace.dual[-1]), abs=1e-4)


def test_a_step_beyond_the_curve_is_marked_at_its_end(embeddings):
    plan = align(*embeddings, "gca-ince", epsilon=0.02, iterations=float("inf"))
    assert plan.last_step == plan.half_steps + 1
    figure = convergence({"gca-ince": plan}, step=plan.last_step)
    assert {shape.x0 for shape in figure.layout.shapes} == {plan.half_steps}
