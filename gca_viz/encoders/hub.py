"""Encoders of transformers and timm: a folder on this machine, or a name on their model hub."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from gca_viz.encoders.encoder import Encoder, Output
from gca_viz.encoders.model import check_preprocessing
from gca_viz.encoders.report import USABLE, WITHOUT_PROJECTOR, LoadReport
from gca_viz.encoders.transformers_vision import TransformersVision
from gca_viz.errors import InputError
from gca_viz.extras import need
from gca_viz.limits import FILE_BYTES

# A name, never a path: what may be read from the disk is a folder's door to open.
_NAME = re.compile(r"(?:timm:(?:hf-hub:)?|transformers:)(?:\w[\w.-]*/)?\w[\w.-]*")
_PROBE = np.full((2, 64, 64, 3), 127, np.uint8)

Pixels = Callable[[np.ndarray], Tensor]


@dataclass(frozen=True)
class HubEncoder(Encoder):
    """An encoder whose images are prepared by the library that it comes from.

    Attributes:
        pixels: uint8 N × H × W × 3 → normalised float32 N × 3 × height × width.
    """

    pixels: Pixels = field(kw_only=True, repr=False)

    def preprocess(self, images: Tensor) -> Tensor:
        """Resize, crop and normalise images N × 3 × H × W in [0, 1] or uint8, as the model's configuration says."""
        if images.is_floating_point():
            images = images.clamp(0, 1).mul(255).round().to(torch.uint8)  # the libraries work on bytes
        return self.pixels(images.permute(0, 2, 3, 1).cpu().numpy()).to(self.device)


class TimmFeatures(nn.Module):
    """A timm model without its classifier."""

    projects = False

    def __init__(self, model: nn.Module):
        super().__init__()
        self.model = model

    def backbone(self, x: Tensor) -> Tensor:
        """The pooled features, N × d."""
        return self.model(x)


class _Given(NamedTuple):
    """Preprocessing that the caller asks for in place of the configuration's."""

    mean: tuple[float, ...] | None
    std: tuple[float, ...] | None
    input_size: int | None


@dataclass(frozen=True)
class _Loaded:
    """A network and how its images are prepared, with what identifies and describes both."""

    network: TransformersVision | TimmFeatures
    pixels: Pixels
    mean: tuple[float, ...]
    std: tuple[float, ...]
    configuration: object
    missing: frozenset[str] = frozenset()
    ignored: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def load_hub(
    name: str | Path,
    *,
    output: Output = "backbone",
    mean: tuple[float, ...] | None = None,
    std: tuple[float, ...] | None = None,
    input_size: int | None = None,
    device: str = "cpu",
) -> HubEncoder:
    """Load an image model of transformers or timm, with the preprocessing of its own configuration.

    No code that comes with a model is run; of a model of transformers, only safetensors weights are read.

    Args:
        name: a folder that ``save_pretrained`` of transformers wrote (model and image processor),
            ``"transformers:<id>"`` or ``"timm:<id>"``; ids are fetched from the model hub if they are not in its
            cache on this machine.
        output: ``"backbone"`` (the pooled features), or ``"projector"`` where there is a projection to a space that
            images share with texts, as in CLIP.
        mean, std: per-channel normalisation of images in [0, 1], where it is not the configuration's.
        input_size: height and width in pixels that the model gets, likewise.
        device: torch device to run on.

    Raises:
        InputError: a missing extra; a name that is unknown or out of reach; a model that is incomplete, takes no
            images, or has code of its own; an output that it does not have.
    """
    check_preprocessing(mean, std, input_size)
    mean, std = (values and tuple(map(float, values)) for values in (mean, std))
    given = _Given(mean, std, input_size)
    folder = Path(name)
    if os.path.isdir(name):  # Path.is_dir raises where a name is too long for a path
        what = f"the folder {folder.name}"
        _check_folder(folder, what)
        loaded = _transformers(str(folder), what, given, local=True)
    elif _NAME.fullmatch(what := str(name)):
        library, _, identifier = what.partition(":")
        loaded = (_timm if library == "timm" else _transformers)(identifier, what, given)
    else:
        raise InputError(
            f"encoder = {what!r}",
            "a model is a folder with config.json and model.safetensors, transformers:<id> or timm:<id>",
            "Check the path or the name",
            parameter="encoder",
        )
    network = loaded.network
    if output != "backbone" and not (output == "projector" and network.projects):
        raise InputError(
            f"output = {output!r} of {what}",
            f"it has {'a projector and a backbone' if network.projects else 'no projector, only a backbone'}",
            "Use output='backbone'",
            parameter="output",
        )
    network.eval().to(device)
    with _told(what):
        widths, side = _tried(loaded, device)
    return HubEncoder(
        name=str(name),
        network=network,
        output=output,
        input_size=side,
        mean=loaded.mean,
        std=loaded.std,
        content_id=f"{_digest(loaded)}-{output}",
        device=device,
        report=LoadReport(
            architecture=type(network.model).__name__,
            verdict=USABLE if network.projects else WITHOUT_PROJECTOR,
            input_size=side,
            mean=loaded.mean,
            std=loaded.std,
            widths=widths,
            matched=len(network.model.state_dict()) - len(loaded.missing),
            missing=tuple(sorted(loaded.missing)),
            ignored=loaded.ignored,
            size_from="given" if input_size else "recorded",
            normalisation_from="given" if mean else "recorded",
            notes=loaded.notes,
        ),
        pixels=loaded.pixels,
    )


