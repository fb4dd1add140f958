"""Digits in two domains: scikit-learn's as they are in ``digits``, and MNIST's beside them."""

import csv

import numpy as np
import pytest

from gca_viz.datasets import Selection, load_dataset, pick
from gca_viz.datasets.bundled import mnist as module
from gca_viz.datasets.bundled.atlas import data_folder, tiles_of
from gca_viz.errors import InputError
from gca_viz.geometry.metrics import knn_accuracy
from gca_viz.views import make_views


@pytest.fixture(scope="module")
def both():
    return load_dataset("digits-mnist")


@pytest.fixture(scope="module")
def rows():
    with (data_folder() / "mnist" / "manifest.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def tiles(rows):
    return tiles_of(data_folder() / "mnist" / "mnist.webp", len(rows), module.TILE, "build_mnist.py")


def test_the_first_domain_is_the_digits_of_before(both):
    digits = load_dataset("digits")
    first = both.domains == 0
    for field in ("images", "labels", "held_out", "identities"):
        assert (getattr(both, field)[first] == getattr(digits, field)).all(), field
    assert both.names[: len(digits)] == digits.names and first[: len(digits)].all()
    # A link of before draws what it drew.
    assert digits.domain_names == ("digits",) and digits.content_id == "1d175ac139fa8563"


def test_a_line_of_the_manifest_is_an_image_of_the_second_domain(both, rows):
    second = both.domains == 1
    assert second.sum() == len(rows) == 1800 == len({row["number"] for row in rows})
    assert [str(label) for label in both.labels[second]] == [row["class"] for row in rows]
    assert both.names[-1] == f"{rows[-1]['class']} (MNIST, no. {rows[-1]['number']})"
    assert not both.shares_identities and load_dataset("emoji").shares_identities


def test_both_domains_are_dark_ink_in_the_whole_of_a_white_frame(both):
    ink = 255 - both.images.astype(int)
    assert (ink == ink[..., :1]).all(), "grey"
    corners = np.concatenate([ink[:, row, column, 0] for row in (0, -1) for column in (0, -1)])
    assert (corners > 200).mean() < 0.05
    for domain in (0, 1):
        box = ink[both.domains == domain, ..., 0] > 40
        longest = np.maximum(box.any(2).sum(1), box.any(1).sum(1))
        assert longest.min() >= 29 and longest.max() == 32


def test_all_ink_of_a_digit_is_in_its_tile(tiles):
    ink = tiles[..., 0] < 255
    rows, columns = ink.any(2), ink.any(1)
    assert np.maximum(rows.sum(1), columns.sum(1)).min() >= 19, "MNIST drew them into 20 × 20"
    for lines in (rows, columns):  # as much white before the ink as after it
        assert np.abs(lines.argmax(1) - lines[:, ::-1].argmax(1)).max() <= 1


def test_a_fifth_of_every_class_is_held_out_in_each_domain(both):
    for domain in (0, 1):
        for label in range(10):
            share = both.held_out[(both.labels == label) & (both.domains == domain)].mean()
            assert share == pytest.approx(0.2, abs=0.003)


def test_classes_are_the_same_and_domains_are_not(both):
    pixels = both.images[..., 0].reshape(len(both), -1).astype(np.float32)
    pixels = 255 - pixels
    train, test = ~both.held_out, both.held_out
    across, within = [], []
    for asked in (0, 1):
        queries = test & (both.domains == asked)
        for known in (0, 1):
            given = train & (both.domains == known)
            share = knn_accuracy(pixels[given], both.labels[given], pixels[queries], both.labels[queries])
            (within if asked == known else across).append(share)
    assert min(across) > 0.4, "a digit of one domain is told from the other's"
    assert min(within) > max(across) + 0.1, "and better from its own"


def test_a_stratified_batch_has_as_many_of_each_class_and_domain(both):
    batch = pick(both, Selection("stratified", 40))
    assert (np.bincount(10 * batch.domains + batch.labels) == 2).all()


def test_a_partner_in_the_other_domain_is_of_the_same_class(both):
    batch = pick(both, Selection("random", 8))
    with pytest.raises(InputError, match="'digits-mnist', which exists in one domain only"):
        make_views(batch, "cross-style")
    partners = make_views(batch, "cross-class").second_indices
    assert (both.labels[partners] == batch.labels).all() and (both.domains[partners] != batch.domains).all()


def test_the_licence_is_named_where_the_picture_is(both):
    folder = data_folder()
    for notice in (folder / "mnist" / "LICENSE.md", folder / "LICENSES.md"):
        assert "creativecommons.org/licenses/by-sa/3.0" in notice.read_text("utf-8")
    assert both.attribution[1].endswith("CC-BY-SA-3.0") and "LeCun" in both.attribution[1]
    assert (folder / "mnist" / "mnist.webp").stat().st_size < 500_000


def test_a_missing_atlas_is_named(monkeypatch, tmp_path, rows):
    (tmp_path / "mnist").mkdir()
    manifest = (data_folder() / "mnist" / "manifest.csv").read_bytes()
    (tmp_path / "mnist" / "manifest.csv").write_bytes(manifest)
    monkeypatch.setattr(module, "data_folder", lambda: tmp_path)
    with pytest.raises(InputError, match=r"mnist\.webp; the bundled data must be complete"):
        module.load_digits_mnist()
