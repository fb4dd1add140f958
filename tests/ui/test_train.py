"""The page Train without a browser: what it offers, what it refuses, and whose trainings it shows."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from gca_viz.experiments.train.events import Events
from gca_viz.experiments.train.jobs import files, jobs
from gca_viz.experiments.train.jobs.owners import new_owner
from gca_viz.experiments.train.learner import Learner
from gca_viz.experiments.train.probe import Probe
from gca_viz.experiments.train.recipe import TrainingRecipe
from gca_viz.experiments.train.run import Run

APP = Path(__file__).parents[2] / "app.py"
SMALL = {
    "data": "digits",
    "n": "16",
    "method": "ince",
    "vs": "byol",
    "train-images": "48",
    "train-batch-size": "16",
}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("GCA_VIZ_TRAININGS", str(tmp_path / "trainings"))
    monkeypatch.setenv("GCA_VIZ_TRAINING", "1")
    for name in ("advance", "keep_ready"):
        monkeypatch.setattr(jobs, name, lambda *of: None)  # no process


def opened(**query: str) -> AppTest:
    test = AppTest.from_file(APP, default_timeout=120)
    for key, value in (SMALL | query).items():
        test.query_params[key] = value
    test.switch_page("gca_viz/ui/pages/train/train.py")
    return test.run()


def begun() -> tuple[str, jobs.Training, Run, Learner]:
    """A training whose process has made its folder: its owner, itself, its run, and what it trains."""
    recipe = TrainingRecipe(data="digits", images=48, input_size=8, batch_size=16, method="ince")
    training = jobs.start(owner := new_owner(), "Mine", [recipe], (0,))
    run = Run(training.folder / "a", recipe)
    run.prepare(resume=False)
    return owner, training, run, Learner.of(recipe)


def test_a_server_that_trains_nothing_says_so(monkeypatch):
    monkeypatch.setenv("GCA_VIZ_TRAINING", "0")
    test = opened()
    assert not test.exception and "GCA_VIZ_TRAINING" in test.info[0].value
    assert not [button for button in test.button if button.label == "Train"]


def test_a_training_is_started_stopped_and_found_again_by_its_link_alone():
    test = opened()
    assert not test.exception and not test.error
    test.button(key="train-start").click().run()
    assert not test.exception
    owner = test.query_params["trainings"]
    owner = owner[0] if isinstance(owner, list) else owner
    (training,) = jobs.trainings_of(owner)
    assert training.title == "InfoNCE and BYOL (no negatives)"
    again, stranger = opened(trainings=owner), opened()
    assert [button.label for button in again.button if button.key == "train-stop"] == ["Stop"]
    assert not [button for button in stranger.button if button.key == "train-stop"]
    again.button(key="train-stop").click().run()
    assert training.states["a"] == ("stopped", "")
    again.button(key="train-delete").click().run()
    assert not again.exception and not jobs.trainings_of(owner)


def test_frames_are_scrubbed_and_the_newest_is_followed():
    owner, training, run, learner = begun()
    probe = Probe.of(learner.data("cpu"))
    for epoch in (0, 1):
        Events(run.folder).note(epoch, probe.write(run.folder, learner, epoch))
    files.write_end(training.folder, "a", 1, "")
    test = opened(trainings=owner)
    assert not test.exception and test.title[0].value == "InfoNCE was trained in front of you"
    (slider,) = [slider for slider in test.select_slider if slider.label == "Epoch"]
    assert slider.value == 1
    slider.set_value(0).run()
    probe.write(run.folder, learner, 2)
    (slider,) = [slider for slider in test.run().select_slider if slider.label == "Epoch"]
    assert slider.value == 0  # it stays where somebody put it
    probe.write(run.folder, learner, 3)
    (slider,) = [slider for slider in slider.set_value(2).run().select_slider if slider.label == "Epoch"]
    slider.set_value(3).run()
    probe.write(run.folder, learner, 4)
    (slider,) = [slider for slider in test.run().select_slider if slider.label == "Epoch"]
    assert slider.value == 4
    assert not test.exception


def test_an_encoder_that_was_trained_here_is_found_by_a_link_that_is_loaded_again():
    owner, training, run, learner = begun()
    run.save(learner, learner.data("cpu").dataset, measure=False)
    files.write_end(training.folder, "a", 1, "")

    def alignment(**more: str) -> AppTest:
        test = AppTest.from_file(APP, default_timeout=120)
        for key, value in ({"n": "16", "data": "digits", "encoder": f"own:{training.name}-a-0"} | more).items():
            test.query_params[key] = value
        return test.run()

    again, other = alignment(trainings=owner), alignment(trainings=owner)
    for page in (again, other):
        assert not page.exception and not [told for told in page.warning if "another session" in told.value]
        assert page.session_state["recipe"].encoder.name == f"own:{training.name}-a-0"
    stranger = alignment()
    assert not stranger.exception and stranger.session_state["recipe"].encoder.name == "ince"
    assert any("another session" in told.value for told in stranger.warning)


def test_what_cannot_be_trained_is_a_sentence():
    test = opened(vs="none")
    assert not test.exception and "no second method" in test.error[0].value
    assert test.button(key="train-start").disabled


def test_what_a_link_cannot_say_is_told_until_its_control_moves():
    test = opened(**{"train-epochs": "-3", "train-images": "many"})
    told = [warning.value for warning in test.warning]
    assert not test.exception and len(told) == 2
    assert "train-epochs = −3" in told[0].replace("-3", "−3") and "the form shows 20" in told[0]
    test.number_input(key="train-epochs").set_value(4).run()
    (left,) = test.warning
    assert "train-images = many" in left.value


def test_a_method_whose_own_columns_are_a_queue_is_refused_with_a_remedy_that_works():
    test = opened(method="moco", vs="ince")
    (error,) = test.error
    assert "Choose another method" in error.value and "auto" not in error.value
    mended = opened(method="simclr", vs="ince")
    assert not mended.error
    set_by_hand = opened(method="ince", vs="gca-ince", columns="queue", queue="16")
    assert "'auto'" in set_by_hand.error[0].value
    assert not opened(method="ince", vs="gca-ince").error
