"""Trainings that the app starts: they wait, go on, are stopped, go on again, and are nobody else's."""

import json
import os
import pickle
import time
from dataclasses import replace

import numpy as np
import pytest

from gca_viz.cluster.uploads import packed
from gca_viz.datasets import UPLOADS, load_dataset
from gca_viz.encoders import load_encoder
from gca_viz.errors import InputError
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.experiments.train import TrainingRecipe
from gca_viz.experiments.train.chosen import HEAD, NETWORK, Chosen, training_recipes
from gca_viz.experiments.train.events import events_of
from gca_viz.experiments.train.jobs import files, jobs
from gca_viz.experiments.train.jobs.owners import is_owner, new_owner
from gca_viz.experiments.train.probe import frames_in, read_frame

DIGITS = TrainingRecipe(
    data="digits", images=48, input_size=8, epochs=1, batch_size=16, warmup_epochs=0, knn_every=1
)
CHOSEN = Chosen(NETWORK, epochs=3, images=256, batch_size=64, learning_rate=2e-3, seed=0)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("GCA_VIZ_TRAININGS", str(tmp_path / "trainings"))
    yield tmp_path / "trainings"
    for path in (tmp_path / "trainings").glob(f"*/*/{files.JOB}"):
        jobs.Training(path.parent).delete()


def until(done, seconds=120.0, looked_at=True):
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "it takes too long"
        if looked_at:
            jobs.advance(1)
        time.sleep(0.1)


def test_one_goes_on_and_another_waits_and_both_are_whole_runs(folder):
    mine, other = new_owner(), new_owner()
    uploaded = UPLOADS.keep(load_dataset("digits").part(np.arange(64)))
    endless = replace(DIGITS, epochs=100_000)
    first = jobs.start(mine, "First", [endless, replace(endless, method="byol")], (0, 1))
    content = pickle.dumps([(uploaded, *packed(uploaded))])
    second = jobs.start(mine, "Second", [replace(DIGITS, data=uploaded, images=0)], (0, 1), content)
    assert [training.title for training in jobs.trainings_of(mine)] == ["Second", "First"]
    assert "_" not in first.name + second.name  # which a key of an element would have to be without
    assert not jobs.trainings_of(other) and not is_owner("../x") and is_owner(mine)

    def epochs():
        runs = first.runs
        return [len(frames_in(run.folder)) for run in runs.values()] if len(runs) == 2 else [0]

    until(lambda: min(epochs()) > 3)
    assert {state for state, _ in first.states.values()} == {"running"}
    assert second.states["a"] == ("waiting", "")
    start = [read_frame(frames_in(run.folder)[0]).z1 for run in first.runs.values()]
    assert np.array_equal(*start)  # two methods from one start
    first.stop()
    until(lambda: not first.goes_on)
    assert {state for state, _ in first.states.values()} == {"stopped"}
    run = first.runs["a"]
    last = int(max(row["epoch"] for row in events_of(run.folder)))
    kept = max(run.checkpoints)  # an epoch that was noted, but is not whole yet, will be done again
    assert last - 1 <= kept <= last and kept > 1 and load_encoder(run.checkpoints[kept]).card["epoch"] == kept
    until(lambda: not second.goes_on)
    assert second.states["a"] == ("done", "") and second.progress == (1.0, 0.0)
    first.resume()  # which goes on to the same bits, as other tests see
    assert {state for state, _ in first.states.values()} == {"waiting"}
    first.delete()
    assert not first.folder.exists() and [training.title for training in jobs.trainings_of(mine)] == ["Second"]


def test_who_waits_begins_though_nobody_looks(folder):
    first, second = (jobs.start(new_owner(), "Mine", [DIGITS], (0,)) for _ in range(2))
    jobs.advance(1)
    assert first.goes_on and second.states["a"][0] == "waiting"
    until(lambda: not second.goes_on, looked_at=False)
    assert [training.states["a"] for training in (first, second)] == [("done", ""), ("done", "")]


def test_what_breaks_or_vanishes_is_told(folder, monkeypatch):
    training = jobs.start(new_owner(), "Mine", [DIGITS], (0,))
    job = json.loads((training.folder / files.JOB).read_text("utf-8"))
    job["runs"]["a"] += ["--learning-rate", "nan"]
    (training.folder / files.JOB).write_text(json.dumps(job))
    jobs.keep_ready(1, "digits")
    (ready,) = jobs._ready
    until(lambda: not training.goes_on)
    assert not jobs._ready and files.pid_of(training.folder, "a").read_text() == str(ready.pid)
    state, sentence = training.states["a"]
    assert state == "failed" and "learning_rate" in sentence
    files.forget_end(training.folder, "a")
    files.pid_of(training.folder, "a").write_text("1")
    assert training.states["a"][0] == "starting"
    monkeypatch.setattr(files, "_TO_START", 0.0)
    state, sentence = training.states["a"]
    assert state == "stopped" and "without a word" in sentence
    monkeypatch.setenv("GCA_VIZ_MAX_TRAINING_BYTES", "10")
    with pytest.raises(InputError, match="GCA_VIZ_MAX_TRAINING_BYTES"):
        jobs.start(new_owner(), "Mine", [DIGITS], (0,))
    week = time.time() - 8 * 24 * 3600
    os.utime(training.folder / files.JOB, (week, week))
    assert jobs.start(new_owner(), "Mine", [DIGITS], (0,)).states["a"][0] == "waiting"
    assert not training.folder.exists()  # it was over a week old, and there was no room


def test_the_form_and_the_sidebar_are_a_training():
    recipe = Recipe().with_values(data="emoji", method="gca-uot", vs="ince", eps=0.3, lambda1=2.0, strength=0.5)
    first, second = training_recipes(recipe, CHOSEN, beside=True)
    assert (first.method, first.epsilon, dict(first.options)["lambda1"]) == ("gca-uot", 0.3, 2.0)
    assert second == replace(first, method="ince", options=second.options) and first.strength == 0.5
    (head,) = training_recipes(
        recipe.with_values(encoder="random", output="backbone"), replace(CHOSEN, trained=HEAD), beside=False
    )
    assert (head.on, head.on_output) == ("random", "backbone")


@pytest.mark.parametrize(
    ("values", "chosen", "words"),
    [
        ({"vs": "none"}, {}, "no second method"),
        ({"method": "moco", "vs": "ince"}, {}, "queue"),
        ({}, {"batch_size": 512}, "Use a smaller batch"),
        ({"views": "image-text", "method": "ince", "vs": "gca-ince"}, {}, "image and text"),
        ({"data": "digits", "views": "cross-style", "method": "ince", "vs": "gca-ince"}, {}, "several domains"),
    ],
)
def test_what_cannot_be_trained_is_refused_before_the_first_step(values, chosen, words):
    with pytest.raises(InputError, match=words):
        training_recipes(Recipe().with_values(**values), replace(CHOSEN, **chosen), beside=True)
