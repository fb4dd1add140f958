import numpy as np
import pytest
import torch

from gca_viz.geometry import plan_points
from gca_viz.transport import align
from tests.geometry.clusters import clusters


@pytest.fixture(scope="module", params=["cross", "joint"])
def plan(request):
    first, second = (torch.from_numpy(view) for view in clusters(samples=12).views)
    return align(first, second, "ince" if request.param == "cross" else "iot", layout=request.param, epsilon=0.3)


def test_each_point_is_found_with_its_partner(plan):
    for point in range(24):
        row, column = plan_points.pair_of(plan, point)
        assert int(plan.pairing.partner[row]) == column
        assert point in plan_points.points_of(plan, (row, column))
        assert {p % 12 for p in plan_points.points_of(plan, (row, column))} == {point % 12}


def test_mass_and_loss_of_points(plan):
    mass, loss = plan_points.mass_of_points(plan), plan_points.loss_of_points(plan)
    assert mass[:12] == pytest.approx(plan.row_mass[:12].numpy())
    second = plan.column_mass if plan.pairing.layout == "cross" else plan.row_mass[12:]
    assert mass[12:] == pytest.approx(second.numpy())
    assert loss[:12] == pytest.approx(plan.loss_per_row[:12].numpy())
    expected = plan.loss_per_row[:12] if plan.pairing.layout == "cross" else plan.loss_per_row[12:]
    assert loss[12:] == pytest.approx(expected.numpy())


def test_the_heaviest_lines_are_the_largest_cells_between_the_views(plan):
    between = plan.matrix[:12, -12:].numpy()
    lines = plan_points.heaviest_lines(plan, 3)
    for sample in range(12):
        mine = lines.start == sample
        best = np.argsort(-between[sample])[:3]
        assert lines.end[mine].tolist() == (12 + best).tolist()
        assert lines.share[mine] == pytest.approx(between[sample, best] / between[sample].sum())
        assert lines.partner[mine].tolist() == (best == sample).tolist()


def test_the_barycentre_is_the_mean_place_weighted_by_mass(plan):
    places = np.random.default_rng(0).normal(size=(24, 2))
    start, ends = plan_points.barycentres(plan, places)
    between = plan.matrix[:12, -12:].double().numpy()
    for sample in range(12):
        expected = sum(between[sample, j] * places[12 + j] for j in range(12)) / between[sample].sum()
        assert start[sample] == sample and ends[sample] == pytest.approx(expected)


def test_the_share_on_the_partner_sums_to_the_matched_share(plan):
    shares = plan_points.partner_mass(plan)
    assert (shares * plan.row_mass.numpy()).sum() / float(plan.mass) == pytest.approx(float(plan.matched_share))
