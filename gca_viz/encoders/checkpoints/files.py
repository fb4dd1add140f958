"""The tensors in a checkpoint file, read without ever running what the file holds."""

from __future__ import annotations

import hashlib
import json
import pickle
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from gca_viz.encoders.checkpoints.contents import check_names, contents_of
from gca_viz.encoders.checkpoints.pickled import TooMuchError, follow
from gca_viz.errors import InputError
from gca_viz.files.archive import of_zip
from gca_viz.settings.limits import FILE_BYTES, TENSORS

Kind = Literal["safetensors", "torch"]
#: under this name a converted file keeps its hyper-parameters, as JSON
AS_RECORDED = "as recorded"
#: and under this one what is known of its forward pass, as :attr:`gca_viz.encoders.assumptions.Assumptions.text`
ASSUMPTIONS = "assumptions"

_READ = "checkpoints are read from .safetensors files and from files of torch.save (.pt, .pth, .pth.tar, .ckpt, …)"
_STATE_DICT = "Save its weights with torch.save(model.state_dict(), 'model.pt'), and bring that file"
_ZIP, _OLD_TORCH = b"PK\x03\x04", b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
_CONVERT = (
    "If you made it or trust who did, run gca-viz convert {} --trust once, and bring the .safetensors file that "
    "this writes"
)
_LONGEST_PICKLE = 64_000_000  # bytes of all that is no tensor
_MOST_GROWTH = 100_000_000  # bytes that a file may unpack to beyond its own size
_LONGEST_ENTRY = 1000  # bytes of a safetensors header per tensor, far more than a name and a shape need
# how a file begins → what it is, what to do
_OTHERS: Mapping[bytes | tuple[bytes, ...], tuple[str, str]] = {
    b"\x80": ("a plain pickle, as joblib and pickle write it", _STATE_DICT),
    (b"x\x01", b"x^", b"x\x9c", b"x\xda"): ("a compressed pickle, as joblib writes it", _STATE_DICT),
    b"\x1f\x8b": ("a gzip file", "Unpack it, and bring the checkpoint in it"),
    b"BZh": ("a bzip2 file", "Unpack it, and bring the checkpoint in it"),
    b"\xfd7zXZ": ("an xz file", "Unpack it, and bring the checkpoint in it"),
    b"\x89HDF": ("an HDF5 file, as Keras writes it", "Export the embeddings of that model, and bring these"),
    b"\x93NUMPY": ("a NumPy array", "If it holds embeddings, bring it as embeddings"),
    b"version https://git-lfs": ("a Git LFS pointer", "Fetch the file itself with git lfs pull"),
    b"<": ("a web page", "Download the file itself: its address probably leads to a page about it"),
    (b"\x89PNG", b"\xff\xd8\xff", b"GIF8"): ("a picture", "Bring it as images"),
    b"PAR1": ("a Parquet table", "If it holds embeddings, bring it as embeddings"),
}


@dataclass(frozen=True)
class Checkpoint:
    """What a file holds.

    Attributes:
        name: of the file.
        tensors: name → tensor, in the number type in which it is stored.
        recorded: hyper-parameters and other plain values, as they stand there.
        metadata: what a safetensors file says of itself.
        skipped: names of what is neither.
        digest: identifies the contents of the file.
    """

    name: str
    tensors: dict[str, Tensor]
    recorded: dict[str, object]
    metadata: dict[str, str]
    skipped: tuple[str, ...]
    digest: str


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a ``.safetensors`` file or one that ``torch.save`` wrote; what it is decides its content, not its name.

    Raises:
        InputError: no file, an empty, damaged or too large one, another kind of file, or one that holds Python
            objects beside tensors and plain values.
    """
    kind = kind_of(path)
    digest = sha256_of(path)[:16]
    if kind == "safetensors":
        tensors, metadata = _safetensors(path)
        return Checkpoint(path.name, tensors, _recorded(metadata), metadata, (), digest)
    contents = contents_of(_torch(path))
    return Checkpoint(path.name, contents.tensors, contents.recorded, {}, tuple(contents.skipped), digest)


def kind_of(path: Path) -> Kind:
    """What kind of checkpoint a file is; nothing in it is loaded.

    Raises:
        InputError: as :func:`read_checkpoint`, but for Python objects.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(512)
    except OSError as error:
        raise _refusal(
            path, f"cannot be read: {error.strerror}", "a checkpoint file is needed", "Check the path"
        ) from error
    FILE_BYTES.check(size, f"the file {path.name}")
    if not head:
        raise _refusal(path, "is empty", "a complete checkpoint is needed", "Copy the file again")
    if head.startswith(_ZIP):
        _check_archive(path)
        return "torch"
    if head.startswith(_OLD_TORCH):
        return "torch"
    if head[8:9] == b"{":
        _check_header(path, int.from_bytes(head[:8], "little"), size)
        return "safetensors"
    for magic, (what, remedy) in _OTHERS.items():
        if head.startswith(magic):
            raise _refusal(path, f"is {what}", _READ, remedy)
    if head[257:262] == b"ustar":
        raise _refusal(path, "is a tar archive", _READ, "Unpack it, and bring the checkpoint in it")
    raise _refusal(path, "is no checkpoint: it begins with none of the known marks", _READ, _STATE_DICT)


