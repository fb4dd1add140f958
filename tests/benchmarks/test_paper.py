"""What the experiments train, and what they say of their numbers."""

from dataclasses import replace
from urllib.parse import parse_qsl

import numpy as np
import pandas as pd
import pytest
import torch
from scipy import stats

from benchmarks.paper import batches, domains, experiment, family, iterations, methods, networks, noise, trials
from benchmarks.paper.experiment import Cell, Question, answered, cells_of, keep_claims, point_row, row_of
from benchmarks.paper.paired import NOT_SHOWN, REFUTED, SHOWN, Effect, holm
from benchmarks.paper.report import Estimate, markdown
from benchmarks.paper.trials import BASE, Trial, counted, hits_of, seeds, taken, trained, within
from gca_viz.datasets import load_dataset
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.experiments.train import Hardware, train
from gca_viz.geometry.metrics import knn_accuracy, linear_probe

ALL = (methods, networks, noise, iterations, domains, batches, family)
SMALL = replace(BASE, data="digits", on="random", on_output="first", embedded_views=2, epochs=2, batch_size=200)
#: a whole network, on few images
NETWORK = replace(networks.NETWORK, data="things", epochs=1)


def test_an_interval_holds_the_true_mean_nineteen_times_of_twenty():
    draw = np.random.default_rng(0)
    estimates = [Estimate.of(draw.normal(3.0, 2.0, 4)) for _ in range(2000)]
    inside = np.mean([abs(estimate.mean - 3.0) <= estimate.half for estimate in estimates])
    assert inside == pytest.approx(0.95, abs=0.015)
    alone = Estimate.of([0.5])
    assert np.isnan(alone.half) and str(alone) == "0.500"


def test_a_paired_effect_is_that_of_scipy_and_a_sure_one_needs_no_spread():
    ours, theirs = np.random.default_rng(0).normal(size=(2, 20))
    effect, known = Effect.of(ours - theirs), stats.ttest_rel(ours, theirs)
    interval = known.confidence_interval(0.95)
    assert (effect.low, effect.high) == pytest.approx((interval.low, interval.high))
    assert effect.p == pytest.approx(known.pvalue)
    assert Effect.of([0.0, 0.0]).p == 1 and Effect.of([0.1, 0.1]).p == 0 and Effect.of([0.1]).p == 1


def test_an_interval_over_seeds_and_things_holds_the_mean_of_others_nineteen_times_of_twenty():
    draw = np.random.default_rng(0)
    inside = []
    for _ in range(1000):
        seeds, things = draw.normal(0, 0.3, (20, 1)), draw.normal(0, 0.5, (1, 60))
        found = 0.2 + seeds + things + draw.normal(0, 1, (20, 60))
        effect = Effect.of(found.mean(1)).over(found)
        inside.append(effect.wide_low <= 0.2 <= effect.wide_high)
        assert effect.wide_high - effect.wide_low > 0
    assert np.mean(inside) == pytest.approx(0.95, abs=0.025)


def test_holm_is_the_step_down_of_bonferroni():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.9]) == [1.0, 1.0] and holm([]) == []


def test_a_verdict_needs_a_difference_that_survives_all_comparisons():
    cells = {
        name: Cell(replace(BASE, strength=strength))
        for name, strength in zip("abcd", (0.1, 0.2, 0.3, 0.4), strict=True)
    }
    draw = np.random.default_rng(0).normal(0, 0.01, 20)
    values = {"a": 0.5 + draw, "b": 0.6 + 0 * draw, "c": 0.4 + 0 * draw, "d": 0.5 + draw[::-1]}
    found = {cells[name]: [{"compactness": x, "hits": {}} for x in of] for name, of in values.items()}
    pairs = (("b", "a", False), ("c", "a", False), ("c", "a", True), ("d", "a", False))
    questions = [
        Question("a claim", "somewhere", cells[ours], cells[theirs], "compactness", below=below)
        for ours, theirs, below in pairs
    ]
    asked = experiment.Experiment("one", "One", "", "x", [], questions)
    answers = answered(asked, found)
    assert [answer.verdict for answer in answers] == [SHOWN, REFUTED, SHOWN, NOT_SHOWN]
    row = row_of(asked, answers[0], 20)
    assert row["comparisons"] == 4 and row["seeds"] == 20 and row["effect"] == pytest.approx(0.1, abs=0.01)


