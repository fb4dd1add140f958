"""Embeddings that ship are those that the network gives, and stand for nothing else."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from gca_viz.datasets import Selection, load_dataset, pick
from gca_viz.datasets.bundled.things import things_is_whole
from gca_viz.embedding import shipped
from gca_viz.embedding.embedding import embed
from gca_viz.encoders import Encoder, load_encoder
from gca_viz.experiments.plan import engine
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.views import make_views, to_tensor

NAME = "efficientnet-lite0-224"
ROUNDING = {
    "rtol": 2**-10,
    "atol": 1e-2,
}  # numbers of 16 bits; pixels as floats or bytes, other kinds of processors


@pytest.fixture(scope="module")
def things():
    return load_dataset("things")


@pytest.fixture
def runs(monkeypatch):
    """How many images the network embedded, call by call."""
    counts, encode = [], Encoder.encode

    def counted(self, images, **options):
        counts.append(len(images))
        return encode(self, images, **options)

    monkeypatch.setattr(Encoder, "encode", counted)
    return counts


def test_what_ships_is_what_the_network_gives(things, runs):
    images = to_tensor(things.images[::50])
    encoder = load_encoder(NAME)
    found = shipped.encode(encoder, images)
    assert runs == []
    computed = encoder.encode(images)
    assert computed.std() > 0.5 and torch.allclose(found, computed, **ROUNDING)
    assert F.cosine_similarity(found, computed).min() > 1 - 1e-5


@pytest.mark.skipif(not things_is_whole(), reason="left out")
def test_every_image_of_things_ships(things):
    rows, features = shipped._shipped(load_encoder(NAME).content_id)
    keys = {shipped.key_of(torch.from_numpy(image.copy()).permute(2, 0, 1)) for image in things.images}
    assert keys == rows.keys() and features.shape == (len(rows), load_encoder(NAME).report.widths["projector"])


@pytest.mark.parametrize(("name", "width"), [(NAME, 96), ("things-cross-ince", 64)])
@pytest.mark.parametrize("changes", [{"views": "none"}, {"views": "cross-class"}, {"strength": 0.0}])
def test_a_plan_of_images_as_they_are_does_not_run_the_network(runs, name, width, changes):
    recipe = Recipe().with_values(data="things", encoder=name, n=48, seed=3, **changes)
    found = engine.embeddings_of(recipe.inputs)
    assert runs == [] and found.z1.shape == found.z2.shape == (48, width)
    assert engine.plan_of(recipe.inputs, recipe.method).matrix.shape == (48, 48)


def test_only_what_was_changed_runs_the_network(things, runs):
    encoder, images = load_encoder(NAME), to_tensor(things.images[:6])
    images[2, :, :40, :40] = 0.123
    images[4] = images[4].flip(-1)
    shares = []
    found = shipped.encode(encoder, images, progress=shares.append)
    assert runs == [2] and shares[-1] == 1.0
    assert torch.allclose(found, encoder.encode(images), **ROUNDING)
    shipped.encode(encoder, to_tensor(things.images[:6]), progress=shares.append)
    assert runs == [2, 6] and shares[-1] == 1.0


@pytest.mark.parametrize(
    "of_another",
    [{"output": "backbone"}, {"input_size": 112}, {"mean": (0.5,) * 3, "std": (0.5,) * 3}],
)
def test_another_output_size_or_normalisation_runs_the_network(things, runs, of_another):
    encoder = load_encoder(NAME, **of_another)
    shipped.encode(encoder, to_tensor(things.images[:2]))
    assert runs == [2]


def test_views_that_augment_run_the_network(things, runs):
    batch = pick(things, Selection(size=6))
    found = embed(make_views(batch, "simclr"), load_encoder(NAME))
    assert sum(runs) == 12 and found.z1.shape == (6, 96)


def test_an_image_is_known_by_its_pixels_alone(things):
    image = torch.from_numpy(things.images[0].copy()).permute(2, 0, 1)
    key = shipped.key_of(image)
    assert key == shipped.key_of(image.contiguous()) == shipped.key_of(to_tensor(things.images[:1])[0])
    other = image.clone()
    other[0, 0, 0] ^= 1
    assert shipped.key_of(other) != key
    assert shipped.key_of(image.float() / 255 + 0.2 / 255) is None
    grey = np.zeros((2, 8, 3), np.uint8), np.zeros((8, 2, 3), np.uint8)
    assert len({shipped.key_of(torch.from_numpy(pixels).permute(2, 0, 1)) for pixels in grey}) == 2
