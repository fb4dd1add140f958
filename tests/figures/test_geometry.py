import base64
import io

import numpy as np
import pytest
from PIL import Image

from gca_viz.figures.colour_by import ColourBy
from gca_viz.figures.geometry import MapPoints, config, projection_map
from gca_viz.figures.spectrum import spectrum
from gca_viz.figures.thumbnails import SIDE, evenly, thumbnail
from gca_viz.geometry.plan_points import Lines
from gca_viz.labels import NO_LABEL
from gca_viz.palette import ATTRACTION, REFERENCE, REPULSION, VIEWS, class_colour

NAMES = ("cat", "dog", "<b>owl</b>")


def points(dimensions=2, colour=None, **settings):
    coordinates = np.random.default_rng(0).normal(size=(8, dimensions)).astype(np.float32)
    colour = colour or ColourBy.of_classes("class", np.array([0, 1, 2, 0] * 2), NAMES)
    texts = [f"point {number}" for number in range(8)]
    domains = np.array([0, 1, 0, 1] * 2)
    axes = [f"axis {k + 1}" for k in range(dimensions)]
    return MapPoints(coordinates, axes, colour, domains, ("ink", "oil"), texts, **settings)


def drawn(figure):
    """Number of each point → (trace, position in it)."""
    traces = [trace for trace in figure.data if trace.meta == "points"]
    return {int(number): (trace, at) for trace in traces for at, number in enumerate(trace.customdata)}


@pytest.mark.parametrize("dimensions", [2, 3])
def test_every_point_is_drawn_once_at_its_place_in_its_colour_and_shape(dimensions):
    shown = points(dimensions)
    where = drawn(projection_map(shown))
    assert sorted(where) == list(range(8))
    for number, (trace, at) in where.items():
        place = [getattr(trace, axis)[at] for axis in "xyz"[:dimensions]]
        assert place == pytest.approx(shown.coordinates[number].tolist())
        assert trace.marker.color == shown.colour.palette[shown.colour.values[number]]
        shape = ("circle", "square")[shown.domains[number]]
        assert trace.marker.symbol[at] == (shape if number < 4 else f"{shape}-open")
        assert trace.text[at] == f"point {number}"


@pytest.mark.parametrize("dimensions", [2, 3])
def test_axes_and_legend_say_what_is_shown_and_words_of_users_are_text(dimensions):
    figure = projection_map(points(dimensions))
    scene = figure.layout.scene if dimensions == 3 else figure.layout
    assert [scene[f"{axis}axis"].title.text for axis in "xyz"[:dimensions]] == [
        f"axis {k + 1}" for k in range(dimensions)
    ]
    legend = [trace.name for trace in figure.data if trace.showlegend is not False]
    assert legend == ["cat", "dog", "&lt;b&gt;owl&lt;/b&gt;", "view 1", "view 2", "ink", "oil"]
    assert config(dimensions)["showSendToCloud"] is False


def test_a_column_of_texts_has_a_colour_each_and_the_rare_ones_share_one():
    few = ColourBy.of_column("camera", np.array(["b", "a", "b"]), np.arange(3))
    assert few.names == ("a", "b") and few.values.tolist() == [1, 0, 1]
    values = np.array([f"k{k:02}" for k in range(14) for _ in range(20 - k)])
    many = ColourBy.of_column("camera", values, np.arange(len(values)))
    assert many.names == (*(f"k{k:02}" for k in range(9)), "5 others") and len(set(many.palette)) == 10
    assert many.palette[-1] == REFERENCE
    assert [many.names[value] for value in many.values[[0, len(values) - 1]]] == ["k00", "5 others"]
    numbers = ColourBy.of_column("age", np.array([1.0, np.nan, 3.0]), np.array([0, 1, 2]))
    assert not numbers.names and numbers.bounds == (1, 3)


def test_a_text_of_a_column_keeps_its_colour_in_every_part_of_the_data():
    values = np.array(["b", "a", "c", "b"])
    whole, part = (ColourBy.of_column("camera", values, np.array(shown)) for shown in ([0, 1, 2, 3], [2, 0]))
    assert part.css(np.array([0, 1])) == [whole.css(np.array([point]))[0] for point in (2, 0)]


def test_samples_without_label_are_grey_and_named():
    colour = ColourBy.of_classes("class", np.array([1, -1, 0]), ("cat", "dog", NO_LABEL))
    assert colour.css(np.arange(3)) == [class_colour(1), REFERENCE, class_colour(0)]
    assert colour.names[colour.values[1]] == NO_LABEL and set(colour.names) == {"cat", "dog", NO_LABEL}


def test_views_have_their_colours_on_every_page():
    colour = ColourBy.of_views(np.repeat([0, 1], 4))
    where = drawn(projection_map(points(colour=colour)))
    assert {where[number][0].marker.color for number in range(4)} == {VIEWS[0]}
    assert {where[number][0].marker.color for number in range(4, 8)} == {VIEWS[1]}


