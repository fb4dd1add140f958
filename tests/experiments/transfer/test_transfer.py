"""Two sets of a recipe: which images, what is handed on, files, words, code, and every mistake."""

from __future__ import annotations

import io
import math

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, balanced_accuracy_score

from gca_viz import set_distance, transfer
from gca_viz.datasets import load_dataset
from gca_viz.errors import InputError
from gca_viz.experiments.plan import engine
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.experiments.transfer.code import transfer_code
from gca_viz.experiments.transfer.files import distances_csv, images_csv, transfer_csv, transfer_npz
from gca_viz.experiments.transfer.groups import sets_of
from gca_viz.experiments.transfer.result import WAYS, TransferResult, transfer_recipe
from gca_viz.experiments.transfer.words import caption, distance_sentence, headline
from gca_viz.report import transfer_report

RECIPE = Recipe().with_values(data="emoji", n=32, eps=0.05, **{"from": "noto", "to": "twemoji"})


@pytest.fixture(scope="module")
def found() -> TransferResult:
    return transfer_recipe(RECIPE)


def test_the_sets_show_the_same_things_or_none_of_them():
    same = sets_of(RECIPE)
    assert np.array_equal(same.source.batch.identities, same.receiver.batch.identities)
    assert (same.source.batch.domains == 1).all() and (same.receiver.batch.domains == 2).all()
    assert {group.label for group in same.groups} == set(load_dataset("emoji").domain_titles)
    for size in (32, 512):  # more than half of what there is leaves half for each
        other = sets_of(RECIPE.with_values(things="other", n=size))
        first, second = other.source.batch.identities, other.receiver.batch.identities
        assert not np.intersect1d(first, second).size and len(second) >= len(first) / 2 > 8


def test_domains_follow_each_other_where_nobody_chose():
    assert [sets_of(Recipe()).source.label, sets_of(Recipe()).receiver.label] == ["Fluent", "Noto"]
    assert sets_of(Recipe().with_values(to="fluent")).source.label == "Noto"


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ({"sets": "split"}, ["training", "held-out"]),
        ({"sets": "labelled", "labelled": 10}, ["10 labelled", "22 unlabelled"]),
        ({"sets": "data", "other": "emoji-photo"}, ["Emoji in four styles", "Emoji and photographs"]),
    ],
)
def test_other_kinds_of_sets(values, labels):
    sets = sets_of(RECIPE.with_values(**values))
    assert [sets.source.label, sets.receiver.label] == labels
    if values["sets"] == "split":
        dataset = load_dataset("emoji")
        assert not dataset.held_out[sets.source.batch.indices].any()
        assert dataset.held_out[sets.receiver.batch.indices].all() and len(sets.groups) == 8
    if values["sets"] == "labelled":
        both = np.concatenate([sets.source.batch.indices, sets.receiver.batch.indices])
        assert sorted(both) == sorted(engine.batch_of(RECIPE.data).indices)


def test_the_numbers_are_those_of_python(found):
    a, b = (engine.embeddings_of(g.inputs(RECIPE)).z1 for g in (found.sets.source, found.sets.receiver))
    assert found.distance == pytest.approx(float(set_distance(a, b, 0.05)))
    assert found.distances.loc["Noto", "Twemoji"] == pytest.approx(found.distance, abs=1e-6)
    assert np.allclose(found.distances, found.distances.T) and (np.diag(found.distances) == 0).all()
    kinds = np.unique(found.lent)
    shares = transfer(a, b, found.lent, 0.05).numpy()
    assert np.array_equal(found.ways["sinkhorn"].found, kinds[shares.argmax(1)])
    nearest = (np.asarray(a) / np.linalg.norm(a, axis=1, keepdims=True)) @ (
        np.asarray(b) / np.linalg.norm(b, axis=1, keepdims=True)
    ).T
    assert np.array_equal(found.ways["knn1"].found, found.lent[nearest.argmax(0)])
    for of in found.ways.values():
        assert of.accuracy.value == pytest.approx(accuracy_score(found.truth, of.found))
        assert of.balanced.value == pytest.approx(balanced_accuracy_score(found.truth, of.found))
        assert of.accuracy.low <= of.accuracy.value <= of.accuracy.high
    assert found.plan.sum(0).numpy() == pytest.approx(np.ones(len(found.truth)), abs=1e-4)
    best = found.ways[found.best_neighbours].accuracy.value
    assert found.gain.value == pytest.approx(found.ways["sinkhorn"].accuracy.value - best)


def test_words_and_files(found):
    assert headline(found).startswith("From Noto to Twemoji the balanced plan hands ")
    assert f"is {found.distance:.2f}; two random halves" in distance_sentence(found)
    assert "32 images with a known class" in caption(found)
    table = pd.read_csv(io.StringIO(transfer_csv(found)))
    assert list(table.way) == list(WAYS) and table.accuracy[0] == found.ways["sinkhorn"].accuracy.value
    assert len(pd.read_csv(io.StringIO(distances_csv(found)))) == 16
    images = pd.read_csv(io.StringIO(images_csv(found)))
    assert len(images) == len(found.truth) and set(WAYS.values()) < set(images)
    with np.load(io.BytesIO(transfer_npz(found))) as arrays:
        assert arrays["plan"].shape == (len(found.lent), len(found.truth))


def test_python_copied_computes_the_same(found):
    names: dict = {}
    exec(transfer_code(found), names)
    assert float(names["far"]) == pytest.approx(found.distance, abs=1e-4)
    kinds = np.unique(found.lent)
    assert np.array_equal(kinds[names["shares"].argmax(1)], found.ways["sinkhorn"].found)


def test_the_report_has_all_of_it(found):
    report = transfer_report(found)
    html = report.html()
    assert headline(found) in html and "Sinkhorn’s plan" in html
    for heading in ("Classes handed on", "How far apart", "The plan", "Recipe"):
        assert f"<h2>{heading}</h2>" in html
    assert report.values["sizes"] == [len(found.lent), len(found.truth)]
    assert report.command.endswith("--page transfer") and len(report.zip()) > 10_000


def test_one_image_of_each_and_sets_without_a_common_class():
    small = transfer_recipe(RECIPE.with_values(n=1))
    assert small.plan.shape == (1, 1) and math.isnan(small.by_chance)
    digits = RECIPE.with_values(data="digits", encoder="random", n=12, sets="labelled", labelled=11)
    assert transfer_recipe(digits).plan.shape == (11, 1)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"to": "noto"}, "two domains are needed"),
        ({"to": "crayon"}, "the domains are"),
        ({"data": "digits", "from": "auto", "to": "auto"}, "two domains are needed"),
        ({"sets": "labelled", "labelled": 32}, "some of the batch must be left"),
        ({"sets": "data", "other": "emoji"}, "two data sets are needed"),
        ({"sets": "data", "other": "digits"}, "share no class"),
    ],
)
def test_mistakes(values, words):
    with pytest.raises(InputError, match=words):
        transfer_recipe(RECIPE.with_values(**values))
