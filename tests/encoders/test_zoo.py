import json
import runpy
import shutil

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from gca_viz.cli import make_parser
from gca_viz.cli.train import recipe_of
from gca_viz.datasets import load_dataset
from gca_viz.datasets.bundled.things import things_is_whole
from gca_viz.embedding.features import clean_features
from gca_viz.encoders import (
    SmallResNet,
    bundled,
    bundled_card,
    bundled_encoders,
    bundled_runs,
    encoder_id,
    load_encoder,
    outputs_of,
    save_checkpoint,
)
from gca_viz.encoders.bundled import bundled_files
from gca_viz.errors import InputError
from gca_viz.experiments.plan import engine
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.experiments.train import TrainingRecipe
from gca_viz.experiments.train.cards import command
from gca_viz.geometry.metrics import knn_accuracy
from gca_viz.views import to_tensor

NEEDED = {"random", "ince", "gca-ince", "gca-uot", "ince-cross-style", "image-text"}
#: trained by others
PRETRAINED = {"efficientnet-lite0", "efficientnet-lite0-224"}
TRAINERS = (
    "python -m gca_viz.experiments.train ",
    "python -m gca_viz.experiments.image_text ",
    "gca-viz train ",
)
#: made by a script of their own
SCRIPTS = {"distilled": "python models/distill.py", "image-text-lite0": "python models/build_image_text.py"}
#: trained by ``gca-viz train --on``, and what all of them may weigh
HEADS = {name: card for name, card in bundled_encoders().items() if "on" in card}
MOST_BYTES = 600_000
#: Tux Paint's photographs are under the GPL and may be left out of data/
needs_all_things = pytest.mark.skipif(not things_is_whole(), reason="left out")


@pytest.fixture(scope="module")
def images():
    return load_dataset("emoji").images[::200]


@pytest.fixture(scope="module")
def things():
    return load_dataset("things")


def test_the_zoo_has_what_the_app_promises_and_says_where_it_comes_from():
    cards = bundled_encoders()
    assert set(cards) >= NEEDED | PRETRAINED | set(SCRIPTS)
    content_id = load_dataset("emoji").content_id
    for name, card in cards.items():
        if name in PRETRAINED:
            assert card["licence"] and card["source"] and card["changes"]
        else:
            trained = card["command"].startswith(TRAINERS) and name in card["command"]
            assert trained or card["command"] == SCRIPTS[name]
            assert name in HEADS or card["data"]["content_id"] == content_id, f"{name} was trained on other data"
        for output in outputs_of(name):
            measured = card["held_out"][output]
            assert {"knn_class", "linear_class", "balanced_class", "knn_domain", "linear_domain"} <= set(measured)


def test_trained_beats_random_on_held_out_families_as_the_cards_say():
    cards = bundled_encoders()
    score = {name: card["held_out"]["backbone"]["linear_class"] for name, card in cards.items()}
    for name in NEEDED - {"random"}:
        assert score[name] > score["random"] + 0.03


def test_the_script_makes_the_heads_that_ship_each_by_the_command_of_its_card():
    script = runpy.run_path(str(bundled.MODELS / "train_zoo.py"))
    made = script["HEADS"] | script["COURSES"]
    assert list(HEADS) == [name for name in made if name not in script["SERIES"]]
    for name, card in HEADS.items():
        title, words = made[name]
        recipe = recipe_of(make_parser("train").parse_args(["train", f"runs/{name}", *words]))
        assert recipe == TrainingRecipe.from_dict(card["recipe"]) and title == card["title"]
        assert command(recipe, f"runs/{name}", title) == card["command"]


@needs_all_things
def test_heads_were_trained_on_the_data_that_ship(things):
    for name, card in HEADS.items():
        data = card["recipe"]["data"]
        assert card["data"]["content_id"] == (things if data == "things" else load_dataset(data)).content_id, name


