"""Clients apart, styles in turn, a teacher, and another encoder to keep away from."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from gca_viz.cli import main
from gca_viz.datasets import load_dataset
from gca_viz.encoders import load_encoder
from gca_viz.errors import InputError
from gca_viz.experiments.train import Hardware, Run, TrainingRecipe, cards, data, train
from gca_viz.experiments.train.cards import command
from gca_viz.experiments.train.clients import Clients
from gca_viz.experiments.train.course import Part
from gca_viz.experiments.train.data import Pairs, TrainingData
from gca_viz.experiments.train.frozen import alike
from gca_viz.experiments.train.learner import Learner
from gca_viz.experiments.train.readings import asked, distance, forgetting, forgotten_between, likeness
from gca_viz.experiments.train.training import aligned
from gca_viz.geometry.bootstrap import draws
from gca_viz.geometry.similarity import linear_cka
from gca_viz.metric import Estimate

CPU = Hardware(accelerator="cpu", precision="32-true")
#: accuracies after phases and what is forgotten, computed by loops
FORGOTTEN = json.loads((Path(__file__).parents[2] / "transport/reference/family_views.json").read_text("utf-8"))[
    "forgetting"
]
HEAD = TrainingRecipe(
    data="emoji",
    on="random",
    method="ince",
    embedded_views=3,
    epochs=2,
    warmup_epochs=1,
    batch_size=16,
    knn_every=1,
)
NETWORK = replace(HEAD, on="none", input_size=8)
KINDS = pytest.mark.parametrize("recipe", [HEAD, NETWORK], ids=["head", "network"])


@pytest.fixture(autouse=True)
def _few_images(monkeypatch):
    """Every thirteenth emoji, in four styles; nothing is measured for cards."""
    monkeypatch.setattr(
        data, "load_dataset", lambda name: _part(load_dataset(name)) if name == "emoji" else load_dataset(name)
    )
    monkeypatch.setattr(cards, "_measured", lambda *_: {})


def _part(whole):
    kept = whole.identities % 13 == 3
    names = ("images", "labels", "domains", "identities", "held_out")
    return replace(
        whole,
        **{name: getattr(whole, name)[kept] for name in names},
        **{
            name: tuple(value for value, keep in zip(getattr(whole, name), kept, strict=True) if keep)
            for name in ("names", "texts")
        },
    )


def state_of(run: Run) -> dict:
    return torch.load(run.folder / "last.pt", weights_only=True)


def weights_of(run: Run, name: str = "online") -> torch.Tensor:
    return torch.cat([tensor.float().flatten() for tensor in state_of(run)[name].values()])


def told_last(run: Run, column: str) -> float:
    return float(run.metrics[-1][column])


def told(run: Run, column: str) -> list[float]:
    return [float(row[column]) for row in run.metrics]


@KINDS
@pytest.mark.parametrize("laps", [1, 2])
def test_one_client_with_all_images_is_plain_training_to_the_bit(tmp_path, monkeypatch, recipe, laps):
    recipe = replace(recipe, warmup_epochs=0, teacher="momentum")
    plain = train(replace(recipe, epochs=2 * laps), tmp_path / "plain", hardware=CPU)
    monkeypatch.setattr(
        data, "clients_of", lambda recipe, dataset, rows: (Part("all", rows),) * (recipe.clients != "none")
    )
    monkeypatch.setattr(
        "gca_viz.experiments.train.training.likeness", lambda _: Estimate(1.0, 1.0, 1.0)
    )  # of one there are no pairs
    alone = train(replace(recipe, clients="style", local_epochs=laps), tmp_path / "one", hardware=CPU)
    assert torch.equal(weights_of(alone), weights_of(plain))
    assert torch.equal(weights_of(alone, "target"), weights_of(plain, "target"))
    assert told(alone, "client_distance") == [0, 0]
    assert told(alone, "knn_class")[-1] == told(plain, "knn_class")[-1]


def test_clients_start_from_one_network_and_count_as_much_as_they_have_images():
    network = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    clients = Clients([network], [Part("a", torch.arange(30)), Part("b", torch.arange(10))])
    start = {name: value.clone() for name, value in network.state_dict().items()}
    clients.begin()
    came = []
    for client, laps in enumerate((1, 3)):
        clients.next()
        assert all(torch.equal(value, start[name]) for name, value in network.state_dict().items())
        for _ in range(laps):
            network(torch.randn(8, 3) + client)
        with torch.no_grad():
            network[0].weight.add_(client + 1)
        came.append({name: value.clone() for name, value in network.state_dict().items()})
        clients.come_back()
    vectors = list(clients.visited())
    mean = clients.average()
    for name, value in network.state_dict().items():
        if name.endswith("num_batches_tracked"):
            assert value == 3
        else:
            torch.testing.assert_close(value, 0.75 * came[0][name] + 0.25 * came[1][name])
    assert distance(vectors, mean) > 0 == distance([mean, mean], mean)


def test_clients_drift_apart_and_learn_together(tmp_path):
    recipe = replace(HEAD, clients="style", local_epochs=3)
    run = train(replace(recipe, epochs=4), tmp_path / "run", hardware=CPU)
    assert all(0 < value < 1 for value in told(run, "client_distance"))
    assert all(0 < value < 1 for value in told(run, "client_cka"))
    assert told(run, "loss")[-1] < told(run, "loss")[0]
    readings = json.loads((run.folder / "epoch-004.json").read_text("utf-8"))["readings"]
    assert readings["client_cka"] == pytest.approx(told(run, "client_cka")[-1], abs=1e-4)
    for name in ("client_distance", "client_cka", "client_cka_low", "client_cka_high"):
        assert readings[f"{name}_mean"] == pytest.approx(np.mean(told(run, name)), abs=1e-4)
    assert set(readings["knn_class_by_domain"]) == set(load_dataset("emoji").domain_names)
    # Each has an optimiser of its own, which knows its own steps alone.
    steps = [
        {float(state["step"]) for state in moments["state"].values()}
        for name, moments in state_of(run).items()
        if name.startswith("optimizer")
    ]
    each = len(Pairs(recipe).clients[0].rows) // 16
    assert steps == [{4 * 3 * each}] * 4


def test_a_client_sees_its_own_images_alone_in_views_of_its_own():
    recipe = replace(NETWORK, clients="class", local_epochs=2, batch_size=8)
    pairs = TrainingData(recipe)
    legs = list(pairs.legs(3))
    assert [(leg.client, leg.number) for leg in legs[:3]] == [(0, 5), (0, 6), (1, 5)]
    for leg in legs:
        assert set(pairs.dataset.labels[leg.batches.flatten()]) == {leg.client}
        assert leg.steps == 2 * len(leg.batches)
    numbers = [(leg.number, leg.first + k) for leg in legs for k in range(len(leg.batches))]
    assert len(set(numbers)) == len(numbers)


def test_with_all_kept_the_last_phase_is_joint_training():
    plain = Pairs(HEAD)
    for kept in (10**6, 978):
        joint = Pairs(replace(HEAD, in_turn="style", buffer=kept))
        assert joint.epochs == 8 and [joint.phase(epoch) for epoch in (1, 2, 3, 8)] == [1, 1, 2, 4]
        (leg,) = joint.legs(8)
        assert torch.equal(leg.batches, plain.epoch(8)) and leg.before == leg.steps == plain.steps


@pytest.mark.parametrize("kept", [0, 5])
def test_a_phase_has_its_style_and_what_is_kept_of_earlier_ones(kept):
    pairs = Pairs(replace(HEAD, in_turn="style", buffer=kept))
    names = pairs.dataset.domain_names
    assert [part.name for part in pairs.phases] == list(names)
    for number, part in enumerate(pairs.phases):
        count = np.bincount(pairs.dataset.domains[part.rows], minlength=4)
        assert count[:number].tolist() == [kept] * number and not count[number + 1 :].any()
        assert count[number] == (pairs.dataset.domains[pairs.rows] == number).sum()
    # What is kept once is kept for good.
    first = [set(part.rows[pairs.dataset.domains[part.rows] == 0].tolist()) for part in pairs.phases[1:]]
    assert first[0] == first[1] == first[2] and first[0] <= set(pairs.phases[0].rows.tolist())


def test_a_run_in_turn_keeps_every_phase_and_says_what_it_forgot(tmp_path):
    run = train(replace(HEAD, in_turn="style", buffer=5), tmp_path / "run", hardware=CPU)
    assert list(run.checkpoints) == [2, 4, 6, 8]
    assert told(run, "phase") == [1, 1, 2, 2, 3, 3, 4, 4]
    names = load_dataset("emoji").domain_names
    after = [[float(row[f"knn_class/{name}"]) for name in names] for row in run.metrics[1::2]]
    card = json.loads((run.folder / "epoch-008.json").read_text("utf-8"))
    assert card["readings"]["forgetting"] == pytest.approx(forgetting(after), abs=1e-4)
    assert (
        card["readings"]["forgetting_low"] <= card["readings"]["forgetting"] <= card["readings"]["forgetting_high"]
    )
    assert card["readings"]["forgetting_low"] == pytest.approx(told_last(run, "forgetting_low"), abs=1e-4)
    assert float(run.metrics[3]["forgetting"]) == pytest.approx(after[0][0] - after[1][0], abs=1e-4)
    assert [bool(row["forgetting"]) for row in run.metrics] == [False, False, False, True, False, True, False, True]
    assert "--in-turn style --buffer 5" in card["command"] and "--save-at" not in card["command"]
    # Each phase starts to learn anew.
    assert told(run, "learning_rate")[1::2] == pytest.approx([0] * 4, abs=1e-9)
    assert told(run, "learning_rate")[::2] == pytest.approx([1e-3] * 4, rel=0.01)


def test_forgetting_is_that_of_the_slow_computation():
    found = forgetting(FORGOTTEN["accuracy_after_phase_of_domain"])
    assert found == pytest.approx(FORGOTTEN["forgetting"], abs=1e-12)
    assert forgetting([[0.5, 0], [0.7, 0.9]]) == pytest.approx(-0.2)
    for wrong in ([[0.5]], [[0.5, 0.2]], [0.5, 0.4]):
        with pytest.raises(InputError, match="Measure every domain after every phase"):
            forgetting(wrong)


def test_what_is_forgotten_has_the_interval_of_a_slow_bootstrap_over_things():
    whole = _part(load_dataset("emoji"))
    test, names = asked(whole), list(whole.domain_names)
    draw = np.random.default_rng(0)
    hits = [draw.random(test.sum()) < share for share in (0.6, 0.7, 0.5)]
    things, places = whole.identities[test], whole.domains[test]
    found = forgotten_between(hits, whole, names[:3])
    unique = np.unique(things)
    slow = []
    for weights in (np.ones(len(unique)), *draws(len(unique))):
        counted = weights[np.searchsorted(unique, things)]
        share = [[np.average(of[places == d], weights=counted[places == d]) for d in range(3)] for of in hits]
        slow.append(forgetting(share))
    assert found == pytest.approx(tuple(2 * slow[0] - np.percentile(slow[1:], (97.5, 2.5))), abs=1e-6)
    # The same after every phase is forgotten by nobody, and one thing has no interval.
    assert forgotten_between([hits[0]] * 3, whole, names[:3]) == (0, 0)
    one = replace(whole, held_out=test & (whole.identities == unique[0]))
    assert np.isnan(forgotten_between([of[things == unique[0]] for of in hits], one, names[:3])).all()


def test_a_run_that_an_earlier_version_began_ends_without_an_interval(tmp_path):
    recipe = replace(HEAD, in_turn="style", epochs=1)

    def stop(share, metrics):
        if metrics is not None and metrics.epoch == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(recipe, tmp_path / "run", hardware=CPU, report=stop)
    (tmp_path / "run" / "phases.json").unlink()
    run = train(recipe, tmp_path / "run", hardware=CPU, resume=True)
    assert run.metrics[-1]["forgetting"] and not run.metrics[-1]["forgetting_low"]


@KINDS
def test_a_teacher_without_momentum_is_the_network_itself_and_with_all_of_it_stays(tmp_path, recipe):
    # One step: its loss is that of the networks as they are at the start.
    recipe = replace(recipe, method="clip", epochs=1, batch_size=len(Pairs(HEAD).rows), warmup_epochs=0)
    plain = train(recipe, tmp_path / "plain", hardware=CPU)
    same = train(replace(recipe, teacher="momentum", momentum=0), tmp_path / "same", hardware=CPU)
    assert told(same, "loss") == pytest.approx(told(plain, "loss"), rel=1e-5)
    learned = {name.removeprefix("encoder."): value for name, value in state_of(same)["online"].items()}
    assert all(torch.equal(value, learned[name]) for name, value in state_of(same)["target"].items())
    stays = train(replace(recipe, teacher="momentum", momentum=1), tmp_path / "stays", hardware=CPU)
    torch.manual_seed(recipe.seed)
    start = Learner.of(recipe).network
    weights = dict(start.named_parameters())
    assert all(
        torch.equal(value, weights[name]) for name, value in state_of(stays)["target"].items() if name in weights
    )


def test_columns_are_the_teachers_and_the_gradient_goes_to_rows_alone(tmp_path):
    # A strong view learns from a weak one, and not the other way round.
    strong = replace(HEAD, views="strong-weak", epochs=1, batch_size=len(Pairs(HEAD).rows), teacher="momentum")
    taught = train(strong, tmp_path / "run", hardware=CPU)
    torch.manual_seed(strong.seed)
    learner = Learner.of(strong)
    views = learner.data("cpu")
    step = views.step(views.epoch(1)[0], 1, 0)
    z1, z2 = learner.model(*learner.inputs(step))
    loss = aligned(z1, z2.detach(), step, strong)
    assert told(taught, "loss") == pytest.approx([float(loss.detach())], rel=1e-5)
    loss.backward()
    moments = state_of(taught)["optimizer"]["state"].values()
    for weight, moment in zip(learner.model.parameters(), moments, strict=True):
        torch.testing.assert_close(moment["exp_avg"], 0.1 * weight.grad, rtol=1e-3, atol=1e-7)


@KINDS
def test_away_by_nothing_is_plain_training_and_by_more_is_less_alike(tmp_path, recipe):
    plain = train(recipe, tmp_path / "plain", hardware=CPU)
    runs = {
        away: train(replace(recipe, away_from="ince", away=away), tmp_path / str(away), hardware=CPU)
        for away in (0, 20)
    }
    assert torch.equal(weights_of(runs[0]), weights_of(plain))
    near = {away: told(run, "away_cka") for away, run in runs.items()}
    assert all(0 < value < 1 for value in near[0]) and near[20][-1] < near[0][-1] - 0.05
    card = json.loads((runs[20].folder / "epoch-002.json").read_text("utf-8"))
    assert card["away_from"] == {
        "name": "ince",
        "content_id": load_encoder("ince").content_id,
        "output": "projector",
    }
    assert "--away-from ince --away 20" in card["command"]


def test_a_head_can_keep_away_from_another_one_on_the_same_encoder(tmp_path):
    first = train(HEAD, tmp_path / "first", hardware=CPU)
    recipe = replace(HEAD, away_from=str(first.checkpoints[2]), away=0)
    again = train(recipe, tmp_path / "again", hardware=CPU)
    other = train(replace(recipe, away_from="ince"), tmp_path / "other", hardware=CPU)
    assert told(again, "away_cka")[-1] > max(0.8, told(other, "away_cka")[-1])  # it is the same training


def test_being_alike_is_linear_cka_with_a_gradient():
    generator = torch.Generator().manual_seed(0)
    a, b = (torch.randn(9, width, dtype=torch.float64, generator=generator) for width in (3, 5))
    unit = [nn.functional.normalize(z, dim=1).numpy() for z in (a, b)]
    assert float(alike(a, b)) == pytest.approx(linear_cka(*unit), abs=1e-12)
    turn, _ = torch.linalg.qr(torch.randn(3, 3, dtype=torch.float64, generator=generator))
    assert float(alike(7 * a, a @ turn)) == pytest.approx(1)
    order = torch.randperm(9, generator=generator)
    assert float(alike(a[order], b[order])) == pytest.approx(float(alike(a, b)))
    a.requires_grad_()
    assert torch.autograd.gradcheck(lambda z: alike(z, b), a)


@pytest.mark.parametrize("count", [1, 2, 6])
def test_one_place_for_all_is_alike_to_nothing_and_pulls_nowhere(count):
    z = torch.ones(count, 3, requires_grad=True)
    cka = alike(z, torch.randn(count, 2))
    cka.backward()
    assert cka.abs() < 1e-9 and z.grad.abs().max() < 1e-6


def test_clients_with_one_embedding_are_alike():
    z = np.random.default_rng(0).normal(size=(20, 3))
    same = likeness([z, 2 * z, z[:, ::-1]])
    assert (same.value, same.low, same.high) == pytest.approx((1, 1, 1))
    other = likeness([z, np.random.default_rng(1).normal(size=(20, 3))])
    assert other.low < other.value < other.high and other.value < 0.5


@pytest.mark.parametrize(
    "changes",
    [
        {"clients": "style", "local_epochs": 2, "teacher": "momentum"},
        {"clients": "class", "batch_size": 8, "method": "byol"},
        {"in_turn": "style", "buffer": 7, "away_from": "ince"},
    ],
    ids=lambda changes: next(iter(changes)) + str(len(changes["method"]) if "method" in changes else ""),
)
def test_a_stopped_run_ends_with_the_same_bits(tmp_path, changes):
    recipe = replace(HEAD, epochs=3, **changes)
    whole = train(recipe, tmp_path / "whole", hardware=CPU)
    stops_after = 5 if recipe.in_turn != "none" else 2

    def stop(share, metrics):
        if metrics is not None and metrics.epoch == stops_after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(recipe, tmp_path / "stopped", hardware=CPU, report=stop)
    resumed = train(recipe, tmp_path / "stopped", hardware=CPU, resume=True)
    for name in ("online", "target"):
        if name in state_of(whole):
            assert torch.equal(weights_of(resumed, name), weights_of(whole, name))
    timed = ("seconds", "images_per_second")
    rows = [
        [{name: text for name, text in row.items() if name not in timed} for row in run.metrics]
        for run in (resumed, whole)
    ]
    assert rows[0] == rows[1]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"clients": "friends"}, "clients must be one of none, style, class"),
        ({"clients": "style", "data": "digits"}, "of one style.*leave --clients out"),
        ({"in_turn": "style", "data": "digits"}, "of one style.*leave --in-turn out"),
        ({"clients": "class", "batch_size": 60}, "the client .* has .* Use a batch of at most"),
        ({"in_turn": "style", "batch_size": 200}, "the style .* has .* Use a batch of at most"),
        ({"clients": "style", "in_turn": "style"}, "Leave one of both out"),
        ({"clients": "style", "views": "cross-style"}, "Choose views of one image"),
        ({"in_turn": "style", "views": "cross-style"}, "Choose views of one image"),
        ({"clients": "class", "wrong_pairs": 0.5}, "Leave one of both out"),
        ({"local_epochs": 2}, "Add --clients, or leave it out"),
        ({"clients": "style", "local_epochs": 0}, "local_epochs must be a whole number ≥ 1"),
        ({"buffer": 5}, "Add --in-turn, or leave it out"),
        ({"in_turn": "style", "buffer": -1}, "buffer .K. must be a whole number ≥ 0"),
        ({"away": 2}, "Add --away-from, or leave it out"),
        ({"away_from": "ince", "away": -1}, "away .λ. must be a number ≥ 0"),
        ({"away_from": "nowhere"}, "the bundled encoders are"),
        ({"teacher": "momentum", "method": "byol"}, "Leave --teacher out"),
        ({"teacher": "momentum", "method": "random"}, "trains nothing"),
        ({"teacher": "momentum", "views": "image-text", "method": "clip", "on": "none"}, "two views of images"),
        ({"teacher": "wise"}, "teacher must be one of none, momentum"),
    ],
)
def test_what_cannot_be_is_told_before_the_first_step(tmp_path, wrong, message):
    with pytest.raises(InputError, match=message):
        train(replace(HEAD, **wrong), tmp_path / "run", report=lambda *_: pytest.fail("a step was taken"))
    assert not (tmp_path / "run").exists()


def test_images_without_class_have_no_client_by_class(tmp_path, monkeypatch):
    whole = _part(load_dataset("emoji"))
    monkeypatch.setattr(data, "load_dataset", lambda _: replace(whole, labels=np.full_like(whole.labels, -1)))
    with pytest.raises(InputError, match="every training image needs a class, and 280 have none"):
        train(replace(HEAD, clients="class"), tmp_path / "run", hardware=CPU)


def test_the_command_line_and_the_card_say_the_same(tmp_path, capsys):
    recipe = replace(NETWORK, epochs=1, clients="style", local_epochs=2, teacher="momentum")
    assert TrainingRecipe.from_dict(json.loads(json.dumps(recipe.to_dict()))) == recipe
    words = command(recipe, str(tmp_path / "run")).split()[1:]
    assert main([*words, "--accelerator", "cpu"]) == 0
    said = capsys.readouterr().out
    assert "clients apart" in said and Path(tmp_path / "run" / "epoch-001.safetensors").exists()
    assert Run.open(tmp_path / "run").recipe == recipe
