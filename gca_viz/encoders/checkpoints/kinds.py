"""What kind of checkpoint a file is, by how it begins; nothing in it is loaded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from gca_viz.errors import InputError
from gca_viz.files.archive import of_zip
from gca_viz.settings.limits import FILE_BYTES, TENSORS

Kind = Literal["safetensors", "torch"]

READ = "checkpoints are read from .safetensors files and from files of torch.save (.pt, .pth, .pth.tar, .ckpt, …)"
STATE_DICT = "Save its weights with torch.save(model.state_dict(), 'model.pt'), and bring that file"
#: how files of torch.save begin, since its version 1.6
ZIP = b"PK\x03\x04"
_OLD_TORCH = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
_MOST_GROWTH = 100_000_000  # bytes that a file may unpack to beyond its own size
_LONGEST_ENTRY = 1000  # bytes of a safetensors header per tensor, far more than a name and a shape need
# how a file begins → what it is, what to do
_OTHERS: Mapping[bytes | tuple[bytes, ...], tuple[str, str]] = {
    b"\x80": ("a plain pickle, as joblib and pickle write it", STATE_DICT),
    (b"x\x01", b"x^", b"x\x9c", b"x\xda"): ("a compressed pickle, as joblib writes it", STATE_DICT),
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


def kind_of(path: Path) -> Kind:
    """What kind of checkpoint a file is; nothing in it is loaded.

    Raises:
        InputError: no file, an empty, damaged or too large one, or another kind of file.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(512)
    except OSError as error:
        raise refusal(
            path, f"cannot be read: {error.strerror}", "a checkpoint file is needed", "Check the path"
        ) from error
    FILE_BYTES.check(size, f"the file {path.name}")
    if not head:
        raise refusal(path, "is empty", "a complete checkpoint is needed", "Copy the file again")
    if head.startswith(ZIP):
        _check_archive(path)
        return "torch"
    if head.startswith(_OLD_TORCH):
        return "torch"
    if head[8:9] == b"{":
        _check_header(path, int.from_bytes(head[:8], "little"), size)
        return "safetensors"
    for magic, (what, remedy) in _OTHERS.items():
        if head.startswith(magic):
            raise refusal(path, f"is {what}", READ, remedy)
    if head[257:262] == b"ustar":
        raise refusal(path, "is a tar archive", READ, "Unpack it, and bring the checkpoint in it")
    raise refusal(path, "is no checkpoint: it begins with none of the known marks", READ, STATE_DICT)


def is_checkpoint(path: Path) -> bool:
    """Whether a file is of a known kind."""
    try:
        kind_of(path)
    except InputError:
        return False
    return True


def refusal(path: Path, got: str, allowed: str, remedy: str) -> InputError:
    """The mistake of a file that is not read, e.g. ``got="is empty"``."""
    return InputError(f"the file {path.name}, which {got}", allowed, remedy, parameter="encoder")


def damaged(path: Path) -> InputError:
    """The refusal of a file that has lost a part."""
    return refusal(path, "is cut off or damaged", "a complete checkpoint is needed", "Copy the file again")


def _check_header(path: Path, length: int, size: int) -> None:
    """Refuse a safetensors header before any tensor is made."""
    if length + 8 > size:
        raise refusal(
            path,
            f"ends within its header: that should have {length:,} bytes, and the file has {size:,}",
            "a complete .safetensors file is needed",
            "Copy the file again or choose another",
        )
    if length > _LONGEST_ENTRY * TENSORS.value:
        raise refusal(
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
        raise refusal(
            path, "has a header that is no JSON", "a complete .safetensors file is needed", "Copy the file again"
        ) from error
    TENSORS.check(len(header) - ("__metadata__" in header), f"the file {path.name}")


def _check_archive(path: Path) -> None:
    """Refuse a zip that is no checkpoint, or that would unpack to too much."""
    try:
        sizes = of_zip(path).sizes
    except InputError as error:
        if error.__cause__ is None:  # above a limit
            raise
        raise damaged(path) from error
    inner = [*sizes, *(name.partition("/")[2] for name in sizes)]
    if "constants.pkl" in inner or any(name.startswith("code/") for name in inner):
        raise refusal(path, "is a TorchScript program", READ, STATE_DICT)
    if "archive_format" in inner or "models/model.json" in inner or any("exported_program" in x for x in inner):
        raise refusal(path, "is a program of torch.export (.pt2)", READ, STATE_DICT)
    if "data.pkl" not in inner:
        raise refusal(
            path,
            "is a zip archive without a checkpoint of torch.save",
            READ,
            "Unpack it and bring the checkpoint in it; embeddings (.npz) are read as embeddings",
        )
    TENSORS.check(sum(name.startswith("data/") for name in inner), f"the file {path.name}")
    if sum(sizes.values()) > path.stat().st_size + _MOST_GROWTH:
        raise refusal(
            path,
            f"unpacks to {sum(sizes.values()) / 1e6:,.0f} MB",
            "torch.save packs nothing, so that its files are as large as what is in them",
            "Load it with torch, and save it again with torch.save",
        )
