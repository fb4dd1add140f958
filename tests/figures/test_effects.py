import numpy as np
import pytest

from gca_viz.figures.effects import Scale, curve, heat_map, plan_pictures
from gca_viz.figures.noise import auc_curves, roc_curves

EPS = Scale("Temperature ε", (0.01, 0.1, 1.0), log=True)
TAU = Scale("τ₁, rows", (0.0, 0.5, 1.0))


def test_a_map_has_the_numbers_and_a_point_per_cell():
    values = np.arange(9.0).reshape(3, 3)
    values[2, 2] = np.nan
    figure = heat_map(TAU, EPS, values, title="Loss (nats)", marks={(0, 0.01): "BYOL"}, current=[(0.25, 0.1)])
    heat, cells, current = figure.data
    assert np.array_equal(np.asarray(heat.z), values.T.astype(np.float32), equal_nan=True)
    assert np.asarray(heat.z).dtype == np.float32
    assert heat.colorscale[0][1] == "#440154"  # viridis
    assert len(cells.x) == 9 and "τ₁: 0.5<br>Temperature ε: 1<br>Loss (nats): 5" in cells.text
    assert "not yet" in cells.text[-1]
    assert (current.x[0], current.y[0]) == pytest.approx((0.5, 1.0))
    assert [note.text for note in figure.layout.annotations] == ["BYOL"]
    assert figure.layout.xaxis.title.text == "τ₁, rows"


def test_a_difference_is_centred_at_zero():
    figure = heat_map(TAU, EPS, np.arange(9.0).reshape(3, 3) - 2, title="Loss", diverging=True)
    assert (figure.data[0].zmin, figure.data[0].zmax) == (-6, 6)


def test_a_place_between_two_values_is_between_two_indices():
    assert EPS.place(0.1) == pytest.approx(1)
    assert EPS.place(10**-1.5) == pytest.approx(0.5)
    assert TAU.place(0.75) == pytest.approx(1.5)
    assert (TAU.place(-3), EPS.place(0), EPS.place(99)) == (0, 0, 2)
    assert Scale("t", tuple(range(41))).ticks["tickvals"][::5] == [0, 40]


def test_a_curve_leaves_out_what_is_not_computed_and_has_a_band():
    mean = np.array([1.0, 2.0, np.nan])
    figure = curve(EPS, mean, mean - 0.5, mean + 0.5, title="Loss (nats)", current=0.2)
    seeds, line = figure.data
    assert list(line.x) == pytest.approx([0.01, 0.1]) and list(line.y) == [1, 2]
    assert sorted(seeds.y) == [0.5, 1.5, 1.5, 2.5]
    assert figure.layout.xaxis.type == "log" and figure.layout.shapes[0].x0 == 0.2
    assert len(curve(EPS, mean, mean, mean, title="Loss").data) == 1


def test_plans_share_one_scale_and_no_winner_is_lost():
    large = np.full((300, 300), 1e-9)
    large[7, 201] = 1.0
    small = np.full((2, 2), 1e-2)
    pictures = plan_pictures([large, small], side=60)
    assert [picture.shape for picture in pictures] == [(60, 60, 3)] * 2
    bright, dark, middle = (253, 231, 37), (68, 1, 84), (34, 144, 139)
    assert tuple(pictures[0][7 * 60 // 300, 201 * 60 // 300]) == bright
    assert tuple(pictures[0][50, 5]) == dark
    assert np.abs(pictures[1][0, 0].astype(int) - middle).max() < 6


def test_the_noise_figures_show_each_score():
    names = {"row_mass": "row mass", "cosine": "cosine"}
    auc = {"row_mass": np.array([[0.5, 0.6, 0.7], [0.7, 0.8, 0.9]]), "cosine": np.full((2, 3), 0.9)}
    figure = auc_curves(EPS, auc, names, current=0.1)
    lines = {trace.name: trace for trace in figure.data if trace.mode == "lines+markers"}
    assert list(lines["row mass"].y) == pytest.approx([0.6, 0.7, 0.8])
    assert len(figure.data) == 3  # one band: all seeds agree on the cosine
    curves = roc_curves({"row_mass": np.array([[0, 0.5, 1], [0, 1, 1]])}, names)
    assert list(curves.data[0].y) == [0, 1, 1]
