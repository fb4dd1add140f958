"""Corrupted pairs made on purpose, and whether small numbers find them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.metrics import auc, roc_auc_score

from gca_viz.datasets import UPLOADS, load_dataset, read_embeddings
from gca_viz.errors import InputError
from gca_viz.experiments.effects.noise import SCORES, corrupt, detect
from gca_viz.experiments.plan import engine
from gca_viz.experiments.plan.result_files import npz
from gca_viz.experiments.recipe.effects import CORRUPTIONS
from gca_viz.experiments.recipe.recipe import Recipe, ViewsRecipe
from gca_viz.report.effects_parts import pair_names, pair_pictures
from gca_viz.transport import align

RECIPE = Recipe().with_values(n=40)
INPUTS = RECIPE.inputs


@pytest.mark.parametrize("corruption", ["erase", "crop", "brightness"])
def test_only_view_1_of_bad_pairs_is_made_anew(corruption):
    clean, corrupted = engine.embeddings_of(INPUTS), corrupt(INPUTS, corruption, 0.25)
    extreme = engine.embeddings_of(replace(INPUTS, views=ViewsRecipe(corruption)))
    bad = torch.from_numpy(corrupted.mask)
    assert corrupted.mask.sum() == 10
    assert torch.equal(corrupted.embeddings.z2, clean.z2)
    assert torch.equal(corrupted.embeddings.z1[~bad], clean.z1[~bad])
    assert torch.equal(corrupted.embeddings.z1[bad], extreme.z1[bad])


@pytest.mark.parametrize(("share", "count"), [(0.0, 0), (0.02, 2), (0.25, 10), (0.9, 36)])
def test_swapped_pairs_keep_the_batch_and_lose_their_partner(share, count):
    clean, corrupted = engine.embeddings_of(INPUTS), corrupt(INPUTS, "swap", share)
    assert corrupted.mask.sum() == count
    same = (corrupted.embeddings.z2 == clean.z2).all(1).numpy()
    assert np.array_equal(~same, corrupted.mask)
    assert torch.equal(corrupted.embeddings.z2, clean.z2[corrupted.second])
    assert sorted(corrupted.embeddings.z2.sum(1).tolist()) == sorted(clean.z2.sum(1).tolist())


@pytest.mark.parametrize("views", ["simclr", "cross-style"])
def test_partners_from_outside_show_what_is_not_in_the_batch(views):
    recipe = RECIPE.with_values(views=views, split="all", classes=("animal", "food"))
    inputs = recipe.inputs
    clean, few, many = (
        engine.embeddings_of(inputs),
        corrupt(inputs, "outside", 0.1),
        corrupt(inputs, "outside", 0.5),
    )
    batch = engine.batch_of(recipe.data)
    assert few.mask.sum() == 4 and many.mask.sum() == 20 and (many.mask >= few.mask).all()
    for corrupted in (few, many):
        bad, outside = corrupted.mask, engine.batch_of(corrupted.outside)
        assert torch.equal(corrupted.embeddings.z1, clean.z1)
        assert torch.equal(corrupted.embeddings.z2[~bad], clean.z2[~bad])
        assert (corrupted.second[~bad] == np.flatnonzero(~bad)).all() and (corrupted.second[bad] >= 40).all()
        strangers = outside.indices[corrupted.second[bad] - 40]
        assert len(set(strangers)) == bad.sum()
        assert not set(batch.identities) & set(batch.dataset.identities[strangers])
        assert set(batch.dataset.labels[strangers]) <= set(batch.labels), "of the classes that were asked for"
        theirs = engine.embeddings_of(replace(inputs, data=corrupted.outside))
        assert torch.equal(corrupted.embeddings.z2, torch.cat([clean.z2, theirs.z2])[corrupted.second])
    # A larger share: the same ones with the same strangers, and more.
    assert torch.equal(many.embeddings.z2[few.mask], few.embeddings.z2[few.mask])
    assert np.array_equal(many.second[few.mask], few.second[few.mask])
    other = corrupt(replace(inputs, views=replace(recipe.views, seed=1)), "outside", 0.1)
    assert other.outside != few.outside


@pytest.fixture
def kept():
    """Keeps a data set as if a user had brought it: its recipe of 20 samples."""
    names = []

    def keep(dataset):
        names.append(UPLOADS.keep(dataset))
        return Recipe().with_values(data=names[-1], n=20, split="all", by="random", views="none")

    yield keep
    for name in names:
        UPLOADS.forget(name)


def test_partners_from_outside_of_given_embeddings_are_other_rows(kept):
    z1, z2 = np.random.default_rng(0).normal(size=(2, 30, 5)).astype(np.float32)
    recipe = kept(read_embeddings([("mine.npz", npz({"z1": z1, "z2": z2}))])[0])
    inputs = recipe.inputs
    corrupted, rows = corrupt(inputs, "outside", 0.5), engine.batch_of(recipe.data).indices
    theirs = corrupted.embeddings.z2[torch.from_numpy(corrupted.mask)].cpu().numpy()
    left = z2[np.setdiff1d(np.arange(30), rows)]
    assert sorted(theirs.tolist()) == sorted(left.tolist()), "all ten that are left"
    with pytest.raises(InputError, match="11 partners from outside the batch; 10 images") as error:
        corrupt(inputs, "outside", 0.55)
    assert "smaller batch" in str(error.value) and CORRUPTIONS["swap"] in str(error.value)


def test_partners_from_outside_of_brought_pairs_are_second_pictures(kept):
    first, second = np.random.default_rng(0).integers(0, 256, (2, 30, 32, 32, 3), np.uint8)
    digits = load_dataset("digits")
    dataset = replace(
        digits,
        images=first,
        second_images=second,
        identities=np.arange(30),
        names=tuple(map(str, range(30))),
        texts=(),
        **{name: getattr(digits, name)[:30] for name in ("labels", "domains", "held_out")},
    )
    recipe = kept(dataset).with_values(bad="outside", badshare=0.25)
    found = detect(recipe, (0.1,))
    for row in np.flatnonzero(found.first.mask):
        stranger = int(pair_names(recipe, found.first, row).split(" → ")[1])
        assert stranger not in engine.batch_of(recipe.data).indices
        assert np.array_equal(pair_pictures(recipe, found.first, row)[1], second[stranger])


def test_where_nothing_is_left_outside_there_is_a_sentence():
    everything = Recipe().with_values(by="chosen", images=tuple(range(1797)), data="digits")
    for recipe in (Recipe().with_values(data="digits", n=359), everything):
        with pytest.raises(InputError, match="; 0 images of what is not in the batch are left"):
            corrupt(recipe.inputs, "outside", 0.1)


def test_the_picture_of_a_bad_pair_is_that_of_the_stranger():
    recipe = RECIPE.with_values(bad="outside", badshare=0.25)
    found = detect(recipe, (0.1,))
    outside = engine.batch_of(found.first.outside)
    seen = engine.pictures_of(found.first.outside, recipe.views)[1]
    own = engine.pictures_of(RECIPE.data, RECIPE.views)
    for row in range(40):
        first, second = pair_pictures(recipe, found.first, row)
        stranger = int(found.first.second[row]) - 40
        bad = found.first.mask[row]
        assert np.array_equal(first, own[0][row])
        assert np.array_equal(second, seen[stranger] if bad else own[1][row])
        name = outside.names[stranger] if bad else engine.batch_of(recipe.data).names[row]
        assert pair_names(recipe, found.first, row).endswith(f" → {name}")


def test_a_larger_share_spoils_the_same_and_more_and_the_seed_decides_which():
    few, many = (corrupt(INPUTS, "erase", share).mask for share in (0.1, 0.4))
    assert (many >= few).all() and many.sum() > few.sum()
    other = corrupt(RECIPE.with_values(viewseed=1).inputs, "erase", 0.1).mask
    assert not np.array_equal(few, other)


@pytest.mark.parametrize("layout", ["auto", "joint"])
def test_the_areas_are_those_of_the_plans_of_the_api(layout):
    recipe = RECIPE.with_values(bad="erase", badshare=0.25, method="gca-uot", layout=layout)
    found = detect(recipe, (0.05, 1.0), seeds=2)
    corrupted = corrupt(INPUTS, "erase", 0.25)
    z, options = corrupted.embeddings, {} if layout == "auto" else {"layout": layout}
    plan = align(z.z1, z.z2, "gca-uot", epsilon=0.1, lambda1=1.0, lambda2=1.0, **options)
    row = plan.row_mass[:40].numpy()
    assert found.auc["row_mass"][0, 1] == pytest.approx(roc_auc_score(corrupted.mask, -row), abs=0.01)
    assert found.kept[0, 1] == pytest.approx(row[corrupted.mask].mean() / row[~corrupted.mask].mean(), rel=1e-3)
    cosine = torch.nn.functional.cosine_similarity(z.z1, z.z2).numpy()
    assert found.auc["cosine"][0] == pytest.approx(roc_auc_score(corrupted.mask, -cosine), abs=0.01)
    assert set(found.notable_pairs["row_mass"][1]) == set(row.round(6).argsort(kind="stable")[:8])
    assert np.array_equal(found.first.mask, corrupted.mask)
    for score in SCORES:
        alarms, hits = found.curves[score][1]
        assert auc(alarms, hits) == pytest.approx(found.auc[score][0, 1])


def test_the_mass_of_a_row_cannot_see_a_swap_and_the_pair_can():
    found = detect(RECIPE.with_values(bad="swap", badshare=0.3), (0.1,), seeds=3)
    assert 0.3 < found.auc["row_mass"].mean() < 0.7
    assert found.auc["pair_mass"].min() > 0.9


def test_a_row_whose_partner_left_the_batch_sends_less():
    found = detect(RECIPE.with_values(bad="outside", badshare=0.3), (0.1,), seeds=3)
    assert found.auc["row_mass"].min() > 0.75 and found.auc["pair_mass"].min() > 0.9
    assert found.kept.max() < 0.7


def test_nothing_to_find_is_a_sentence():
    for recipe in (RECIPE.with_values(badshare=0.0), Recipe().with_values(n=1, bad="swap", badshare=0.9)):
        with pytest.raises(InputError, match="at least one pair must be corrupted, and one clean"):
            detect(recipe, (0.1,))
