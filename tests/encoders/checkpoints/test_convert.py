"""What a trusted checkpoint may hold beside its weights: any graph of objects, whose packages may not be there."""

import argparse
import collections
import dataclasses
import datetime
import enum
import functools
import json
import pathlib
import pickle
import subprocess
import sys
import types

import numpy as np
import pytest
import torch
from torch import nn

from gca_viz.encoders import load_encoder
from gca_viz.encoders.checkpoints.assumptions import Assumptions
from gca_viz.encoders.checkpoints.contents import contents_of, plain_values
from gca_viz.encoders.checkpoints.convert import convert
from gca_viz.encoders.checkpoints.plain import plain
from gca_viz.encoders.checkpoints.unpickle import load
from gca_viz.errors import InputError
from tests.encoders.checkpoints.trainers import resnet18

GONE = "somebodys_package"
WEIGHT = torch.ones(2, 3)


class Node:
    """As OmegaConf keeps values: a node that points to its parent, and to what describes it."""

    def __init__(self, value, parent=None):
        self.__dict__["_metadata"] = {"ref_type": int, "owner": self}
        self.__dict__["_parent"] = parent
        if isinstance(value, dict):
            self.__dict__["_content"] = {key: Node(item, self) for key, item in value.items()}
        elif isinstance(value, list):
            self.__dict__["_content"] = [Node(item, self) for item in value]
        else:
            self.__dict__["_val"] = value

    def __getattr__(self, name):
        raise AttributeError(name)


class Settings(dict):
    pass


class Names(list):
    pass


class Slotted:
    __slots__ = ("lr", "name")

    def __init__(self):
        self.lr, self.name = 0.3, "lars"


@dataclasses.dataclass
class Plan:
    lr: float = 0.3
    name: str = "lars"


class Kind(enum.Enum):
    LARS = "lars"


class Reduced:
    def __init__(self, lr):
        self.lr, self.name = lr, "lars"

    def __reduce__(self):
        return Reduced, (self.lr,), {"lr": self.lr, "name": self.name}


class Pair(collections.namedtuple("Pair", "lr name")):
    pass


class Kept(set):
    pass


class Versioned:
    """Its own code fails to bring it back, as that of another version of a package does."""

    def __init__(self):
        self.lr, self.name = 0.3, "lars"

    def __getstate__(self):
        return {"lr": self.lr, "name": self.name}

    def __setstate__(self, state):
        raise TypeError("this version has no such field")


def trained(_):
    """A function that a configuration points to."""


CLASSES = (Node, Settings, Names, Slotted, Plan, Kind, Reduced, Pair, Kept, Versioned, trained)


@pytest.fixture
def package(monkeypatch):
    """The classes above as those of a package of their own, which goes when it is asked to."""
    module = types.ModuleType(GONE)
    for thing in CLASSES:
        monkeypatch.setattr(thing, "__module__", GONE)
        setattr(module, thing.__name__, thing)
    monkeypatch.setitem(sys.modules, GONE, module)
    return lambda: monkeypatch.delitem(sys.modules, GONE)


def ring():
    found = argparse.Namespace(lr=0.3, name="lars")
    found.itself = {"again": found}
    return found


def shared():
    part = Settings(lr=0.3, name="lars")
    part["twin"] = {"of": part}
    return {"a": part, "b": part}


def with_set():
    return {"lr": 0.3, "name": "lars", "kept": Kept({1, 2})}


#: what a checkpoint holds as its hyper-parameters; each says somewhere that lr is 0.3 and name is lars
HYPER_PARAMETERS = {
    "a node with parents": lambda: Node({"lr": 0.3, "name": "lars", "gpus": [0, 1], "deep": {"lr": 0.1}}),
    "a ring": ring,
    "shared parts": shared,
    "a dict of its own": lambda: Settings(lr=0.3, name="lars"),
    "slots": Slotted,
    "a dataclass": Plan,
    "a reduced object": lambda: Reduced(0.3),
    "a named tuple": lambda: {"optim": Pair(0.3, "lars")},
    "an enum": lambda: {"lr": 0.3, "name": Kind.LARS},
    "an object of another version": Versioned,
    "a set of its own": with_set,
    "a list of its own": lambda: {"lr": 0.3, "name": "lars", "names": Names(["a", "b"])},
    "a partial function": lambda: {"lr": 0.3, "name": "lars", "make": functools.partial(trained, 1)},
    "functions and classes": lambda: {"lr": 0.3, "name": "lars", "f": trained, "c": Plan, "d": nn.ReLU()},
    "NumPy's numbers": lambda: {"lr": np.float64(0.3), "name": np.str_("lars"), "seeds": np.arange(3)},
    "other containers": lambda: collections.OrderedDict(
        lr=0.3, name="lars", q=collections.deque([1, 2]), s={1}, n=collections.defaultdict(list, a=[1])
    ),
    "paths and times": lambda: {
        "lr": 0.3,
        "name": "lars",
        "path": pathlib.Path("data") / "x",
        "day": datetime.datetime(2026, 1, 2),
        "took": datetime.timedelta(hours=1),
    },
    "a tensor's types": lambda: {"lr": 0.3, "name": "lars", "dtype": torch.float16, "size": torch.Size([1, 2])},
}


