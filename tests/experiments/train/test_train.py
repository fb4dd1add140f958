import csv
import errno
import json
import math
import signal
import subprocess
import sys
import time
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from gca_viz.cli import main
from gca_viz.datasets import load_dataset
from gca_viz.encoders import bundled_encoders, load_encoder
from gca_viz.errors import InputError
from gca_viz.experiments.evaluate import evaluate
from gca_viz.experiments.train import Hardware, Run, TrainingRecipe, train, training
from gca_viz.experiments.train.cards import command
from gca_viz.experiments.train.data import TrainingData, training_data
from gca_viz.experiments.train.events import events_of, progress_of
from gca_viz.experiments.train.probe import Probe, frames_in, read_frame
from gca_viz.experiments.train.training import warmup_cosine
from gca_viz.transport import align
from tests.datasets.images.pictures import encoded, noise, write

DIGITS = TrainingRecipe(data="digits", input_size=16, epochs=2, batch_size=256, warmup_epochs=1, knn_every=2)
CPU = Hardware(accelerator="cpu", precision="32-true")


@pytest.fixture(scope="module")
def few(tmp_path_factory) -> TrainingRecipe:
    """Two classes of a dozen images each in a folder; none is held out, so that no time goes into measuring."""
    pictures = {f"{kind}/{k}.png": encoded(noise(k + 50 * (kind == "b"))) for kind in "ab" for k in range(12)}
    folder = write(tmp_path_factory.mktemp("own") / "mine", pictures)
    return replace(DIGITS, data=str(folder), batch_size=8)


class Losses(list):
    """Keeps the loss of each epoch."""

    def __call__(self, share, metrics):
        if metrics is not None:
            self.append(metrics.loss)


def weights_of(run: Run) -> torch.Tensor:
    """The last state of a run in full precision."""
    state = torch.load(run.folder / "last.pt", weights_only=True)["online"]
    return torch.cat([tensor.float().flatten() for tensor in state.values()])


@pytest.mark.parametrize("method", ["gca-ince", "byol"])
def test_training_lowers_the_loss_and_a_seed_fixes_the_result(few, tmp_path, method):
    losses = Losses()
    recipe = replace(few, method=method, epochs=6)
    first = train(recipe, tmp_path / "a", hardware=CPU, report=losses)
    assert losses[-1] < losses[0]
    again = train(recipe, tmp_path / "b", hardware=CPU)
    other = train(replace(recipe, seed=1), tmp_path / "c", hardware=CPU)
    assert torch.equal(weights_of(first), weights_of(again))
    assert not torch.allclose(weights_of(first), weights_of(other))


