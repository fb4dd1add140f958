"""The checkpoints of a run: known by content, whatever they are called, and in the order of the training."""

import random
import zipfile
from pathlib import Path

import pytest
import torch

from gca_viz.cli.uploads import upload_run
from gca_viz.encoders import load_encoder, uploads
from gca_viz.encoders.checkpoints.file_names import ENDINGS, card_of, without_ending
from gca_viz.experiments.compare.candidates import MOST, label_of
from gca_viz.experiments.compare.run_files import in_archive, in_folder, in_order, spread
from tests.encoders.checkpoints.trainers import resnet18

RUNS = (
    ("checkpoint_0000.pth.tar", "checkpoint_0050.pth.tar", "checkpoint_0099.pth.tar", "checkpoint_best.pth.tar"),
    ("epoch=9-step=100.ckpt", "epoch=19-step=200.ckpt", "last.ckpt"),
    ("epoch=0-step=99.ckpt", "epoch=0-step=199.ckpt", "epoch=1-step=299.ckpt"),
    ("model_ep1.th", "model_ep2.th", "model_ep10.th"),
    ("val_loss=0.90-epoch=02.ckpt", "val_loss=0.35-epoch=10.ckpt"),
    ("r50_100ep.pth", "r50_200ep.pth", "r50_800ep.pth"),
    ("model_phase9.torch", "model_phase10.torch", "model_final_checkpoint_phase99.torch"),
    ("init.pt", "epoch1.pt", "epoch2.pt", "final.pt"),
    ("0.pt", "2.pt", "10.pt"),
    ("checkpoint_0010.pth", "checkpoint_0020.pth", "checkpoint.pth"),
    ("step_500_loss_0.3.pt", "step_2000_loss_0.1.pt"),
    ("resnet18_it2000_ep2.pt", "resnet18_it10000_ep10.pt"),
    ("model.ckpt-1000", "model.ckpt-5000", "model.ckpt-20000"),
    ("a.pt", "b.pt", "c.pt"),
)


@pytest.mark.parametrize("names", RUNS, ids=lambda names: names[0])
def test_a_run_is_in_the_order_in_which_it_was_written(names):
    for seed in range(3):
        shuffled = random.Random(seed).sample(names, len(names))
        assert [path.name for path in in_order(map(Path, shuffled))] == list(names)


def test_of_many_the_first_and_the_last_are_taken():
    taken = spread([f"epoch-{k}" for k in range(100)])
    assert len(taken) == MOST and taken[0] == "epoch-0" and taken[-1] == "epoch-99"


@pytest.mark.parametrize("ending", [".pth.tar", ".torch", ".th", ".bin", ".PTH", ".weights", "", ".epoch7"])
def test_what_is_read_by_its_content_is_taken_by_its_content(tmp_path, ending):
    state = resnet18(width=2).state_dict()
    for epoch in (1, 2, 10):
        torch.save(state, tmp_path / f"checkpoint_{epoch:04d}{ending}")
    (tmp_path / "log.txt").write_text("epoch 1")
    (tmp_path / "config.yaml").write_text("lr: 0.1")
    names = [f"checkpoint_{epoch:04d}{ending}" for epoch in (1, 2, 10)]
    assert [path.name for path in in_order(in_folder(tmp_path))] == names
    assert load_encoder(tmp_path / names[0], output="backbone").report.architecture == "ResNet-18"
    with zipfile.ZipFile(tmp_path / "run.zip", "w") as archive:
        for path in sorted(tmp_path.glob("c*"), reverse=True):
            archive.write(path, f"run/{path.name}")
    (tmp_path / "unpacked").mkdir()
    assert [path.name for path in in_archive(tmp_path / "run.zip", tmp_path / "unpacked")] == names
    (tmp_path / "run.zip").unlink()
    found = upload_run(tmp_path, lambda what, understood: None)
    assert list(found) == names
    if ending.lower() in ENDINGS:
        assert [label_of(name) for name in found.values()] == [f"checkpoint_{k:04d}" for k in (1, 2, 10)]
    for name in found.values():
        uploads.forget(name)


def test_a_card_lies_beside_its_checkpoint_by_its_whole_ending(tmp_path):
    assert without_ending("checkpoint_0099.pth.tar") == "checkpoint_0099" and without_ending(".pt") == ".pt"
    (tmp_path / "a.json").write_text("{}")
    assert card_of(tmp_path / "a.pth.tar").name == "a.json"
    (tmp_path / "b.v2.json").write_text("{}")
    assert card_of(tmp_path / "b.v2.pt").name == "b.v2.json"
