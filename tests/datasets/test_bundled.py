import csv
from collections import defaultdict

import numpy as np
import pytest
from PIL import Image

from gca_viz.datasets import DATASETS, load_dataset
from gca_viz.datasets.bundled import emoji as module
from gca_viz.errors import InputError
from gca_viz.experiments.plan.result import PlanResult
from gca_viz.experiments.recipe.recipe import Recipe

TILE = module.TILE


@pytest.fixture(scope="module")
def emoji():
    return load_dataset("emoji")


@pytest.fixture(scope="module")
def digits():
    return load_dataset("digits")


@pytest.fixture(scope="module")
def manifest():
    with (module.data_folder() / "emoji" / "manifest.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def ink(images):
    """How dark each of 16 × 16 blocks is, centred and of unit length, so that a product is a correlation."""
    grey = 255 - images.astype(np.float32).mean(-1)
    blocks = grey.reshape(len(grey), 16, 4, 16, 4).mean((2, 4)).reshape(len(grey), -1)
    blocks -= blocks.mean(1, keepdims=True)
    return blocks / np.linalg.norm(blocks, axis=1, keepdims=True)


def test_every_data_set_loads_under_its_name_and_once():
    for name, info in DATASETS.items():
        dataset = load_dataset(name)
        assert (dataset.name, dataset.title) == (name, info.title)
        assert load_dataset(name) is dataset


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(InputError, match="'emojis'; the data sets are things, emoji, "):
        load_dataset("emojis")


@pytest.mark.parametrize("domain", module.EMOJI_DOMAINS)
def test_an_atlas_has_a_drawn_tile_per_line_and_white_after_them(domain, manifest):
    with Image.open(module.data_folder() / "emoji" / f"{domain}.webp") as image:
        atlas = np.asarray(image.convert("RGB"))
    lines, columns = atlas.shape[0] // TILE, atlas.shape[1] // TILE
    assert atlas.shape == (lines * TILE, columns * TILE, 3)
    tiles = atlas.reshape(lines, TILE, columns, TILE, 3).transpose(0, 2, 1, 3, 4).reshape(-1, TILE, TILE, 3)
    drawn = (tiles < 250).any(-1).mean((1, 2))
    assert drawn[: len(manifest)].min() > 0.01
    assert (tiles[len(manifest) :] == 255).all()


def test_the_atlases_are_small_enough_to_ship():
    files = (module.data_folder() / "emoji").iterdir()
    assert sum(file.stat().st_size for file in files) < 8 * 2**20


def test_row_k_of_the_manifest_is_image_k_of_each_style(emoji, manifest):
    count = len(manifest)
    assert len(emoji) == 4 * count
    for style in range(4):
        rows = slice(style * count, (style + 1) * count)
        assert (emoji.domains[rows] == style).all()
        assert emoji.identities[rows].tolist() == list(range(count))
        assert emoji.names[rows] == tuple(row["name"] for row in manifest)
        assert [emoji.class_names[label] for label in emoji.labels[rows]] == [row["class"] for row in manifest]
        assert [("train", "heldout")[int(held)] for held in emoji.held_out[rows]] == [
            row["split"] for row in manifest
        ]
    assert emoji.texts[0] == "grinning face: " + manifest[0]["tags"].replace("|", ", ")
    assert len(emoji.texts) == len(emoji)


def test_each_emoji_is_there_once(manifest):
    for column in ("code_points", "name"):
        assert len({row[column] for row in manifest}) == len(manifest)


def test_the_four_styles_show_the_same_thing(emoji):
    # By shape alone 7 to 35 % find their partner; were a style shifted by one tile, nearly none would.
    count = len(emoji) // 4
    inks = [ink(emoji.images[style * count : (style + 1) * count]) for style in range(4)]
    for a in range(4):
        for b in range(a):
            found = (inks[a] @ inks[b].T).argmax(1) == np.arange(count)
            assert found.mean() > 0.05


def test_a_family_is_never_split(manifest):
    splits = defaultdict(set)
    for row in manifest:
        splits[row["family"]].add(row["split"])
    assert all(len(found) == 1 for found in splits.values())


def test_no_held_out_emoji_has_a_twin_in_train(emoji):
    count = len(emoji) // 4
    styles = [ink(emoji.images[style * count : (style + 1) * count]) for style in range(4)]
    likeness = sum(style @ style.T for style in styles) / 4
    held_out = emoji.held_out[:count]
    across = likeness[held_out][:, ~held_out]
    held, train = np.unravel_index(across.argmax(), across.shape)
    pair = [emoji.names[np.flatnonzero(held_out)[held]], emoji.names[np.flatnonzero(~held_out)[train]]]
    assert across.max() < 0.9, pair


def test_about_a_fifth_of_every_class_is_held_out(emoji):
    for label, name in enumerate(emoji.class_names):
        share = emoji.held_out[emoji.labels == label].mean()
        assert 0.15 < share < 0.25, name


def test_licences_are_named_for_every_style(emoji):
    text = (module.data_folder() / "LICENSES.md").read_text("utf-8")
    for domain, line in zip(emoji.domain_names, emoji.attribution, strict=True):
        licence = line.rsplit(", ", 1)[1]
        notice = next(row for row in text.splitlines() if f"emoji/{domain}.webp" in row)
        assert licence in {"MIT", "Apache-2.0", "CC-BY-4.0"} and licence in notice
    for file in ("MIT-fluent.txt", "Apache-2.0.txt", "MIT-emojibase.txt"):
        assert file in text
        assert "opyright" in (module.data_folder() / "licenses" / file).read_text("utf-8")


def test_digits_are_scikit_learns(digits):
    from sklearn.datasets import load_digits

    truth = load_digits()
    assert digits.labels.tolist() == truth.target.tolist()
    assert digits.images.shape == (1797, 32, 32, 3)
    blocks = digits.images[..., 0].reshape(-1, 8, 4, 8, 4)
    assert (blocks == blocks[:, :, :1, :, :1]).all()
    assert np.abs(255 - blocks[:, :, 0, :, 0] - truth.images * 255 / 16).max() <= 0.5
    for label in range(10):
        assert digits.held_out[digits.labels == label].mean() == pytest.approx(0.2, abs=0.003)


def test_content_ids_differ():
    assert len({load_dataset(name).content_id for name in DATASETS}) == len(DATASETS)


def test_a_missing_file_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(module, "data_folder", lambda: tmp_path)
    with pytest.raises(InputError, match=r"manifest\.csv; the bundled data must be complete"):
        module.load_emoji()


def test_a_manifest_of_another_atlas_is_refused(monkeypatch, tmp_path, manifest):
    (tmp_path / "emoji").mkdir()
    lines = ["code_points,name,class,tags,family,split", *["2600,sun,symbol,,sun,train"] * 100]
    (tmp_path / "emoji" / "manifest.csv").write_text("\n".join(lines), "utf-8")
    atlas = module.data_folder() / "emoji" / "fluent.webp"
    (tmp_path / "emoji" / "fluent.webp").write_bytes(atlas.read_bytes())
    monkeypatch.setattr(module, "data_folder", lambda: tmp_path)
    with pytest.raises(InputError, match=r"fluent.webp with 31 × 40 tiles for 100 lines of the manifest"):
        module.load_emoji()


def test_people_read_titles_and_links_say_names():
    dataset = load_dataset("emoji")
    assert dict(zip(dataset.class_names, dataset.class_titles, strict=True))["hand_body"] == "hand/body"
    assert dict(zip(dataset.domain_names, dataset.domain_titles, strict=True)) == {
        "fluent": "Fluent",
        "noto": "Noto",
        "twemoji": "Twemoji",
        "fluent-high-contrast": "Fluent high contrast",
    }
    recipe = Recipe().with_values(n=8, classes=("hand_body",), domains=("fluent-high-contrast",))
    result = PlanResult.of(recipe)
    assert [group.name for group in result.row_groups] == ["hand/body"]
    assert all("hand/body · Fluent high contrast · view" in text for text in result.point_texts)
    assert Recipe.from_query(recipe.to_query())[0].data == recipe.data