def is_checkpoint(path: Path) -> bool:
    """Whether a file is one that :func:`read_checkpoint` tries, by its content; nothing in it is loaded."""
    try:
        kind_of(path)
    except InputError:
        return False
    return True


def _refusal(path: Path, got: str, allowed: str, remedy: str) -> InputError:
    return InputError(f"the file {path.name}, which {got}", allowed, remedy, parameter="encoder")


def sha256_of(path: Path) -> str:
    """The hash of a file, in hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            digest.update(part)
    return digest.hexdigest()


def _check_header(path: Path, length: int, size: int) -> None:
    """Refuse a safetensors header before any tensor is made."""
    if length + 8 > size:
        raise _refusal(
            path,
            f"ends within its header: that should have {length:,} bytes, and the file has {size:,}",
            "a complete .safetensors file is needed",
            "Copy the file again or choose another",
        )
    if length > _LONGEST_ENTRY * TENSORS.value:
        raise _refusal(
            path,
            f"has a header of {length / 1e6:,.0f} MB",
            f"that of {TENSORS.text(TENSORS.value)} has at most {_LONGEST_ENTRY * TENSORS.value / 1e6:,.0f} MB",
            "Bring a file with fewer tensors",
        )
    with path.open("rb") as file:
        file.seek(8)
        content = file.read(length)
    try:
        header = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise _refusal(
            path, "has a header that is no JSON", "a complete .safetensors file is needed", "Copy the file again"
        ) from error
    TENSORS.check(len(header) - ("__metadata__" in header), f"the file {path.name}")


def _safetensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Tensors and metadata; tensors that ``safetensors.torch.save_model`` stored once are under all their names."""
    try:
        with safe_open(path, framework="pt") as file:
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
            metadata = file.metadata() or {}
    except (SafetensorError, OSError, AttributeError) as error:  # AttributeError: a type that torch lacks
        raise _refusal(
            path,
            f"cannot be read: {error}",
            "a complete .safetensors file is needed",
            "Copy the file again or choose another",
        ) from error
    check_names(tensors)
    aliases = {alias: kept for alias, kept in metadata.items() if kept in tensors and alias not in tensors}
    TENSORS.check(len(tensors) + len(aliases), f"the file {path.name}")
    return tensors | {alias: tensors[kept] for alias, kept in aliases.items()}, metadata


def _recorded(metadata: Mapping[str, str]) -> dict[str, object]:
    try:
        recorded = json.loads(metadata.get(AS_RECORDED, "{}"))
    except (ValueError, RecursionError):
        return {}
    return recorded if isinstance(recorded, dict) else {}