def _check_folder(folder: Path, what: str) -> None:
    names = sorted(path.name for path in folder.iterdir())
    weights = [name for name in names if name.endswith(".safetensors")]
    for name in weights:
        FILE_BYTES.check((folder / name).stat().st_size, f"the file {name}")
    if not weights or not {"preprocessor_config.json", "processor_config.json"} & set(names):
        raise InputError(
            f"{what} with {', '.join(names[:8]) or 'nothing in it'}",
            "a folder of transformers has config.json, preprocessor_config.json and model.safetensors; pickled "
            "weights can run code and are not read",
            "Save model and image processor again with save_pretrained",
            parameter="encoder",
        )


def _transformers(source: str, what: str, given: _Given, *, local: bool = False) -> _Loaded:
    transformers = need("transformers", "hub")
    safely = {"local_files_only": local, "trust_remote_code": False}
    with _told(what):
        config, _ = transformers.PreTrainedConfig.get_config_dict(source, local_files_only=local)
        if "auto_map" in config:
            raise InputError(
                f"{what} with Python code of its own ({', '.join(config['auto_map'])})",
                "only models whose code is part of transformers are loaded",
                "Embed your images where you trust that code, and bring the embeddings",
                parameter="encoder",
            )
        architecture = next(iter(config.get("architectures") or ()), "")
        # The one kind with a projection that AutoModel would leave out.
        projects = architecture.endswith("VisionModelWithProjection")
        kind = getattr(transformers, architecture) if projects else transformers.AutoModel
        model, keys = kind.from_pretrained(
            source, use_safetensors=True, dtype=torch.float32, output_loading_info=True, **safely
        )
        missing = frozenset(keys["missing_keys"])
        unread = sorted(key for key in missing if "pooler" not in key)
        if unread:
            raise ValueError(f"{len(unread):,} of its tensors are missing, such as {unread[0]}")
        # Pillow is everywhere; torchvision, where it is installed, would give slightly other pixels.
        processor = transformers.AutoImageProcessor.from_pretrained(source, backend="pil", **safely)
        changes = _changes(processor, given)
    settings = processor.to_dict() | changes
    normalises = settings.get("do_normalize", False)
    return _Loaded(
        network=TransformersVision(model, pooler=not missing),
        pixels=partial(_processed, processor, changes),
        mean=tuple(settings["image_mean"]) if normalises else (0.0,) * 3,
        std=tuple(settings["image_std"]) if normalises else (1.0,) * 3,
        configuration=({key: value for key, value in model.config.to_dict().items() if key[0] != "_"}, settings),
        missing=missing,
        ignored=tuple(sorted(keys["unexpected_keys"])),
        notes=("The weights of its pooler are missing, so embeddings are taken before it.",) if missing else (),
    )


