"""The folder of a transformers model, from a zip or the model hub, and the files in it that are read."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any

from safetensors import safe_open
from torch import Tensor

from gca_viz.encoders.checkpoints.files import read_checkpoint
from gca_viz.encoders.checkpoints.kinds import kind_of
from gca_viz.encoders.hub.transformers_tokenizer import FILES as TOKENIZER_FILES
from gca_viz.errors import InputError
from gca_viz.extras import need
from gca_viz.files.archive import of_zip, readable
from gca_viz.settings.limits import UNPACKED_BYTES

#: what a JSON file of a model says
Settings = dict[str, Any]

CONFIG = "config.json"
PROCESSORS = ("preprocessor_config.json", "processor_config.json")
_WEIGHTS, _INDEX = "model.safetensors", "model.safetensors.index.json"
#: endings of the files that are taken from an archive or an upload
TAKEN = (".json", ".safetensors")
_LONGEST_TEXT = 10_000_000  # bytes of a configuration or an index, far more than any has
_PATIENCE = 5  # seconds until a hub that does not answer is given up
_MOST_NAMED = 8


def weight_files(folder: Path, what: str) -> list[Path]:
    """The files with the weights, of a folder that has all that is needed; nothing outside it is ever named.

    Args:
        folder: as ``save_pretrained`` wrote it.
        what: what the user knows it by, for messages.

    Raises:
        InputError: a file is missing, or too long to be read.
    """
    with readable(what):
        sizes = {path.name: path.stat().st_size for path in folder.iterdir() if path.is_file()}
    check_names(sizes, what)
    for name, size in sizes.items():
        if name.endswith(("config.json", ".index.json")) and size > _LONGEST_TEXT:
            raise InputError(
                f"{what} with {name} of {size / 1e6:,.0f} MB",
                f"a configuration has at most {_LONGEST_TEXT / 1e6:,.0f} MB",
                "Save the model again with save_pretrained",
                parameter="encoder",
            )
    if _WEIGHTS in sizes:
        return [folder / _WEIGHTS]
    try:
        parts = sorted(set(json.loads((folder / _INDEX).read_text("utf-8"))["weight_map"].values()))
        strangers = [part for part in parts if part not in sizes or not part.endswith(".safetensors")]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(
            f"{what}, whose {_INDEX} cannot be read",
            "it is JSON that tells in which file each tensor is",
            "Save the model again with save_pretrained",
            parameter="encoder",
        ) from error
    if strangers:
        raise InputError(
            f"{what} without {strangers[0]}, which its {_INDEX} names",
            "all parts lie beside it, as .safetensors",
            "Bring all files that save_pretrained wrote",
            parameter="encoder",
        )
    return [folder / part for part in parts]


def check_names(names: Collection[str], what: str) -> None:
    """Raise :class:`InputError` where a folder of these files is not all of a model."""
    if not (CONFIG in names and {_WEIGHTS, _INDEX} & set(names) and set(PROCESSORS) & set(names)):
        raise InputError(
            f"{what} with {', '.join(sorted(names)[:_MOST_NAMED]) or 'nothing in it'}",
            "a folder of transformers has config.json, preprocessor_config.json and model.safetensors; pickled "
            "weights can run code and are not read",
            "Save model and image processor again with save_pretrained, and bring all files",
            parameter="encoder",
        )


def count_tensors(paths: Sequence[Path]) -> int:
    """How many tensors safetensors files have; their headers alone are read.

    Raises:
        InputError: a file that is damaged, above a limit, or something else.
    """
    count = 0
    for path in paths:
        _check_safetensors(path)
        with safe_open(path, "pt") as file:
            count += len(file.keys())
    return count


def read_config(path: Path) -> Settings:
    """The settings in a JSON file; raises :class:`ValueError` where they are none."""
    settings = json.loads(path.read_text("utf-8"))
    if not isinstance(settings, dict):
        raise ValueError(f"{path.name} is no object")
    return settings


def read_weights(paths: Sequence[Path], what: str) -> tuple[dict[str, Tensor], str]:
    """Name → tensor of safetensors files, and what identifies them.

    Args:
        paths: the files.
        what: what the user knows the model by, for messages.

    Raises:
        InputError: a file that is damaged, above a limit, or something else.
    """
    UNPACKED_BYTES.check(sum(path.stat().st_size for path in paths), what)
    tensors: dict[str, Tensor] = {}
    digest = hashlib.sha256()
    for path in paths:
        _check_safetensors(path)
        checkpoint = read_checkpoint(path)
        # copied, as they are mapped into memory from a file that may go or change
        tensors |= {name: tensor.clone() for name, tensor in checkpoint.tensors.items()}
        digest.update(checkpoint.digest.encode())
    return tensors, digest.hexdigest()


def _check_safetensors(path: Path) -> None:
    if kind_of(path) != "safetensors":
        raise InputError(
            f"the file {path.name}, which torch.save wrote",
            "a model's weights are read as safetensors",
            "Save the model again with save_pretrained",
            parameter="encoder",
        )


def unpacked(archive: Path, below: Path) -> Path:
    """Unpack what is read of a zipped model folder, which may lie in another; nothing else is written.

    Args:
        archive: a zip file.
        below: an empty folder.

    Returns:
        The model's folder, named as the archive.

    Raises:
        InputError: no model, one with pickled weights only, or an archive that is damaged, above a limit, or has
            a member that leads outside or is a link.
    """
    files, what = of_zip(archive), f"the folder {archive.stem}"
    tops = {path.removesuffix(CONFIG) for path in files.sizes if PurePosixPath(path).name == CONFIG}
    top = tops.pop() if len(tops) == 1 else ""
    inside = {path.removeprefix(top): path for path in files.sizes if path.startswith(top)}
    check_names([name for name in inside if "/" not in name], what)
    folder = below / f"{archive.stem.strip('.') or 'model'}"
    folder.mkdir()
    with readable(archive.name), files.opened() as open_file:
        for name, path in inside.items():
            if "/" not in name and name.endswith(TAKEN):
                with open_file(path) as packed, (folder / name).open("wb") as file:
                    shutil.copyfileobj(packed, file, 1 << 20)
    return folder


def fetched(identifier: str, what: str) -> Path:
    """The folder of a model of the hub: as it is in the cache on this machine, else downloaded.

    Args:
        identifier: its name there.
        what: what the user knows it by, for messages.

    Raises:
        InputError: a missing extra.
        Exception: a hub that is out of reach or has no such model; its client has exceptions of its own.
    """
    need("transformers", "hub")
    hub = need("huggingface_hub", "hub")
    wanted = {"allow_patterns": [CONFIG, *PROCESSORS, *TOKENIZER_FILES, _WEIGHTS, _INDEX, "model-*.safetensors"]}
    with suppress(OSError, InputError):
        kept = Path(hub.snapshot_download(identifier, local_files_only=True, **wanted))
        weight_files(kept, what)
        return kept
    # The client itself would try again for half a minute.
    hub.HfApi().model_info(identifier, timeout=_PATIENCE)
    return Path(hub.snapshot_download(identifier, **wanted))
