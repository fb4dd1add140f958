"""A checkpoint within the limits takes 10 s and 1 GB beside its own size at the most, and ends in a sentence."""

import json
import os
import pickle
import resource
import struct
import subprocess
import sys
import textwrap
import zipfile
from collections import Counter

import pytest
import torch
from safetensors.torch import save_file

from tests.encoders.checkpoints.trainers import resnet18

GIGABYTE = 1_000_000_000
STATE = resnet18(width=4).state_dict()


class Call:
    """Pickled, it calls a function."""

    def __init__(self, function, *arguments, state=None):
        self.made = (function, arguments) if state is None else (function, arguments, state)

    def __reduce__(self):
        return self.made


def laughs(depth):
    found = ("ha",)
    for _ in range(depth):
        found = (found, found)
    return found


def beside(**parts):
    return lambda path: torch.save({"state_dict": STATE, **parts}, path)


def alone(tensors):
    return lambda path: torch.save(STATE | tensors, path)


def old(**parts):
    return lambda path: torch.save({"state_dict": STATE, **parts}, path, _use_new_zipfile_serialization=False)


def rewritten(change, **parts):
    """A file of ``torch.save`` whose pickle was changed."""

    def make(path):
        torch.save({"state_dict": STATE, **parts}, path)
        with zipfile.ZipFile(path) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in files.items():
                archive.writestr(name, change(content) if name.endswith("data.pkl") else content)

    return make


def packed(path):
    torch.save({"state_dict": STATE, "w": torch.zeros(10)}, path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        name = archive.namelist()[0].partition("/")[0]
        with archive.open(f"{name}/data/zeros", "w", force_zip64=True) as file:
            for _ in range(30):
                file.write(bytes(10_000_000))


def twice(path):
    torch.save({"state_dict": STATE}, path)
    with zipfile.ZipFile(path, "a") as archive:
        name = archive.namelist()[0].partition("/")[0]
        archive.writestr(f"{name}/DATA.PKL", pickle.dumps(Call(bytearray, 3 * GIGABYTE), 2))


def one_name_in_safetensors(path):
    entry = {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}
    header = json.dumps({"a." * 2_000_000 + "conv1.weight": entry}).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header)


def aliases(path):
    save_file(STATE, path, {f"alias{k}": "conv1.weight" for k in range(100_000)})


def many_steps(path):
    items = pickle.NONE * 3_000_000
    rewritten(lambda _: b"\x80\x02](" + items + b"e.")(path)


def deep(path):
    rewritten(lambda _: b"\x80\x02" + b"]" * 400_000 + b"a" * 399_999 + b".")(path)


def endless_text(path):
    old()(path)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"X\x0a\x00\x00\x00state_dict", b"X\xff\xff\xff\xf0state_dict"))


OFTEN = "stand for themselves so often"


def wide(name, tensor):
    """The shape of a tensor in the same network of 75 times the width."""
    images = name == "conv1.weight"
    return [n if k > 1 or (images and k) else 75 * n for k, n in enumerate(tensor.shape)] if tensor.ndim else [1]


TEXT = "x" * 1_000_000
LONG = [0] * 10_000
USABLE, FROM_TYPE = "usable", torch._tensor._rebuild_from_type_v2
BIG = (100_000, 100_000)


def beyond(name="_rebuild_tensor_v2", size=BIG, stride=(100_000, 1), *more):
    """A tensor of more numbers than its storage has."""
    storage = torch.zeros(4).untyped_storage()
    typed = torch.storage.TypedStorage(wrap_storage=storage, dtype=torch.float32, _internal=True)
    return Call(getattr(torch._utils, name), typed, 0, size, stride, *(more or (False, {})))


