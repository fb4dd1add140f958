"""Several views under a recipe: what is computed once, what the page shows, and what gives way."""

import io

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from gca_viz.datasets import UPLOADS, read_embeddings
from gca_viz.embedding.cache import VARIABLE
from gca_viz.embedding.reduce import reduce_views
from gca_viz.encoders import load_encoder
from gca_viz.errors import InputError
from gca_viz.experiments.effects.axes import AXES
from gca_viz.experiments.effects.sweep import sweep_recipe
from gca_viz.experiments.plan import embeddings, engine
from gca_viz.experiments.plan.embedding_file import of_all, of_batch
from gca_viz.experiments.recipe.consistency import consistent
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.views import many_views, to_uint8
from gca_viz.views.reduction import REDUCE

SMALL = Recipe().with_values(n=12)


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    """No embeddings on disk, and none in memory."""
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    return embeddings.embeddings_of.__wrapped__


@pytest.fixture
def given():
    """Embeddings of six samples that a user brought."""
    buffer, z = io.BytesIO(), np.random.default_rng(0).normal(size=(2, 6, 4)).astype(np.float32)
    np.savez(buffer, z1=z[0], z2=z[1])
    name = UPLOADS.keep(read_embeddings([("mine.npz", buffer.getvalue())])[0])
    yield name
    UPLOADS.forget(name)


@pytest.mark.parametrize("how", REDUCE.options)
def test_of_two_views_every_way_is_the_pair(how):
    pair, found = engine.embeddings_of(SMALL.inputs), engine.embeddings_of(SMALL.with_values(reduce=how).inputs)
    assert torch.equal(found.z1, pair.z1) and torch.equal(found.z2, pair.z2)
    assert torch.equal(found.variance, pair.variance)


@pytest.mark.parametrize("how", ["worst", "mean"])
@pytest.mark.parametrize("encoder", ["ince", "things-ince"])
def test_embeddings_are_those_of_python(how, encoder):
    recipe = SMALL.with_values(m=4, reduce=how, encoder=encoder)
    found = engine.embeddings_of(recipe.inputs)
    network = load_encoder(encoder)
    z = torch.stack([network.encode(view) for view in many_views(engine.batch_of(recipe.data), count=4)])
    expected = reduce_views(z, how)
    assert torch.allclose(found.z1, expected.z1, atol=1e-4) and torch.allclose(found.z2, expected.z2, atol=1e-4)
    assert torch.allclose(found.variance, expected.variance, atol=1e-5)


def test_more_views_cost_only_the_new_ones(fresh, monkeypatch):
    recipe, made = SMALL.with_values(seed=91, reduce="worst"), []
    view = embeddings.ViewMaker.view
    monkeypatch.setattr(
        embeddings.ViewMaker, "view", lambda self, number: made.append(number) or view(self, number)
    )
    told = []
    fresh(recipe.with_values(m=6).inputs, progress=lambda share, what: told.append((share, what)))
    assert sorted(made) == [0, 1, 2, 3, 4, 5]
    shares = [share for share, _ in told]
    assert shares == sorted(shares) and 0 <= shares[0] < shares[-1] <= 1
    assert any("view 5 of 6" in what for _, what in told)
    made.clear()
    fresh(recipe.with_values(m=8).inputs)
    assert sorted(made) == [6, 7]


def test_the_pictures_are_of_the_two_farthest_views_of_each_image():
    recipe = SMALL.with_values(m=5, reduce="worst")
    shown = engine.embeddings_of(recipe.inputs).shown.numpy()
    views = [to_uint8(view) for view in many_views(engine.batch_of(recipe.data), count=5)]
    first, second = engine.pictures_of(recipe.data, recipe.views, recipe.encoder)
    for sample, (a, b) in enumerate(shown.T):
        assert np.array_equal(first[sample], views[a][sample]) and np.array_equal(second[sample], views[b][sample])
    other = recipe.with_values(encoder="random")
    assert not np.array_equal(shown, engine.embeddings_of(other.inputs).shown.numpy())
    strips = engine.strips_of(recipe.data, recipe.views, (3, 0))
    assert np.array_equal(strips, np.stack([[view[sample] for view in views] for sample in (3, 0)]))


