"""Several views of each image: the first two are the pair, and each depends on the seed and its number alone."""

import numpy as np
import pytest
import torch

from gca_viz.datasets import Selection, load_dataset, pick
from gca_viz.errors import InputError
from gca_viz.views import VIEWS, ViewMaker, make_views, many_views


@pytest.fixture(scope="module")
def batch():
    return pick(load_dataset("emoji"), Selection(size=8))


def maker(batch, preset, seed=0):
    return ViewMaker.of(batch, preset, strength=1.0, seed=seed, partner_domains=(), device="cpu")


@pytest.mark.parametrize("preset", [name for name, preset in VIEWS.items() if not preset.words])
def test_the_first_two_are_the_pair_to_the_last_bit(batch, preset):
    pair, many = make_views(batch, preset, seed=3), many_views(batch, preset, count=4, seed=3)
    assert torch.equal(many[0], pair.first) and torch.equal(many[1], pair.second)


def test_a_view_depends_on_the_seed_and_its_number_alone(batch):
    few, many = many_views(batch, count=3, seed=5), many_views(batch, count=6, seed=5)
    assert torch.equal(many[:3], few)
    assert torch.equal(maker(batch, "simclr", 5).view(4), many[4])
    flat = many.flatten(1)
    assert all(not torch.equal(flat[a], flat[b]) for a in range(6) for b in range(a))


def test_no_view_is_one_of_the_next_seed(batch):
    here, there = many_views(batch, count=8, seed=0), many_views(batch, count=8, seed=1)
    assert not any(torch.equal(a, b) for a in here for b in there)


def test_kinds_alternate_where_there_are_two(batch):
    assert not maker(batch, "simclr").two_kinds and maker(batch, "strong-weak").two_kinds
    made = maker(batch, "cross-style")
    assert made.two_kinds
    assert torch.equal(made.view(4), made.view(0)) and torch.equal(made.view(5), made.view(1))
    assert not torch.equal(made.view(0), made.view(1))


@pytest.mark.parametrize("count", [1, 17, 2.5])
def test_too_few_or_too_many_are_refused(batch, count):
    with pytest.raises(InputError, match="views_count"):
        many_views(batch, count=count)


def test_one_image_has_many_views():
    one = pick(load_dataset("emoji"), Selection(size=1))
    views = many_views(one, count=16)
    assert views.shape[:2] == (16, 1) and np.isfinite(views.numpy()).all()