def test_heads_stand_on_the_encoder_whose_name_their_folder_has_and_take_little_room(things):
    clean = clean_features(things, load_encoder("efficientnet-lite0-224"))[:8]
    for name, card in HEADS.items():
        on, file = card["on"], bundled_files(name)[-1]
        assert file.parent.name == on["name"] and encoder_id(on["name"], on["output"]) == on["content_id"]
        encoder = load_encoder(name)
        assert (encoder.below.content_id, encoder.report.verdict) == (on["content_id"], "usable")
        z = encoder.on_top(clean)
        assert z.shape == (8, 64) and z.isfinite().all() and z.std(0).min() > 0
    assert len({encoder_id(name) for name in HEADS}) == len(HEADS)
    assert sum(file.stat().st_size for name in HEADS for file in bundled_files(name)) < MOST_BYTES


@needs_all_things
@pytest.mark.parametrize("method", ["ince", "gca-ince"])
def test_photographs_find_clip_art_of_their_class_under_a_head_that_learnt_to(method):
    """Classes are blocks of the plan that jump to the eye, on images that were held out."""

    def mass_on_class(encoder):
        asked = {"data": "things", "views": "cross-class", "domains": ("photo",), "partner_domains": ("clipart",)}
        recipe = Recipe().with_values(**asked, encoder=encoder, n=96, method="ince", vs="none", eps=0.1)
        of = engine.batch_of(recipe.data).dataset.labels
        partners = engine.views_of(recipe.data, recipe.views).second_indices
        same = engine.batch_of(recipe.data).labels[:, None] == of[partners]
        rows = engine.plan_of(recipe.inputs, recipe.method).matrix
        return float((rows / rows.sum(1, keepdim=True))[torch.from_numpy(same)].sum()) / len(same)

    assert mass_on_class(f"things-cross-{method}") > 0.7
    assert mass_on_class("efficientnet-lite0-224") < 0.4 and mass_on_class("things-random") < 0.4


@pytest.mark.parametrize("data", ["emoji", "things"])
def test_the_distilled_network_knows_the_classes_better_than_one_without_a_teacher(data):
    dataset = load_dataset(data)
    score = {}
    for name in ("ince", "distilled"):
        z = load_encoder(name, output="backbone").encode(to_tensor(dataset.images)).numpy()
        train, test = ~dataset.held_out, dataset.held_out
        score[name] = knn_accuracy(z[train], dataset.labels[train], z[test], dataset.labels[test])
    card = bundled_card("distilled")
    measured = card["held_out" if data == "emoji" else "held_out_things"]["backbone"]["knn_class"]
    assert score["distilled"] == pytest.approx(measured, abs=0.005)
    assert score["distilled"] > score["ince"] + 0.05


@pytest.mark.parametrize("output", ["projector", "backbone"])
def test_encoding_is_per_image_and_takes_bytes_or_floats(images, output):
    encoder = load_encoder("ince", output=output)
    z = encoder.encode(to_tensor(images))
    assert z.shape == (len(images), 64 if output == "projector" else 128)
    assert z.dtype == torch.float32
    one_by_one = torch.cat([encoder.encode(to_tensor(images[i : i + 1])) for i in range(len(images))])
    assert torch.allclose(z, one_by_one, atol=1e-4)
    as_bytes = encoder.encode(np.ascontiguousarray(images.transpose(0, 3, 1, 2)))
    assert torch.allclose(z, as_bytes, atol=1e-4)
    assert torch.allclose(z, encoder.encode(to_tensor(images), batch_size=7), atol=1e-4)


def test_outputs_and_weights_have_their_own_identity():
    ids = {load_encoder(name, output=output).content_id for name in NEEDED for output in ("projector", "backbone")}
    assert len(ids) == 2 * len(NEEDED)
    assert load_encoder("ince").content_id == load_encoder("ince").content_id


def test_progress_is_told_and_can_cancel(images):
    seen = []
    load_encoder("random").encode(to_tensor(images), batch_size=10, progress=seen.append)
    assert seen == sorted(seen) and seen[-1] == 1

    def cancel(share):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load_encoder("random").encode(to_tensor(images), progress=cancel)


def test_a_saved_checkpoint_comes_back_the_same(tmp_path, images):
    network = SmallResNet(width=8, projection=16).eval()
    path = tmp_path / "mine.safetensors"
    save_checkpoint(path, network, input_size=32, mean=(0.5, 0.4, 0.3), std=(0.2, 0.2, 0.2))
    loaded = load_encoder(path)
    assert loaded.mean == (0.5, 0.4, 0.3) and loaded.input_size == 32
    x = loaded.preprocess(to_tensor(images))
    with torch.inference_mode():
        assert torch.equal(loaded.encode(to_tensor(images)), network(x))


