import pytest
import torch

from gca_viz.datasets import Batch, load_dataset
from gca_viz.embedding.features import augmented_features, clean_features
from gca_viz.encoders import Encoder, load_encoder
from gca_viz.views import UNCHANGED, VIEWS, augment, to_tensor

STANDARD = VIEWS["simclr"].augmentation


@pytest.fixture
def batch():
    return Batch(load_dataset("digits"), range(0, 1500, 15))  # 100 images, two steps


@pytest.fixture
def encoder():
    return load_encoder("random", output="backbone")


def test_a_view_is_that_of_the_whole_batch_whatever_is_embedded_at_once(batch, encoder):
    found = augmented_features(batch, encoder, STANDARD, strength=0.5, count=2)
    for number, z in enumerate(found):
        generator = torch.Generator().manual_seed(number)
        views = augment(to_tensor(batch.images), STANDARD, strength=0.5, generator=generator)
        assert torch.allclose(z, encoder.encode(views), atol=1e-4)
    assert not torch.allclose(found[0], found[1], atol=1e-2)


def test_what_is_kept_is_not_embedded_again_and_more_views_begin_with_fewer(batch, encoder, monkeypatch):
    shares = []
    few = augmented_features(batch, encoder, VIEWS["noisy"].augmentation, strength=1, count=2)
    more = augmented_features(
        batch, encoder, VIEWS["noisy"].augmentation, strength=1, count=3, progress=shares.append
    )
    assert torch.equal(more[:2], few) and shares == sorted(shares) and shares[0] > 0.6 and shares[-1] == 1
    monkeypatch.setattr(Encoder, "encode", lambda *_, **__: pytest.fail("it was embedded before"))
    again = augmented_features(batch, encoder, VIEWS["noisy"].augmentation, strength=1, count=3)
    assert torch.equal(again, more)


def test_what_was_done_before_a_stop_is_kept(batch, encoder, monkeypatch):
    crop = VIEWS["crop"].augmentation

    def stop(share):
        if share > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        augmented_features(batch, encoder, crop, strength=1, count=2, progress=stop)
    calls = []
    encode = Encoder.encode
    monkeypatch.setattr(Encoder, "encode", lambda *a, **o: calls.append(1) or encode(*a, **o))
    augmented_features(batch, encoder, crop, strength=1, count=2)
    assert len(calls) == 2  # the steps of the second view alone


def test_what_changes_nothing_is_one_view_the_image_itself(batch, encoder):
    z = encoder.encode(to_tensor(batch.images))
    for change, strength in ((UNCHANGED, 1.0), (STANDARD, 0.0)):
        assert torch.allclose(augmented_features(batch, encoder, change, strength=strength, count=9), z[None])
    assert torch.allclose(clean_features(batch.dataset, encoder)[batch.indices.tolist()], z, atol=1e-5)
