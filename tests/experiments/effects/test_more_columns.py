"""Further columns of a recipe's batch: a queue of other images, prototypes, their words and files."""

from __future__ import annotations

import io
import math

import numpy as np
import pandas as pd
import pytest
import torch

from gca_viz import align, codes
from gca_viz.errors import InputError
from gca_viz.experiments.effects.files import columns_csv
from gca_viz.experiments.effects.more_columns import (
    MoreColumns,
    columns_sentence,
    more_columns,
    prototypes_sentence,
)
from gca_viz.experiments.plan import engine
from gca_viz.experiments.recipe.method import QUEUE
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.report.columns_parts import prototype_figures, queue_curves, queue_plans


def queue_of(recipe: Recipe):
    return engine.queue_of(recipe.inputs, recipe.method.queue)


RECIPE = Recipe().with_values(data="emoji", n=24, queue=40, prototypes=5)


@pytest.fixture(scope="module")
def found() -> MoreColumns:
    return more_columns(RECIPE)


@pytest.mark.parametrize("views", ["simclr", "cross-style"])
def test_none_of_the_batch_is_in_its_queue(views):
    recipe = RECIPE.with_values(views=views)
    queue, batch = engine.batch_of(queue_of(recipe)), engine.batch_of(recipe.data)
    assert len(queue) == 40 and queue.dataset.held_out[queue.indices].all()
    own = {*batch.indices, *engine.views_of(recipe.data, recipe.views).second_indices}
    assert not own & {*queue.indices}
    # A shorter queue is part of a longer one.
    assert queue_of(recipe.with_values(queue=8)).indices == tuple(queue.indices[:8])


def test_the_numbers_are_those_of_align(found):
    pair = engine.embeddings_of(RECIPE.inputs)
    others = engine.embeddings_of(RECIPE.with_values(by="chosen", images=found.queue.indices).inputs).z2
    assert sorted(found.table.queue.unique()) == [0, 8, 16, 32, 40]
    for length in (0, 16, 40):
        plan = align(pair.z1, pair.z2, "ince", queue=others[:length] if length else None)
        numbers = found.at("rows", length)
        assert numbers.loss == pytest.approx(float(plan.loss), rel=1e-5)
        assert numbers.top1_rows == pytest.approx(float(plan.top1_rows))
        # Under Sinkhorn all columns receive alike.
        assert found.at("both", length).queue_mass == pytest.approx(length / (24 + length), abs=1e-4)
    losses = found.table[found.table.held == "rows"].loss
    assert (np.diff(losses) > 0).all()


def test_prototypes_are_assigned_alike(found):
    of = found.prototypes
    assert of.codes.shape == of.plan.matrix.shape == (24, 5)
    assert torch.allclose(of.codes.sum(1), torch.ones(24), atol=1e-5) and 1 < of.used <= 5 + 1e-5
    cross_entropy = -(of.codes * of.plan.log_matrix).sum(1).mean()
    assert of.loss == pytest.approx(float(cross_entropy), abs=1e-5) and 0 <= of.agreement <= 1
    pair = engine.embeddings_of(RECIPE.inputs)
    again = codes(pair.z2, torch.eye(pair.z2.shape[1])[:5])
    assert again.shape == (24, 5)


def test_words_figures_and_files(found):
    assert columns_sentence(found).startswith("Beside 40 further columns the loss of InfoNCE goes from ")
    assert "of the mass goes there; under Sinkhorn" in columns_sentence(found)
    assert prototypes_sentence(found).startswith("Against 5 prototypes SwAV’s loss is ")
    table = pd.read_csv(io.StringIO(columns_csv(found)))
    assert len(table) == 10 and set(table.held) == {"rows", "both"}
    assert [len(figure.data) for figure in queue_curves(found).values()] == [2, 2, 2]
    for figure in queue_plans(found).values():
        assert np.shape(figure.data[0].z) == (24, 64)
    plans = [figure.data[0].z for figure in queue_plans(found).values()]
    assert not np.array_equal(*plans)
    assert all(np.shape(figure.data[0].z) == (24, 5) for figure in prototype_figures(found).values())


def test_one_sample_and_one_prototype():
    one = more_columns(RECIPE.with_values(n=1, queue=1, prototypes=1))
    assert one.at("rows", 0).loss == pytest.approx(0, abs=1e-6) and math.isfinite(one.prototypes.loss)
    assert one.prototypes.agreement == 1


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"queue": 5000}, "952 images are there beside the batch"),
        ({"prototypes": 49}, "49 prototypes for 48 different embeddings"),
    ],
)
def test_mistakes(values, words):
    with pytest.raises(InputError, match=words):
        more_columns(RECIPE.with_values(**values))


def test_the_remedy_of_a_long_queue_works():
    with pytest.raises(InputError, match="Use a queue of 952 or fewer"):
        queue_of(RECIPE.with_values(queue=953))
    assert len(queue_of(RECIPE.with_values(queue=952)).indices) == 952


def test_the_usual_length_means_as_many_as_there_are():
    few = Recipe().with_values(data="emoji", n=950, views="none", encoder="random")
    there = len(queue_of(few).indices)
    assert 0 < there < QUEUE.default
    with pytest.raises(InputError, match=f"{there} images are there"):
        queue_of(few.with_values(queue=there + 1))
