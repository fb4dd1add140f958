import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from gca_viz.datasets import load_dataset
from gca_viz.encoders import load_encoder
from gca_viz.encoders.hub import packages, pretrained
from gca_viz.encoders.hub.packages import PRETRAINED, available
from gca_viz.errors import InputError
from gca_viz.views import to_tensor
from tests.encoders.hub.loading import load_hub

NAME = "efficientnet-lite0"


@pytest.fixture(scope="module")
def styles():
    """The same 60 things in two styles, as images N × 3 × 64 × 64."""
    emoji = load_dataset("emoji")
    things = np.unique(emoji.identities)[::20][:60]
    first, second = (
        [np.flatnonzero((emoji.identities == thing) & (emoji.domains == domain))[0] for thing in things]
        for domain in (0, 1)
    )
    return to_tensor(emoji.images[first]), to_tensor(emoji.images[second])


def cosines(encoder, styles):
    first, second = (F.normalize(encoder.encode(images)) for images in styles)
    return first @ second.T


def recall(similar):
    return (similar.argmax(1) == torch.arange(len(similar))).float().mean().item()


def test_the_same_thing_in_another_style_is_more_alike_than_another_thing(styles):
    similar = cosines(load_hub(NAME), styles)
    same = similar.diagonal().mean()
    different = (similar.sum() - similar.trace()) / (similar.numel() - len(similar))
    assert same > different + 0.2
    assert recall(similar) > 2 * recall(cosines(load_encoder("random", output="backbone"), styles))


def test_it_names_a_photograph_only_with_the_normalisation_of_its_training():
    from sklearn.datasets import load_sample_image

    encoder = load_hub(NAME, input_size=224)
    usual = load_hub(NAME, input_size=224, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
    flower = to_tensor(load_sample_image("flower.jpg")[None, 24:404, 130:510])
    daisy = 985  # of ImageNet's classes
    with torch.inference_mode():
        sure, unsure = (
            e.network.network(e.preprocess(flower)).softmax(1)[0, daisy].item() for e in (encoder, usual)
        )
    assert sure > 2 * unsure


def test_embeddings_are_its_pooled_features_at_the_size_that_is_asked_for(styles):
    images = styles[0][:4]
    encoder = load_hub(NAME)
    assert encoder.input_size == 112 and encoder.encode(images).shape == (4, 1280)
    larger = load_hub(NAME, input_size=128)
    x = (F.interpolate(images, (128, 128), mode="bilinear", antialias=True) - 127 / 255) * 255 / 128
    with torch.inference_mode():
        pooled = larger.network.network.extract_features(x).mean((2, 3))
    assert torch.allclose(larger.encode(images), pooled, atol=1e-5)


def test_preprocessing_is_part_of_its_identity():
    ids = {
        load_hub(NAME, **given).content_id
        for given in ({}, {"input_size": 128}, {"mean": (0.5,) * 3, "std": (0.5,) * 3})
    }
    assert len(ids) == 3
    assert load_hub(NAME).content_id in ids


def test_the_report_says_that_there_is_no_projector():
    report = load_hub(NAME).report
    assert report.outputs == ("backbone",) and report.widths["backbone"] == PRETRAINED[NAME].width
    with pytest.raises(InputError, match="no projector"):
        load_hub(NAME, output="projector")


def test_it_is_available_without_being_imported(monkeypatch):
    for module in (PRETRAINED[NAME].package, PRETRAINED[NAME].code):
        monkeypatch.delitem(sys.modules, module, raising=False)
    assert available()
    assert PRETRAINED[NAME].code not in sys.modules
    monkeypatch.setattr(packages, "find_spec", lambda name: None)
    assert not available()


def test_without_the_packages_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, PRETRAINED[NAME].package, None)
    with pytest.raises(InputError, match=r"gca-viz\[pretrained\]"):
        load_hub(NAME)


def test_other_weights_are_refused_before_they_are_read(tmp_path, monkeypatch):
    package = tmp_path / "other_weights"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "weights.pth").write_bytes(b"not the known file")
    monkeypatch.syspath_prepend(tmp_path)
    entry = replace(PRETRAINED[NAME], package="other_weights", file="weights.pth")
    monkeypatch.setattr(pretrained, "PRETRAINED", {NAME: entry})
    with pytest.raises(InputError, match="not the known ones.*Install them again"):
        load_hub(NAME)


def test_unknown_names_and_impossible_sizes_are_refused():
    with pytest.raises(InputError, match="encoder = 'efficientnet-lite9'"):
        load_hub("efficientnet-lite9")
    with pytest.raises(InputError, match="input_size = -3"):
        load_hub(NAME, input_size=-3)