def test_a_run_holds_checkpoints_of_chosen_epochs_with_cards_and_metrics(tmp_path):
    run = train(DIGITS, tmp_path / "mine", hardware=CPU, save_at=(0, 1), title="Mine")
    assert list(run.checkpoints) == [0, 1, 2] and Run.open(tmp_path / "mine") == run
    encoders = [load_encoder(path) for path in run.checkpoints.values()]
    images = torch.rand(3, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    embeddings = [encoder.encode(images) for encoder in encoders]
    assert not torch.allclose(embeddings[0], embeddings[1]) and not torch.allclose(embeddings[1], embeddings[2])
    assert [encoder.card["epoch"] for encoder in encoders] == [0, 1, 2]
    card = encoders[2].card
    assert card["title"] == "Mine" and card["data"]["content_id"] == load_dataset("digits").content_id
    assert TrainingRecipe.from_dict(card["recipe"]) == DIGITS
    measured = evaluate(load_encoder(run.checkpoints[2], output="backbone"), load_dataset("digits"))
    assert card["held_out"]["backbone"] == {key: pytest.approx(value, abs=1e-4) for key, value in measured.items()}
    rows = list(csv.DictReader((run.folder / "metrics.csv").open()))
    assert [row["epoch"] for row in rows] == ["1", "2"] and [bool(row["knn_class"]) for row in rows] == [
        False,
        True,
    ]
    assert list((run.folder / "tensorboard").glob("events*"))


def test_a_killed_run_resumes_to_the_same_bits(few, tmp_path):
    recipe = replace(few, method="byol", epochs=12)
    whole = train(recipe, tmp_path / "whole", hardware=CPU)
    words = [sys.executable, "-m", "gca_viz.cli", *command(recipe, str(tmp_path / "killed")).split()[1:]]
    words += ["--accelerator", "cpu", "--precision", "32-true"]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not (tmp_path / "killed" / "last.pt").exists():
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    killed = Run.open(tmp_path / "killed")
    assert len(killed.metrics) < 12
    resumed = train(recipe, tmp_path / "killed", hardware=CPU, resume=True)
    assert torch.equal(weights_of(resumed), weights_of(whole))
    ours, theirs = (load_file(run.checkpoints[12]) for run in (resumed, whole))
    assert all(torch.equal(ours[key], theirs[key]) for key in theirs)
    assert [row["loss"] for row in resumed.metrics] == [row["loss"] for row in whole.metrics]
    assert train(recipe, tmp_path / "killed", hardware=CPU, resume=True).metrics == resumed.metrics


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "gca-ince", "options": (("target", "label"),)},
        pytest.param({"method": "byol"}, marks=pytest.mark.slow),
    ],
)
def test_two_processes_have_the_loss_and_gradient_of_one_with_the_same_batch(few, tmp_path, changes):
    # One step an epoch: the first moment of Adam is then a tenth of the gradient.
    recipe = replace(few, epochs=1, batch_size=24, **changes)
    one = train(recipe, tmp_path / "one", hardware=CPU)
    two = train(recipe, tmp_path / "two", hardware=replace(CPU, devices=2))
    assert float(two.metrics[0]["loss"]) == pytest.approx(float(one.metrics[0]["loss"]), rel=1e-5)
    alone, together = (
        torch.cat([moments["exp_avg"].flatten() for moments in state["optimizer"]["state"].values()])
        for state in (torch.load(run.folder / "last.pt", weights_only=True) for run in (one, two))
    )
    # Rounding turns a ReLU on or off in regions of equal pixels; a missing or doubled part would be far larger.
    assert (alone - together).norm() < 0.02 * alone.norm()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"method": "sinkhorn"}, "method must be one of random, simclr"),
        ({"views": "zoom"}, "'zoom'"),
        ({"encoder": "ince"}, "of images alone a network starts at random"),
        ({"network": "vit"}, "small-resnet, resnet-18, resnet-50"),
        ({"epochs": -1}, "epochs must be a whole number ≥ 0"),
        ({"learning_rate": math.nan}, "learning_rate"),
        ({"strength": 3}, "strength"),
        ({"wrong_pairs": 1.5}, "wrong_pairs"),
        ({"batch_size": 5000, "data": "digits"}, "Use a smaller batch"),
        ({"data": "nowhere/at all"}, "check the path"),
        ({"data": "digits", "views": "cross-style"}, "at least two domains"),
        ({"epsilon": -1}, "epsilon"),
        ({"options": (("lamda1", 1.0),)}, "the option lamda1"),
        ({"options": (("lambda1", 1.0),)}, "lambda1"),
        ({"options": (("tau1", 1.5),), "method": "gca-uot"}, "τ₁. must be a number ≥ 0 and ≤ 1"),
        ({"options": (("target", "friends"),)}, "friends"),
        ({"options": (("layout", "joint"),), "method": "byol"}, "layout"),
    ],
)
def test_a_bad_recipe_fails_before_the_first_step(tmp_path, wrong, message):
    with pytest.raises(InputError, match=message):
        train(TrainingRecipe(**wrong), tmp_path / "run", report=lambda *_: pytest.fail("a step was taken"))
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("hardware", "message"),
    [
        ({"devices": 3}, "multiple of the number of devices"),
        ({"precision": "8"}, "bf16-mixed"),
        ({"accelerator": "abacus"}, "auto, cpu, cuda, mps"),
        ({"accelerator": "mps"}, "this machine has cpu"),
        ({"threads": 0}, "threads must be a whole number ≥ 1"),
    ],
)
def test_a_machine_that_is_not_there_is_told(tmp_path, hardware, message):
    with pytest.raises(InputError, match=message):
        train(DIGITS, tmp_path / "run", hardware=Hardware(**hardware))