@pytest.mark.parametrize("module", ALL)
def test_every_cell_can_be_trained_and_every_link_opened(module):
    for quick in (True, False):
        asked = module.build(quick)
        cells = cells_of(asked)
        assert len(cells) == len(set(cells)) and asked.questions and asked.points
        for cell in cells if quick else ():
            cell.recipe.check()
        for question in asked.questions:
            link = experiment.link_of(question.ours.recipe)
            recipe, problems = Recipe.from_query(dict(parse_qsl(link[1:])))
            assert not problems and recipe.data.dataset == question.ours.recipe.data
            assert recipe.method.name == question.ours.recipe.method


@pytest.mark.parametrize("recipe", [replace(SMALL, method="gca-uot"), replace(SMALL, method="byol"), NETWORK])
def test_the_loop_comes_to_the_numbers_of_the_trainer(tmp_path, monkeypatch, recipe):
    monkeypatch.setattr("gca_viz.experiments.train.cards._measured", lambda *_: {})
    recipe = replace(recipe, wrong_pairs=0.2, seed=3)
    run = train(recipe, tmp_path / "run", hardware=Hardware(accelerator="cpu", precision="32-true"))
    state = torch.load(run.folder / "last.pt", weights_only=True)["online"]
    learner, _ = trained(Trial(recipe))
    for name, value in learner.network.state_dict().items():
        assert torch.equal(state[f"encoder.{name}"], value)


def test_a_trial_is_trained_once_and_its_result_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(trials, "STORE", tmp_path / "kept" / "heads.jsonl")
    made = []
    measured = {"within": 0.5, "knn": 0}

    def of(trial, wanted):
        made.append(trial)
        return {name: measured[name] for name in wanted} | {"knn": trial.recipe.seed / 10}

    monkeypatch.setattr(trials, "measured", of)
    runs = seeds(SMALL, 3)
    assert [result["knn"] for result in trials.results(runs, say=str)] == [0, 0.1, 0.2]
    with trials.STORE.open("a") as file:
        file.write('{"key": "cut o')  # by a stop
    again = seeds(SMALL, 4)
    assert [result["knn"] for result in trials.results(again, say=str)] == [0, 0.1, 0.2, 0.3]
    assert made == again
    # One that was kept without what is asked for is trained again, once.
    for _ in range(2):
        assert [result["within"] for result in trials.results(again[:1], {"within"}, say=str)] == [0.5]
    assert made == [*again, again[0]]


def test_the_measures_are_those_of_the_cards_and_neighbours_in_other_domains():
    emoji = load_dataset("emoji")
    draw = np.random.default_rng(0)
    z = np.eye(10)[emoji.labels] + 0.8 * draw.normal(size=(len(emoji), 10)) + 0.5 * np.eye(10)[emoji.domains]
    z = (z / np.linalg.norm(z, axis=1, keepdims=True)).astype(np.float32)
    hits = hits_of(z, emoji)
    known, asked, classes = ~emoji.held_out, emoji.held_out, emoji.labels
    assert hits["knn"].mean() == pytest.approx(
        knn_accuracy(z[known], classes[known], z[asked], classes[asked]), abs=2e-3
    )
    assert hits["linear"].mean() == linear_probe(z[known], classes[known], z[asked], classes[asked])[0]
    for domain in range(4):
        here, others = emoji.domains == domain, known & (emoji.domains != domain)
        wanted = knn_accuracy(z[others], classes[others], z[asked & here], classes[asked & here])
        assert hits["across"][emoji.domains[asked] == domain].mean() == pytest.approx(wanted, abs=3e-3)


def test_a_long_tail_halves_and_two_classes_are_the_largest():
    labels = np.repeat([2, 0, 1], [40, 64, 10])
    assert np.bincount(labels[taken(labels, "two classes")]).tolist() == [64, 0, 40]
    assert np.bincount(labels[taken(labels, "long tail")]).tolist() == [64, 4, 20]
    assert taken(labels, "all").all()


def test_a_measure_of_some_images_counts_these_alone():
    things = load_dataset("things")
    test, sizes = things.held_out, np.bincount(things.labels[~things.held_out])
    tail = counted("tail", "long tail", things)
    rare = np.flatnonzero(np.bincount(things.labels[test][tail], minlength=10))
    assert len(rare) == 5 and sizes[rare].max() <= np.delete(sizes, rare).min()
    assert np.array_equal(counted("head", "long tail", things), ~tail)
    unseen = counted("unseen", "without clipart", things)
    assert set(things.domains[test][unseen]) == {things.domain_names.index("clipart")}
    hits = np.zeros(test.sum(), bool)
    hits[unseen] = True
    kept = {"hits": {"across": np.packbits(hits).tobytes().hex()}}
    shares = experiment.things_of(kept, "unseen", "things", "without clipart")
    assert (shares == 1).all() and len(shares) == len(np.unique(things.identities[test][unseen]))
    assert experiment.things_of(kept, "across", "things").mean() < 0.6


