import base64
import io

import numpy as np
import pytest
from PIL import Image
from plotly.colors import sample_colorscale

from gca_viz.figures.heat import heat_picture
from gca_viz.palette import ATTRACTION, VIRIDIS


def pixels(picture):
    """(columns, rows, 4), the second index upwards."""
    image = Image.open(io.BytesIO(base64.b64decode(picture.address.split(",")[1])))
    return np.asarray(image)[::-1].swapaxes(0, 1)


def colour(name, share):
    return [float(part) for part in sample_colorscale(name, [share])[0][4:-1].split(",")]


def test_a_cell_has_the_colour_of_its_number_at_its_place():
    values = np.array([[0.0, 1.0, 2.0], [3.0, 4.0, np.nan]])
    picture = heat_picture(values)
    shown = pixels(picture)
    assert shown.shape == (2, 3, 4) and (picture.low, picture.high) == (0, 4)
    for column, row in np.argwhere(np.isfinite(values)):
        assert shown[column, row, :3] == pytest.approx(colour("Viridis", values[column, row] / 4), abs=3)
    assert shown[..., 3].tolist() == [[255, 255, 255], [255, 255, 0]]
    assert picture.scale == VIRIDIS


def test_differences_are_centred_at_zero_and_rounding_shows_nothing():
    picture = heat_picture(np.array([[-1.0, 0.0], [0.0, 3.0]]), diverging=True)
    assert (picture.low, picture.high) == (-3, 3)
    assert pixels(picture)[0, 1, :3] == pytest.approx([247] * 3, abs=3)
    light, dark = (
        heat_picture(np.array([[-1.0, 0.75], [1.0, 0.0]]), diverging=True, dark=dark) for dark in (False, True)
    )
    assert "#{:02X}{:02X}{:02X}".format(*pixels(light)[0, 1, :3]) == ATTRACTION, (
        "three quarters of the way, as on the boards"
    )
    assert pixels(dark)[1, 1, :3].sum() < 150 < 600 < pixels(light)[1, 1, :3].sum()
    even = pixels(heat_picture(1 + np.array([[0.0, 1e-9], [2e-9, 0.0]])))
    assert np.ptp(even.reshape(-1, 4), axis=0).max() <= 3
