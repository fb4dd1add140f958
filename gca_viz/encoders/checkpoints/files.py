"""The tensors in a checkpoint file, read without ever running what the file holds."""

from __future__ import annotations

import hashlib
import json
import pickle
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from gca_viz.encoders.checkpoints.contents import check_names, contents_of
from gca_viz.encoders.checkpoints.kinds import STATE_DICT, ZIP, damaged, kind_of, refusal
from gca_viz.encoders.checkpoints.pickled import TooMuchError, follow
from gca_viz.errors import InputError
from gca_viz.settings.limits import TENSORS

#: under this name a converted file keeps its hyper-parameters, as JSON
AS_RECORDED = "as recorded"
#: and under this one what is known of its forward pass, as ``Assumptions.text``
ASSUMPTIONS = "assumptions"

_CONVERT = (
    "If you made it or trust who did, run gca-viz convert {} --trust once, and bring the .safetensors file that "
    "this writes"
)
_LONGEST_PICKLE = 64_000_000  # bytes of all that is no tensor


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


def metadata_of(path: Path) -> dict[str, str]:
    """What a file says of itself, without its tensors; nothing of one that ``torch.save`` wrote.

    Raises:
        InputError: as :func:`read_checkpoint`.
    """
    if kind_of(path) != "safetensors":
        return {}
    try:
        with safe_open(path, framework="pt") as file:
            return file.metadata() or {}
    except (SafetensorError, OSError):
        return {}  # read_checkpoint says what is wrong with it


def stacked(parts: Sequence[Checkpoint]) -> Checkpoint:
    """Several files as one checkpoint: a network, and what stands on it in files of its own.

    Of a module that several have, such as a projector, the last one's is taken whole; so is an entry of metadata.
    """
    *below, top = parts
    if not below:
        return top
    lower = stacked(below)
    own = {name.partition(".")[0] for name in top.tensors}
    kept = {name: tensor for name, tensor in lower.tensors.items() if name.partition(".")[0] not in own}
    return Checkpoint(
        name=top.name,
        tensors=kept | top.tensors,
        recorded=lower.recorded | top.recorded,
        metadata=lower.metadata | top.metadata,
        skipped=(*lower.skipped, *top.skipped),
        digest=f"{lower.digest}-{top.digest}",
    )


def sha256_of(path: Path) -> str:
    """The hash of a file, in hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            digest.update(part)
    return digest.hexdigest()


def _safetensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Tensors and metadata; tensors that ``safetensors.torch.save_model`` stored once are under all their names."""
    try:
        with safe_open(path, framework="pt") as file:
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
            metadata = file.metadata() or {}
    except (SafetensorError, OSError, AttributeError) as error:  # AttributeError: a type that torch lacks
        raise refusal(
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


def _torch(path: Path) -> object:
    """What ``torch.save`` wrote, of tensors and plain values alone."""
    _check_pickle(path)
    try:
        with path.open("rb") as file:  # by its name, torch would take it for what its ending says
            return torch.load(file, map_location="cpu", weights_only=True, mmap=False)
    except pickle.UnpicklingError as error:
        raise _objects(path, [str(error).partition("GLOBAL ")[2].partition(" ")[0]]) from error
    except Exception as error:  # a damaged file can make the reader fail in any way
        raise damaged(path) from error


def _check_pickle(path: Path) -> None:
    """Refuse what loads no weights, or what takes more than the file has, before any of it is loaded."""
    size = path.stat().st_size
    try:
        with path.open("rb") as file:
            head = file.read(len(ZIP))
        if head == ZIP:
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
        raise refusal(
            path,
            f"{error}",
            "a checkpoint takes no more than its file has",
            "Save its weights with torch.save(model.state_dict(), 'model.pt'); of a file that is not your own, "
            "do not open it anywhere",
        ) from error
    except InputError:
        raise
    except Exception as error:  # a damaged file can make the reader fail in any way
        raise damaged(path) from error
    if wanted.objects:
        raise _objects(path, wanted.objects, wanted.runs)
    if wanted.protocol:
        raise refusal(
            path,
            "was written with another protocol of pickle than torch.save uses by itself",
            "protocol 2 is read",
            "Save it without pickle_protocol. " + _CONVERT.format(path.name),
        )


def _check_length(path: Path, length: int) -> None:
    if length > _LONGEST_PICKLE:
        raise refusal(
            path,
            f"has {length / 1e6:,.0f} MB beside its tensors",
            f"names and plain values take at most {_LONGEST_PICKLE / 1e6:,.0f} MB",
            STATE_DICT,
        )


def _objects(path: Path, names: Sequence[str], runs: Sequence[str] = ()) -> InputError:
    """The refusal of a file that asks for more than tensors and plain values."""
    if runs:
        return refusal(
            path,
            f"would run {runs[0]} when it is unpickled",
            "only tensors and plain values are read, and nothing is unpickled",
            "A checkpoint has no need of this: do not open it anywhere, unless you made it yourself",
        )
    if not names[0]:
        return damaged(path)
    return refusal(
        path,
        f"holds Python objects ({names[0]}) beside its tensors",
        "only tensors and plain values are read, and nothing is unpickled",
        _CONVERT.format(path.name),
    )
