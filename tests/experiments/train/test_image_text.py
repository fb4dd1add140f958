import json
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file

from gca_viz.datasets import load_dataset
from gca_viz.encoders import load_encoder
from gca_viz.errors import InputError
from gca_viz.experiments.image_text import main
from gca_viz.experiments.train import Hardware, TrainingRecipe, cards, data, train
from gca_viz.experiments.train.learner import image_tower
from gca_viz.experiments.train.text_data import ImageTextData
from gca_viz.geometry.metrics import retrieval
from tests.older import needs

QUICK = TrainingRecipe(
    views="image-text", method="clip", encoder="ince", epochs=2, warmup_epochs=1, batch_size=32, learning_rate=1e-3
)
LOCKED = replace(QUICK, image_tower="locked")
#: loss of the learned and of the locked tower after an epoch
BEFORE = [3.5003306, 3.5332862]
CPU = Hardware(accelerator="cpu", precision="32-true")


@pytest.fixture(autouse=True)
def _few_images(monkeypatch):
    """Every thirteenth emoji, of each class some held out: enough to see a loss fall, and soon done."""
    monkeypatch.setattr(
        data, "load_dataset", lambda name: _part(load_dataset(name)) if name == "emoji" else load_dataset(name)
    )


@pytest.fixture
def unmeasured(monkeypatch):
    """No time goes into what a card says of its checkpoint."""
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


def weights_of(run):
    state = torch.load(run.folder / "last.pt", weights_only=True)["online"]
    return torch.cat([tensor.float().flatten() for tensor in state.values()])


def test_a_locked_tower_stays_as_it_is_and_the_other_learns(tmp_path, unmeasured):
    before = load_encoder("ince", output="backbone").network.state_dict()
    losses = []
    locked = train(LOCKED, tmp_path / "a", hardware=CPU, report=lambda _, told: told and losses.append(told.loss))
    assert losses[1] < losses[0]
    assert all(name.startswith(("projector.", "text.")) for name in load_file(locked.checkpoints[2]))
    free = load_encoder(train(QUICK, tmp_path / "b", hardware=CPU).checkpoints[2]).network.state_dict()
    changed = [name for name in before if name.endswith("conv1.weight") and not name.startswith("projector.")]
    assert changed and not any(torch.equal(before[name], free[name]) for name in changed)


@pytest.mark.parametrize("recipe", [QUICK, LOCKED])
def test_a_run_that_was_stopped_goes_on_to_the_same_bits(tmp_path, unmeasured, recipe):
    whole = train(recipe, tmp_path / "whole", hardware=CPU)

    def stop(share, metrics):
        if metrics is not None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(recipe, tmp_path / "stopped", hardware=CPU, report=stop)
    resumed = train(recipe, tmp_path / "stopped", hardware=CPU, resume=True)
    assert torch.equal(weights_of(resumed), weights_of(whole))


def test_a_batch_shows_every_identity_once_and_nothing_that_is_held_out(monkeypatch):
    monkeypatch.undo()
    dataset = load_dataset("emoji")
    recipe = replace(QUICK, batch_size=200)
    batches = ImageTextData(recipe, image_tower(recipe))
    drawn = batches.epoch(1)
    assert len(drawn) == batches.steps == 4 * (978 // 200)
    for rows in drawn:
        assert len(set(dataset.identities[rows].tolist())) == len(rows) == 200
        assert not dataset.held_out[rows].any()
    assert set(dataset.domains[torch.cat(drawn)].tolist()) == {0, 1, 2, 3}


def test_a_process_sees_its_part_of_images_and_texts():
    whole, *parts = (ImageTextData(QUICK, image_tower(QUICK)) for _ in range(3))
    for of in parts:  # each process has the same random numbers
        of.load_state_dict(whole.state_dict())
    rows = [of.epoch(1)[0] for of in (whole, *parts)]
    step = whole.step(rows[0], 1, 0)
    halves = [of.step(mine, 1, 0, rank, 2) for rank, (of, mine) in enumerate(zip(parts, rows[1:], strict=True))]
    assert torch.allclose(torch.cat([half.views[0] for half in halves]), step.views[0], atol=1e-5)
    assert torch.equal(torch.cat([half.views[1] for half in halves]), step.views[1])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"method": "simclr"}, "images stand against texts under ince, clip"),
        ({"epochs": 0}, "at least 1 epoch"),
        ({"wrong_pairs": 0.5}, "every text is that of its image"),
        ({"dropout": 1.0}, "dropout must be a number ≥ 0 and ≤ 0.999"),
        ({"batch_size": 5000}, "Use a smaller batch"),
        ({"data": "digits"}, "have no texts"),
        ({"encoder": "efficientnet-lite0"}, "Add --image-tower locked"),
        ({"encoder": "nothing"}, "the bundled encoders are"),
    ],
)
def test_a_bad_recipe_fails_before_the_first_step(tmp_path, wrong, message):
    with pytest.raises(InputError, match=message):
        train(replace(QUICK, **wrong), tmp_path / "run", report=lambda *_: pytest.fail("a step was taken"))
    assert not (tmp_path / "run").exists()


def test_the_command_of_earlier_cards_writes_a_checkpoint_that_reads_texts_and_its_card(tmp_path, capsys):
    out = tmp_path / "pair.safetensors"
    main([str(out), "--encoder", "random", "--epochs", "1", "--batch-size", "32"])
    encoder, card = load_encoder(out), json.loads(out.with_suffix(".json").read_text("utf-8"))
    assert encoder.encode_texts(["a", "b"]).shape == (2, 64) and encoder.report.texts == "all-MiniLM-L6-v2"
    assert card["command"].endswith("--encoder random --epochs 1 --batch-size 32") and card["order"] == 100
    recipe = TrainingRecipe.from_dict(card["recipe"])
    assert (recipe.views, recipe.method, recipe.epsilon, recipe.strength) == ("image-text", "clip", 0.1, 0.5)
    measured = card["held_out"]["projector"]
    assert {"image_to_text_r1", "text_to_image_r5", "knn_class"} <= set(measured)
    assert json.loads(capsys.readouterr().out.split("\n", 1)[1]) == card["held_out"]


@needs("kornia", "0.9", "a training in bfloat16 comes to another loss")
def test_image_and_text_come_to_what_they_came_to_with_a_loop_of_their_own(tmp_path, unmeasured):
    """Recorded before the one trainer had them."""
    losses = []
    for tower, precision in (("learned", "bf16-mixed"), ("locked", "32-true")):
        recipe = replace(QUICK, image_tower=tower, epochs=1)
        hardware = Hardware(accelerator="cpu", precision=precision)
        run = train(recipe, tmp_path / tower, hardware=hardware)
        losses.append(float(run.metrics[0]["loss"]))
    assert losses == pytest.approx(BEFORE, rel=1e-4)


def test_retrieval_counts_the_queries_whose_answer_is_among_the_nearest():
    answers = torch.eye(4)
    queries = torch.tensor([[1.0, 0, 0, 0], [0.9, 0.5, 0, 0], [0, 0.3, 0.2, 0.1], [4.0, 3.0, 2.0, 1.0]])
    assert [retrieval(queries, answers, k) for k in (1, 2, 3, 4)] == [0.25, 0.75, 0.75, 1.0]