def _check_archive(path: Path) -> None:
    """Refuse a zip that is no checkpoint, or that would unpack to too much."""
    try:
        sizes = of_zip(path).sizes
    except InputError as error:
        if error.__cause__ is None:  # above a limit
            raise
        raise _damaged(path) from error
    inner = [*sizes, *(name.partition("/")[2] for name in sizes)]
    if "constants.pkl" in inner or any(name.startswith("code/") for name in inner):
        raise _refusal(path, "is a TorchScript program", _READ, _STATE_DICT)
    if "archive_format" in inner or "models/model.json" in inner or any("exported_program" in x for x in inner):
        raise _refusal(path, "is a program of torch.export (.pt2)", _READ, _STATE_DICT)
    if "data.pkl" not in inner:
        raise _refusal(
            path,
            "is a zip archive without a checkpoint of torch.save",
            _READ,
            "Unpack it and bring the checkpoint in it; embeddings (.npz) are read as embeddings",
        )
    TENSORS.check(sum(name.startswith("data/") for name in inner), f"the file {path.name}")
    if sum(sizes.values()) > path.stat().st_size + _MOST_GROWTH:
        raise _refusal(
            path,
            f"unpacks to {sum(sizes.values()) / 1e6:,.0f} MB",
            "torch.save packs nothing, so that its files are as large as what is in them",
            "Load it with torch, and save it again with torch.save",
        )


def _torch(path: Path) -> object:
    """What ``torch.save`` wrote, of tensors and plain values alone."""
    _check_pickle(path)
    try:
        with path.open("rb") as file:  # by its name, torch would take it for what its ending says
            return torch.load(file, map_location="cpu", weights_only=True, mmap=False)
    except pickle.UnpicklingError as error:
        raise _objects(path, [str(error).partition("GLOBAL ")[2].partition(" ")[0]]) from error
    except Exception as error:  # a damaged file can make the reader fail in any way
        raise _damaged(path) from error


def _check_pickle(path: Path) -> None:
    """Refuse what loads no weights, or what takes more than the file has, before any of it is loaded."""
    size = path.stat().st_size
    try:
        with path.open("rb") as file:
            head = file.read(len(_ZIP))
        if head == _ZIP:
            with zipfile.ZipFile(path) as archive:
                sizes = {entry.filename: entry.file_size for entry in archive.infolist()}
                # Of two of one name, another reader may take the other.
                if len({name.lower() for name in sizes}) < len(archive.infolist()):
                    raise ValueError("names that stand for two files")
                (name,) = (name for name in sizes if name.lower().endswith("data.pkl"))
                _check_length(path, sizes[name])
                content = archive.read(name)
            top = name[: -len("data.pkl")]
            records = {record.removeprefix(top): length for record, length in sizes.items()}
            wanted = follow(content, records, size)
        else:  # a number of its own, a version, a description of the machine, the content, names of storages
            with path.open("rb") as file:
                wanted = follow(file.read(_LONGEST_PICKLE), None, size, pickles=5)
    except TooMuchError as error:
        raise _refusal(
            path,
            f"{error}",
            "a checkpoint takes no more than its file has",
            "Save its weights with torch.save(model.state_dict(), 'model.pt'); of a file that is not your own, "
            "do not open it anywhere",
        ) from error
    except InputError:
        raise
    except Exception as error:  # a damaged file can make the reader fail in any way
        raise _damaged(path) from error
    if wanted.objects:
        raise _objects(path, wanted.objects, wanted.runs)
    if wanted.protocol:
        raise _refusal(
            path,
            "was written with another protocol of pickle than torch.save uses by itself",
            "protocol 2 is read",
            "Save it without pickle_protocol. " + _CONVERT.format(path.name),
        )


def _check_length(path: Path, length: int) -> None:
    if length > _LONGEST_PICKLE:
        raise _refusal(
            path,
            f"has {length / 1e6:,.0f} MB beside its tensors",
            f"names and plain values take at most {_LONGEST_PICKLE / 1e6:,.0f} MB",
            _STATE_DICT,
        )


def _damaged(path: Path) -> InputError:
    return _refusal(path, "is cut off or damaged", "a complete checkpoint is needed", "Copy the file again")


def _objects(path: Path, names: Sequence[str], runs: Sequence[str] = ()) -> InputError:
    """The refusal of a file that asks for more than tensors and plain values."""
    if runs:
        return _refusal(
            path,
            f"would run {runs[0]} when it is unpickled",
            "only tensors and plain values are read, and nothing is unpickled",
            "A checkpoint has no need of this: do not open it anywhere, unless you made it yourself",
        )
    if not names[0]:
        return _damaged(path)
    return _refusal(
        path,
        f"holds Python objects ({names[0]}) beside its tensors",
        "only tensors and plain values are read, and nothing is unpickled",
        _CONVERT.format(path.name),
    )
