"""Figures of a comparison: what is drawn is what was given, on scales that are the same for all."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from gca_viz.experiments.plan.result import RowGroup
from gca_viz.figures.changes import ranked_changes
from gca_viz.figures.colour_by import ColourBy
from gca_viz.figures.compare import MapPanel, aligned_map, alike_matrix, framed
from gca_viz.figures.player import Curve, Epoch, run_curve, run_player
from gca_viz.geometry.plan_points import Lines
from gca_viz.metric import Estimate

N = 6
TEXTS = [f"point {point} <b>" for point in range(2 * N)]


@pytest.fixture
def maps():
    return np.random.default_rng(0).normal(size=(3, 2 * N, 2)).astype(np.float32)


@pytest.fixture
def colour():
    return ColourBy.of_classes("class", np.tile(np.arange(N) % 2, 2), ("cat", "dog"))


def points_of(figure):
    found = {}
    for trace in figure.data:
        if trace.meta == "points":
            found |= {int(number): trace for number in trace.customdata}
    return found


def test_every_point_is_drawn_where_it_lies_in_its_class_and_view(maps, colour):
    places, bounds = framed(maps)
    figure = aligned_map(MapPanel("A", places[0]), colour, TEXTS, bounds)
    shown = points_of(figure)
    assert sorted(shown) == list(range(2 * N))
    for point, trace in shown.items():
        at = list(trace.customdata).index(point)
        assert (trace.x[at], trace.y[at]) == pytest.approx(tuple(places[0][point]))
        assert trace.marker.color == colour.palette[colour.values[point]]
        assert trace.marker.symbol[at] == ("circle" if point < N else "circle-open")
        assert trace.text[at] == f"point {point} &lt;b&gt;"
    assert figure.layout.yaxis.scaleanchor == "x"


def test_both_points_of_those_that_moved_most_are_outlined(maps, colour):
    places, bounds = framed(maps)
    figure = aligned_map(MapPanel("A", places[1]), colour, TEXTS, bounds, far=[2])
    (ring,) = (trace for trace in figure.data if trace.meta != "points")
    assert ring.name == "moved most" and ring.x == pytest.approx(places[1][[2, 2 + N], 0])


def test_lines_of_a_plan_end_where_the_mass_goes(maps, colour):
    lines = Lines(np.array([0, 1]), np.array([N, N + 3]), np.array([0.9, 0.5]), np.array([True, False]))
    figure = aligned_map(MapPanel("A", maps[0], lines), colour, TEXTS, framed(maps)[1])
    traces = {trace.name: trace for trace in figure.data}
    near, away = traces["mass to its partner"], traces["mass to another"]
    assert near.x[:2] == pytest.approx(maps[0][[0, N], 0]) and away.y[:2] == pytest.approx(maps[0][[1, N + 3], 1])


def test_maps_share_one_square_and_only_one_that_sticks_out_is_shrunk(maps):
    maps[2] *= 50
    places, (middle, half) = framed(maps)
    assert (np.abs(places - middle) <= half).all()
    assert places[0] == pytest.approx(maps[0])
    ratio = (places[2] - middle) / (maps[2] - middle)
    assert ratio == pytest.approx(np.full((2 * N, 2), ratio[0, 0]), rel=1e-3) and ratio[0, 0] < 0.2


@pytest.mark.parametrize(("count", "written"), [(3, True), (12, False)])
def test_heat_maps_have_one_scale_and_numbers_if_there_are_few(count, written):
    names = [f"<{k}>" for k in range(count)]
    values = np.random.default_rng(0).random((count, count))
    figure = alike_matrix(pd.DataFrame(values, names, names), title="CKA", current=(0, 2))
    heat, cells = figure.data
    assert (heat.zmin, heat.zmax) == (0, 1) and np.array(heat.z) == pytest.approx(values, abs=1e-6)
    assert bool(heat.texttemplate) == written and heat.showscale != written
    assert heat.text[1][2] == f"{values[1, 2]:.2f}"
    assert len(cells.customdata) == count**2 and tuple(cells.customdata[count + 2]) == (1, 2)
    assert "<0>" not in cells.text[0] and "&lt;0&gt;" in cells.text[0]
    assert {(s.x0, s.y0) for s in figure.layout.shapes} == {(1.5, -0.5), (-0.5, 1.5)}


def test_bars_fall_and_carry_their_samples():
    values = np.array([0.1, 0.9, 0.4])
    order = np.argsort(-values)
    figure = ranked_changes(values, order, ["a", "b", "c"], title="moved", shown=1, share=False)
    (bars,) = figure.data
    assert list(bars.customdata) == [1, 2, 0] and list(bars.y) == pytest.approx([0.9, 0.4, 0.1])
    assert bars.marker.color[0] != bars.marker.color[1] == bars.marker.color[2]


def epochs(maps):
    plans = np.random.default_rng(1).random((3, N, N)) ** 8
    return [
        Epoch(f"epoch {k}", plan, place, f"pair mass {k} %")
        for k, (plan, place) in enumerate(zip(plans, maps, strict=True))
    ]


def test_the_player_has_a_frame_and_a_step_of_the_slider_per_epoch(maps, colour):
    shown = epochs(maps)
    figure = run_player(shown, colour, TEXTS)
    assert [frame.name for frame in figure.frames] == ["epoch 0", "epoch 1", "epoch 2"]
    (slider,) = figure.layout.sliders
    assert [list(step.args[0]) for step in slider.steps] == [["epoch 0"], ["epoch 1"], ["epoch 2"]]
    assert slider.active == 2
    assert [button.label for button in figure.layout.updatemenus[0].buttons] == ["▶ Play", "■ Stop"]
    last = figure.frames[-1]
    assert np.array(last.data[1].x) == pytest.approx(maps[-1][:, 0])
    assert np.array(figure.data[1].x) == pytest.approx(maps[-1][:, 0])
    most = max(epoch.plan.max() for epoch in shown)
    for epoch, frame in zip(shown, figure.frames, strict=True):
        assert epoch.numbers in frame.layout.title.text
        heights = np.clip(np.round(255 * (1 + np.log10(epoch.plan / most) / 4)), 0, 255)
        assert np.array(frame.data[0].z) == pytest.approx(heights, abs=1), "one scale for all epochs"


def test_a_page_with_controls_of_its_own_gets_the_same_figure_without(maps, colour):
    shown = epochs(maps)
    whole, bare = run_player(shown, colour, TEXTS), run_player(shown, colour, TEXTS, controls=False)
    assert not bare.layout.sliders and not bare.layout.updatemenus
    assert bare.layout.height < whole.layout.height
    assert [frame.name for frame in bare.frames] == [frame.name for frame in whole.frames]


def test_a_large_plan_keeps_its_winners_in_the_picture(maps, colour):
    plan = np.full((300, 300), 1e-6)
    plan[123, 45] = 1
    figure = run_player([Epoch("epoch 1", plan, maps[0], "")] * 2, colour, TEXTS)
    picture = np.array(figure.frames[0].data[0].z)
    assert picture.shape == (128, 128) and (picture == 255).sum() == 1
    assert len(json.dumps(figure.to_plotly_json(), default=lambda array: array.tolist())) < 400_000


def lines_between_groups(figure):
    """Where the vertical and the horizontal lines on the plan stand, and the axes that they belong to."""
    found = [trace for trace in figure.data if trace.meta == "groups"]
    if not found:
        return [], [], None
    (trace,) = found
    ends = np.stack([trace.x, trace.y], 1).reshape(-1, 3, 2)[:, :2]
    upright = ends[:, 0, 0] == ends[:, 1, 0]
    return ends[upright, 0, 0].tolist(), ends[~upright, 0, 1].tolist(), (trace.xaxis, trace.yaxis)


def test_lines_part_the_groups_of_a_plan_and_their_names_stand_beside_them(maps, colour):
    groups = [RowGroup("cat", 3, 0), RowGroup("dog <b>", 1, 1), RowGroup("bird", 2, 2)]
    figure = run_player(epochs(maps), colour, TEXTS, groups=groups)
    down, across, axes = lines_between_groups(figure)
    assert down == across == [2.5, 3.5] and axes == (figure.data[0].xaxis, figure.data[0].yaxis)
    assert list(figure.layout.yaxis.tickvals) == [1, 3, 4.5]
    assert list(figure.layout.yaxis.ticktext) == ["cat", "dog &lt;b&gt;", "bird"]
    assert lines_between_groups(run_player(epochs(maps), colour, TEXTS))[:2] == ([], [])


def test_names_of_groups_are_whole_where_their_rows_are_high_enough_for_a_line(maps, colour):
    names = {"hand, body": 13, "object": 40, "symbol": 40, "high contrast": 13, "x": 2}
    groups = [RowGroup(name, size, 0) for name, size in names.items()]
    plan = np.full((108, 108), 0.1)
    for narrow in (0, 380):
        figure = run_player([Epoch("epoch 1", plan, maps[0], "")] * 2, colour, TEXTS, groups=groups, narrow=narrow)
        assert list(figure.layout.yaxis.ticktext) == ["hand, body", "object", "symbol", "high contrast", ""]
        assert figure.layout.margin.l > 5 * len("high contrast")


def test_lines_are_where_the_picture_of_a_large_plan_changes(maps, colour):
    sizes = np.array([70, 13, 117, 100])
    group = np.repeat(np.arange(4), sizes)
    plan = np.where(group[:, None] == group, 1, 1e-6)
    names = [
        RowGroup(name, size, 0)
        for name, size in zip(("a name without end in this place", *"bcd"), sizes, strict=True)
    ]
    figure = run_player([Epoch("epoch 1", plan, maps[0], "")] * 2, colour, TEXTS, groups=names)
    picture = np.array(figure.data[0].z)
    # Along the diagonal: the first cell that is dark beside each bright block.
    changes = [int(np.flatnonzero(picture[first * 128 // 300 + 1] == 255).max()) for first in (0, 70, 83)]
    down, across, _ = lines_between_groups(figure)
    assert down == across and down == pytest.approx([change + 0.5 for change in changes], abs=1)
    shown = list(figure.layout.yaxis.ticktext)
    assert shown[0].endswith("…") and len(shown[0]) < 20 and shown[1:] == ["b", "c", "d"]


def test_groups_that_lines_would_hide_have_none(maps, colour):
    plan = [Epoch("epoch 1", np.full((100, 100), 0.1), maps[0], "")] * 2
    assert lines_between_groups(run_player(plan, colour, TEXTS, groups=[RowGroup("x", 2, 0)] * 50))[0] == []
    some = run_player(plan, colour, TEXTS, groups=[RowGroup("name", 5, 0)] * 20)
    assert len(lines_between_groups(some)[0]) == 19
    assert list(some.layout.yaxis.ticktext) == ["name"] * 20
    few = run_player(plan, colour, TEXTS, groups=[RowGroup("large", 60, 0), *[RowGroup("small", 2, 1)] * 20])
    assert len(lines_between_groups(few)[0]) == 20
    assert few.layout.yaxis.ticktext is None, "no room for most names"


@pytest.mark.parametrize("narrow", [0, 400])
def test_in_a_narrow_place_the_map_stands_below_the_plan(maps, colour, narrow):
    layout = run_player(epochs(maps), colour, TEXTS, narrow=narrow).layout
    plan, points = ((layout[f"xaxis{at}"].domain, layout[f"yaxis{at}"].domain) for at in ("", "2"))
    if narrow:
        assert plan[0] == points[0] == (0, 1) and points[1][1] < plan[1][0]
        assert layout.height > 2 * 0.9 * narrow
    else:
        assert plan[1] == points[1] == (0, 1) and plan[0][1] < points[0][0]


def test_a_curve_has_its_values_and_its_band():
    known = [Estimate(0.1, 0.0, 0.2), None, Estimate(0.5, 0.4, 0.6)]
    figure = run_curve(["epoch 0", "epoch 1", "epoch 2"], Curve("Row top-1", known, True))
    band, line = figure.data
    assert np.array(line.y) == pytest.approx([0.1, np.nan, 0.5], nan_ok=True)
    assert max(band.y) == pytest.approx(0.6) and min(band.y) == pytest.approx(0.0)
    assert list(figure.layout.xaxis.ticktext) == ["0", "1", "2"] and re.search("%", figure.layout.yaxis.tickformat)