def test_a_folder_is_not_written_over(few, tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.tex").write_text("years of work")
    with pytest.raises(InputError, match="not empty"):
        train(few, tmp_path / "other", hardware=CPU)
    recipe = replace(few, method="random")
    train(recipe, tmp_path / "run", hardware=CPU)
    with pytest.raises(InputError, match="Resume it"):
        train(recipe, tmp_path / "run", hardware=CPU)
    with pytest.raises(InputError, match="seed 0 → 1"):
        train(replace(recipe, seed=1), tmp_path / "run", hardware=CPU, resume=True)
    with pytest.raises(InputError, match="gca-viz train wrote"):
        Run.open(tmp_path / "other")


def test_a_loss_that_is_not_finite_ends_the_run_with_a_sentence(few, tmp_path, monkeypatch):
    def runs_away(*embeddings, **options):
        return SimpleNamespace(loss=align(*embeddings, **options).loss * math.nan)

    monkeypatch.setattr(training, "align", runs_away)
    with pytest.raises(InputError, match="Lower the learning rate"):
        train(replace(few, batch_size=24), tmp_path / "run", hardware=CPU)  # one step, after which it is seen
    assert not Run.open(tmp_path / "run").checkpoints


def test_a_point_of_the_constraint_square_is_the_method_with_its_lambdas():
    recipe = TrainingRecipe(method="gca-uot", epsilon=0.2, options=(("tau1", 1.0), ("tau2", 0.5)))
    assert recipe.composition == {"lambda1": math.inf, "lambda2": pytest.approx(0.2)}
    recipe.check()


def test_cross_style_partners_are_the_same_emoji_in_every_other_style():
    data = TrainingData(TrainingRecipe(views="cross-style-simclr"))
    dataset, rows = data.dataset, data.rows[:400]
    second = data.partners(rows, 1, 0)
    assert np.array_equal(dataset.identities[rows], dataset.identities[second])
    own = dataset.domains[0]
    assert (dataset.domains[rows] == own).all()
    share = np.bincount(dataset.domains[second], minlength=4) / len(second)
    assert share[own] == 0 and (abs(np.delete(share, own) - 1 / 3) < 0.1).all()
    assert not dataset.held_out[second].any()


def test_classmates_are_of_the_same_class_in_another_style_and_of_the_training_images():
    data = TrainingData(TrainingRecipe(data="things", views="cross-class"))
    dataset, rows = data.dataset, data.rows
    second = data.partners(rows, 1, 0)
    assert np.array_equal(dataset.labels[rows], dataset.labels[second])
    assert (dataset.domains[rows] != dataset.domains[second]).all()
    assert (dataset.identities[rows] != dataset.identities[second]).any()
    assert not dataset.held_out[second].any()


def test_an_epoch_shows_every_training_image_at_most_once_and_no_other():
    data = TrainingData(replace(DIGITS, batch_size=100))
    first, second = data.epoch(1), data.epoch(2)
    assert first.shape == (14, 100) and len(set(first.flatten().tolist())) == 1400
    assert not data.dataset.held_out[first.flatten()].any()
    assert not torch.equal(first, second) and torch.equal(first, data.epoch(1))


def test_a_share_of_the_pairs_is_wrong_and_stays_so():
    data = TrainingData(replace(DIGITS, wrong_pairs=0.25))
    partners = data.partners(data.rows, 1, 0)
    wrong = (partners != data.rows).float().mean()
    assert wrong == pytest.approx(0.25, abs=1e-3)
    assert torch.equal(partners, data.partners(data.rows, 2, 5))
    assert sorted(partners.tolist()) == sorted(data.rows.tolist())


def test_a_process_sees_its_part_of_the_batch_and_the_labels_of_all():
    data = TrainingData(replace(DIGITS, batch_size=64))
    rows = data.epoch(1)[0]
    whole = data.step(rows, 1, 0)
    parts = [data.step(rows, 1, 0, rank, 2) for rank in (0, 1)]
    for number, view in enumerate(whole.views):
        joined = torch.cat([part.views[number] for part in parts])
        assert torch.allclose(joined, view, atol=1e-6)
    assert all(torch.equal(part.labels, whole.labels) and len(part.labels) == 64 for part in parts)


def test_the_rate_warms_up_and_falls_as_a_cosine():
    rate = warmup_cosine(2, 10, 5)
    values = [rate(step) for step in range(51)]
    assert values[0] == pytest.approx(0.1) and max(values) == pytest.approx(values[9], rel=0.01)
    assert values[25] == pytest.approx(0.5) and values[50] == pytest.approx(0)


@pytest.mark.parametrize("network", ["resnet-18", "resnet-50"])
def test_larger_networks_can_be_read_again_with_their_projector(few, tmp_path, network):
    run = train(replace(few, method="random", network=network), tmp_path / "run", hardware=CPU)
    encoder = load_encoder(run.checkpoints[0])
    name = network.replace("resnet", "ResNet")
    assert encoder.report.architecture == name and encoder.report.stem.startswith("CIFAR (3 × 3, stride 1, no max")
    assert encoder.encode(torch.rand(2, 3, 16, 16)).shape == (2, 128) and encoder.report.verdict == "usable"


def test_images_of_ones_own_are_trained_on(few, tmp_path):
    run = train(replace(few, epochs=1), tmp_path / "run", hardware=CPU)
    card = load_encoder(run.checkpoints[1]).card
    assert card["data"]["trained_on"] == "all images" and card["held_out"] == {}


def test_the_command_line(few, tmp_path, capsys):
    folder = str(tmp_path / "run")
    words = ["train", folder, "--method", "gca-uot", "--lambda1", "1", "--data", few.data]
    words += ["--epochs", "1", "--batch-size", "8", "--input-size", "8", "--title", "Tiny", "--save-at", "0"]
    assert main([*words, "--accelerator", "cpu"]) == 0
    said = capsys.readouterr().out
    assert "Wrote epoch-000.safetensors, epoch-001.safetensors" in said and "loss" in said
    card = json.loads((tmp_path / "run" / "epoch-001.json").read_text("utf-8"))
    assert card["recipe"]["options"] == {"lambda1": 1.0} and card["title"] == "Tiny"
    again = card["command"].split()
    assert again[0] == "gca-viz" and set(again[1:]) <= set(words)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--method", "sinkhorn"], "method must be one of random, simclr"),
        (["--set", "lambda1"], "name=value"),
        (["--save-at", "1,two"], "whole numbers"),
        (["--resume", "--data", "nowhere"], "check the path"),
        (["--lambda1", "-1"], "lambda1 (λ₁) must be a number ≥ 0"),
        (["--lambda1", "1", "--method", "clip"], "Leave lambda1 out"),
        (["--threads", "0"], "threads must be"),
    ],
)
def test_the_command_line_refuses_with_a_sentence(tmp_path, capsys, words, message):
    assert main(["train", str(tmp_path / "x"), *words]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    "name", ["ince", *(pytest.param(n, marks=pytest.mark.slow) for n in ("random", "gca-uot"))]
)
def test_the_cards_tell_the_truth(name):
    measured = evaluate(load_encoder(name, output="backbone"), load_dataset("emoji"))
    for key, value in bundled_encoders()[name]["held_out"]["backbone"].items():
        assert measured[key] == pytest.approx(value, rel=0.01, abs=0.003), key


