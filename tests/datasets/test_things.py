"""Photographs, clip art and sketches: what the bundled files say, and that the set does without Tux Paint's."""

import csv
import re
from collections import defaultdict

import numpy as np
import pytest

from gca_viz.datasets import Selection, load_dataset, partner_in_other_domain, pick, supply
from gca_viz.datasets.bundled import things as module
from gca_viz.errors import InputError
from gca_viz.experiments.plan import engine
from gca_viz.experiments.plan.result import PlanResult
from gca_viz.experiments.plan.result_files import plan_csv
from gca_viz.experiments.recipe.recipe import Recipe

ALLOWED = re.compile(r"public domain|CC0-1\.0|CC-BY(-SA)?-[1-4]\.[05]|free for any use|GPL-2\.0-or-later")
FREE = ("openclipart", "symbola", "gcompris")


@pytest.fixture(scope="module")
def things():
    return load_dataset("things")


def listed(source):
    with (module.data_folder() / "things" / source / "manifest.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def manifest():
    sources = [source for source in (*FREE, "tuxpaint") if (module.data_folder() / "things" / source).is_dir()]
    return [{**row, "source": source} for source in sources for row in listed(source)]


@pytest.fixture
def without_tuxpaint(monkeypatch, tmp_path):
    (tmp_path / "things").mkdir()
    for source in FREE:
        (tmp_path / "things" / source).symlink_to(module.data_folder() / "things" / source)
    monkeypatch.setattr(module, "data_folder", lambda: tmp_path)
    return module.load_things()


def test_line_k_of_the_manifests_is_image_k(things, manifest):
    assert len(things) == len(manifest)
    assert things.images.shape[1:] == (module.TILE, module.TILE, 3)
    for column, of in (
        ("class", [things.class_names[label] for label in things.labels]),
        ("domain", [things.domain_names[domain] for domain in things.domains]),
        ("name", things.names),
        ("text", things.texts),
        ("split", [("train", "heldout")[int(held)] for held in things.held_out]),
    ):
        assert [row[column] for row in manifest] == list(of), column
    assert (things.images < 250).any(-1).mean((1, 2)).min() > 0.01  # no tile is empty


def test_every_picture_has_an_author_and_a_licence_that_allows_this(things, manifest):
    for row, credit in zip(manifest, things.credits, strict=True):
        assert ALLOWED.fullmatch(row["licence"]), row["path"]
        assert row["author"].strip(), row["path"]
        assert credit == f"{row['author']}, {row['licence']}"
        assert ("GPL" in row["licence"]) <= (row["source"] == "tuxpaint")


def test_the_pages_of_credits_name_every_picture(manifest):
    pages = defaultdict(list)
    for row in manifest:
        if not pages[row["source"]]:
            text = (module.data_folder() / "things" / row["source"] / "LICENSES.md").read_text("utf-8")
            pages[row["source"]] = [line.split(" | ", 2) for line in text.splitlines() if line.startswith("| ")]
        file = row["path"].replace("/resource/", "/").removeprefix("gcompris/src/activities/")
        assert any(
            (licence, author) == (f"| {row['licence']}", row["author"]) and file in files
            for licence, author, files in pages[row["source"]]
        ), row["path"]


def test_a_kind_has_one_class_and_a_family_is_never_split(manifest):
    classes, splits = defaultdict(set), defaultdict(set)
    for row in manifest:
        classes[row["kind"]].add(row["class"])
        splits[row["family"]].add(row["split"])
        splits[row["kind"]].add(row["split"])
    assert {len(found) for found in (*classes.values(), *splits.values())} == {1}


def test_no_picture_is_there_twice(manifest):
    assert len({(row["source"], row["path"]) for row in manifest}) == len(manifest)


def test_every_class_is_held_out_in_every_domain(things):
    if not module.things_is_whole():
        pytest.skip("photographs of six classes only")
    for label, name in enumerate(things.class_names):
        for domain, title in enumerate(things.domain_names):
            cell = things.held_out[(things.labels == label) & (things.domains == domain)]
            assert cell.sum() >= 3 and len(cell) >= 11, (name, title)
            assert 0.1 < cell.mean() < 0.4, (name, title)
    assert things.held_out.sum() >= 240


def test_no_held_out_picture_has_a_twin_in_train(things):
    small = things.images.reshape(len(things), 16, 8, 16, 8, 3).mean((2, 4)).reshape(len(things), -1)
    small -= small.mean(1, keepdims=True)
    small /= np.linalg.norm(small, axis=1, keepdims=True)
    across = small[things.held_out] @ small[~things.held_out].T
    held, train = np.unravel_index(across.argmax(), across.shape)
    pair = [
        things.names[np.flatnonzero(things.held_out)[held]],
        things.names[np.flatnonzero(~things.held_out)[train]],
    ]
    assert across.max() < 0.97, pair


def test_most_pictures_show_a_kind_that_another_domain_shows_too(things):
    shown = {identity: set(things.domains[members].tolist()) for identity, members in things.members.items()}
    partners = np.array([len(shown[identity]) > 1 for identity in things.identities.tolist()])
    assert partners.mean() > 0.7


def test_the_same_kind_in_every_domain(things):
    batch = pick(things, Selection("same identity", 30, split="all"))
    domains, identities = (of.reshape(10, 3) for of in (batch.domains, batch.identities))
    assert (domains == [0, 1, 2]).all()
    assert (identities == identities[:, :1]).all() and len(np.unique(identities)) == 10
    assert supply(things, Selection("same identity", split="all", domains=("photo", "sketch"))) % 2 == 0
    two = pick(things, Selection("same identity", 20, seed=3, domains=("photo", "sketch")))
    assert two.domains.tolist() == [0, 2] * 10
    assert not np.array_equal(two.indices, pick(things, Selection("same identity", 20, seed=4)).indices)


def test_a_kind_of_one_domain_has_no_partner_in_another(things):
    alone = int(np.flatnonzero([len(set(things.domains[m].tolist())) == 1 for m in things.members.values()])[0])
    image = int(next(m for k, m in enumerate(things.members.values()) if k == alone)[0])
    with pytest.raises(InputError, match="Draw the batch by 'same identity', or take a partner of the same class"):
        partner_in_other_domain(pick(things, Selection("chosen", indices=(image,))))
    batch = pick(things, Selection("same identity", 12))
    partners = partner_in_other_domain(batch, seed=1)
    assert (things.identities[partners] == batch.identities).all()
    assert (things.domains[partners] != batch.domains).all()
    assert things.held_out[partners].all()  # a kind is never split


def test_without_tux_paint_it_is_smaller_and_says_so(things, without_tuxpaint):
    smaller = without_tuxpaint
    count = len(smaller)
    assert count == sum(len(listed(source)) for source in FREE)
    assert np.array_equal(smaller.images, things.images[:count])
    for part in ("labels", "domains", "identities", "held_out"):
        assert np.array_equal(getattr(smaller, part), getattr(things, part)[:count]), part
    assert smaller.domain_names == things.domain_names and smaller.class_names == things.class_names
    assert "without Tux Paint" in smaller.title
    assert not any("GPL" in line for line in (*smaller.attribution, *smaller.credits))
    if module.things_is_whole():
        assert count < len(things)
        assert smaller.content_id != things.content_id


def test_the_gpl_comes_with_what_is_under_it():
    assert "licenses/GPL-2.txt" in (module.data_folder() / "LICENSES.md").read_text("utf-8")
    text = (module.data_folder() / "licenses" / "GPL-2.txt").read_text("utf-8")
    assert "GNU GENERAL PUBLIC LICENSE" in text and "Version 2, June 1991" in text


def test_a_manifest_of_another_atlas_is_refused(monkeypatch, tmp_path):
    folder = tmp_path / "things" / "openclipart"
    folder.mkdir(parents=True)
    home = module.data_folder() / "things" / "openclipart"
    lines = (home / "manifest.csv").read_text("utf-8").splitlines()
    (folder / "manifest.csv").write_text("\n".join(lines[:5]), "utf-8")
    (folder / "clipart.webp").write_bytes((home / "clipart.webp").read_bytes())
    monkeypatch.setattr(module, "data_folder", lambda: tmp_path)
    with pytest.raises(InputError, match=r"clipart\.webp with \d+ × 20 tiles for 4 lines"):
        module.load_things()


def test_a_missing_file_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(module, "data_folder", lambda: tmp_path)
    with pytest.raises(InputError, match=r"manifest\.csv; the bundled data must be complete"):
        module.load_things()


def test_a_view_says_the_name_of_the_image_that_it_shows(things):
    recipe = Recipe().with_values(data="things", n=24, views="cross-class")
    result, second = PlanResult.of(recipe), engine.views_of(recipe.data, recipe.views).second_indices
    shown = (result.batch.indices, second)
    for view, images in enumerate(shown):
        for sample, image in enumerate(images.tolist()):
            assert result.name(sample, view) == things.names[image]
            assert result.credit(sample, view) == things.credits[image]
            assert result.point_texts[24 * view + sample].startswith(f"{sample}: {things.names[image]} · ")
    heads = plan_csv(result, "gca-ince").splitlines()[0]
    assert f"{5}: {things.names[second[5]]}" in heads
    # A text is nobody's picture.
    words = PlanResult.of(Recipe().with_values(data="things", n=8, views="image-text", encoder="image-text"))
    assert words.credit(0, 0) and words.credit(0, 1) == ""
