import numpy as np
import pytest
import torch

from gca_viz.datasets import Selection, load_dataset, pick
from gca_viz.errors import InputError
from gca_viz.views import VIEWS, Augmentation, augment, make_views, to_tensor, to_uint8


@pytest.fixture(scope="module")
def batch():
    return pick(load_dataset("emoji"), Selection(mode="stratified", size=24, seed=3))


@pytest.mark.parametrize("preset", VIEWS)
def test_a_seed_fixes_both_views_and_another_seed_changes_them(batch, preset):
    one, again, other = (make_views(batch, preset, seed=seed) for seed in (5, 5, 6))
    for view in ("first", "second"):
        images = getattr(one, view)
        assert torch.equal(images, getattr(again, view))
        assert images.shape == (24, 3, 64, 64)
        assert images.min() >= 0 and images.max() <= 1
    assert torch.equal(one.first, other.first) == (VIEWS[preset].augmentation == Augmentation())


def test_no_augmentation_and_no_strength_leave_the_image_alone(batch):
    original = to_tensor(batch.images)
    assert torch.equal(make_views(batch, "none").second, original)
    assert torch.equal(make_views(batch, "simclr", strength=0).first, original)
    assert np.array_equal(to_uint8(original), batch.images)


def test_the_views_differ_from_each_other_and_more_with_strength(batch):
    original = to_tensor(batch.images)
    change = [
        (make_views(batch, "simclr", strength=strength, seed=1).first - original).abs().mean()
        for strength in (0.25, 0.5, 1.0)
    ]
    assert change[0] < change[1] < change[2]
    views = make_views(batch, "simclr", seed=1)
    assert (views.first - views.second).abs().mean() > 0.02


def test_the_other_style_shows_the_same_thing_in_another_domain(batch):
    views = make_views(batch, "cross-style", seed=2)
    dataset = batch.dataset
    assert np.array_equal(dataset.identities[views.second_indices], batch.identities)
    assert (dataset.domains[views.second_indices] != batch.domains).all()
    assert torch.equal(views.second, to_tensor(dataset.images[views.second_indices]))


def test_a_classmate_in_another_style_is_of_the_class_of_another_domain_and_of_the_same_split(batch):
    views = make_views(batch, "cross-class", seed=2)
    dataset, second = batch.dataset, views.second_indices
    assert np.array_equal(dataset.labels[second], batch.labels)
    assert (dataset.domains[second] != batch.domains).all()
    assert np.array_equal(dataset.held_out[second], dataset.held_out[batch.indices])
    assert (dataset.identities[second] != batch.identities).any()
    assert torch.equal(views.second, to_tensor(dataset.images[second]))


@pytest.mark.parametrize("preset", ["cross-style", "cross-class"])
def test_partners_come_from_the_domains_that_are_named(preset):
    dataset = load_dataset("emoji")
    noto = pick(dataset, Selection(size=24, domains=("noto",)))
    views = make_views(noto, preset, partner_domains=("twemoji", "fluent"))
    found = {dataset.domain_names[domain] for domain in dataset.domains[views.second_indices]}
    assert found == {"twemoji", "fluent"}
    with pytest.raises(InputError, match=r"no partner in noto; .* Let partners come from other domains"):
        make_views(noto, preset, partner_domains=("noto",))
    with pytest.raises(InputError, match="partner_domains = 'oil'"):
        make_views(noto, preset, partner_domains=("oil",))


@pytest.mark.parametrize("preset", ["cross-style", "cross-class"])
def test_another_style_needs_several_domains(preset):
    digits = pick(load_dataset("digits"), Selection(size=4))
    with pytest.raises(InputError, match="domain"):
        make_views(digits, preset)


def test_erase_paints_one_square_of_its_share_and_nothing_else():
    images = torch.rand(16, 3, 32, 32) * 0.4
    erased = augment(images, Augmentation(erase=0.5), strength=1, generator=torch.Generator().manual_seed(0))
    changed = (erased != images).any(1)
    assert (changed.sum((1, 2)) == round(32 * 0.5**0.5) ** 2).all()
    assert (erased.permute(0, 2, 3, 1)[changed] == 0.5).all()
    for mask in changed:
        rows, columns = mask.any(1), mask.any(0)
        assert mask[rows][:, columns].all()