def test_unusable_files_and_names_are_refused_with_a_sentence(tmp_path):
    with pytest.raises(InputError, match="bundled encoders are.*ince"):
        load_encoder("resnet-1000")
    with pytest.raises(InputError, match="projector and backbone"):
        load_encoder("ince", output="logits")
    torn = tmp_path / "torn.safetensors"
    torn.write_bytes(b"\x10\x00\x00\x00\x00\x00\x00\x00{")
    with pytest.raises(InputError, match="torn.safetensors"):
        load_encoder(torn)
    foreign = tmp_path / "foreign.safetensors"
    save_file({"weight": torch.zeros(2)}, foreign)
    with pytest.raises(InputError, match="not this architecture: .*weight"):
        load_encoder(foreign)


def test_images_of_a_wrong_shape_are_refused():
    with pytest.raises(InputError, match=r"\(2, 32, 32, 3\).*N × 3"):
        load_encoder("random").encode(np.zeros((2, 32, 32, 3), np.uint8))


@pytest.fixture
def run_that_ships(tmp_path, monkeypatch):
    """A run of two epochs beside the bundled encoders: the untrained network and a trained one."""
    for epoch, name in ((0, "random"), (50, "ince")):
        for ending in ("safetensors", "json"):
            target = tmp_path / "ince" / f"epoch-{epoch:03d}.{ending}"
            target.parent.mkdir(exist_ok=True)
            shutil.copy(bundled.MODELS / f"{name}.{ending}", target)
    monkeypatch.setattr(bundled, "RUNS", tmp_path)


def test_the_epochs_of_a_run_are_encoders_of_their_own(run_that_ships, images):
    run = bundled_runs()["ince"]
    assert run == {0: "ince@0", 50: "ince@50"}
    x = to_tensor(images)
    assert torch.equal(load_encoder("ince@50").encode(x), load_encoder("ince").encode(x))
    assert not torch.allclose(load_encoder("ince@0").encode(x), load_encoder("ince").encode(x))
    assert bundled_card("ince@50") == bundled_card("ince") != bundled_card("ince@0")
    for wrong in ("ince@3", "ince@050", "ince@", "../ince@50", "nothing@50"):
        with pytest.raises(InputError, match="the bundled encoders are"):
            load_encoder(wrong)


def test_files_that_a_card_names_are_one_encoder_the_later_module_in_place_of_the_earlier(
    tmp_path, monkeypatch, images
):
    """A projector of its own stands on the backbone of another file, and that file's own projector is gone."""
    ours = load_file(bundled.MODELS / "ince.safetensors")
    mine = {"projector.0.weight": torch.randn(5, 128), "projector.0.bias": torch.randn(5)}
    save_file(mine, tmp_path / "mine.safetensors", metadata={"input_size": "16"})
    (tmp_path / "heads").mkdir()
    for ending in ("safetensors", "json"):
        shutil.copy(bundled.MODELS / f"ince.{ending}", tmp_path)
    card = {"title": "Mine", "files": ["ince.safetensors", "mine.safetensors"]}
    (tmp_path / "heads" / "mine.json").write_text(json.dumps(card))
    monkeypatch.setattr(bundled, "MODELS", tmp_path)
    encoder, plain = load_encoder("mine"), load_encoder("ince", output="backbone", input_size=16)
    assert encoder.input_size == 16 and encoder.card == card and set(bundled_encoders()) == {"ince", "mine"}
    features = plain.encode(to_tensor(images))
    expected = torch.nn.functional.linear(features, mine["projector.0.weight"], mine["projector.0.bias"])
    assert torch.allclose(encoder.encode(to_tensor(images)), expected, atol=1e-4)
    assert encoder.report.verdict == "usable" and not encoder.report.ignored
    assert encoder.report.matched == len([name for name in ours if not name.startswith("projector.")]) + 2
    assert encoder.content_id != plain.content_id
