"""Emoji in five styles, the fifth a photograph of the same thing."""

import csv

import numpy as np
import pytest

from gca_viz.datasets import DATASETS, Selection, load_dataset, pick, supply
from gca_viz.datasets.bundled import emoji_photo as module
from gca_viz.errors import InputError
from tests.datasets.test_things import ALLOWED

pytestmark = pytest.mark.skipif(not module.emoji_photo_is_here(), reason="the photographs were left out")


@pytest.fixture(scope="module")
def both():
    return load_dataset("emoji-photo")


@pytest.fixture(scope="module")
def manifest():
    path = module.data_folder() / "emoji" / "tuxpaint" / "manifest.csv"
    return list(csv.DictReader(path.read_text("utf-8").splitlines()))


def test_four_styles_are_those_of_emoji(both):
    emoji, count = load_dataset("emoji"), len(both.members)
    total = len(emoji.members)
    place = {name: k for k, name in enumerate(emoji.names[:total])}
    for style in range(4):
        rows = slice(style * count, (style + 1) * count)
        same = [style * total + place[name] for name in both.names[rows]]
        assert np.array_equal(both.images[rows], emoji.images[same])
        assert np.array_equal(both.held_out[rows], emoji.held_out[same])
        assert both.texts[rows] == tuple(emoji.texts[k] for k in same)
        for mine, theirs in zip(both.labels[rows], emoji.labels[same], strict=True):
            assert both.class_names[mine] == emoji.class_names[theirs]
    # A link of before draws what it drew.
    assert len(emoji.domain_names) == 4 and "photo" not in emoji.domain_names


def test_every_identity_is_there_in_every_style(both, manifest):
    count = len(manifest)
    assert both.names == tuple(row["name"] for row in manifest) * 5
    assert all(len(members) == 5 for members in both.members.values()) and len(both.members) == count
    assert supply(both, Selection("same identity", split="all")) == len(both)
    assert (pick(both, Selection("same identity", 25)).domains.reshape(5, 5) == np.arange(5)).all()
    assert both.held_out.sum() >= 128  # a first batch


def test_every_photograph_has_its_credit_and_is_on_the_page(both, manifest):
    page = (module.data_folder() / "emoji" / "tuxpaint" / "LICENSES.md").read_text("utf-8")
    for row, credit in zip(manifest, both.credits[-len(manifest) :], strict=True):
        assert ALLOWED.fullmatch(row["licence"]) and row["author"] and row["path"] in page
        assert credit == f"{row['author']}, {row['licence']}"
    assert both.credits[0].startswith("Fluent Emoji (3D), Microsoft")


def test_photographs_are_drawn_as_large_as_the_other_styles(both):
    inked = (both.images < 240).any(-1)
    sizes = np.maximum(inked.any(1).sum(1), inked.any(2).sum(1))
    photo = both.domains == both.domain_names.index("photo")
    assert np.median(sizes[photo]) >= 58 and sizes[photo].min() > 40


def test_without_its_folder_it_says_what_is_missing(monkeypatch, tmp_path):
    (tmp_path / "emoji").mkdir()
    monkeypatch.setattr(module, "data_folder", lambda: tmp_path)
    assert not module.emoji_photo_is_here()
    with pytest.raises(InputError, match=r"tuxpaint/manifest\.csv; the bundled data must be complete"):
        module.load_emoji_photo()
    assert "emoji-photo" in DATASETS