def test_a_plan_of_the_worst_pairs_is_harder_the_more_views_there_are():
    found = sweep_recipe(
        SMALL.with_values(n=48, method="ince", reduce="worst"), {"m": (2, 4, 8)}, ("top1_rows", "matched_share")
    )
    matched = found.mean("matched_share")
    assert matched[0] > matched[1] > matched[2]


def test_only_values_that_a_way_has_are_swept():
    axis = AXES["m"]
    assert axis.values(SMALL.with_values(reduce="mean"), points=11) == (2, 4, 6, 8)
    assert axis.values(SMALL.with_values(reduce="worst"), points=11) == (2, 3, 4, 5, 6, 7, 8)
    assert "Choose worst or mean" in axis.missing(SMALL) and not axis.missing(SMALL.with_values(reduce="mean"))
    assert "view 2 is a text" in axis.missing(SMALL.with_values(views="image-text", reduce="worst"))


def test_a_file_of_embeddings_has_what_the_plans_are_made_of():
    recipe = SMALL.with_values(m=4, reduce="mean")
    file, found = of_batch(recipe), engine.embeddings_of(recipe.inputs)
    assert np.array_equal(file.z1, found.z1.numpy())
    whole = of_all(Recipe().with_values(data="digits", m=4, reduce="mean", encoder="random"))
    assert np.linalg.norm(whole.z1, axis=1) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("values", [{"m": 4}, {"reduce": "posterior"}, {"m": 3, "reduce": "worst"}])
def test_given_embeddings_have_one_pair(values, given):
    recipe = Recipe().with_values(data=given, n=6, **values)
    with pytest.raises(InputError, match="'pair'"):
        engine.embeddings_of(recipe.inputs)
    changed, notes = consistent(recipe)
    assert changed.views == changed.views.pair and any("It is now the pair" in note for note in notes)
    assert engine.embeddings_of(changed.inputs).z1.shape == (6, 4)


def test_an_image_and_its_text_are_one_pair():
    recipe = SMALL.with_values(views="image-text", encoder="image-text", m=4, reduce="worst")
    with pytest.raises(InputError, match="one text.*'pair'"):
        engine.embeddings_of(recipe.inputs)
    changed, notes = consistent(recipe)
    assert changed.views.count == 2 and len(notes) == 1


def test_halves_of_an_odd_number_become_even_with_a_sentence():
    recipe = SMALL.with_values(m=5, reduce="mean")
    with pytest.raises(InputError, match="Use 6 views, or 'worst'"):
        engine.embeddings_of(recipe.inputs)
    changed, notes = consistent(recipe)
    assert changed.views.count == 6 and len(notes) == 1
    most = consistent(SMALL.with_values(m=15, reduce="posterior"))[0]
    assert most.views.count == 16
    assert consistent(SMALL.with_values(m=5, reduce="worst")) == (SMALL.with_values(m=5, reduce="worst"), [])


def test_the_recipe_travels_in_a_link_and_in_json():
    recipe = SMALL.with_values(m=6, reduce="mean")
    assert recipe.to_query()["m"] == "6" and recipe.to_query()["reduce"] == "mean"
    assert Recipe.from_query(recipe.to_query())[0] == recipe
    assert Recipe.from_json(recipe.to_json())[0] == recipe
    assert Recipe.from_query({"views_count": "6"})[0].views.count == 6
    for wrong in ("1", "17", "2.5", "many"):
        assert Recipe.from_query({"m": wrong})[1]


def test_the_mean_of_many_views_matches_better_than_a_pair():
    pair, mean = (
        engine.plan_of(recipe.inputs, recipe.method)
        for recipe in (
            SMALL.with_values(n=64, method="ince"),
            SMALL.with_values(n=64, method="ince", m=8, reduce="mean"),
        )
    )
    assert float(mean.matched_share) > float(pair.matched_share)
    assert torch.allclose(mean.problem.cost.diagonal(), mean.cost.diagonal())
    z = engine.embeddings_of(SMALL.with_values(n=64, m=8, reduce="mean").inputs)
    assert torch.allclose(F.normalize(z.z1, dim=1), z.z1, atol=1e-6)
