"""Sweeps of a recipe: the same numbers as one plan at a time, whatever is swept."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gca_viz.datasets import UPLOADS, read_embeddings
from gca_viz.errors import InputError
from gca_viz.experiments.effects.axes import AXES
from gca_viz.experiments.effects.square import as_unbalanced, corner, penalties, penalty_of, tau_of
from gca_viz.experiments.effects.sweep import applied, partial_tables, plan_at, sweep_recipe
from gca_viz.experiments.effects.words import what_changed
from gca_viz.experiments.metrics import plans
from gca_viz.experiments.metrics.plans import Samples
from gca_viz.experiments.plan import engine
from gca_viz.experiments.recipe.effects import AXIS_NAMES, OWN, EffectsRecipe
from gca_viz.experiments.recipe.method import PRIOR
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.transport import KL, METHODS, align, constraint_square
from gca_viz.transport.options import targets_of
from tests.browser.steps import npz

SMALL = Recipe().with_values(n=24)


def read(recipe: Recipe, name: str) -> float:
    """A reading of the recipe's own plan, computed alone."""
    plan = engine.plan_of(recipe.inputs, recipe.method)
    second = engine.embeddings_of(recipe.inputs).z2
    samples = Samples(engine.batch_of(recipe.data).labels, engine.domains_of(recipe.data, recipe.views), second)
    return plans.read(name, plan, samples)


@pytest.mark.parametrize(
    ("changes", "axes"),
    [
        ({}, {"eps": (0.05, 0.3)}),
        ({}, {"tau1": (0, 0.35, 1), "tau2": (0, 0.7, 1)}),
        ({}, {"tau1": (0.2, 0.8), "eps": (0.05, 0.3)}),
        ({}, {"eps": (0.05, 0.3), "lambdas": (0.01, 1.0)}),
        ({"method": "simclr"}, {"tau1": (0.5, 1), "tau2": (0, 1)}),
        ({"method": "gca-uot", "layout": "joint"}, {"lambda1": (0.1, 5.0)}),
        ({"iterations": math.inf}, {"lambda2": (0.1, math.inf), "eps": (0.05, 0.3)}),
        ({}, {"iterations": (1, 3, 11), "eps": (0.1, 1.0)}),
        ({"method": "clip"}, {"eps": (0.05, 0.3)}),
        ({"method": "gca-rince"}, {"q": (0.1, 1.0), "lam": (0.01, 1.0)}),
        ({"method": "gca-uot", "r2": 0.5}, {"q": (0.1, 1.0)}),
        ({}, {"gap": (-0.5, 0.0, 0.5)}),
        *(
            ({"target": target, "prior": prior}, axes)
            for target in targets_of("views")
            for prior in PRIOR.options
            for axes in ({"eps": (0.05, 0.3)}, {"tau1": (0.2, 0.8), "tau2": (0, 1)})
        ),
        ({}, {"n": (8, 16), "strength": (0.0, 1.0)}),
        ({"views": "image-text", "encoder": "image-text"}, {"eps": (0.05, 0.3)}),
    ],
)
def test_each_cell_is_the_plan_of_that_recipe(changes, axes):
    recipe, names = SMALL.with_values(**changes), ("loss", "matched_share", "top1_rows", "false_negative_mass")
    table = sweep_recipe(recipe, axes, names)
    assert table.complete
    for index in np.ndindex(*map(len, axes.values())):
        cell = applied(recipe, {name: values[i] for (name, values), i in zip(axes.items(), index, strict=True)})
        for name in names:
            assert table.values[name][(0, *index)] == pytest.approx(
                read(cell, name), rel=1e-4, abs=1e-5, nan_ok=True
            ), cell.method


def test_own_readings_are_those_of_the_plan_in_plain_loops():
    plan = plan_at(SMALL, {"eps": 0.2})
    labels = engine.batch_of(SMALL.data).labels
    z = engine.embeddings_of(SMALL.inputs).z2.numpy()
    z, matrix, count = z / np.linalg.norm(z, axis=1, keepdims=True), plan.matrix.numpy(), len(labels)
    right = 0
    for i in range(count):
        votes = dict.fromkeys(range(labels.max() + 1), 0.0)
        for j in range(count):
            if j != i:
                votes[labels[j]] += matrix[i, j]
        right += max(votes, key=votes.get) == labels[i]
    brought = matrix @ z
    brought /= np.linalg.norm(brought, axis=1, keepdims=True)
    within, between = [], []
    for i in range(count):
        for j in range(count):
            if i != j:
                (within if labels[i] == labels[j] else between).append(np.linalg.norm(brought[i] - brought[j]))
    table = sweep_recipe(SMALL, {"eps": (0.2,)}, ("class_vote", "compactness"))
    assert table.mean("class_vote")[0] == pytest.approx(right / count)
    assert table.mean("compactness")[0] == pytest.approx(np.mean(within) / np.mean(between), rel=1e-4)


