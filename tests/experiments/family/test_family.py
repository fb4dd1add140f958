"""The family: rows stand where their recipes stand, keep the laws of the ladder, and are found by their dials."""

from __future__ import annotations

import math
import shlex
from dataclasses import replace

import numpy as np
import pytest

from gca_viz import FAMILY
from gca_viz.cli import make_parser, train
from gca_viz.errors import InputError
from gca_viz.experiments.claims import claims
from gca_viz.experiments.family.dials import DIALS, LADDER, dials_of
from gca_viz.experiments.family.evidence import BESIDE, claims_of, evidence_of
from gca_viz.experiments.family.miniature import SIDE, block_of, miniature_of
from gca_viz.experiments.family.rows import OUTSIDE, named, of_recipe
from gca_viz.experiments.family.turned import TURNS, train_command, turned
from gca_viz.experiments.plan import engine
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.geometry.outside import OUTSIDE_MEASURES
from gca_viz.transport import METHODS

BATCH = Recipe().with_values(n=24, eps=0.2)


def test_no_two_losses_stand_in_one_place_and_each_is_found_there():
    for row in FAMILY.values():
        assert named(row.dials) is row
        assert row.dials.held in LADDER and set(vars(row.dials)) == set(DIALS)
    assert set(METHODS) <= set(FAMILY)


@pytest.mark.parametrize("name", FAMILY)
def test_a_row_is_its_recipe_on_any_batch(name):
    row = FAMILY[name]
    recipe = row.on(BATCH)
    assert of_recipe(recipe) is row
    assert recipe.data == BATCH.data and recipe.encoder == BATCH.encoder and recipe.method.epsilon == 0.2
    link, problems = Recipe.from_query(recipe.to_query())
    assert link == recipe and not problems


@pytest.mark.parametrize("name", FAMILY)
def test_the_small_pictures_are_of_the_plan(name):
    recipe = FAMILY[name].on(BATCH)
    plan = engine.plan_of(recipe.inputs, recipe.method)
    mini = miniature_of(recipe)
    assert mini.loss == pytest.approx(float(plan.loss), rel=1e-5)
    pairs = float(plan.matched_share) if plan.pairing.paired else math.nan
    assert mini.pair_mass == pytest.approx(pairs, rel=1e-5, nan_ok=True)
    if len(plan.column_mass) <= SIDE:  # else some cells stand for others
        assert mini.residual == pytest.approx(mini.target - mini.plan, abs=1e-6)
    assert mini.plan.shape == tuple(min(SIDE, count) for count in plan.matrix.shape)
    assert mini.row_mass.mean() == pytest.approx(float(plan.row_mass.mean() / plan.problem.mu.mean()), rel=1e-4)
    assert mini.costs.sum() == pytest.approx(1) and mini.kernel.max() == pytest.approx(1)
    if not plan.pairing.paired:
        assert math.isnan(mini.class_mass)
        with pytest.raises(InputError, match="from sample to sample"):
            block_of(recipe)
        return
    block = block_of(recipe)
    assert block.shape == (24, 24) and block.sum() == pytest.approx(1)


def test_of_a_larger_matrix_a_cell_shows_the_strongest():
    recipe = FAMILY["simclr"].on(BATCH.with_values(n=48))
    plan = engine.plan_of(recipe.inputs, recipe.method)
    mini = miniature_of(recipe)
    assert mini.plan.shape == (SIDE, SIDE)
    assert mini.plan.max() == pytest.approx(float(plan.matrix.max()))
    assert mini.residual.min() == pytest.approx(float((plan.target - plan.matrix).min()))


def test_down_the_ladder_the_loss_only_falls():
    held = [
        FAMILY["simclr"].on(BATCH).with_values(hold=name, iterations=math.inf) for name in ("total", "rows", "both")
    ]
    losses = [miniature_of(recipe).loss for recipe in held]
    assert losses == sorted(losses, reverse=True) and losses[0] > losses[2]


def test_turning_a_dial_leads_to_every_other_place_and_names_it():
    for dial in TURNS:
        turns = list(turned(FAMILY["ince"], BATCH, dial))
        assert turns and dials_of(FAMILY["ince"].on(BATCH)) not in [
            dials_of(turn.recipe) for turn in turns if turn.problem is None
        ]
    by_value = {turn.value: turn for turn in turned(FAMILY["ince"], BATCH, "held")}
    assert by_value["both"].relative is FAMILY["gca-ince"] and by_value["nothing"].relative is FAMILY["byol"]
    assert by_value["total"].relative is None and by_value["cell"].problem is not None
    views = {turn.value: turn.name for turn in turned(FAMILY["ince"], BATCH, "views")}
    assert views["queue"] == FAMILY["moco"].title and views["prototypes"] == FAMILY["swav"].title
    targets = {turn.value: turn.name for turn in turned(FAMILY["swav"], BATCH, "target")}
    assert targets["centred"] == FAMILY["dino"].title and "partner" not in targets
    assert {turn.value: turn.name for turn in turned(FAMILY["simclr"], BATCH, "held")}["total"] == (
        FAMILY["alignment-uniformity"].title
    )


@pytest.mark.parametrize(("name", "dial", "value"), [("simclr", "kernel", "student"), ("ince", "held", "total")])
def test_the_line_that_trains_an_unnamed_loss_is_read_by_the_command_line(name, dial, value):
    turn = next(turn for turn in turned(FAMILY[name], BATCH, dial) if turn.value == value)
    line = train_command(turn.recipe, BATCH)
    recipe = train.recipe_of(make_parser("train").parse_args(shlex.split(line)[1:]))
    recipe.check()
    assert recipe.method == name and (TURNS[dial], value) in recipe.options


def test_evidence_is_that_of_the_table_of_claims():
    assert evidence_of("no such loss") == "not shown here."
    own = [claim for claim in claims() if claim.experiment == "family"]
    asked = {claim.claim.split(" is ")[0] for claim in own}
    assert asked and asked <= set(FAMILY) - {BESIDE}
    for name in asked:
        for claim in claims_of(name):
            told = f"{claim.effect:.3f}" if claim.unit == "cosine" else f"{100 * claim.effect:+.1f} points"
            assert claim.verdict in evidence_of(name) and told in evidence_of(name)


def test_each_outsider_has_a_reason_and_a_number():
    embeddings = engine.embeddings_of(BATCH.inputs)
    for loss in OUTSIDE.values():
        _, measure = OUTSIDE_MEASURES[loss.measure]
        assert math.isfinite(float(measure(embeddings.z1, embeddings.z2, 0.2))) and len(loss.reason) > 20


def test_one_sample_and_two_make_pictures_or_say_why_not():
    for count in (1, 2):
        batch = replace(BATCH, data=replace(BATCH.data, size=count))
        for row in FAMILY.values():
            try:
                mini = miniature_of(row.on(batch))
            except InputError as error:
                assert len(str(error)) > 20
            else:
                assert np.isfinite(mini.plan).all() and np.isfinite(mini.loss)
