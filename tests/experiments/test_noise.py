"""Bad pairs made on purpose, and whether small numbers find them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score

from gca_viz.errors import InputError
from gca_viz.experiments import engine
from gca_viz.experiments.effects.noise import SCORES, detect, spoil
from gca_viz.experiments.recipe import Recipe, ViewsRecipe
from gca_viz.transport import align

RECIPE = Recipe().with_values(n=40)
PARTS = RECIPE.data, RECIPE.views, RECIPE.encoder


@pytest.mark.parametrize("corruption", ["erase", "crop", "brightness"])
def test_only_view_1_of_bad_pairs_is_made_anew(corruption):
    clean, spoilt = engine.embeddings_of(*PARTS), spoil(*PARTS, corruption, 0.25)
    extreme = engine.embeddings_of(RECIPE.data, ViewsRecipe(corruption), RECIPE.encoder)
    bad = torch.from_numpy(spoilt.bad)
    assert spoilt.bad.sum() == 10
    assert torch.equal(spoilt.embeddings.z2, clean.z2)
    assert torch.equal(spoilt.embeddings.z1[~bad], clean.z1[~bad])
    assert torch.equal(spoilt.embeddings.z1[bad], extreme.z1[bad])


@pytest.mark.parametrize(("share", "count"), [(0.0, 0), (0.02, 2), (0.25, 10), (0.9, 36)])
def test_swapped_pairs_keep_the_batch_and_lose_their_partner(share, count):
    clean, spoilt = engine.embeddings_of(*PARTS), spoil(*PARTS, "swap", share)
    assert spoilt.bad.sum() == count
    same = (spoilt.embeddings.z2 == clean.z2).all(1).numpy()
    assert np.array_equal(~same, spoilt.bad)
    assert torch.equal(spoilt.embeddings.z2, clean.z2[spoilt.second])
    assert sorted(spoilt.embeddings.z2.sum(1).tolist()) == sorted(clean.z2.sum(1).tolist())


def test_a_larger_share_spoils_the_same_and_more_and_the_seed_decides_which():
    few, many = (spoil(*PARTS, "erase", share).bad for share in (0.1, 0.4))
    assert (many >= few).all() and many.sum() > few.sum()
    other = spoil(RECIPE.data, RECIPE.with_values(viewseed=1).views, RECIPE.encoder, "erase", 0.1).bad
    assert not np.array_equal(few, other)


@pytest.mark.parametrize("layout", ["auto", "joint"])
def test_the_areas_are_those_of_the_plans_of_the_api(layout):
    recipe = RECIPE.with_values(bad="erase", badshare=0.25, method="gca-uot", layout=layout)
    found = detect(recipe, (0.05, 1.0), seeds=2)
    spoilt = spoil(*PARTS, "erase", 0.25)
    z, options = spoilt.embeddings, {} if layout == "auto" else {"layout": layout}
    plan = align(z.z1, z.z2, "gca-uot", epsilon=0.1, lambda1=1.0, lambda2=1.0, **options)
    row = plan.row_mass[:40].numpy()
    assert found.auc["row_mass"][0, 1] == pytest.approx(roc_auc_score(spoilt.bad, -row), abs=0.01)
    assert found.kept[0, 1] == pytest.approx(row[spoilt.bad].mean() / row[~spoilt.bad].mean(), rel=1e-3)
    cosine = torch.nn.functional.cosine_similarity(z.z1, z.z2).numpy()
    assert found.auc["cosine"][0] == pytest.approx(roc_auc_score(spoilt.bad, -cosine), abs=0.01)
    assert set(found.suspects["row_mass"][1]) == set(row.round(6).argsort(kind="stable")[:8])
    assert np.array_equal(found.first.bad, spoilt.bad)
    for score in SCORES:
        alarms, hits = found.curves[score][1]
        assert np.trapezoid(hits, alarms) == pytest.approx(found.auc[score][0, 1])


def test_the_mass_of_a_row_cannot_see_a_swap_and_the_pair_can():
    found = detect(RECIPE.with_values(bad="swap", badshare=0.3), (0.1,), seeds=3)
    assert 0.3 < found.auc["row_mass"].mean() < 0.7
    assert found.auc["pair_mass"].min() > 0.9


def test_nothing_to_find_is_a_sentence():
    for recipe in (RECIPE.with_values(badshare=0.0), Recipe().with_values(n=1, bad="swap", badshare=0.9)):
        with pytest.raises(InputError, match="at least one pair must be bad, and one good"):
            detect(recipe, (0.1,))
