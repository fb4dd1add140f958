"""The palette: told apart by everybody, one table, and nothing beside it."""

import re
from itertools import combinations
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import pytest

from gca_viz import palette
from gca_viz.palette import CLASSES, class_colour, css, in_css, on_dark, scale, shades

try:
    import tomllib
except ImportError:  # Python 3.10
    import tomli as tomllib

ROOT = Path(__file__).parents[1]
GROUNDS = {"light": "#FFFFFF", "dark": "#11151A"}
#: what eyes make of linear red, green and blue; Machado, Oliveira, Fernandes, IEEE TVCG 2009, full deficiency
EYES = {
    "normal": np.eye(3),
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def linear(colour: str) -> np.ndarray:
    parts = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """As WCAG 2.2 defines it."""
    low, high = sorted(float(linear(colour) @ [0.2126, 0.7152, 0.0722]) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def oklab(light: np.ndarray) -> np.ndarray:
    """Ottosson, 2020."""
    cones = [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566]]
    cones.append([0.0883024619, 0.2817188376, 0.6299787005])
    to = [[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099]]
    to.append([0.0259040371, 0.7827717662, -0.8086757660])
    return np.array(to) @ np.cbrt(np.array(cones) @ np.clip(light, 0, 1))


def grounded(colour: str, ground: str) -> str:
    return on_dark(colour) if ground == "dark" else colour


@pytest.mark.parametrize("ground", GROUNDS)
def test_colours_stand_out_from_their_ground(ground):
    meant = (*CLASSES, *palette.VIEWS, palette.ATTRACTION, palette.REPULSION, palette.REFERENCE, palette.HERE)
    for colour in meant:
        assert contrast(grounded(colour, ground), GROUNDS[ground]) >= 3, colour
    for text in (*palette.VIEWS, palette.ATTRACTION, palette.REPULSION, palette.TEXT):
        assert contrast(grounded(text, ground), GROUNDS[ground]) >= 4.49, f"words are written in {text}"


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("eyes", EYES)
def test_classes_are_told_apart(ground, eyes):
    seen = {colour: oklab(np.array(EYES[eyes]) @ linear(grounded(colour, ground))) for colour in CLASSES}
    least = 0.1 if eyes == "normal" else 0.065  # two neighbours among the colours of Okabe and Ito: 0.05
    for one, other in combinations(CLASSES, 2):
        assert np.linalg.norm(seen[one] - seen[other]) > least, (one, other)


def test_a_class_has_the_same_hue_on_both_grounds():
    for colour in CLASSES:
        light, dark = (np.arctan2(*oklab(linear(shade))[[2, 1]]) for shade in (colour, on_dark(colour)))
        assert abs((light - dark + np.pi) % (2 * np.pi) - np.pi) < np.radians(45), colour


def test_the_eleventh_class_has_the_first_colour_and_no_class_is_grey():
    assert [class_colour(number) for number in range(20)] == [*CLASSES, *CLASSES]
    assert class_colour(-1) == palette.REFERENCE and palette.REFERENCE not in CLASSES


def test_dark_counterparts_reach_all_of_a_figure():
    figure = go.Figure(go.Heatmap(z=[[0, 1]], colorscale=scale(palette.SIGNED)))
    figure.add_scatter(x=[1, 2], y=[1, 2], marker={"color": list(CLASSES[:2])}, line={"color": palette.VIEWS[0]})
    figure.add_annotation(text=CLASSES[0] + " is a text that begins like a colour", font={"color": palette.TEXT})
    dark = on_dark(figure.to_dict())
    assert [stop for _, stop in dark["data"][0]["colorscale"]] == [on_dark(stop) for stop in palette.SIGNED]
    assert list(dark["data"][1]["marker"]["color"]) == [on_dark(colour) for colour in CLASSES[:2]]
    assert dark["data"][1]["line"]["color"] == on_dark(palette.VIEWS[0]) != palette.VIEWS[0]
    (note,) = dark["layout"]["annotations"]
    assert note["text"].startswith(CLASSES[0]) and note["font"]["color"] == on_dark(palette.TEXT)
    np.testing.assert_array_equal(dark["data"][1]["x"], [1, 2])


def test_the_browser_has_the_table():
    table = palette.table()
    assert table["light"]["classes"] == list(CLASSES)
    assert table["dark"]["classes"] == [on_dark(colour) for colour in CLASSES]
    assert table["ramps"]["signedLight"] == palette.SIGNED
    assert f"--gca-class-3: {in_css(CLASSES[3])};" in css() and in_css(CLASSES[3]).startswith("light-dark(")


def test_shades_go_through_their_stops():
    found = shades(palette.VIRIDIS, 10)
    assert ["#{:02X}{:02X}{:02X}".format(*shade) for shade in found] == list(palette.VIRIDIS)


def test_the_theme_is_the_table():
    theme = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))["theme"]
    light, dark = {**theme, **theme["light"]}, {**theme, **theme["dark"]}
    assert light["chartCategoricalColors"] == list(CLASSES)
    assert dark["chartCategoricalColors"] == [on_dark(colour) for colour in CLASSES]
    wanted = {"primaryColor": "view1", "blueTextColor": "view1", "orangeTextColor": "view2", "textColor": "text"}
    wanted |= {"backgroundColor": "ground", "secondaryBackgroundColor": "panel", "borderColor": "border"}
    table = palette.table()
    for name, colour in wanted.items():
        assert (light[name], dark[name]) == (table["light"][colour], table["dark"][colour]), name


def test_no_other_file_writes_a_colour_that_means_something():
    """Black and white with their shades (halos, numbers over a picture) mean nothing, and code has its own."""
    found = []
    for folder in ("gca_viz", "benchmarks"):
        for file in (ROOT / folder).rglob("*"):
            if file.suffix in (".py", ".js", ".css") and file.stem != "palette":
                text = re.sub(r"(?m)^\.stCode .*$", "", file.read_text("utf-8"))
                colours = re.findall(r"[\"'\s(]#([0-9a-fA-F]{6}|[0-9a-fA-F]{3})\b", text)
                found += [f"{file.name}: #{colour}" for colour in colours if not _grey(colour)]
                found += [f"{file.name}: {name}" for name in re.findall(r"\"(RdBu|Viridis|Cividis|PuOr)\"", text)]
    assert not found


def _grey(colour: str) -> bool:
    parts = [
        int(part * 2, 16) if len(part) == 1 else int(part, 16)
        for part in re.findall(".." if len(colour) == 6 else ".", colour)
    ]
    return max(parts) - min(parts) < 24
