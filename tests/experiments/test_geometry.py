import numpy as np
import pytest

from gca_viz.errors import InputError
from gca_viz.experiments import geometry as steps
from gca_viz.experiments.plan import engine
from gca_viz.experiments.plan.groups import summarise
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.geometry.measures import MEASURES


@pytest.fixture(scope="module")
def recipe():
    return Recipe().with_values(n=24)


def test_points_are_the_embeddings_of_the_recipe(recipe):
    points, embeddings = steps.points_of(recipe.inputs), engine.embeddings_of(recipe.inputs)
    z = embeddings.z2.cpu().numpy()
    assert points.z[24:] == pytest.approx(z / np.linalg.norm(z, axis=1, keepdims=True), abs=1e-5)
    assert points.labels.tolist() == engine.batch_of(recipe.data).labels.tolist() * 2


def test_a_map_is_computed_again_only_when_what_it_shows_changes(recipe):
    first = steps.map_of(recipe.inputs, recipe.geometry)
    for same in ({"colour": "loss"}, {"lines": "none"}, {"neighbours": 40}, {"thumbs": "on"}):
        assert steps.map_of(recipe.inputs, recipe.with_values(**same).geometry) is first
    for other in ({"mapseed": 1}, {"perplexity": 5}, {"axes": "3-D"}, {"map": "pca"}):
        assert steps.map_of(recipe.inputs, recipe.with_values(**other).geometry) is not first
    sphere = steps.map_of(recipe.inputs, recipe.with_values(map="sphere").geometry)
    assert steps.map_of(recipe.inputs, recipe.with_values(map="sphere", axes="3-D", mapseed=7).geometry) is sphere
    assert sphere.projection.coordinates.shape[1] == 3 and sphere.trust.neighbours == 10


def test_numbers_are_told_one_by_one_and_kept(recipe):
    told = []
    fresh = recipe.with_values(seed=5)
    found = steps.measures_of(fresh.inputs, progress=lambda share, what: told.append(share))
    assert list(found) == list(MEASURES) and len(told) == len(MEASURES) and max(told) < 1
    assert steps.measures_of(fresh.inputs) is found


def test_the_headline_is_read_from_the_numbers(recipe):
    found = steps.measures_of(recipe.inputs)
    sentence = steps.headline(found)
    assert MEASURES["knn_class"].estimate_text(found["knn_class"]) in sentence and "domain" in sentence
    alone = steps.measures_of(Recipe().with_values(n=12, classes=("animal",), domains=("noto",)).inputs)
    assert "squared distance" in steps.headline(alone)


def test_the_sentence_below_a_map_says_what_a_small_batch_bounds(recipe):
    sentence = steps.map_sentence(recipe.geometry, steps.map_of(recipe.inputs, recipe.geometry))
    assert "perplexity 15.7, for there are no more points" in sentence and "teal to its partner" in sentence
    plain = recipe.with_values(map="pca", lines="none").geometry
    assert steps.map_sentence(plain, steps.map_of(recipe.inputs, plain)).startswith("PCA shows the directions")


def test_a_tiny_batch_has_a_map_of_directions_and_a_sentence_for_the_others():
    tiny = Recipe().with_values(n=2)
    with pytest.raises(InputError, match="t-SNE of 4 points"):
        steps.map_of(tiny.inputs, tiny.geometry)
    assert steps.map_of(tiny.inputs, tiny.with_values(map="pca").geometry).projection.coordinates.shape == (4, 2)


@pytest.mark.parametrize("layout", ["cross", "joint"])
def test_a_group_is_summarised_beside_its_batch(recipe, layout):
    chosen = recipe.with_values(method="gca-uot" if layout == "cross" else "iot", layout=layout)
    plan = engine.plan_of(chosen.inputs, chosen.method)
    batch = engine.batch_of(chosen.data)
    group = [3, 4, 11]
    found = summarise(plan, group, batch.labels, batch.domains)
    rows = group if layout == "cross" else [*group, *(sample + 24 for sample in group)]
    assert found.row_mass == pytest.approx(float(plan.row_mass[rows].mean()))
    assert found.loss == pytest.approx(float(plan.loss_per_row[rows].mean()))
    shares = [float(plan.matrix[row, plan.pairing.partner[row]] / plan.row_mass[row]) for row in rows]
    assert found.pair_mass == pytest.approx(np.mean(shares))
    assert found.batch_loss == pytest.approx(float(plan.loss_per_row.mean()))
    assert found.count == sum(found.classes.values()) == sum(found.domains.values()) == 3
    assert list(found.classes.values()) == sorted(found.classes.values(), reverse=True)


def test_a_value_out_of_bounds_is_refused_with_a_sentence():
    for wrong in ({"map": "isomap"}, {"perplexity": 1}, {"partners": 0}, {"colour": "red"}, {"mapseed": -1}):
        with pytest.raises(InputError):
            Recipe().with_values(**wrong)


def test_where_every_pair_is_a_cluster_the_sentence_says_so_and_names_a_smaller_gap():
    recipe = Recipe().with_values(n=32)
    cold, warm = (steps.spectrum_of(recipe.inputs, epsilon) for epsilon in (0.005, 1.0))
    points = steps.points_of(recipe.inputs)
    said = {found: steps.clusters_sentence(found, points.labels, points.domains) for found in (cold, warm)}
    assert cold.clusters > 16 >= steps.clusters_of(cold) == cold.clusters_within(16)
    assert f"nearly every pair is its own cluster: the largest gap makes {cold.clusters} of 32 pairs" in said[cold]
    assert f"names {steps.clusters_of(cold)} clusters" in said[cold]
    assert steps.clusters_of(warm) == warm.clusters <= 16 and "every pair" not in said[warm]
