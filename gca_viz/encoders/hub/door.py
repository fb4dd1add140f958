"""Encoders of transformers and timm: a folder on this machine, or a name on their model hub."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from gca_viz.encoders.hub.model import Given, HubEncoder, HubModel, as_input_error, given_preprocessing
from gca_viz.encoders.hub.model_folder import fetched
from gca_viz.encoders.hub.timm_vision import read_timm
from gca_viz.encoders.hub.transformers_vision import check_folder, read_transformers
from gca_viz.encoders.hub.trial import try_elsewhere
from gca_viz.encoders.load_report import Output
from gca_viz.errors import InputError
from gca_viz.progress import ReportProgress
from gca_viz.settings.server import HUB

VARIABLE = HUB.variable

# A name, never a path: what may be read from the disk is a folder's door to open.
_NAME = re.compile(r"(?:timm:(?:hf-hub:)?|transformers:)(?:\w[\w.-]*/)?\w[\w.-]*")


def load_hub(
    name: str | Path,
    *,
    output: Output = "backbone",
    mean: Sequence[float] | None = None,
    std: Sequence[float] | None = None,
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
    # Path.is_dir raises where a name is too long for a path
    model = read_hub(Path(name) if os.path.isdir(name) else str(name), mean=mean, std=std, input_size=input_size)
    return model.encoder(str(name), output, device)


def read_hub(
    source: str | Path,
    *,
    mean: Sequence[float] | None = None,
    std: Sequence[float] | None = None,
    input_size: int | None = None,
    tried: bool = False,
    progress: ReportProgress | None = None,
) -> HubModel:
    """Read a model as :func:`load_hub` does.

    Args:
        source: a folder as a path, or a model's name as text, which is never taken for a path.
        mean, std, input_size: as of :func:`load_hub`.
        tried: whether a process of its own builds and tries a model of transformers first, as of a stranger.
        progress: called while that goes on; may raise to cancel.

    Raises:
        InputError: as :func:`load_hub`.
    """
    given = given_preprocessing(mean, std, input_size)
    if isinstance(source, Path):
        return _of_transformers(source, f"the folder {source.name}", given, tried, progress)
    library, _, identifier = source.partition(":")
    if not _NAME.fullmatch(source):
        raise InputError(
            f"encoder = {source!r}",
            "a model is a folder with config.json and model.safetensors, transformers:<id> or timm:<id>",
            "Check the path or the name",
            parameter="encoder",
        )
    if library == "timm":
        return HubModel.of(source, read_timm(identifier, source), given)
    with as_input_error(source):
        folder = fetched(identifier, source)
    return _of_transformers(folder, source, given, tried, progress)


def _of_transformers(
    folder: Path, what: str, given: Given, tried: bool, progress: ReportProgress | None
) -> HubModel:
    if tried:
        check_folder(folder, what)
        try_elsewhere(folder, what, given, progress)
    return HubModel.of(what, read_transformers(folder, what), given)


def hub_is_open() -> bool:
    """Whether browsers may name models of the hub: ``GCA_VIZ_HUB=1`` in the environment of the app."""
    return HUB.value


def allowed_name(text: str) -> str:
    """The name of a model that a browser asks for.

    Raises:
        InputError: the hub is not open to browsers, or anybody's weights are asked for that timm might unpickle.
    """
    name = text.strip()
    if not hub_is_open():
        raise InputError(
            f"the model {name}",
            "no model hub is opened to browsers",
            f"Start the app with {VARIABLE}=1",
            parameter="encoder",
        )
    if name.startswith("timm:hf-hub:"):
        raise InputError(
            f"the model {name}",
            "from a browser, models of timm are those that it has a name for; others may hold pickles",
            "Use transformers:<id>, or load it in Python",
            parameter="encoder",
        )
    return name
