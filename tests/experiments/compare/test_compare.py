"""Comparing encoders, epochs and methods: laws, slow loops, and the numbers of the page in copied Python."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

import gca_viz
from gca_viz.datasets import load_dataset
from gca_viz.encoders import bundled_runs
from gca_viz.encoders.bundled import MODELS
from gca_viz.errors import InputError
from gca_viz.experiments.compare import course, steps
from gca_viz.experiments.compare.candidates import MOST, candidates_of, run_of
from gca_viz.experiments.compare.changes import changes_between
from gca_viz.experiments.compare.code import compare_code
from gca_viz.experiments.compare.course import course_frame, course_sentences
from gca_viz.experiments.compare.noted import noted
from gca_viz.experiments.compare.table import ALIKE, BETTER, HIGHER, ROWS, WORSE, verdict
from gca_viz.experiments.compare.words import headline
from gca_viz.experiments.metrics.changes import CHANGES
from gca_viz.experiments.plan import engine
from gca_viz.experiments.recipe.compare import ENCODERS
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.experiments.train.readings import forgetting
from gca_viz.geometry.aligned import aligned, moved, onto
from gca_viz.geometry.bootstrap import draws, interval, jackknife, of_mean, paired
from gca_viz.geometry.similarity import linear_cka, neighbour_overlap
from gca_viz.metric import Estimate


@pytest.fixture(scope="module")
def views():
    """Two views of 48 samples in three classes, 8 numbers each."""
    draw = np.random.default_rng(0)
    middle = 2 * draw.normal(size=(3, 8))
    labels = np.arange(48) % 3
    z = middle[labels] + draw.normal(size=(48, 8))
    return *(z + 0.4 * draw.normal(size=(2, 48, 8))), labels


def rotation(width, seed=1):
    return np.linalg.qr(np.random.default_rng(seed).normal(size=(width, width)))[0]


def small(**values):
    return Recipe().with_values(n=32, **values)


def results(recipe):
    return steps.results_of(recipe, candidates_of(recipe))


# Laws


def test_a_candidate_beside_itself_differs_in_nothing(views):
    z1, z2, labels = views
    found = gca_viz.compare({"a": (z1, z2), "b": (z1.copy(), z2.copy())}, labels)
    for table in (found.cka, found.cka_within, found.overlap, found.shared_mass):
        assert table.to_numpy() == pytest.approx(np.ones((2, 2)))
    other = found.table[found.table.contender == "b"]
    assert set(other.verdict) - {""} == {ALIKE}
    assert other.difference.dropna().to_numpy() == pytest.approx(0, abs=1e-9)
    changes = found.changes["b"]
    assert changes.moved == pytest.approx(0, abs=1e-6) and (changes.kept == 1).all()
    assert changes.pair[0] == pytest.approx(changes.pair[1])


def test_a_rotated_and_scaled_embedding_has_not_moved(views):
    z1, z2, labels = views
    turn = 3 * rotation(8)
    found = gca_viz.compare({"a": (z1, z2), "turned": (z1 @ turn, z2 @ turn)}, labels)
    changes = found.changes["turned"]
    assert changes.moved == pytest.approx(0, abs=1e-5)
    assert changes.kept.mean() > 0.999
    assert found.cka.loc["a", "turned"] == pytest.approx(1)
    assert set(found.table.verdict) - {""} == {ALIKE}


def test_one_displaced_sample_is_the_one_that_moved_most_and_lost_its_pair(views):
    z1, z2, labels = views
    bad = z1.copy()
    bad[17] = -5 * z1[17]
    changes = gca_viz.compare({"a": (z1, z2), "b": (bad, z2)}, labels).changes["b"]
    assert changes.moved.argmax() == 17
    assert CHANGES["lost"].of(changes).argmax() == 17
    assert CHANGES["won"].of(changes) == pytest.approx(-CHANGES["lost"].of(changes))


def test_moved_is_the_same_from_either_side_whatever_the_widths():
    draw = np.random.default_rng(3)
    a, b = draw.normal(size=(30, 5)), 7 * draw.normal(size=(30, 9))
    assert moved(a, b) == pytest.approx(moved(b, a))
    placed = onto(a, b)
    assert placed.shape == (30, 9)
    assert np.square(placed - placed.mean(0)).sum() == pytest.approx(np.square(a - a.mean(0)).sum())
    assert moved(a, np.ones((30, 2))) == pytest.approx(np.linalg.norm(a - a.mean(0), axis=1) / rms(a))


def rms(a):
    return np.sqrt(np.square(a - a.mean(0)).sum(1).mean())


def test_maps_of_rotated_embeddings_lie_on_each_other(views):
    z = np.concatenate(views[:2]).astype(np.float32)
    z /= np.linalg.norm(z, axis=1, keepdims=True)
    turned = (z @ rotation(8)).astype(np.float32)
    first, second = aligned([z, turned], "pca")
    assert second == pytest.approx(first, abs=1e-4)
    by_last = aligned([turned, z], "pca", anchor=1)
    assert by_last[1] == pytest.approx(first, abs=1e-5) and by_last[0] == pytest.approx(first, abs=1e-4)


def test_aligned_umap_repeats_itself_ties_equal_maps_and_can_be_left(views):
    z = np.concatenate(views[:2]).astype(np.float32)
    z /= np.linalg.norm(z, axis=1, keepdims=True)
    other = np.random.default_rng(5).normal(size=z.shape).astype(np.float32)
    other /= np.linalg.norm(other, axis=1, keepdims=True)
    told = []
    first, same, far = maps = aligned([z, z, other], "umap", progress=lambda share, what: told.append(share))
    assert np.array_equal(maps, aligned([z, z, other], "umap"))
    apart = np.linalg.norm(first - same, axis=1).mean()
    assert apart < 0.1 * np.linalg.norm(same - far, axis=1).mean()
    assert told == sorted(told) and len(told) > 100 and max(told) < 1

    def stop(share, what):
        if share > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        aligned([z, z, other], "umap", progress=stop)


@pytest.mark.parametrize(("points", "message"), [(np.eye(4), "4 points"), (np.ones((8, 3)), "all the same")])
def test_umap_of_too_little_is_refused_in_words(points, message):
    with pytest.raises(InputError, match=message):
        aligned([points.astype(np.float32)] * 2, "umap")
    assert np.isfinite(aligned([points.astype(np.float32)] * 2, "pca")).all()


# Intervals


def test_the_paired_interval_is_that_of_a_slow_loop():
    draw = np.random.default_rng(0)
    a = draw.random(40)
    b = a + 0.05 + 0.02 * draw.normal(size=40)
    drawn = draws(40)
    found = paired(of_mean(a, drawn), of_mean(b, drawn))
    slow = [np.average(b, weights=w) - np.average(a, weights=w) for w in drawn]
    assert [found.low, found.high] == pytest.approx(np.percentile(slow, [2.5, 97.5]), abs=1e-6)
    assert found.value == pytest.approx(b.mean() - a.mean())
    alone = of_mean(a, drawn), of_mean(b, drawn)
    assert found.low > 0 and alone[0].high > alone[1].low, "apart in pairs, though each interval holds the other"


def test_the_paired_jackknife_leaves_out_the_same_groups():
    draw = np.random.default_rng(0)
    a = draw.random(40)
    of = lambda values: lambda samples: float(values[samples].mean())  # noqa: E731
    first, second = jackknife(40, of(a)), jackknife(40, of(a + 1))
    found = paired(first, second)
    assert (found.value, found.low, found.high) == pytest.approx((1, 1, 1))
    mixed = paired(first, interval(1.0, np.ones(10)))
    assert np.isnan(mixed.low) and np.isnan(mixed.high)


@pytest.mark.parametrize(
    ("low", "high", "sense", "word"),
    [
        (0.1, 0.2, "higher", BETTER),
        (0.1, 0.2, "lower", WORSE),
        (-0.2, -0.1, "lower", BETTER),
        (0.1, 0.2, "", HIGHER),
        (-0.1, 0.2, "higher", ALIKE),
        (0.0, 0.2, "higher", ALIKE),
        (1e-9, 2e-9, "higher", ALIKE),
        (np.nan, np.nan, "higher", ALIKE),
    ],
)
def test_a_verdict_needs_the_whole_interval_on_one_side(low, high, sense, word):
    assert verdict(Estimate((low + high) / 2, low, high), sense, 1.0) == word


@pytest.mark.parametrize("method", ["gca-ince", "simclr", "gca-uot", "clip"])
def test_the_numbers_of_a_plan_are_its_readings_and_their_intervals_those_of_a_slow_loop(views, method):
    z1, z2, labels = views
    plan = gca_viz.align(z1, z2, method)
    table = gca_viz.compare({"a": (z1, z2, plan), "b": (z1, z2, plan)}, labels).table
    row = table[table.contender == "a"].set_index("measure")
    for name in ("matched_share", "top1_rows", "top1_columns", "perplexity", "loss"):
        assert row.value[name] == pytest.approx(float(getattr(plan, name)), rel=1e-5), name
    assert row.value["false_negative_mass"] == pytest.approx(float(plan.false_negative_mass(labels)), rel=1e-5)
    shares = []
    samples, partner = plan.pairing.row_sample.numpy(), plan.pairing.partner
    on_pair = plan.matrix.gather(1, partner[:, None]).squeeze(1).numpy()
    for weights in draws(48)[:, samples]:
        shares.append((weights * on_pair).sum() / (weights * plan.row_mass.numpy()).sum())
    assert [row.low["matched_share"], row.high["matched_share"]] == pytest.approx(
        np.percentile(shares, [2.5, 97.5]), rel=1e-4
    )


def test_a_better_encoder_is_better_and_a_worse_one_worse(views):
    z1, z2, labels = views
    noise = 3 * np.random.default_rng(9).normal(size=(2, 48, 8))
    both = {"good": (z1, z2), "bad": (z1 + noise[0], z2 + noise[1])}
    table = gca_viz.compare(both, labels).table
    bad = table[table.contender == "bad"].set_index("measure").verdict
    assert {bad[name] for name in ("matched_share", "top1_rows", "knn_class", "loss")} == {WORSE}
    turned = gca_viz.compare(dict(reversed(both.items())), labels).table
    good = turned[turned.contender == "good"].set_index("measure").verdict
    assert {good[name] for name in ("matched_share", "top1_rows", "knn_class", "loss")} == {BETTER}


# The public door


def test_the_tables_of_alikeness_are_those_of_geometry(views):
    z1, z2, _ = views
    draw = np.random.default_rng(2)
    all_ = {"a": (z1, z2), "b": (z1 + draw.normal(size=z1.shape), z2), "c": tuple(draw.normal(size=(2, 48, 5)))}
    found = gca_viz.compare(all_)
    points = {name: member.points.z for name, member in found.entries.items()}
    for one in all_:
        for other in all_:
            assert found.cka.loc[one, other] == pytest.approx(linear_cka(points[one], points[other]))
            overlap = neighbour_overlap(points[one], points[other]).mean()
            assert found.overlap.loc[one, other] == pytest.approx(overlap)


def test_without_labels_what_needs_classes_is_missing_and_nothing_else(views):
    z1, z2, _ = views
    found = gca_viz.compare({"a": (z1, z2), "b": (z2, z1)})
    missing = set(found.table[found.table.value.isna()].measure)
    classes = ("two classes", "two samples of one class", "two domains")
    needs = {name for name, row in ROWS.items() if row.at_least in classes}
    assert missing == needs
    assert found.changes["b"].same_class is None and "same_class_share_a" not in found.changes["b"].frame()
    assert (found.table[found.table.value.isna()].verdict == "").all()


def test_torch_and_text_labels_are_taken_and_methods_compared(views):
    z1, z2, labels = views
    t1, t2 = torch.tensor(z1, requires_grad=True), torch.tensor(z2)
    names = np.array(["x", "y", "z"])[labels]
    found = gca_viz.compare(
        {method: (t1, t2, gca_viz.align(t1, t2, method)) for method in ("ince", "rince")}, names
    )
    loss = found.table.query("contender == 'rince' and measure == 'loss'").verdict.item()
    assert loss in (ALIKE, HIGHER, "lower"), "losses of two kinds: none is better"
    assert (found.overlap == 1).all().all() and found.shared_mass.loc["ince", "rince"] <= 1


@pytest.mark.parametrize(
    ("embeddings", "message"),
    [
        ({"a": (np.eye(4), np.eye(4))}, "at least two"),
        ({"a": (np.eye(4), np.eye(4)), "b": (np.eye(5), np.eye(5))}, "4 and 5 samples"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_words(embeddings, message):
    with pytest.raises(InputError, match=message):
        gca_viz.compare(embeddings)


def test_plans_of_two_layouts_are_refused(views):
    z1, z2, _ = views
    with pytest.raises(InputError, match="cross and joint"):
        gca_viz.compare({"a": (z1, z2), "b": (z1, z2, gca_viz.align(z1, z2, "simclr"))})


# Under a recipe


def test_the_sidebars_encoder_is_first_and_others_follow_once():
    recipe = small(encoder="gca-ince", encoders=("ince", "gca-ince", "ince@5", "ince"))
    candidates = candidates_of(recipe)
    assert [candidate.label for candidate in candidates.members] == ["gca-ince", "ince", "ince@5"]
    assert not candidates.notes


def test_what_cannot_be_loaded_is_told_and_the_others_stay():
    candidates = candidates_of(small(encoders=("nonsense", "random", "own:someone", "/etc/passwd")))
    assert [candidate.label for candidate in candidates.members] == ["ince", "random"]
    told = " ".join(candidates.notes)
    assert "nonsense" in told and "another session" in told and "/etc/passwd" in told


def test_a_link_names_no_file_of_the_server():
    path = MODELS / "random.safetensors"
    assert len(candidates_of(small(encoders=(str(path), "transformers:x/y"))).members) == 1


def test_too_many_are_cut_with_a_sentence():
    epochs = tuple(bundled_runs()["ince"].values())
    names = (*epochs, "random", "gca-ince", "gca-uot", "simclr", "clip", "byol", "rince")
    candidates = candidates_of(small(encoders=names))
    assert len(candidates.members) == MOST and "first 12" in candidates.notes[0]


def test_methods_stay_in_the_layout_of_the_first():
    candidates = candidates_of(small(against="methods", method="simclr", methods=("ince", "gca-ince")))
    layouts = {candidate.method.layout for candidate in candidates.members[1:]}
    assert layouts <= {"joint"}
    assert all("cross" in note for note in candidates.notes)
    found = results(small(against="methods", methods=("ince", "rince")))
    assert {id(member.points) for member in found.members} == {id(found.members[0].points)}


def test_b_is_the_recipes_choice_or_the_last():
    recipe = small(encoders=("random", "gca-ince"))
    assert results(recipe).pair[1].label == "gca-ince"
    assert results(recipe.with_values(**{"with": "random"})).pair[1].label == "random"


def test_the_page_computes_what_the_public_door_does():
    recipe = small(encoders=("random",))
    found = results(recipe)
    entries = {member.label: (*np.split(member.points.z, 2), member.plan) for member in found.members}
    batch = engine.batch_of(recipe.data)
    direct = gca_viz.compare(entries, batch.labels, engine.domains_of(recipe.data, recipe.views))
    ours = steps.table_of(found).set_index(["contender", "measure"])
    theirs = direct.table.set_index(["contender", "measure"]).loc[ours.index]
    pd.testing.assert_frame_equal(ours, theirs, check_exact=False, rtol=1e-4, atol=1e-5)
    assert steps.changes_of(found).moved == pytest.approx(direct.changes["random"].moved, abs=1e-5)
    assert steps.alike_of(found)["cka"].to_numpy() == pytest.approx(direct.cka.to_numpy())


@pytest.mark.parametrize(
    "values",
    [
        {"encoders": ("random", "ince@5")},
        {"encoders": ("random",), "m": 3, "reduce": "worst"},
        {"against": "methods", "methods": ("ince",)},
    ],
)
def test_copied_python_gives_the_numbers_of_the_page(values):
    recipe = small(**values)
    found = results(recipe)
    space = {}
    exec(compare_code(found), space)
    ours = steps.table_of(found).set_index(["contender", "measure"]).value
    theirs = space["found"].table.set_index(["contender", "measure"]).value
    assert theirs.loc[ours.index].to_numpy() == pytest.approx(ours.to_numpy(), rel=1e-3, abs=1e-4, nan_ok=True)


def test_a_bundled_run_is_its_epochs_in_order():
    candidates = run_of(small(), "ince")
    assert candidates.kind == ENCODERS
    assert [candidate.name for candidate in candidates.members] == list(bundled_runs()["ince"].values())


def test_progress_is_told_and_may_cancel():
    told = []
    recipe = small(seed=77, encoders=("random", "gca-ince"))
    found = steps.results_of(recipe, candidates_of(recipe), progress=lambda share, what: told.append((share, what)))
    steps.table_of(found, progress=lambda share, what: told.append((share, what)))
    assert all(0 <= share < 1 for share, _ in told) and any(what.startswith("random") for _, what in told)

    def stop(share, what):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        steps.results_of(recipe.with_values(seed=78), candidates_of(recipe), progress=stop)


# Words


def test_the_headline_says_what_changed_with_its_numbers():
    found = results(small(encoder="random", encoders=("ince",)))
    sentence = headline(*found.pair, steps.changes_of(found))
    before, after = (100 * float(member.plan.top1_rows) for member in found.pair)
    assert f"rises from {before:.0f} % to {after:.0f} %" in sentence
    assert sentence.startswith("From random to ince the share of rows that send most to their partner")
    changed = 100 * (1 - steps.changes_of(found).kept.mean())
    assert sentence.endswith(f"{changed:.0f} % of the neighbours change")


def test_the_headline_of_the_same_says_so():
    member = results(small(encoders=("random",))).members[0]
    twin = replace(member, label="its twin")
    assert (
        headline(member, twin, changes_between(member, twin))
        == "ince and its twin make the same plan of this batch"
    )


def test_a_run_that_came_in_styles_tells_what_it_noted_and_another_nothing():
    recipe = Recipe()
    found = {reading.title: reading for reading in noted(run_of(recipe, "styles-in-turn").members)}
    titles = [f"kNN class, {name}" for name in load_dataset("emoji").domain_names]
    assert list(found) == [*titles, "Forgetting"]
    after = [[found[title].values[phase] for title in titles] for phase in range(4)]
    told = found["Forgetting"].values
    assert np.isnan(told[0]) and told[3] == pytest.approx(forgetting(after), abs=2e-4)
    assert told[1] == pytest.approx(after[0][0] - after[1][0], abs=2e-4)
    assert noted(run_of(recipe, "ince").members) == []


def candidate_with(monkeypatch, **readings):
    """The candidates of a recipe, of which A's card tells this of its training."""
    members = candidates_of(Recipe()).members[:2]
    cards = {members[0].encoder.name: readings}
    monkeypatch.setattr(course, "readings_of", lambda name: cards.get(name, {}))
    return members


