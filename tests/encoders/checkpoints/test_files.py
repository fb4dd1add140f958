"""Nothing in a brought file is ever run, and whatever cannot be used is refused with a sentence."""

import argparse
import gzip
import json
import os
import pickle
import struct
import time
import zipfile
from collections import OrderedDict

import joblib
import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from gca_viz.encoders import load_encoder
from gca_viz.encoders.checkpoints.load_report import UnusableError
from gca_viz.errors import InputError
from tests.encoders.checkpoints.trainers import Reference, resnet18, under


@pytest.fixture(scope="module")
def state():
    return OrderedDict(resnet18(width=4).state_dict())


def refused(path, match):
    with pytest.raises(InputError, match=match) as caught:
        load_encoder(path, output="backbone")
    text = str(caught.value)
    assert text.startswith("Got ") and "\n" not in text and caught.value.remedy
    return caught.value


class MakesFolder:
    """A pickle of this makes a folder when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("suffix", [".pt", ".pth", ".ckpt", ".bin", ".safetensors"])
@pytest.mark.parametrize("zipped", [True, False])
def test_a_payload_in_a_checkpoint_never_runs(tmp_path, state, suffix, zipped):
    content = {"state_dict": state, "hyper_parameters": MakesFolder(tmp_path / "ran")}
    path = tmp_path / f"model{suffix}"
    torch.save(content, path, _use_new_zipfile_serialization=zipped)
    refused(path, "would run posix.mkdir|would run nt.mkdir")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("compress", [0, 3, ("gzip", 3), ("bz2", 3), ("xz", 3), ("lzma", 3)])
def test_joblib_and_plain_pickles_never_run(tmp_path, compress):
    path = tmp_path / "model.pkl"
    joblib.dump(MakesFolder(tmp_path / "ran"), path, compress=compress)
    refused(path, "pickle|gzip|bzip2|xz|no checkpoint")
    path.write_bytes(pickle.dumps(MakesFolder(tmp_path / "ran"), protocol=0))
    refused(path, "no checkpoint")
    assert not (tmp_path / "ran").exists()


def test_pickled_objects_are_refused_with_the_way_to_convert_them(tmp_path, state):
    torch.save({"state_dict": state, "hyper_parameters": argparse.Namespace(lr=0.1)}, tmp_path / "last.ckpt")
    error = refused(tmp_path / "last.ckpt", "Python objects \\(argparse.Namespace\\)")
    assert "gca-viz convert last.ckpt --trust" in error.remedy
    torch.save(nn.Linear(2, 2), tmp_path / "whole.pt")
    assert "--trust" in refused(tmp_path / "whole.pt", "torch.nn.modules.linear.Linear").remedy


@pytest.mark.filterwarnings("ignore:.torch.jit:DeprecationWarning")
def test_programs_of_torch_are_refused(tmp_path):
    torch.jit.script(nn.Linear(2, 2)).save(tmp_path / "script.pt")
    refused(tmp_path / "script.pt", "TorchScript.*state_dict")
    with zipfile.ZipFile(tmp_path / "export.pt2", "w") as archive:
        archive.writestr("model/archive_format", "pt2")
        archive.writestr("model/models/model.json", "{}")
    refused(tmp_path / "export.pt2", "torch.export.*state_dict")


@pytest.mark.parametrize(
    "content, match",
    [
        (b"", "empty"),
        (b"\x00" * 100, "no checkpoint"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "Git LFS pointer.*git lfs pull"),
        (b"<!DOCTYPE html><html></html>", "web page"),
        (b"\x89HDF\r\n\x1a\n" + bytes(50), "HDF5"),
        (b"\x93NUMPY" + bytes(50), "NumPy array.*embeddings"),
        (gzip.compress(b"model", mtime=0), "gzip"),
        (b"PK\x03\x04" + bytes(100), "cut off or damaged"),
        (b"model.pt".ljust(257, b"\0") + b"ustar" + bytes(250), "tar archive.*Unpack it"),
        (b"\x89PNG\r\n" + bytes(50), "a picture.*as images"),
    ],
)
def test_other_files_are_told_apart(tmp_path, content, match):
    for name in ("a.pt", "a.safetensors"):
        (tmp_path / name).write_bytes(content)
        refused(tmp_path / name, f"{name}.*{match}")


def test_a_zip_of_something_else_is_no_checkpoint(tmp_path):
    np.savez(tmp_path / "a.npz", z1=np.zeros(3))
    refused(tmp_path / "a.npz", "zip archive without a checkpoint")
    refused(tmp_path / "nothing.pt", "nothing.pt.*bundled encoders are")


@pytest.mark.parametrize("share", [0.02, 0.5, 0.99])
@pytest.mark.parametrize("kind", ["zip", "old", "safetensors"])
def test_a_file_that_was_cut_off_is_refused(tmp_path, state, kind, share):
    path = tmp_path / "whole"
    if kind == "safetensors":
        save_file(state, path)
    else:
        torch.save(state, path, _use_new_zipfile_serialization=kind == "zip")
    (tmp_path / "part.pt").write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    refused(tmp_path / "part.pt", "part.pt")


@pytest.mark.parametrize("seed", range(20))
def test_damaged_bytes_end_in_a_sentence_or_a_network(tmp_path, state, seed):
    path, rng = tmp_path / "model.pt", np.random.default_rng(seed)
    torch.save(state, path)
    content = bytearray(path.read_bytes())
    for place in rng.integers(0, 3000, 12):  # the pickle is at the front
        content[place] = rng.integers(256)
    path.write_bytes(content)
    try:
        load_encoder(path, output="backbone")
    except InputError as error:
        assert "\n" not in str(error)


def test_a_header_of_100000_entries_is_refused_before_its_tensors_are_made(tmp_path):
    entry = {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}
    header = json.dumps({f"w{k}": entry for k in range(100_000)}).encode()
    path = tmp_path / "many.safetensors"
    path.write_bytes(struct.pack("<Q", len(header)) + header)
    start = time.process_time()
    refused(path, "100,000 tensors.*at most 10,000 tensors")
    assert time.process_time() - start < 2
    path.write_bytes(struct.pack("<Q", 1 << 62) + b"{" + bytes(100))
    refused(path, "ends within its header")
    path.write_bytes(struct.pack("<Q", 20_000_000) + b"{" + bytes(20_000_000))
    refused(path, "header of 20 MB")
    path.write_bytes(struct.pack("<Q", 4) + b"{[1]" + bytes(10))
    refused(path, "header that is no JSON")


def test_many_tensors_and_sizes_that_are_only_claimed_are_refused(tmp_path, monkeypatch, state):
    torch.save({"conv1.weight": torch.zeros(1).expand(10**9, 10**3)}, tmp_path / "huge.pt")
    refused(tmp_path / "huge.pt", "at most 2,000 MB")
    torch.save(state, tmp_path / "model.pt")
    monkeypatch.setenv("GCA_VIZ_MAX_TENSORS", "50")
    refused(tmp_path / "model.pt", "at most 50 tensors.*GCA_VIZ_MAX_TENSORS")
    monkeypatch.setenv("GCA_VIZ_MAX_FILE_BYTES", "1000")
    refused(tmp_path / "model.pt", "model.pt with.*GCA_VIZ_MAX_FILE_BYTES")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_refused_by_name(tmp_path, state, value):
    wrong = {f"net.{key}": tensor.clone() for key, tensor in state.items()}
    wrong["net.layer2.0.conv1.weight"][0, 0, 0, 0] = wrong["net.layer3.0.bn1.bias"][0] = value
    torch.save(wrong, tmp_path / "model.pt")
    refused(tmp_path / "model.pt", "net.layer2.0.conv1.weight has numbers that are NaN or infinite")
    torch.save({k: v.to(torch.int8) for k, v in state.items()}, tmp_path / "int8.pt")
    refused(tmp_path / "int8.pt", "torch.int8")


@pytest.mark.parametrize(
    "names, what, remedy",
    [
        (("cls_token", "blocks.0.attn.qkv.weight"), "a vision transformer", "transformers directory.*timm"),
        (("backbone.cls_token",), "a vision transformer", "timm"),
        (("embeddings.word_embeddings.weight",), "a text model", "bring the embeddings"),
        (("visual.transformer.resblocks.0.ln_1.weight",), "a CLIP model", "transformers"),
        (("features.denseblock1.denselayer1.conv1.weight",), "a DenseNet", "timm"),
        (("fc1.weight", "fc2.weight"), "no residual network.*fc1.weight, fc2.weight", "holds the encoder"),
    ],
)
def test_another_architecture_is_named(tmp_path, names, what, remedy):
    torch.save({"state_dict": {name: torch.ones(2, 2) for name in names}}, tmp_path / "model.pt")
    error = refused(tmp_path / "model.pt", f"not this architecture: {what}.*{remedy}")
    assert isinstance(error, UnusableError)
    assert error.report.verdict.startswith("not this architecture") and len(error.report.ignored) == len(names)
    assert "not recognised" in error.report.facts["Architecture"]


def test_a_part_of_a_network_is_refused_with_what_is_missing(tmp_path, state):
    part = {key: value for key, value in state.items() if not key.startswith("layer4.1.conv")}
    torch.save(part, tmp_path / "model.pt")
    error = refused(
        tmp_path / "model.pt", "no whole ResNet-18: it lacks layer4.1.conv1.weight, layer4.1.conv2.weight;"
    )
    assert error.report.missing == ("layer4.1.conv1.weight", "layer4.1.conv2.weight")
    assert "2 missing, 0 unexpected, 0 ignored" in str(error)


def test_what_the_architecture_does_not_have_is_not_left_out_in_silence(tmp_path, state):
    excited = state | {"layer1.0.se.fc1.weight": torch.zeros(2, 2)}
    torch.save(excited, tmp_path / "model.pt")
    assert refused(tmp_path / "model.pt", "has layer1.0.se.fc1.weight besides").report.unexpected
    grey = state | {"conv1.weight": torch.zeros(4, 1, 3, 3)}
    torch.save(grey, tmp_path / "model.pt")
    refused(tmp_path / "model.pt", "1 channels, not 3")
    plain = under("", Reference(WithoutShortcut, (1, 1, 1, 1), width=4))
    torch.save({k: v for k, v in plain.items() if "downsample" not in k}, tmp_path / "model.pt")
    refused(tmp_path / "model.pt", "lacks layer2.0.downsample.0.weight")


class WithoutShortcut(nn.Module):
    """A block whose shortcut has no weights, as in ResNet-20 for CIFAR."""

    expansion = 1

    def __init__(self, before, planes, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(before, planes, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)


@pytest.mark.parametrize("shape", [(0, 3, 3, 3), (4, 3, 0, 0), (4, 3), (10**6, 3, 3, 3)])
def test_impossible_shapes_end_in_a_sentence(tmp_path, state, shape):
    torch.save(state | {"conv1.weight": torch.zeros(1).expand(shape)}, tmp_path / "model.pt")
    refused(tmp_path / "model.pt", "not this architecture")


def test_metadata_that_record_nothing_readable_are_refused(tmp_path, state):
    for metadata in ({"mean": "[1, 2"}, {"mean": "[0,0,0]", "std": "[0,1,1]"}, {"input_size": "wide"}):
        save_file(state, tmp_path / "m.safetensors", metadata)
        refused(tmp_path / "m.safetensors", "metadata")
    save_file(state, tmp_path / "m.safetensors", {"as recorded": "{"})
    assert load_encoder(tmp_path / "m.safetensors", output="backbone").report.recorded == {}


def test_mappings_that_hold_themselves_end_soon(tmp_path, state):
    content = {"state_dict": state}
    knot = {"deep": {}}
    for k in range(300):
        knot[f"again{k}"] = knot["deep"][f"back{k}"] = knot
    torch.save(
        content | {"knot": knot, "hyper_parameters": knot, "config": {"lr": 0.1, "knot": knot}}, tmp_path / "a.pt"
    )
    start = time.perf_counter()
    assert load_encoder(tmp_path / "a.pt", output="backbone").report.recorded == {"lr": 0.1}
    assert time.perf_counter() - start < 5


def test_a_head_that_classifies_behind_a_dropout_is_no_projector(tmp_path, state):
    torch.save(state | {"fc.1.weight": torch.zeros(10, 32), "fc.1.bias": torch.zeros(10)}, tmp_path / "a.pt")
    assert load_encoder(tmp_path / "a.pt", output="backbone").report.outputs == ("backbone",)