@pytest.mark.parametrize("installed", [True, False], ids=["installed", "not installed"])
@pytest.mark.parametrize("kind", HYPER_PARAMETERS)
def test_any_graph_of_objects_gives_its_weights_and_its_plain_values(tmp_path, package, kind, installed):
    content = {"state_dict": {"w": WEIGHT}, "hyper_parameters": HYPER_PARAMETERS[kind](), "epoch": 7}
    torch.save(content, tmp_path / "a.ckpt")
    if not installed:
        package()
    found = contents_of(plain(load(tmp_path / "a.ckpt")))
    assert list(found.tensors) == ["w"] and torch.equal(found.tensors["w"], WEIGHT)
    assert found.recorded["epoch"] == 7
    values = {name.rpartition(".")[2]: value for name, value in reversed(found.recorded.items())}
    if installed or kind != "a named tuple":  # whose fields only its class names
        assert values["lr"] == 0.3 and values["name"] == "lars"
    json.dumps(found.recorded)
    if kind == "a node with parents":
        expected = {"lr": 0.3, "name": "lars", "gpus": "[0, 1]", "deep.lr": 0.1, "epoch": 7}
        assert found.recorded == expected


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_any_protocol_of_pickle_is_converted(tmp_path, package, protocol):
    content = {"state_dict": {"w": WEIGHT}, "args": Node({"lr": 0.3, "name": "lars"})}
    torch.save(content, tmp_path / "a.ckpt", pickle_protocol=protocol)
    torch.save(content, tmp_path / "old.ckpt", pickle_protocol=protocol, _use_new_zipfile_serialization=False)
    package()
    for name in ("a.ckpt", "old.ckpt"):
        found = contents_of(plain(load(tmp_path / name)))
        assert found.recorded == {"lr": 0.3, "name": "lars"} and torch.equal(found.tensors["w"], WEIGHT)