def test_what_training_noted_is_a_table_with_intervals_of_those_who_noted_it(monkeypatch):
    members = candidate_with(
        monkeypatch,
        forgetting=0.04,
        forgetting_low=-0.01,
        forgetting_high=0.09,
        client_cka=0.5,
        client_cka_mean=0.9,
    )
    frame = course_frame(members)
    assert set(frame.contender) == {members[0].label}
    told = {row.measure: (row.value, row.low, row.high) for row in frame.itertuples()}
    assert (
        told["forgetting"] == (0.04, -0.01, 0.09) and told["client_cka"][0] == 0.9
    )  # over rounds, where it is known
    assert np.isnan(told["client_cka"][1]) and "client_distance" not in told
    assert course_frame(members[1:]).empty and course_sentences(course_frame(members[1:])) == {}
    candidate_with(monkeypatch, forgetting="a lot", client_cka=[1])
    assert course_frame(members).empty


@pytest.mark.parametrize(
    ("readings", "sentence"),
    [
        (
            (0.04, -0.01, 0.09),
            "Nothing is forgotten here that could be told from chance: .* 4.0 points below .*−1.0 to 9.0",
        ),
        ((0.04, 0.01, 0.09), "Something is forgotten: .* 4.0 points below"),
        ((-0.04, -0.09, -0.01), "Nothing is forgotten, and later styles help: .* 4.0 points above"),
        ((0.04,), "On earlier styles .* the card has no interval"),
    ],
)
def test_a_sentence_says_what_was_found(monkeypatch, readings, sentence):
    names = ("forgetting", "forgetting_low", "forgetting_high")
    members = candidate_with(monkeypatch, **dict(zip(names, readings, strict=False)))
    (said,) = course_sentences(course_frame(members)).values()
    assert re.search(sentence, said)


def test_clients_hardly_drift_where_the_whole_interval_says_so(monkeypatch):
    for low, word in ((0.96, "hardly drift"), (0.94, "Clients drift")):
        readings = {"client_cka_mean": 0.97, "client_cka_low_mean": low, "client_cka_high_mean": 0.98}
        members = candidate_with(monkeypatch, **readings, client_distance_mean=0.012)
        (said,) = course_sentences(course_frame(members)).values()
        assert word in said and f"0.970, {low:.3f} to 0.980" in said and "1.2 % of their length" in said


def test_the_heads_that_ship_tell_what_came_of_their_courses():
    names = ("styles-in-turn-100", "style-clients")
    recipe = Recipe().with_values(encoder="styles-in-turn@120", encoders=names)
    frame = course_frame(candidates_of(recipe).members)
    assert list(dict.fromkeys(frame.contender)) == ["styles-in-turn@120", *names]
    known = frame[frame.measure != "client_distance"]
    assert ((known.low < known.value) & (known.value < known.high)).all()
    said = course_sentences(frame)
    assert "orgotten" in said["styles-in-turn@120"] and "Clients hardly drift" in said["style-clients"]