def test_a_class_that_is_one_point_has_a_cosine_of_one_within():
    labels = np.array([0, 0, 1, 1])
    assert within(np.array([[1, 0], [1, 0], [0, 1], [0, 1.0]]), labels) == 1
    assert within(np.array([[1, 0], [0, 1], [0, 1], [0, 1.0]]), labels) == 0.5


def test_a_domain_that_is_left_out_is_not_trained_on_and_clients_are_those_of_the_rest():
    recipe = replace(SMALL, data="things", method="ince", clients="style", batch_size=64, epochs=1)
    _, data = trained(Trial(recipe, "without photo"))
    photo = data.dataset.domain_names.index("photo")
    assert photo not in data.domains[data.rows] and [part.name for part in data.clients] == ["clipart", "sketch"]


def test_claims_of_one_experiment_replace_those_of_before_and_leave_the_others(tmp_path, monkeypatch):
    monkeypatch.setattr(experiment, "SHIPPED", tmp_path)
    row = dict.fromkeys(experiment._COLUMNS, "x") | {"effect": 0.123456, "low": float("nan")}
    keep_claims("b", [row | {"experiment": "b"}] * 2)
    keep_claims("a", [row | {"experiment": "a"}])
    keep_claims("b", [row | {"experiment": "b", "claim": "new"}])
    table = pd.read_csv(tmp_path / "claims.csv")
    assert table.experiment.tolist() == ["a", "b"] and table.claim.tolist() == ["x", "new"]
    assert table.effect[0] == 0.1235 and np.isnan(table.low[0])


def test_what_the_tables_have_is_kept_and_corrected_with_what_is_new(tmp_path, monkeypatch):
    monkeypatch.setattr(experiment, "SHIPPED", tmp_path)
    cells = [Cell(replace(BASE, strength=strength)) for strength in (0.1, 0.2, 0.3)]
    draw = np.random.default_rng(0)
    found = {
        cell: [{"compactness": x, "hits": {}} for x in draw.normal(of, 0.1, 20)] for of, cell in enumerate(cells)
    }
    questions = [
        Question(f"{k} is above 0", "", cell, cells[0], "compactness") for k, cell in enumerate(cells) if k
    ]
    points = [experiment.Point("a panel", "a curve", k, cell, "compactness") for k, cell in enumerate(cells)]
    before = experiment.Experiment("one", "One", "", "x", points[:2], questions[:1])
    after = replace(before, points=points, questions=questions)
    keep_claims("one", [row_of(before, answer, 20) for answer in answered(before, found)])
    pd.DataFrame([point_row(point, found[point.cell]) for point in points[:2]]).to_csv(tmp_path / "one.csv")
    kept = experiment.Kept.of(after)
    assert kept.rest(after).points == points[2:] and kept.rest(after).questions == questions[1:]
    asked = {cell: found[cell] for cell in cells_of(kept.rest(after))}
    for ours, theirs in zip(answered(after, asked, kept), answered(after, found), strict=True):
        assert ours.verdict == theirs.verdict and ours.effect.mean == pytest.approx(theirs.effect.mean, rel=1e-3)
        assert np.log(ours.p) == pytest.approx(np.log(theirs.p), rel=0.01)
    assert kept.point(points[0])["mean"] == pytest.approx(point_row(points[0], found[cells[0]])["mean"])
    assert kept.point(points[2]) is None and experiment.Kept.of(replace(after, name="two")).rest(after) == after


def test_a_point_has_the_interval_of_its_seeds():
    asked = methods.build(True)
    row = point_row(asked.points[0], [{"knn": x} for x in (0.4, 0.5, 0.6)])
    estimate = Estimate.of([0.4, 0.5, 0.6])
    assert (row["mean"], row["low"], row["seeds"]) == pytest.approx((0.5, 0.5 - estimate.half, 3))


def test_a_table_in_markdown():
    table = pd.DataFrame({"method": ["ince"], "class": [0.12345], "nothing": [np.nan]})
    assert markdown(table).splitlines() == [
        "| method | class | nothing |",
        "| --- | --- | --- |",
        "| ince | 0.123 |  |",
    ]