def test_a_prior_moves_the_target_and_not_the_plan():
    table = sweep_recipe(SMALL, {"gap": (-0.5, 0.5)}, ("target_domain_mass", "matched_share"))
    assert table.mean("target_domain_mass")[1] > table.mean("target_domain_mass")[0] + 0.2
    assert np.ptp(table.mean("matched_share")) == pytest.approx(0, abs=1e-7)


def test_seeds_are_other_batches_and_views_and_make_the_band():
    table = sweep_recipe(SMALL, {"eps": (0.1,)}, seeds=3)
    alone = [read(SMALL.with_values(seed=seed, viewseed=seed), "matched_share") for seed in range(3)]
    assert table.values["matched_share"][:, 0] == pytest.approx(alone, rel=1e-4)
    low, high = table.band("matched_share")
    assert (low[0], high[0]) == pytest.approx((min(alone), max(alone)), rel=1e-4)
    assert table.mean("matched_share")[0] == pytest.approx(np.mean(alone), rel=1e-4)
    frame = table.frame()
    assert list(frame) == ["seed", "eps", "matched_share"] and len(frame) == 3


def test_a_stopped_sweep_goes_on_where_it_was():
    axes, calls = {"eps": tuple(0.1 + 0.01 * k for k in range(6))}, []

    class Stop(Exception):
        pass

    recipe = SMALL.with_values(method="clip", seed=99)
    tables = partial_tables(recipe, axes)
    first = [next(tables) for _ in range(3)][-1]
    assert first.done == 3 and np.isnan(first.mean("matched_share")[3:]).all()
    original = engine.plan_between
    try:
        engine.plan_between = lambda *args, **options: calls.append(1) or original(*args, **options)
        assert sweep_recipe(recipe, axes).complete
    finally:
        engine.plan_between = original
    assert len(calls) == 3

    def stop(share, what):
        raise Stop

    with pytest.raises(Stop):
        sweep_recipe(SMALL.with_values(seed=98), axes, progress=stop)
    told = []
    sweep_recipe(SMALL.with_values(seed=97), axes, progress=lambda share, what: told.append(share))
    assert told[-1] == 1 and told == sorted(told)


def test_the_square_of_a_sweep_is_the_square_of_the_api():
    taus = tuple(step / 4 for step in range(5))
    table = sweep_recipe(SMALL.with_values(eps=0.2), {"tau1": taus, "tau2": taus})
    lambdas = constraint_square(0.2, 5)["lambda1"]
    assert [penalty_of(tau, 0.2) for tau in taus] == pytest.approx(lambdas)
    z = engine.embeddings_of(SMALL.inputs)
    for i, j in ((0, 4), (2, 3)):
        plan = align(z.z1, z.z2, "gca-uot", epsilon=0.2, lambda1=lambdas[i], lambda2=lambdas[j])
        assert table.mean("matched_share")[i, j] == pytest.approx(float(plan.matched_share), rel=1e-4)


@pytest.mark.parametrize(
    ("method", "place", "name"),
    [
        ("gca-ince", (0, 0), "byol"),
        ("gca-ince", (1, 0), "ince"),
        ("gca-ince", (0, 1), "gca-uot"),
        ("gca-ince", (0.5, 0.5), "gca-uot"),
        ("ince", (1, 1), "gca-ince"),
        ("simclr", (1, 1), "gca-ince"),
        ("gca-ince", (1, 0.25), "gca-uot"),
    ],
)
def test_a_corner_has_the_name_and_the_numbers_of_its_method(method, place, name):
    recipe = SMALL.with_values(method=method)
    there = applied(as_unbalanced(recipe), dict(zip(("tau1", "tau2"), place, strict=True)))
    named = corner(there)
    assert named.method.name == name
    assert [tau_of(x, 0.1) for x in penalties(named.method)[0]] == pytest.approx(list(place))
    assert read(named, "loss") == pytest.approx(read(there, "loss"), rel=1e-4)


def test_every_axis_that_is_named_is_known_and_reads_what_it_sets():
    assert tuple(AXES) == AXIS_NAMES
    for axis in AXES.values():
        if not axis.missing(SMALL):
            values = axis.values(SMALL, points=5)
            assert values == tuple(sorted(set(values))) and len(values) > 2
            assert axis.read(axis.apply(SMALL, values[1])) == pytest.approx(values[1], abs=1e-6)
    assert AXES["eps"].values(SMALL, 0.1, 1.0, 3) == (0.1, 0.316, 1.0)
    assert AXES["iterations"].values(SMALL, 1, 4, 11) == (1, 2, 3, 4)
    with pytest.raises(InputError, match="above the first"):
        AXES["eps"].values(SMALL, 1.0, 0.1)
    assert max(AXES["n"].values(Recipe().with_values(data="digits", classes=("0",)))) <= 200


