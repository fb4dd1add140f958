import json

import pytest
import torch

from gca_viz.datasets import load_dataset
from gca_viz.encoders import load_encoder
from gca_viz.errors import InputError
from gca_viz.experiments.train import image_text
from gca_viz.experiments.train.image_text import ImageTextRecipe, _Batches, main, train
from gca_viz.geometry.metrics import retrieval

QUICK = {"epochs": 2, "warmup_epochs": 1, "batch_size": 32}


@pytest.fixture(autouse=True)
def _few_images(monkeypatch):
    """Every thirteenth emoji, of each class some held out: enough to see a loss fall, and soon done."""
    monkeypatch.setattr(image_text, "load_dataset", lambda name: _part(load_dataset(name)))


def _part(whole):
    from dataclasses import replace

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


def test_a_locked_network_stays_as_it_is_and_the_other_learns():
    before = load_encoder("ince", output="backbone").network.state_dict()
    losses = []
    locked = train(
        ImageTextRecipe(encoder="ince", locked=True, **QUICK), report=lambda _, loss: losses.append(loss)
    )
    assert losses[1] < losses[0]
    after = locked.state_dict()
    backbone = [key for key in before if not key.startswith("projector.")]
    assert all(torch.equal(before[key], after[key]) for key in backbone)
    free = train(ImageTextRecipe(encoder="ince", **QUICK)).state_dict()
    assert not any(torch.equal(before[key], free[key]) for key in backbone if key.endswith("conv1.weight"))


def test_a_batch_shows_every_identity_once_and_nothing_that_is_held_out():
    dataset = load_dataset("emoji")
    batches = _Batches(dataset, 200)
    drawn = batches.draw(torch.Generator().manual_seed(0))
    assert len(drawn) == batches.per_epoch == 4 * (978 // 200)
    for rows in drawn:
        assert len(set(dataset.identities[rows].tolist())) == len(rows) == 200
        assert not dataset.held_out[rows].any()
    assert set(dataset.domains[torch.cat(drawn)].tolist()) == {0, 1, 2, 3}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"method": "simclr"}, "images stand against texts under ince, clip"),
        ({"epochs": 0}, "at least 1 epoch"),
        ({"dropout": 1.0}, "dropout in"),
        ({"batch_size": 5000}, "Use a smaller batch"),
        ({"encoder": "efficientnet-lite0"}, "Add --locked"),
        ({"encoder": "nothing"}, "the bundled encoders are"),
    ],
)
def test_a_bad_recipe_fails_before_the_first_step(wrong, message):
    with pytest.raises(InputError, match=message):
        train(ImageTextRecipe(**wrong), report=lambda *_: pytest.fail("a step was taken"))


def test_the_command_line_writes_a_checkpoint_that_reads_texts_and_its_card(tmp_path, capsys):
    out = tmp_path / "pair.safetensors"
    main([str(out), "--encoder", "random", "--epochs", "1", "--batch-size", "32"])
    encoder, card = load_encoder(out), json.loads(out.with_suffix(".json").read_text("utf-8"))
    assert encoder.encode_texts(["a", "b"]).shape == (2, 64) and encoder.report.texts == "all-MiniLM-L6-v2"
    assert card["command"].endswith("--encoder random --epochs 1 --batch-size 32")
    measured = card["held_out"]["projector"]
    assert {"image_to_text_r1", "text_to_image_r5", "knn_class"} <= set(measured)
    assert json.loads(capsys.readouterr().out.split("\n", 1)[1]) == card["held_out"]


def test_retrieval_counts_the_queries_whose_answer_is_among_the_nearest():
    answers = torch.eye(4)
    queries = torch.tensor([[1.0, 0, 0, 0], [0.9, 0.5, 0, 0], [0, 0.3, 0.2, 0.1], [4.0, 3.0, 2.0, 1.0]])
    assert [retrieval(queries, answers, k) for k in (1, 2, 3, 4)] == [0.25, 0.75, 0.75, 1.0]