#: how it is written, and what its sentence says
FILES = {
    "one text a thousand times": (beside(hyper_parameters={"texts": [TEXT] * 4000}), USABLE),
    "one text under many names": (beside(config={f"k{k}": [TEXT, TEXT] for k in range(5000)}), USABLE),
    "a list in lists": (beside(args={"l": laughs(60)}, note=laughs(60)), USABLE),
    "a list of ten thousands, often": (beside(args={f"k{k}": LONG for k in range(9000)}), USABLE),
    "bytes of three gigabytes": (beside(args=Call(bytearray, 3 * GIGABYTE)), "asks for 3,000,000,000 bytes"),
    "the same without a zip": (old(args=Call(bytearray, 3 * GIGABYTE)), "asks for 3,000,000,000 bytes"),
    "the same in a tensor's clothes": (
        beside(args=Call(FROM_TYPE, bytearray, torch.Tensor, (3 * GIGABYTE,), {})),
        "asks for 3,000,000,000 bytes",
    ),
    "copies of one text": (
        beside(args=[Call(bytearray, TEXT, "latin1") for _ in range(4000)]),
        OFTEN,
    ),
    "counts of one text": (
        beside(args=[Call(Counter, TEXT) for _ in range(4000)]),
        OFTEN,
    ),
    "sets of one text": (beside(args=[Call(set, TEXT) for _ in range(4000)]), OFTEN),
    "a key in itself": (beside(args={laughs(20): 1}), OFTEN),
    "a set of what is in itself": (beside(args=Call(set, [laughs(60)])), OFTEN),
    "keys of one hash": (
        beside(args={k * (2**61 - 1): 0 for k in range(1, 2000)}),
        OFTEN,
    ),
    "a tensor beyond its numbers": (beside(w=beyond()), "100,000 × 100,000 on 4 numbers"),
    "a quantised tensor": (
        beside(w=beyond("_rebuild_qtensor", BIG, (0, 0), (torch.per_tensor_affine, 1.0, 0), False, {})),
        "on 4 numbers",
    ),
    "a tensor that claims": (beside(w=torch.zeros(1).expand(10**9, 10**3)), "at most 2,000 MB"),
    "a network that claims": (
        alone({f"layer{k}.0.conv1.weight": torch.zeros(1).expand(40_000, 4_000) for k in (1, 2, 3)}),
        "not this architecture",
    ),
    "a wide network of one number": (
        lambda path: torch.save({k: v.reshape(-1)[:1].expand(wide(k, v)) for k, v in STATE.items()}, path),
        "MB in float32",
    ),
    "a storage out of nothing": (beside(s=Call(torch.FloatStorage, 10**10)), "out of nothing"),
    "a storage that is not there": (
        rewritten(lambda c: c.replace(b"K\x6ctq", b"\x8a\x05\x00\xe4\x0b\x54\x02tq", 1)),
        "bytes of numbers where|damaged",
    ),
    "packed zeros": (packed, "unpacks to 300 MB|times its packed size"),
    "two pickles of one name": (twice, "cut off or damaged"),
    "three million steps": (many_steps, "steps to load"),
    "lists in lists": (deep, "no tensors|steps|damaged"),
    "a text that does not end": (endless_text, "cut off or damaged"),
    "names without end": (
        beside(**{"a." * 300_000 + "conv1.weight": torch.zeros(1)}),
        "has 600,012 characters",
    ),
    "long names of parts": (
        beside(**{"p" * 900_000: {f"w{k}": torch.zeros(1) for k in range(100)}, "q": {"w": torch.zeros(1)}}),
        "name has 900,000 characters",
    ),
    "a long name in safetensors": (one_name_in_safetensors, "header of|name has"),
    "aliases without end": (aliases, "at most 10,000 tensors"),
    "names in names": (
        beside(**{"a." * 250 + f"m{k}.weight": torch.zeros(1) for k in range(9000)}),
        USABLE,
    ),
    "many blocks": (
        alone({f"layer1.{k}.conv1.weight": torch.zeros(1, 1, 1, 1) for k in range(3000)}),
        "not this architecture",
    ),
    "many copies": (
        beside(**{f"c{k}": {**STATE, "projector.0.weight": torch.zeros(4, 32)} for k in range(30)}),
        USABLE,
    ),
}

HARNESS = """
import json, resource, sys, time
from pathlib import Path
from gca_viz.encoders import load_encoder
from gca_viz.errors import InputError
load_encoder("random")
pages = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
for path in map(Path, sys.argv[1:]):
    limit = pages + path.stat().st_size + 1_000_000_000
    resource.setrlimit(resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))
    start = time.process_time()
    try:
        said = str(load_encoder(path, output="backbone").report)
    except InputError as error:
        said = str(error)
    except BaseException as error:
        said = f"!!! {type(error).__name__}: {error}"
    print(json.dumps([path.stem, said, time.process_time() - start]), flush=True)
"""


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """What is said of each file, in a process that may take no more than it should."""
    folder = tmp_path_factory.mktemp("hostile")
    paths = []
    for name, (make, _) in FILES.items():
        paths.append(folder / f"{name}.{'safetensors' if 'safetensors' in name or 'aliases' in name else 'pt'}")
        make(paths[-1])
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(HARNESS), *map(str, paths)],
        capture_output=True,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    found = {name: (said, seconds) for name, said, seconds in map(json.loads, done.stdout.splitlines())}
    assert len(found) == len(paths), (list(found)[-1:], done.stderr[-500:])
    return found


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_AS") or sys.platform != "linux", reason="needs limits of Linux")
@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_takes_little_and_ends_in_a_sentence(answers, name):
    said, seconds = answers[name]
    assert not said.startswith("!!!"), said
    assert any(part in said for part in FILES[name][1].split("|")), said
    assert seconds < 10
