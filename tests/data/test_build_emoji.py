"""The builder's decisions, checked without its sources: no npm, no drawing."""

import csv
import importlib
import sys

import numpy as np
import pytest
from PIL import Image

from gca_viz.datasets.bundled.atlas import data_folder
from gca_viz.datasets.bundled.emoji import EMOJI_CLASSES, EMOJI_DOMAINS, TILE


@pytest.fixture(scope="module")
def build():
    sys.path.insert(0, str(data_folder()))
    try:
        yield importlib.import_module("build_emoji")
    finally:
        sys.path.remove(str(data_folder()))


@pytest.fixture(scope="module")
def manifest():
    with (data_folder() / "emoji" / "manifest.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def emoji(name, subgroup):
    return {"code": "1F600", "name": name, "subgroup": subgroup, "tags": [], "order": 0}


def test_builder_and_reader_agree(build):
    assert build.CLASSES == EMOJI_CLASSES
    assert tuple(build.DOMAINS) == tuple(EMOJI_DOMAINS)
    assert build.TILE == TILE


def test_the_split_follows_from_the_families(build, manifest):
    rows = [{key: row[key] for key in ("name", "class", "family")} for row in manifest]
    build.assign_splits(rows)
    assert [row["split"] for row in rows] == [row["split"] for row in manifest]


def test_what_is_left_out_is_not_there(build, manifest):
    names = {row["name"] for row in manifest}
    for reason, text in build.LEFT_OUT.items():
        assert not names & set(build.labels(text)), reason


def test_look_alikes_share_their_family(build, manifest):
    family = {row["name"]: row["family"] for row in manifest}
    for name, text in build.FAMILIES.items():
        assert {family[label] for label in build.labels(text)} == {name}


@pytest.mark.parametrize(
    ("name", "subgroup", "variant"),
    [
        ("man cook", "person-role", True),
        ("women wrestling", "person-sport", True),
        ("person running: facing right", "person-activity", True),
        ("cook", "person-role", False),
        ("woman", "person", False),
        ("mage", "person-fantasy", False),
        ("woman’s hat", "clothing", False),
    ],
)
def test_variants_of_a_neutral_emoji(build, name, subgroup, variant):
    assert build.is_variant(emoji(name, subgroup)) is variant


def test_a_misspelt_name_stops_the_build(build):
    with pytest.raises(SystemExit, match=r"do not exist or are not kept: .*'zany face'"):
        build.curate([emoji("grinning face", "face-smiling")])


def test_a_missing_npm_is_named(build, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SystemExit, match="npm is needed"):
        build.require_tools()


def test_a_missing_resvg_is_named(build, monkeypatch):
    monkeypatch.setattr(build.shutil, "which", lambda name: name)
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(SystemExit, match=r"pip install resvg_py==0\.5\.0"):
        build.require_tools()


def test_a_mirrored_icon_is_drawn_mirrored(build):
    icons = {
        "width": 10,
        "height": 20,
        "icons": {"left": {"body": "<path/>"}},
        "aliases": {"right": {"parent": "left", "hFlip": True}, "up": {"parent": "left", "rotate": 1}},
    }
    assert 'viewBox="0 0 10 20"><path/></svg>' in build.icon_svg(icons, "left", 64)
    assert '<g transform="translate(10 0) scale(-1 1)"><path/></g>' in build.icon_svg(icons, "right", 64)
    with pytest.raises(SystemExit, match="'up'"):
        build.icon_svg(icons, "up", 64)


def test_an_atlas_comes_back_as_it_went_in(build, tmp_path):
    colours = np.random.default_rng(0).integers(0, 256, (42, 1, 1, 3), np.uint8)
    tiles = np.broadcast_to(colours, (42, TILE, TILE, 3)).copy()
    tiles[:, 0] = 7  # upright
    build.write_atlas(tiles, tmp_path / "atlas.webp")
    with Image.open(tmp_path / "atlas.webp") as image:
        atlas = np.asarray(image)
    assert atlas.shape == (2 * TILE, 40 * TILE, 3)
    assert (atlas[:TILE, TILE : 2 * TILE] == tiles[1]).all()
    assert (atlas[TILE:, TILE : 2 * TILE] == tiles[41]).all()
    assert (atlas[TILE:, 2 * TILE :] == 255).all()
