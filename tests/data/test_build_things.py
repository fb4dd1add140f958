"""The builder of `things`: its decisions, its readers and its refusals, without the packages."""

import csv
import importlib
import struct
import sys
import zlib
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from gca_viz.datasets.bundled.atlas import data_folder
from gca_viz.datasets.bundled.things import THINGS_CLASSES, THINGS_DOMAINS, TILE


@pytest.fixture(scope="module")
def build():
    sys.path.insert(0, str(data_folder()))
    try:
        yield importlib.import_module("build_things")
    finally:
        sys.path.remove(str(data_folder()))


@pytest.fixture(scope="module")
def sources(build):
    return sys.modules["things_sources"]


@pytest.fixture(scope="module")
def manifests(build):
    found = {}
    for source in build.PACKAGES:
        path = data_folder() / "things" / source / "manifest.csv"
        if path.exists():
            found[source] = list(csv.DictReader(path.read_text("utf-8").splitlines()))
    return found


def test_builder_and_reader_agree(build, manifests):
    assert build.CLASSES == THINGS_CLASSES
    assert build.TILE == TILE
    assert {row["domain"] for rows in manifests.values() for row in rows} == set(THINGS_DOMAINS)


def test_the_manifests_follow_from_the_list(build, manifests):
    rows = build.read_curation(data_folder() / "things_curation.csv")
    for source, found in manifests.items():
        decided = {row["path"]: row for row in rows if row["source"] == source}
        assert set(decided) == {row["path"] for row in found}
        for row in found:
            for column in ("class", "kind", "family", "name"):
                assert row[column] == decided[row["path"]][column]


def test_the_split_follows_from_the_families(build, manifests):
    if set(manifests) != set(build.PACKAGES):
        pytest.skip("the split was decided with the photographs that are not here")
    rows = [dict(row) for found in manifests.values() for row in found]
    build.assign_splits(rows)
    assert [row["split"] for row in rows] == [row["split"] for found in manifests.values() for row in found]


def test_an_unknown_kind_stops_the_build(build, monkeypatch, tmp_path):
    (tmp_path / "list.csv").write_text("class,kind,source,path,name\nbird,owl,symbola,1F989,\n", "utf-8")
    with pytest.raises(SystemExit, match="do not exist: .*'lemon'"):
        build.read_curation(tmp_path / "list.csv")
    monkeypatch.setattr(build, "FAMILIES", {})
    row = build.read_curation(tmp_path / "list.csv")[0]
    assert (row["name"], row["family"]) == ("owl", "owl")


def test_another_package_than_the_pinned_one_is_refused_with_a_sentence(sources, tmp_path):
    package = sources.PACKAGES["openclipart"]
    assert package.file == "openclipart-svg_1%3a0.18+dfsg-19_all.deb"  # as apt-get names it
    (tmp_path / package.file).write_bytes(b"something else")
    with pytest.raises(SystemExit) as stop:
        sources.check(package, tmp_path / package.file)
    said = str(stop.value)
    assert package.sha256 in said and "Delete the file" in said
    assert said.count("SHA-256") == 1


def test_what_fetches_packages_is_named_where_it_is_missing(sources, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SystemExit, match="dpkg-deb is needed to get fonts-symbola: run this on Debian"):
        sources.fetch(sources.PACKAGES["symbola"], tmp_path)


# ---------------------------------------------------------------- Qt resources


def resource(version, files):
    """A Qt resource as rcc writes it: ``files`` in one folder, some of them compressed."""
    names, places, data, nodes = b"", {}, b"", []
    for name in ("folder", *files):
        places[name] = len(names)
        names += struct.pack(">HI", len(name), 0) + name.encode("utf-16-be")
    stamp = b"" if version == 1 else struct.pack(">Q", 0)
    nodes.append(struct.pack(">IHII", 0, 2, 1, 1) + stamp)
    nodes.append(struct.pack(">IHII", places["folder"], 2, len(files), 2) + stamp)
    for name, (blob, squeezed) in files.items():
        stored = struct.pack(">I", len(blob)) + zlib.compress(blob) if squeezed else blob
        nodes.append(struct.pack(">IHHHI", places[name], int(squeezed), 0, 0, len(data)) + stamp)
        data += struct.pack(">I", len(stored)) + stored
    tree = b"".join(nodes)
    head = struct.pack(">4sIIII", b"qres", version, 24, 24 + len(tree), 24 + len(tree) + len(data))
    return head + b"\0" * 4 + tree + data + names


@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_qt_resource_comes_back_file_by_file(sources, version):
    files = {"ä.txt": (b"plain", False), "large": (b"0" * 1000, True)}
    assert sources.read_rcc(resource(version, files)) == {"folder/ä.txt": b"plain", "folder/large": b"0" * 1000}


def test_what_is_no_resource_is_refused(sources):
    with pytest.raises(ValueError, match="no Qt resource"):
        sources.read_rcc(b"PK\3\4" + b"\0" * 30)


def test_readmes_credit_the_files_that_they_list(sources):
    readme = """Copyright: A. Author
    Source: https://example.org/owl
    License: CC-BY-SA 4.0
    Files:
    owl.webp
    old/owl.webp

    Copyright: B. Author
    License: Public Domain
    Comments: cropped
    Files: mouse.webp
    """
    said = sources.read_credits({"a/README": readme.encode(), "a/owl.webp": b""}, {"mouse.webp": "mice.webp"})
    owl = {"Copyright": "A. Author", "Source": "https://example.org/owl", "License": "CC-BY-SA 4.0"}
    assert said["a/owl.webp"] == said["a/old/owl.webp"] == owl
    assert said["a/mice.webp"]["Copyright"] == "B. Author" and "a/mouse.webp" not in said


