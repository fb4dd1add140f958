"""The rules of candidates: a table that every door shares, and its sentence."""

import numpy as np
import pytest

import gca_viz
from gca_viz.experiments.compare import steps
from gca_viz.experiments.compare.candidates import candidates_of
from gca_viz.experiments.compare.rules import rules_sentence
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.figures.rules import pareto
from gca_viz.geometry.class_tree import class_shares, class_tree

RECIPE = Recipe().with_values(n=40, encoders=("random", "ince-labels"), depth=2)


@pytest.fixture(scope="module")
def results():
    return steps.results_of(RECIPE, candidates_of(RECIPE))


def test_the_table_has_a_row_per_candidate_and_depth_and_is_that_of_python(results):
    frame = steps.rules_of(results)
    assert len(frame) == 3 * 10 and set(frame.depth) == set(range(1, 11))
    labels = results.members[0].points.labels[:40]
    entries = {member.label: (*np.split(member.points.z, 2), member.plan) for member in results.members}
    theirs = gca_viz.compare(entries, labels).rules
    assert theirs.accuracy.tolist() == frame.accuracy.tolist() and theirs.front.tolist() == frame.front.tolist()
    of = class_shares(results.members[0].plan, labels)
    tree, row = class_tree(of, 2), frame.query("contender == 'ince' and depth == 2").squeeze()
    assert row.accuracy == (tree.predicted == labels).mean() and row.leaves == tree.leaves
    assert row.vote == (of.vote == labels).mean() and row.agreement == (tree.predicted == of.vote).mean()
    assert row.low <= row.accuracy <= row.high and frame.front.any()


def test_the_sentence_and_the_figure_carry_the_numbers(results):
    frame = steps.rules_of(results)
    row = frame.query("contender == 'random' and depth == 2").squeeze()
    words = rules_sentence(frame, "random", 2)
    assert f"{row.leaves} rules (depth 2)" in words and f"{100 * row.accuracy:.0f} %" in words
    assert rules_sentence(frame, "nobody", 2) == ""
    front, others, first, second = pareto(frame, "ince", "random", 2).data
    assert len(front.x) == frame.front.sum() and len(others.x) == len(first.x) == len(second.x) == 10
    assert first.name == "A ince" and list(second.marker.size).count(14) == 1


def test_one_class_has_no_rules():
    z = np.random.default_rng(0).normal(size=(2, 6, 3))
    assert gca_viz.compare({"a": tuple(z), "b": tuple(z[::-1])}).rules.empty
    assert gca_viz.compare({"a": tuple(z), "b": tuple(z[::-1])}, np.zeros(6, int)).rules.empty


def test_the_depth_travels_in_the_link():
    assert RECIPE.to_query()["depth"] == "2" and Recipe.from_query(RECIPE.to_query())[0] == RECIPE
    assert Recipe.from_query({"depth": "11"})[1]
