"""What the map in the browser is sent, without a browser."""

import io

import numpy as np
import pytest
from PIL import Image

from gca_viz.figures.colour_by import ColourBy
from gca_viz.figures.geometry import MapPoints
from gca_viz.geometry.plan_points import Lines
from gca_viz.ui.elements.map import pack_map, pack_samples
from tests.wire import unpack


def points(colour=None):
    coordinates = np.random.default_rng(0).normal(size=(6, 2))
    colour = colour or ColourBy.of_classes("class", np.array([0, 2, 0] * 2), ("cat", "dog", "owl"))
    return MapPoints(coordinates, ("a", "b"), colour, np.array([0, 1, 1] * 2), ("ink", "oil", "wax"), ["x"] * 6)


def packed(shown, **drawn):
    return unpack(pack_map(shown, samples="id", place="here", name="map", alt="words", **drawn).data)


def test_what_is_sent_is_what_is_drawn():
    shown = points()
    lines = Lines(np.array([0, 2]), np.array([3, 4]), np.array([0.9, 0.2]), np.array([True, False]))
    places = shown.coordinates[:3] + 1
    header, arrays = packed(
        shown, lines=lines, arrows=(np.arange(3), places), pair=(1, 4), group=(2,), pictured=[5], at=7
    )
    assert arrays["places"].reshape(6, 2) == pytest.approx(shown.coordinates, abs=1e-6)
    assert arrays["values"].tolist() == [0, 2, 0, 0, 2, 0] and arrays["domains"].tolist() == [0, 1, 1] * 2
    assert np.stack([arrays["line_start"], arrays["line_end"]], 1).tolist() == [[0, 3], [2, 4]]
    assert arrays["line_share"] == pytest.approx([0.9, 0.2]) and arrays["line_partner"].tolist() == [1, 0]
    assert arrays["arrow_places"].reshape(3, 2) == pytest.approx(places, abs=1e-6)
    assert (header["pair"], header["group"], header["at"]) == ([1, 4], [2], 7)
    assert header["domains"] == [[0, "ink"], [1, "oil"]]  # a legend of those that are there
    assert header["colour"]["palette"][2] == shown.colour.palette[2] and arrays["pictured"].tolist() == [5]


def test_numbers_have_a_scale_and_nothing_chosen_is_nothing_sent():
    header, arrays = packed(points(ColourBy("mass", np.array([1, 3, np.nan, 2, 2, 2]))))
    assert (header["colour"]["low"], header["colour"]["high"], header["colour"]["names"]) == (1, 3, [])
    assert np.isnan(arrays["values"][2]) and header["pair"] == [] and header["group"] == []
    assert not any(len(arrays[name]) for name in ("line_start", "arrow_start", "pictured"))


def test_every_point_has_its_image_in_the_sheet():
    images = np.zeros((5, 8, 8, 3), np.uint8)
    images[:] = (40 * np.arange(1, 6))[:, None, None, None]
    header, arrays = unpack(pack_samples(images, [f"<b>{k}</b>" for k in range(5)]).data)
    sheet = np.asarray(Image.open(io.BytesIO(arrays["sheet"].tobytes())).convert("RGB"))
    for point in range(5):
        row, column = divmod(point, header["columns"])
        tile = sheet[row * header["tile"] :, column * header["tile"] :][: header["tile"], : header["tile"]]
        assert tile.mean() == pytest.approx(images[point].mean(), abs=6)
    assert header["texts"][3] == "<b>3</b>"  # text of users, put on the page as text


def test_many_points_have_smaller_images():
    few, many = (unpack(pack_samples(np.zeros((n, 64, 64, 3), np.uint8), [""] * n).data)[0] for n in (100, 1300))
    assert (few["tile"], many["tile"]) == (64, 32)