# ---------------------------------------------------------------- drawings and pictures


@pytest.mark.parametrize(
    ("attributes", "box", "size"),
    [
        ('width="20" height="10"', [0, 0, 20, 10], [100, 50]),
        ('width="1in" height="2in"', [0, 0, 90, 180], [50, 100]),
        ('viewBox="5 5 30 60"', [5, 5, 30, 60], [50, 100]),
        ('viewBox="0,0,40,40" width="100%"', [0, 0, 40, 40], [100, 100]),
        ("", [0, 0, 600, 600], [100, 100]),
    ],
)
def test_a_drawing_gets_the_size_and_the_names_that_it_lacks(sources, attributes, box, size):
    svg = f'<?xml version="1.0"?><svg {attributes}><sodipodi:guide/><use xlink:href="#a"/></svg>'
    root = ElementTree.fromstring(sources.repair_svg(svg, 100))
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert [float(number) for number in root.attrib["viewBox"].split()] == box
    assert [float(root.attrib[name]) for name in ("width", "height")] == size


def test_a_repaired_drawing_is_drawn_whole(sources):
    pytest.importorskip("resvg_py")
    image = sources.draw_svg('<svg width="20" height="10"><rect width="20" height="10" fill="red"/></svg>', 100)
    assert image.size == (100, 50)
    assert (np.asarray(image) == [255, 0, 0, 255]).all()


def test_only_what_says_public_domain_has_an_author(sources):
    said = """<svg><metadata><cc:Work><dc:creator><cc:Agent><dc:title>Ann  Author</dc:title></cc:Agent></dc:creator>
    <cc:license rdf:resource="http://web.resource.org/cc/PublicDomain"/></cc:Work></metadata></svg>"""
    assert sources.svg_author(said) == "Ann Author"
    assert sources.svg_author(said.replace("PublicDomain", "Attribution")) is None
    assert sources.svg_author("<svg/>") is None


def test_a_cut_out_fills_its_tile_on_white(build):
    image = np.zeros((50, 200, 4), np.uint8)
    image[20:30, 60:100] = [0, 0, 200, 255]
    image[22:24, 62:64, 3] = 0  # a hole
    found = build.tile(Image.fromarray(image))
    inked = (found < 200).any(-1)
    assert found.shape == (TILE, TILE, 3)
    assert inked.any(0).sum() == TILE - 2 * build.MARGIN and inked.any(1).sum() == (TILE - 2 * build.MARGIN) // 4
    assert (found[0] == 255).all() and (found[TILE // 2] == [0, 0, 200]).all(-1).sum() > 100


def test_of_a_scene_the_square_is_cut_out_that_shows_the_subject(build):
    scene = np.full((100, 300, 3), 40, np.uint8)
    scene[:, 200:] = [250, 0, 0]
    middle, right = (build.tile(Image.fromarray(scene), centre)[10:-10, 10:-10] for centre in (0.5, 1.0))
    assert (middle == 40).all() and (right == [250, 0, 0]).all()


def test_a_thing_before_a_white_wall_is_no_scene(build):
    image = np.full((100, 300, 3), 252, np.uint8)
    image[40:60, 20:280] = 30
    inked = (build.tile(Image.fromarray(image)) < 200).any(-1)
    assert inked.any(0).sum() == TILE - 2 * build.MARGIN  # whole, and not its middle third


def test_grey_drawings_are_sketches(build):
    picture = np.full((TILE, TILE, 3), 255, np.uint8)
    picture[20:60] = 90
    assert not build.is_colourful(picture)
    picture[20:24, :, 0] = 160
    assert build.is_colourful(picture)


def test_sketches_are_kept_without_loss_and_the_rest_nearly(build, tmp_path):
    tiles = np.repeat(np.repeat(np.array([0, 17, 238, 255] * 6, np.uint8), TILE)[:, None], TILE, 1)
    tiles = np.repeat(tiles.reshape(24, TILE, TILE)[..., None], 3, -1)
    for domain, bound in (("sketch", 0), ("photo", 12)):
        build.write_atlas(list(tiles), tmp_path / f"{domain}.webp")
        with Image.open(tmp_path / f"{domain}.webp") as image:
            atlas = np.asarray(image.convert("RGB")).astype(int)
        assert atlas.shape == (2 * TILE, build.COLUMNS * TILE, 3)
        assert np.abs(atlas[:TILE, TILE : 2 * TILE] - tiles[1]).max() <= bound
        assert (atlas[TILE:, 4 * TILE :] >= 255 - bound).all()


def test_photographs_of_emoji_are_of_emoji_that_exist(build):
    sys.path.insert(0, str(data_folder()))
    try:
        photos = importlib.import_module("build_emoji_photos")
    finally:
        sys.path.remove(str(data_folder()))
    with (data_folder() / "emoji" / "manifest.csv").open(encoding="utf-8", newline="") as file:
        emoji = list(csv.DictReader(file))
    rows = photos.matched(emoji)
    folder = data_folder() / "emoji" / "tuxpaint"
    if folder.is_dir():
        found = csv.DictReader((folder / "manifest.csv").read_text("utf-8").splitlines())
        assert [(row["name"], row["path"]) for row in found] == [(row["name"], row["path"]) for row in rows]
    with pytest.raises(SystemExit, match="PHOTOS names emoji that do not exist: .*'owl'"):
        photos.matched([row for row in emoji if row["name"] != "owl"])