@pytest.mark.parametrize(
    ("changes", "axes", "sentence"),
    [
        ({"method": "ince"}, {"iterations": (1, 2)}, "InfoNCE has no t"),
        ({}, {"q": (0.1, 0.5)}, "has no q"),
        ({"method": "gca-uot"}, {"q": (0.1, 0.5)}, "r₂ = 0"),
        ({"method": "clip"}, {"tau1": (0.1, 0.5)}, "Choose GCA-UOT"),
        ({"views": "none"}, {"strength": (0.1, 0.5)}, "no strength"),
        ({"by": "chosen", "images": (1, 2, 3)}, {"n": (8, 16)}, "images are chosen"),
        ({}, {"tau1": (0.1,), "lambda1": (0.1,)}, "the same number"),
        ({}, {"temperature": (0.1,)}, "axis = 'temperature'"),
        ({}, {"eps": (-1.0,)}, "epsilon"),
        ({}, {"eps": ()}, "at least one"),
        ({}, {}, "one or two"),
    ],
)
def test_what_cannot_be_swept_is_a_sentence(changes, axes, sentence):
    with pytest.raises(InputError, match=sentence):
        sweep_recipe(SMALL.with_values(**changes), axes)
    with pytest.raises(InputError, match="reading = 'beauty'"):
        sweep_recipe(SMALL, {"eps": (0.1,)}, ("beauty",))


def test_brought_embeddings_are_swept_and_have_no_view_strength():
    draw = np.random.default_rng(0)
    z = draw.normal(size=(2, 30, 8)).astype(np.float32)
    dataset, _ = read_embeddings([("mine.npz", npz(z1=z[0], z2=z[0] + 0.3 * z[1]))])
    name = UPLOADS.keep(dataset)
    try:
        recipe = Recipe().with_values(data=name, n=20, split="all")
        table = sweep_recipe(recipe, {"eps": (0.1, 0.5)}, ("matched_share", "false_negative_mass"), seeds=2)
        batch = engine.batch_of(recipe.data).embeddings
        plan = align(*batch, "gca-ince", epsilon=0.5)
        assert table.values["matched_share"][0, 1] == pytest.approx(float(plan.matched_share), rel=1e-4)
        with pytest.raises(InputError, match="no strength"):
            sweep_recipe(recipe, {"strength": (0.0, 1.0)})
        with pytest.raises(InputError, match="no images to change"):
            sweep_recipe(recipe, {"corrupted_share": (0.0, 0.5)})
        assert sweep_recipe(recipe.with_values(bad="swap"), {"corrupted_share": (0.0, 0.5)}).complete
    finally:
        UPLOADS.forget(name)


@pytest.mark.parametrize("size", [1, 2])
def test_tiny_batches_and_one_class_have_numbers(size):
    recipe = Recipe().with_values(n=size, classes=("animal",))
    table = sweep_recipe(recipe, {"eps": (0.1, 0.5)}, ("matched_share", "class_vote", "compactness"))
    assert table.complete and not np.isnan(table.mean("matched_share")).any()
    assert np.isnan(table.mean("compactness")).all()


def test_another_axis_has_its_own_range():
    from gca_viz.experiments.recipe.consistency import consistent

    old = Recipe().with_values(low=0.1, high=1.0)
    assert consistent(old.with_values(axis="iterations"), old)[0].effects.low == OWN
    both = old.with_values(axis="iterations", low=1, high=11)
    assert consistent(both, old)[0].effects.high == 11
    assert EffectsRecipe(axis="eps", axis2="eps").axes == ("eps",)


def test_the_sentence_says_what_the_numbers_say():
    table = sweep_recipe(SMALL, {"eps": (0.05, 0.1, 2.0)}, ("matched_share", "perplexity"))
    first, *_, last = table.mean("matched_share")
    words = what_changed(table, ("matched_share", "perplexity"))
    assert words.startswith(f"From ε 0.05 to 2 the pair mass falls from {100 * first:.1f} % to {100 * last:.1f} %")
    assert "the perplexity rises from" in words
    square = sweep_recipe(SMALL, {"tau1": (0, 1), "tau2": (0, 1)}, ("mass",))
    values = square.mean("mass")
    words = what_changed(square, ("mass",), {"BYOL": (0, 0), "Sinkhorn": (1, 1)})
    assert words.startswith("From BYOL to Sinkhorn the mass") and f"to {values[1, 1]:.4g}" in words
    assert "is lowest at" in what_changed(square, ("mass",))
    assert sum(method.divergence is KL for method in METHODS.values()) > 3
