"""The command, as a user types it."""

import argparse
import hashlib
import json
import subprocess
import sys

import pytest
import torch
from torch import nn

from gca_viz.cli import main
from gca_viz.encoders import load_encoder
from tests.encoders.checkpoints.test_files import MakesFolder
from tests.encoders.checkpoints.trainers import projector, resnet18, under

IMAGES = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))


class OfAnotherModule(nn.Module):
    """A network whose class the converting process cannot import."""

    def __init__(self, backbone):
        super().__init__()
        self.enc = backbone


@pytest.fixture
def networks():
    backbone = resnet18(width=4)
    return backbone, projector(backbone.features)


@pytest.fixture
def lightning(tmp_path, networks):
    content = {
        "state_dict": under("model.enc.", networks[0]) | under("model.projector.", networks[1]),
        "hyper_parameters": argparse.Namespace(lr=0.3, name="gca", temperature=float("inf"), model=object),
        "epoch": 12,
    }
    torch.save(content, tmp_path / "last.ckpt")
    return tmp_path / "last.ckpt"


def test_without_trust_one_sentence_and_nothing_is_written(lightning, capsys):
    assert main(["convert", str(lightning)]) == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.count("\n") == 1 and "convert last.ckpt --trust" in said.err
    assert [path.name for path in lightning.parent.iterdir()] == ["last.ckpt"]


@torch.no_grad()
def test_with_trust_the_file_becomes_one_that_needs_none(lightning, networks, capsys):
    assert main(["convert", str(lightning), "--trust"]) == 0
    said = capsys.readouterr().out
    assert "ResNet-18: usable" in said and "lr = 0.3" in said
    written = lightning.with_suffix(".safetensors")
    card = json.loads(written.with_suffix(".json").read_text())
    assert card["source"] == "last.ckpt"
    assert card["sha256"] == hashlib.sha256(lightning.read_bytes()).hexdigest()
    recorded = {"lr": 0.3, "name": "gca", "temperature": "inf", "epoch": 12}
    assert card["as recorded"] == recorded
    encoder = load_encoder(written)
    assert encoder.report.recorded == recorded
    backbone, head = networks
    assert torch.allclose(encoder.encode(IMAGES), head(backbone(encoder.preprocess(IMAGES))), atol=1e-5)
    written.with_suffix(".json").unlink()  # an upload comes without its card
    assert load_encoder(written).report.recorded == recorded


def test_what_is_trusted_runs_in_another_process_and_only_then(tmp_path, networks):
    content = {"state_dict": networks[0].state_dict(), "args": MakesFolder(tmp_path / "ran")}
    torch.save(content, tmp_path / "a.pt")
    assert main(["convert", str(tmp_path / "a.pt")]) == 2 and not (tmp_path / "ran").exists()
    modules = set(sys.modules)
    assert main(["convert", str(tmp_path / "a.pt"), "--trust"]) == 0 and (tmp_path / "ran").exists()
    assert "gca_viz.encoders.checkpoints.unpickle" not in set(sys.modules) - modules


@torch.no_grad()
def test_a_pickled_network_is_read_though_its_class_is_not_there(tmp_path, networks, monkeypatch):
    monkeypatch.setattr(OfAnotherModule, "__module__", "somebodys_models")
    module = type(sys)("somebodys_models")
    module.OfAnotherModule = OfAnotherModule
    monkeypatch.setitem(sys.modules, "somebodys_models", module)
    torch.save({"net": OfAnotherModule(networks[0])}, tmp_path / "whole.pt")
    assert (
        main(["convert", str(tmp_path / "whole.pt"), "--trust", "--output", str(tmp_path / "b.safetensors")]) == 0
    )
    encoder = load_encoder(tmp_path / "b.safetensors", output="backbone")
    assert torch.allclose(encoder.encode(IMAGES), networks[0](encoder.preprocess(IMAGES)), atol=1e-5)


def test_a_plain_checkpoint_needs_no_trust_and_nothing_is_overwritten(tmp_path, networks, capsys):
    torch.save(networks[0].state_dict() | {"twin": networks[0].conv1.weight}, tmp_path / "a.pt")
    assert main(["convert", str(tmp_path / "a.pt")]) == 0
    assert "usable without projector" in capsys.readouterr().out
    before = (tmp_path / "a.safetensors").read_bytes()
    assert main(["convert", str(tmp_path / "a.pt")]) == 2
    assert "nothing is overwritten" in capsys.readouterr().err
    assert main(["convert", str(tmp_path / "a.pt"), "--output", str(tmp_path / "no" / "b.safetensors")]) == 2
    assert "cannot be written" in capsys.readouterr().err
    assert (tmp_path / "a.safetensors").read_bytes() == before


@pytest.mark.filterwarnings("ignore:.torch.jit:DeprecationWarning")
def test_files_that_cannot_be_converted_end_in_a_sentence(tmp_path, capsys):
    torch.jit.script(nn.Linear(2, 2)).save(tmp_path / "script.pt")
    whole = tmp_path / "whole.pt"
    torch.save({"a": torch.zeros(9), "b": argparse.Namespace()}, whole)
    (tmp_path / "cut.pt").write_bytes(whole.read_bytes()[:300])
    torch.save(argparse.Namespace(lr=1), tmp_path / "none.pt")
    for name, match in (
        ("script.pt", "TorchScript"),
        ("cut.pt", "cut off"),
        ("none.pt", "holds no tensors"),
        ("x", "x"),
    ):
        assert main(["convert", str(tmp_path / name), "--trust"]) == 2
        said = capsys.readouterr().err
        assert match in said and said.count("\n") == 1


def test_the_command_explains_itself_without_loading_torch():
    code = "import sys, gca_viz.cli as c\ntry: c.main(['--help'])\nexcept SystemExit: print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "convert" in done.stdout and done.stdout.endswith("False\n")