def test_the_card_of_an_epoch_says_how_to_keep_that_epoch():
    recipe = TrainingRecipe(epochs=50)
    assert command(recipe, "runs/a", epoch=10).endswith(" --save-at 10")
    assert "--save-at" not in command(recipe, "runs/a", epoch=50)
    assert "--save-at" not in command(TrainingRecipe(method="random"), "runs/a", epoch=0)


def test_the_relational_target_of_an_earlier_card_is_the_self_sharpened_of_today():
    old = {"method": "ince", "options": {"target": "relational", "target_temperature": 0.1}}
    recipe = TrainingRecipe.from_dict(old)
    recipe.check()
    assert recipe == TrainingRecipe(
        method="ince", options=(("target", "self-sharpened"), ("target_temperature", 0.1))
    )
    with pytest.raises(InputError, match="Use target='relation'"):
        TrainingRecipe.from_dict(old | {"options": {"target": "relational", "keep_diagonal": 0}}).check()
    TrainingRecipe(method="ince", options=(("target", "relation"),)).check()


def test_view_2_of_strong_and_weak_is_only_cropped_and_flipped():
    data, simclr = (
        TrainingData(replace(DIGITS, views=views, batch_size=32)) for views in ("strong-weak", "simclr")
    )
    rows = data.epoch(1)[0]
    step, strong = data.step(rows, 1, 0), simclr.step(rows, 1, 0)
    assert torch.equal(step.views[0], strong.views[0]) and not torch.equal(step.views[1], strong.views[1])
    # A crop and a mirror make nothing darker than the darkest, or brighter than the brightest.
    images = data.images[rows].float() / 255
    low, high = images.amin((1, 2, 3)), images.amax((1, 2, 3))
    inside = [
        ((view.amin((1, 2, 3)) >= low - 1e-3) & (view.amax((1, 2, 3)) <= high + 1e-3)).float().mean()
        for view in step.views[::-1]
    ]
    assert inside[0] == 1 > inside[1]