def _processed(processor: Callable, changes: dict, images: np.ndarray) -> Tensor:
    return processor(list(images), input_data_format="channels_last", return_tensors="pt", **changes)[
        "pixel_values"
    ]


def _changes(processor: Callable, given: _Given) -> dict:
    """What an image processor is told beside its configuration."""
    changes: dict = {}
    if given.mean and given.std:
        changes |= {"do_normalize": True, "image_mean": list(given.mean), "image_std": list(given.std)}
    if given.input_size:
        # Size and crop keep their proportion.
        factor = given.input_size / _processed(processor, {}, _PROBE).shape[-1]
        for key in ("size", "crop_size"):
            if found := processor.to_dict().get(key):
                changes[key] = {side: round(value * factor) for side, value in found.items() if value}
    return changes


def _timm(identifier: str, what: str, given: _Given) -> _Loaded:
    timm, data = need("timm", "hub"), need("timm.data", "hub")
    size = given.input_size
    asked = given._asdict() | {"input_size": (3, size, size) if size else None}
    with _told(what):
        model = timm.create_model(identifier, pretrained=True, num_classes=0)
        settings = data.resolve_data_config(asked, model=model)
        transform = data.create_transform(**settings, is_training=False)
    return _Loaded(
        network=TimmFeatures(model),
        pixels=lambda images: torch.stack([transform(Image.fromarray(image)) for image in images]),
        mean=tuple(settings["mean"]),
        std=tuple(settings["std"]),
        configuration=(identifier, settings),
    )


@contextmanager
def _told(what: str) -> Iterator[None]:
    """Tell what a library says of a model as a user's mistake."""
    try:
        yield
    except InputError:
        raise
    # Each library, its hub client and torch raise errors of their own, and all they say is about the model.
    except Exception as error:
        first, *_ = " ".join(str(error).split()).split(". ")
        fetched = not what.startswith("the folder ")
        raise InputError(
            f"{what}: {first.rstrip('.:') or type(error).__name__}",
            "an image model with its configuration, weights and image processor is needed",
            "Check its name, the input size, and that this machine reaches the model hub"
            if fetched
            else "Check the input size, and that the folder is as save_pretrained wrote it",
            parameter="encoder",
        ) from error


@torch.no_grad()
def _tried(loaded: _Loaded, device: str) -> tuple[dict[str, int | None], int]:
    """Width of each output, and the side of the pixels, from two equal images."""
    network, x = loaded.network, loaded.pixels(_PROBE).to(device)
    outputs = {"backbone": network.backbone(x), "projector": network(x) if network.projects else None}
    if not torch.allclose(*outputs["backbone"], atol=1e-4):
        raise ValueError("it embeds equal images differently, as networks with random masks do")
    return {name: None if z is None else z.shape[1] for name, z in outputs.items()}, x.shape[-1]


def _digest(loaded: _Loaded) -> str:
    """Identifies the weights that were read, the architecture and the preprocessing."""
    digest = hashlib.sha256(json.dumps(loaded.configuration, sort_keys=True, default=str).encode())
    digest.update(type(loaded.network.model).__name__.encode())
    for key, tensor in sorted(loaded.network.model.state_dict().items()):
        if key not in loaded.missing:
            digest.update(key.encode())
            digest.update(tensor.cpu().contiguous().reshape(-1).view(torch.uint8).numpy())
    return digest.hexdigest()[:16]