def test_grey_has_no_colour_and_flip_mirrors():
    images = torch.rand(8, 3, 16, 16)
    grey = augment(images, Augmentation(grayscale=1), strength=1, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(grey[:, 0], grey[:, 1]) and torch.allclose(grey[:, 1], grey[:, 2])
    flipped = augment(images, Augmentation(flip=1), strength=1, generator=torch.Generator().manual_seed(0))
    assert torch.equal(flipped, images.flip(-1))


def test_contrast_keeps_the_mean_grey_and_brightness_scales():
    images = torch.full((64, 3, 4, 4), 0.2)
    images[..., 2:] = 0.6
    only = {"brightness": 0.0, "contrast": 0.0, "saturation": 0.0, "hue": 0.0, "jitter": 1.0}
    draw = torch.Generator().manual_seed(0)
    contrasted = augment(images, Augmentation(**only | {"contrast": 0.5}), strength=1, generator=draw)
    assert torch.allclose(contrasted.mean((1, 2, 3)), torch.tensor(0.4), atol=1e-3)
    spread = contrasted.amax((1, 2, 3)) - contrasted.amin((1, 2, 3))
    assert spread.min() < 0.3 and spread.max() > 0.5 and (spread >= 0.199).all() and (spread <= 0.601).all()
    brighter = augment(images, Augmentation(**only | {"brightness": 0.5}), strength=1, generator=draw)
    ratio = brighter / images
    assert torch.allclose(ratio, ratio[:, :1, :1, :1].expand_as(ratio), atol=1e-3)
    assert ratio.min() < 0.7 and ratio.max() > 1.3


def test_a_strong_crop_shows_a_part_of_the_image():
    ramp = torch.linspace(0, 1, 64).expand(32, 3, 64, 64).contiguous()
    cropped = augment(ramp, Augmentation(crop=(0.05, 0.15)), strength=1, generator=torch.Generator().manual_seed(0))
    span = cropped.amax((1, 2, 3)) - cropped.amin((1, 2, 3))
    # A crop of area share s and aspect up to 7/6 : 1 spans about the square root of s of the ramp.
    assert (span < 0.15**0.5 * 1.2).all() and (span > 0.05**0.5 * 0.8).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"preset": "zoom"}, "'zoom'.*simclr"), ({"strength": 3}, "strength"), ({"strength": -1}, "strength")],
)
def test_mistakes_are_told(batch, arguments, message):
    with pytest.raises(InputError, match=message):
        make_views(batch, **arguments)


@pytest.mark.parametrize("preset", ["simclr", "noisy", "crop"])
def test_a_part_of_a_batch_gets_the_views_that_it_has_in_the_whole(batch, preset):
    images = to_tensor(batch.images)
    change = VIEWS[preset].augmentation

    def view(part, start):
        generator = torch.Generator().manual_seed(5)
        return augment(part, change, strength=1.0, generator=generator, part=(start, len(images)))

    whole = view(images, 0)
    for start, stop in ((0, 3), (3, len(images)), (4, 5)):
        assert torch.allclose(view(images[start:stop], start), whole[start:stop], atol=1e-6)


def test_each_noisy_view_is_one_of_the_three(batch):
    images = to_tensor(np.concatenate([batch.images] * 8))
    noisy = augment(images, VIEWS["noisy"].augmentation, strength=1.0, generator=torch.Generator().manual_seed(0))
    grey = (noisy == 0.5).all(1).float().mean((1, 2))
    erased = (grey > 0.4).float().mean()
    assert 0.2 < erased < 0.5 and (noisy != images).flatten(1).any(1).all()


def test_strong_and_weak_views_are_those_of_simclr_and_of_its_crops_and_flips(batch):
    views, simclr = make_views(batch, "strong-weak", seed=4), make_views(batch, "simclr", seed=4)
    assert torch.equal(views.first, simclr.first)
    strong, weak = VIEWS["strong-weak"].augmentations
    assert weak == Augmentation(crop=strong.crop, flip=strong.flip) and VIEWS["simclr"].augmentations == (
        strong,
        strong,
    )
    still = augment(to_tensor(batch.images), weak, strength=1.0, generator=torch.Generator().manual_seed(2 * 4 + 1))
    assert torch.equal(views.second, still)