def test_a_probe_moves_with_the_epochs_and_leaves_the_training_as_it_is(few, tmp_path, monkeypatch):
    recipe = replace(few, epochs=2, knn_every=1)
    run = train(recipe, tmp_path / "seen", hardware=CPU, save_at=(0, 1), measure="last")
    frames = [read_frame(path) for path in frames_in(run.folder).values()]
    assert len(frames) == 3 and not torch.allclose(frames[1].z1, frames[2].z1)
    plans = [frame.plan(recipe) for frame in frames]
    told = events_of(run.folder)
    assert [row["epoch"] for row in told] == [0, 1, 2] and progress_of(run.folder) == (1.0, 0.0)
    assert [row["matched_share"] for row in told] == pytest.approx([float(plan.matched_share) for plan in plans])
    assert {"loss", "seconds", "alignment", "uniformity", "effective_rank"} <= set(told[2])
    monkeypatch.setattr(Probe, "write", lambda *_, **__: {})
    unseen = train(recipe, tmp_path / "unseen", hardware=CPU)
    assert torch.equal(weights_of(run), weights_of(unseen))


def test_two_methods_of_a_seed_start_alike_and_look_at_the_same_views(few, tmp_path):
    runs = [
        train(replace(few, method=method, epochs=1), tmp_path / method, hardware=CPU) for method in ("ince", "byol")
    ]
    first, second = (read_frame(frames_in(run.folder)[0]) for run in runs)
    assert torch.equal(first.z1, second.z1) and torch.equal(first.z2, second.z2)


def test_a_folder_that_another_run_writes_and_a_full_disk_are_told(few, tmp_path, monkeypatch):
    run = Run(tmp_path / "run", few)
    run.prepare(resume=False)
    with run.alone(), pytest.raises(InputError, match="another run is writing"):
        train(few, run.folder, hardware=CPU, resume=True)
    done = train(few, run.folder, hardware=CPU, resume=True)
    longer = tmp_path / "longer"
    written = Run.log

    def full(self, metrics):
        if metrics.epoch == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        written(self, metrics)

    monkeypatch.setattr(Run, "log", full)
    with pytest.raises(InputError, match="whose disk is full"):
        train(few, longer, hardware=CPU)
    monkeypatch.setattr(Run, "log", written)
    assert [row["epoch"] for row in events_of(longer)] == [0, 1]
    again = train(few, longer, hardware=CPU, resume=True)
    assert torch.equal(weights_of(done), weights_of(again))


def test_some_images_are_whole_identities_of_both_splits():
    whole, some = load_dataset("emoji"), training_data("emoji", 256)
    held_out = some.held_out.sum()
    assert len(some) - held_out == 256 and held_out == 256 and some.content_id != whole.content_id
    assert {*some.names} < {*whole.names} and some.class_names == whole.class_names
    _, counts = np.unique(some.identities, return_counts=True)
    assert (counts == 4).all()
    with pytest.raises(InputError, match="images = 3"):
        training_data("emoji", 3)