def test_numbers_have_one_scale_with_its_title():
    values = np.linspace(2, 3, 8)
    figure = projection_map(points(colour=ColourBy("loss of the row", values)))
    (trace,) = {id(trace): trace for trace, _ in drawn(figure).values()}.values()
    assert trace.marker.color == pytest.approx(values)
    assert (trace.marker.cmin, trace.marker.cmax) == (2, 3)
    assert trace.marker.colorbar.title.text == "loss of the row"
    assert ColourBy("equal", np.ones(8)).bounds == (0.5, 1.5) and ColourBy("none", np.full(8, np.nan)).bounds == (
        0,
        1,
    )


@pytest.mark.parametrize("dimensions", [2, 3])
def test_a_group_fades_the_others_and_their_lines(dimensions):
    lines = Lines(np.array([0, 1]), np.array([4, 6]), np.array([0.9, 0.2]), np.array([True, False]))
    figure = projection_map(points(dimensions), lines=lines, group=(1,))
    for number, (trace, at) in drawn(figure).items():
        opacity = trace.marker.opacity[at] if dimensions == 2 else trace.opacity
        assert (opacity > 0.9) == (number % 4 == 1)
    assert [trace.name for trace in figure.data if trace.mode == "lines"] == ["mass to another"]


@pytest.mark.parametrize("dimensions", [2, 3])
def test_lines_go_to_where_the_mass_goes_and_thicker_for_more(dimensions):
    shown = points(dimensions)
    lines = Lines(
        np.array([0, 1, 2]), np.array([4, 6, 7]), np.array([0.9, 0.2, 0.5]), np.array([True, False, False])
    )
    drawn_lines = [trace for trace in projection_map(shown, lines=lines).data if trace.mode == "lines"]
    assert {(trace.line.color, trace.line.width) for trace in drawn_lines} == {
        (ATTRACTION, 2.4),
        (REPULSION, 1.3),
        (REPULSION, 2.4),
    }
    (partner,) = (trace for trace in drawn_lines if trace.line.color == ATTRACTION)
    assert partner.x[:2] == pytest.approx(shown.coordinates[[0, 4], 0]) and np.isnan(partner.x[2])


def test_arrows_point_where_they_go():
    shown = points()
    places = shown.coordinates[:4] + np.array([[0, 1], [1, 0], [0, -1], [-1, 0]])
    figure = projection_map(shown, arrows=(np.arange(4), places))
    *_, heads = (trace for trace in figure.data if trace.legendgroup == "arrow")
    assert (heads.marker.angle % 360).tolist() == pytest.approx([0, 90, 180, 270], abs=1e-3)  # clockwise from up
    assert heads.x == pytest.approx(places[:, 0])


@pytest.mark.parametrize("dimensions", [2, 3])
def test_the_picked_pair_is_ringed_in_the_colours_of_its_sides(dimensions):
    shown = points(dimensions)
    rings = [trace for trace in projection_map(shown, pair=(2, 5)).data if (trace.name or "").startswith("picked")]
    assert [(ring.marker.color, ring.x[0]) for ring in rings] == [
        (VIEWS[0], shown.coordinates[2, 0]),
        (VIEWS[1], shown.coordinates[5, 0]),
    ]


def test_distances_are_the_same_along_both_axes_and_a_camera_is_kept():
    assert projection_map(points()).layout.yaxis.scaleanchor == "x"
    camera = {"eye": {"x": 1, "y": 2, "z": 3}}
    assert projection_map(points(3), camera=camera).layout.scene.camera.eye.z == 3


def test_thumbnails_lie_on_their_points_in_a_frame_of_their_colour():
    picture = thumbnail(np.full((64, 64, 3), 255, np.uint8), "rgb(10, 200, 30)")
    image = np.asarray(Image.open(io.BytesIO(base64.b64decode(picture.split(",")[1]))))
    assert image.shape == (SIDE, SIDE, 3)
    assert image[1, 20].tolist() == pytest.approx([10, 200, 30], abs=12) and image[20, 20].min() > 240
    shown = points(thumbnails={3: picture})
    (layer,) = projection_map(shown).layout.images
    assert (layer.x, layer.y) == pytest.approx(shown.coordinates[3].tolist()) and layer.source == picture
    assert not projection_map(points(3, thumbnails={3: picture})).layout.images


def test_too_many_thumbnails_are_thinned_evenly_and_the_chosen_stay():
    assert evenly(5, 10).tolist() == [0, 1, 2, 3, 4]
    kept = evenly(1000, 50, [7, 9])
    assert len(kept) == 50 and kept[:2].tolist() == [7, 9] and len(set(kept.tolist())) == 50 and kept.max() > 900


def test_the_spectrum_starts_at_one_for_either_view_and_marks_the_effective_rank():
    figure = spectrum(np.array([[4.0, 2, 0], [3, 3, 3]]), (1.9, 3.0))
    assert [curve.y[0] for curve in figure.data] == [1, 1] and figure.data[0].y[2] > 0  # on a logarithmic axis
    assert [curve.line.color for curve in figure.data] == list(VIEWS)
    assert [line.x0 for line in figure.layout.shapes] == [1.9, 3.0]
    assert figure.layout.xaxis.title.text and figure.layout.yaxis.title.text


def test_points_travel_as_single_precision_arrays():
    for dimensions in (2, 3):
        for trace, _ in drawn(projection_map(points(dimensions))).values():
            assert np.asarray(trace.x).dtype == np.float32
