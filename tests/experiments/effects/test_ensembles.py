"""Several view pairs of a recipe: the numbers of Python, what is said of them, where they are shown."""

import pytest

from gca_viz.experiments.effects.calibrated import calibrate
from gca_viz.experiments.effects.ensembles import NUMBERS, ensembles_of, ensembles_sentence
from gca_viz.experiments.plan import engine
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.report.effects_parts import ensemble_figures, ensemble_table
from gca_viz.transport import ensemble
from gca_viz.transport.options import POOLS

SMALL = Recipe().with_values(data="emoji", n=32, method="ince", ensemble=3, pool="geometric")
AT = {"recipe": 0.02, "calibrated": 0.1}


@pytest.fixture(scope="module")
def found():
    return ensembles_of(SMALL, AT)


def test_the_numbers_are_those_of_the_plans_of_each_view_seed(found):
    for where, epsilon in AT.items():
        plans = []
        for seed in range(3):
            recipe = SMALL.with_values(viewseed=seed, eps=epsilon)
            plans.append(engine.plan_of(recipe.inputs, recipe.method))
        for pool in POOLS:
            for pairs in (1, 2, 3):
                direct = ensemble(plans[:pairs], pool)
                for name in NUMBERS:
                    of = found.found[where, pool, pairs]
                    assert of.whole[name] == pytest.approx(direct.of_whole(name), abs=1e-5)
                    assert of.alone[name] == pytest.approx(direct.of_parts(name), abs=1e-5)


def test_one_pair_is_no_ensemble():
    assert ensembles_of(SMALL.with_values(ensemble=1), AT) is None
    assert calibrate(SMALL.with_values(ensemble=1)).ensembles is None


def test_several_pairs_are_more_often_right_and_the_sentence_says_what_that_costs(found):
    assert found.count == 3 and found.pool == "geometric"
    for where in AT:
        of = found.chosen(where)
        assert of.whole["top1"] > of.alone["top1"]
    words = ensembles_sentence(found)
    assert words.count("3 view pairs (geometric)") == 2 and "At ε 0.02" in words
    assert f"{100 * found.chosen('recipe').whole['ece']:.1f} %" in words


def test_figures_and_tables_have_every_pool(found):
    left, _ = ensemble_figures(found)
    assert [trace.name for trace in left.data] == list(POOLS)
    assert list(left.data[1].y) == pytest.approx(
        [found.found["recipe", "geometric", pairs].whole["ece"] for pairs in (1, 2, 3)], rel=1e-5
    )
    table, frame = ensemble_table(found), found.frame()
    assert len(table) == 2 * 5 and len(frame) == 2 * 4 * 3
    assert frame.query("pairs == 1 and pool == 'mean'").ece.tolist() == pytest.approx(
        frame.query("pairs == 1 and pool == 'mean'").ece_of_one.tolist()
    )


def test_progress_is_told_and_the_calibrated_recipe_has_them():
    told = []
    recipe = SMALL.with_values(seed=9)
    found = calibrate(recipe, lambda share, what: told.append((share, what)))
    shares = [share for share, _ in told]
    assert shares == sorted(shares) and max(shares) <= 1 and any("View pair 3 of 3" in what for _, what in told)
    assert found.ensembles.epsilons == {"recipe": 0.1, "calibrated": found.epsilon}


def test_the_recipe_travels():
    assert Recipe.from_query(SMALL.to_query())[0] == SMALL == Recipe.from_json(SMALL.to_json())[0]
    for wrong in ("0", "17", "1.5"):
        assert Recipe.from_query({"ensemble": wrong})[1]