class Trunk(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
        self.register_buffer("queue", torch.ones(4))
        self.__dict__["owner"] = self


@pytest.mark.parametrize("installed", [True, False])
def test_a_pickled_network_is_its_state_dict(tmp_path, monkeypatch, installed):
    module = types.ModuleType(GONE)
    module.Trunk = Trunk
    monkeypatch.setattr(Trunk, "__module__", GONE)
    monkeypatch.setitem(sys.modules, GONE, module)
    network = Trunk()
    torch.save({"model": network, "again": network}, tmp_path / "a.pt")
    if not installed:
        monkeypatch.delitem(sys.modules, GONE)
    found = contents_of(plain(load(tmp_path / "a.pt")))
    state = {f"model.{key}": value for key, value in network.state_dict().items()}
    assert all(torch.equal(found.tensors.get(key, found.tensors.get(key[6:])), state[key]) for key in state)


def test_weights_as_arrays_are_weights(tmp_path):
    weights = np.arange(6, dtype=">f4").reshape(2, 3)
    torch.save({"model": {"w": weights, "b": np.zeros(2)}, "__author__": "somebody"}, tmp_path / "a.pkl")
    found = contents_of(plain(load(tmp_path / "a.pkl")))
    assert torch.equal(found.tensors["w"], torch.arange(6.0).reshape(2, 3)) and found.recorded["__author__"]


@torch.no_grad()
def test_the_remedy_of_a_refusal_is_followed(tmp_path, package):
    """The refusal names a command; the command writes a file; the file is read."""
    network = resnet18(width=4)
    content = {"state_dict": network.state_dict(), "hyper_parameters": Node({"epsilon": 0.5, "task": "uot"})}
    torch.save(content, tmp_path / "checkpoint_0099.pth.tar")
    with pytest.raises(InputError) as caught:
        load_encoder(tmp_path / "checkpoint_0099.pth.tar")
    command = caught.value.remedy.partition("run gca-viz ")[2].partition(" once")[0].split()
    package()
    done = subprocess.run(
        [sys.executable, "-m", "gca_viz.cli", *command], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    names = {"checkpoint_0099.pth.tar", "checkpoint_0099.safetensors", "checkpoint_0099.json"}
    assert {path.name for path in tmp_path.iterdir()} == names
    encoder = load_encoder(tmp_path / "checkpoint_0099.safetensors", output="backbone")
    images = torch.rand(2, 3, 32, 32)
    assert torch.allclose(encoder.encode(images), network(encoder.preprocess(images)), atol=1e-5)
    assert encoder.report.recorded == {"epsilon": 0.5, "task": "uot"}


@pytest.mark.parametrize("zipped", [True, False])
def test_another_protocol_is_told_and_its_remedy_followed(tmp_path, zipped):
    state = resnet18(width=4).state_dict()
    torch.save(state, tmp_path / "a.pt", pickle_protocol=4, _use_new_zipfile_serialization=zipped)
    if zipped:
        with pytest.raises(InputError, match="another protocol.*without pickle_protocol") as caught:
            load_encoder(tmp_path / "a.pt", output="backbone")
        assert "gca-viz convert a.pt --trust" in caught.value.remedy
        target = convert(tmp_path / "a.pt", trust=True)
        assert load_encoder(target, output="backbone").report.verdict == "usable without projector"
    torch.save(state, tmp_path / "a.pt", _use_new_zipfile_serialization=zipped)  # the other half of the remedy
    assert load_encoder(tmp_path / "a.pt", output="backbone").report.verdict == "usable without projector"


def test_an_interrupted_conversion_leaves_nothing_and_can_be_run_again(tmp_path, monkeypatch):
    source = tmp_path / "a.pt"
    torch.save(resnet18(width=4).state_dict(), source)
    for step in ("write", "read_checkpoint"):
        with monkeypatch.context() as patch:
            patch.setattr(f"gca_viz.encoders.checkpoints.convert.{step}", interrupted)
            with pytest.raises(KeyboardInterrupt):
                convert(source)
        assert [path.name for path in tmp_path.iterdir()] == ["a.pt"]
    target = convert(source)
    card = target.with_suffix(".json")
    target.unlink()  # killed between the two: the card of this very source is no obstacle
    assert convert(source) == target and load_encoder(target, output="backbone")
    target.unlink()
    card.write_text('{"title": "somebody else\'s"}')
    with pytest.raises(InputError, match="a.json that is there already"):
        convert(source)
    with pytest.raises(InputError, match="cannot be written.*--output"):
        convert(source, tmp_path / "no" / "folder" / "b.safetensors")


def interrupted(*_):
    raise KeyboardInterrupt


def test_a_conversion_records_what_is_assumed(tmp_path):
    torch.save(resnet18(width=4).state_dict(), tmp_path / "a.pt")
    first = convert(tmp_path / "a.pt", assume=Assumptions(stem_padding="2"))
    second = convert(first, tmp_path / "b.safetensors", assume=Assumptions(max_pool="yes"))
    report = load_encoder(second, output="backbone").report
    assert {q.name: q.answer for q in report.questions if q.source == "recorded"} == {
        "stem_padding": "2",
        "max_pool": "yes",
    }


def test_plain_values_are_never_written_longer_than_they_are_kept():
    text, numbers = "x" * 1_000_000, list(range(1_000_000))
    values = {"long": text, "many": [text] * 100_000, "numbers": numbers, "huge": 1 << 10_000_000}
    values |= {f"again{k}": [numbers, text] for k in range(1000)} | {("a",) * 9: 1, b"b": 2}
    found = plain_values(values)
    assert all(len(str(value)) <= 200 for value in found.values()) and len(found) <= 200
    assert found["numbers"].startswith("[0, 1, 2") and found["long"].endswith("…")
    json.dumps(found)


def test_a_reader_of_strangers_runs_none_of_their_code(tmp_path, package):
    """What is read a second time, since its own code failed, is read without that code."""
    torch.save({"w": WEIGHT, "args": Versioned()}, tmp_path / "a.ckpt")
    found = contents_of(plain(load(tmp_path / "a.ckpt")))
    assert found.recorded == {"lr": 0.3, "name": "lars"}
    with pytest.raises((pickle.UnpicklingError, EOFError, RuntimeError)):
        (tmp_path / "b.ckpt").write_bytes((tmp_path / "a.ckpt").read_bytes()[:200])
        load(tmp_path / "b.ckpt")
