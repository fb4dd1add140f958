"""The door to every encoder: bundled ones by name, and those that users bring."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

from gca_viz.encoders import uploads
from gca_viz.encoders.assumptions import Assumptions, refuse_assumptions
from gca_viz.encoders.bundled import bundled_encoders, bundled_path
from gca_viz.encoders.checkpoints.file_names import card_of
from gca_viz.encoders.checkpoints.files import ASSUMPTIONS
from gca_viz.encoders.checkpoints.rebuild import read_model
from gca_viz.encoders.checkpoints.torchvision_resnet import TorchvisionResNet
from gca_viz.encoders.encoder import Encoder
from gca_viz.encoders.hub.model import HubModel
from gca_viz.encoders.load_report import OUTPUTS, LoadReport, Output
from gca_viz.encoders.model import Model, check_preprocessing
from gca_viz.encoders.resnet import SmallResNet
from gca_viz.encoders.text import MINILM
from gca_viz.errors import InputError
from gca_viz.files.atomic import written
from gca_viz.uploads import is_upload

ARCHITECTURE = "small-resnet"


def load_encoder(
    name_or_path: str | Path,
    *,
    output: Output = "projector",
    mean: Sequence[float] | None = None,
    std: Sequence[float] | None = None,
    input_size: int | None = None,
    assume: Assumptions | Mapping[str, object] | str | None = None,
    device: str = "cpu",
) -> Encoder:
    """Load an encoder; its ``report`` says what was understood of its file.

    Args:
        name_or_path: a name of :func:`bundled_encoders` or :func:`bundled_runs`; a path to a ``.safetensors`` file
            or to one that ``torch.save`` wrote, whatever its ending, of which nothing is ever unpickled; a name of
            :data:`gca_viz.encoders.hub.pretrained.PRETRAINED`; a folder of transformers, ``"timm:…"`` or
            ``"transformers:…"``; or a name that :func:`gca_viz.encoders.uploads.keep` gave.
        output: ``"projector"`` (what the loss saw, the default) or ``"backbone"``.
        mean, std: per-channel normalisation of images in [0, 1], where it is not what the file records or what is
            assumed.
        input_size: height and width in pixels to which images are resized, likewise.
        assume: answers to what the tensors of a file leave open, by name as in
            :data:`gca_viz.encoders.assumptions.CHOICES`: ``{"weights": "teacher", "stem_padding": 2}`` or
            ``"weights=teacher,stem_padding=2"``. The report lists the questions of a file and what was taken.
        device: torch device to run on.

    Raises:
        InputError: an unknown name, a file that is missing, damaged, not safe to read or of another architecture,
            an output that there is not, impossible preprocessing, or an assumption that does not fit the file.
    """
    name = str(name_or_path)
    if output not in OUTPUTS:
        raise InputError(
            f"output = {output!r}",
            f"the outputs are {' and '.join(OUTPUTS)}",
            "Choose one of these",
            parameter="output",
        )
    check_preprocessing(mean, std, input_size)
    assume = Assumptions.of(assume)
    load = _elsewhere(name)
    if load is not None or is_upload(name) or bundled_path(name):
        refuse_assumptions(assume, name)
    if load is not None:
        return load(name, output=output, mean=mean, std=std, input_size=input_size, device=device)
    return _model(name, assume).prepared(mean=mean, std=std, input_size=input_size).encoder(name, output, device)


def encoder_id(name: str | Path, output: Output = "projector") -> str:
    """The content id of an encoder, which a rewritten checkpoint changes; nothing is read again.

    Raises:
        InputError: as :func:`load_encoder`.
    """
    load = _elsewhere(str(name))
    if load is not None:
        return _elsewhere_id(load, str(name), output, _newest(Path(name)))
    return _model(str(name)).content_id(output)


def outputs_of(name: str | Path) -> tuple[Output, ...]:
    """The outputs that an encoder has, the one to show first at the front.

    Raises:
        InputError: as :func:`load_encoder`.
    """
    return _report(str(name)).outputs


def reads_texts(name: str | Path) -> bool:
    """Whether an encoder embeds texts beside images.

    Raises:
        InputError: as :func:`load_encoder`.
    """
    return bool(_report(str(name)).texts)


def _report(name: str) -> LoadReport:
    """What was understood of an encoder; nothing is read again."""
    load = _elsewhere(name)
    return _model(name).report if load is None else _elsewhere_report(load, name, _newest(Path(name)))


def _model(name: str, assume: Assumptions | None = None) -> Model | HubModel:
    """The model of a name or path."""
    if is_upload(name):
        return uploads.model_of(name)
    path = bundled_path(name)
    if path is not None:
        return _read_bundled(path, _changed(path))
    path = Path(name)
    if not path.is_file():
        raise InputError(
            f"encoder = {name!r}",
            f"the bundled encoders are {', '.join(bundled_encoders())}; anything else must be a checkpoint's path",
            "Choose a bundled name or check the path",
            parameter="encoder",
        )
    return _read_path(path.resolve(), _changed(path), assume)


# The bundled ones are small and often changed between; of a user's, which may be large, two are compared.
_read_bundled = lru_cache(maxsize=16)(lambda path, changed: read_model(path))
_read_path = lru_cache(maxsize=2)(lambda path, changed, assume: read_model(path, assume))


def _changed(path: Path) -> tuple[int, ...]:
    """When a checkpoint and the card beside it changed last, in nanoseconds."""
    return tuple(file.stat().st_mtime_ns for file in (path, card_of(path)) if file.is_file())


def _elsewhere(name: str) -> Callable[..., Encoder] | None:
    """Who loads a name that is neither bundled nor brought nor that of a file."""
    if is_upload(name) or bundled_path(name):
        return None
    if name.startswith(("timm:", "transformers:")) or (Path(name) / "config.json").is_file():
        from gca_viz.encoders.hub.door import load_hub

        return load_hub
    from gca_viz.encoders.hub.packages import PRETRAINED
    from gca_viz.encoders.hub.pretrained import load_pretrained

    return load_pretrained if name in PRETRAINED else None


@lru_cache(maxsize=16)
def _elsewhere_id(load: Callable[..., Encoder], name: str, output: Output, modified: int) -> str:
    """The content id of an encoder from elsewhere; ``modified`` makes a rewritten folder a new entry."""
    return load(name, output=output, mean=None, std=None, input_size=None, device="cpu").content_id


@lru_cache(maxsize=16)
def _elsewhere_report(load: Callable[..., Encoder], name: str, modified: int) -> LoadReport:
    """Its report, likewise."""
    return load(name, output="backbone", mean=None, std=None, input_size=None, device="cpu").report


def _newest(folder: Path) -> int:
    """When a file in a folder changed last, in nanoseconds; 0 without a folder."""
    return max((path.stat().st_mtime_ns for path in folder.iterdir()), default=0) if folder.is_dir() else 0


def save_checkpoint(
    path: Path,
    network: nn.Module,
    *,
    input_size: int,
    mean: tuple[float, ...],
    std: tuple[float, ...],
    dtype: torch.dtype = torch.float32,
) -> None:
    """Write a network as safetensors, with all that is needed to use it again in the file's metadata.

    Args:
        path: the file.
        network: a :class:`SmallResNet` or a ResNet with torchvision's names.
        input_size, mean, std: its preprocessing.
        dtype: of the weights on disk where they fit in; they are read as float32 again.
    """
    weights = {key: value.detach().cpu().contiguous() for key, value in network.state_dict().items()}
    metadata = {
        "architecture": ARCHITECTURE if isinstance(network, SmallResNet) else "resnet",
        "input_size": str(input_size),
        "mean": json.dumps(mean),
        "std": json.dumps(std),
    }
    if isinstance(network, TorchvisionResNet):
        metadata[ASSUMPTIONS] = Assumptions(**network.shape.unsaid).text
    if getattr(network, "text", None) is not None:
        metadata["texts"] = MINILM
    with written(path) as (part,):
        save_file({key: _narrowed(value, dtype) for key, value in weights.items()}, part, metadata=metadata)


def _narrowed(tensor: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """The numbers in a narrower type, unless they are counters or leave its range."""
    narrow = tensor.to(dtype) if tensor.is_floating_point() else tensor
    return narrow if narrow.isfinite().all() else tensor
