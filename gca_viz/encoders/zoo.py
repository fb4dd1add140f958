"""The door to every encoder: bundled ones by name, uploads by theirs, and whatever else by where it comes from."""

from __future__ import annotations

import os.path
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from gca_viz.encoders import uploads
from gca_viz.encoders.bundled import bundled_encoders, bundled_path
from gca_viz.encoders.checkpoints.assumptions import Assumptions, refuse_assumptions
from gca_viz.encoders.checkpoints.file_names import card_of
from gca_viz.encoders.checkpoints.load_report import OUTPUTS, LoadReport, Output
from gca_viz.encoders.checkpoints.model import Model
from gca_viz.encoders.encoder import Encoder, encoder_of
from gca_viz.encoders.hub.model import HubModel
from gca_viz.encoders.hub.names import is_hub_name
from gca_viz.encoders.hub.packages import PRETRAINED
from gca_viz.encoders.preprocessing import Preprocessing
from gca_viz.encoders.sources import read_encoder
from gca_viz.errors import InputError
from gca_viz.uploads import is_upload


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
            :data:`gca_viz.encoders.hub.packages.PRETRAINED`; a folder of transformers, ``"timm:…"`` or
            ``"transformers:…"``; or a name that :func:`gca_viz.encoders.uploads.keep` gave.
        output: ``"projector"`` (what the loss saw, the default) or ``"backbone"``.
        mean, std: per-channel normalisation of images in [0, 1], where it is not what the file records or what is
            assumed.
        input_size: height and width in pixels to which images are resized, likewise.
        assume: answers to what the tensors of a file leave open, by name as in
            :data:`gca_viz.encoders.checkpoints.assumptions.CHOICES`: ``{"weights": "teacher", "stem_padding": 2}``
            or ``"weights=teacher,stem_padding=2"``. The report lists the questions of a file and what was taken.
        device: torch device to run on.

    Raises:
        InputError: an unknown name, a file that is missing, damaged, not safe to read or of another architecture,
            an output that there is not, impossible preprocessing, or an assumption that does not fit the file.
    """
    name = str(name_or_path)
    _check_output(output)
    given = Preprocessing.of(mean, std, input_size)
    model = _model(name, given, Assumptions.of(assume))
    if isinstance(model, HubModel):
        return model.encoder(name, output, device)
    return encoder_of(model, name, output, device)


def encoder_id(name: str | Path, output: Output = "projector") -> str:
    """The content id of an encoder, which a rewritten checkpoint changes; nothing is read again.

    Raises:
        InputError: as :func:`load_encoder`.
    """
    _check_output(output)
    return _known(str(name)).ids[output]


def outputs_of(name: str | Path) -> tuple[Output, ...]:
    """The outputs that an encoder has, the one to show first at the front.

    Raises:
        InputError: as :func:`load_encoder`.
    """
    return _known(str(name)).report.outputs


def reads_texts(name: str | Path) -> bool:
    """Whether an encoder embeds texts beside images.

    Raises:
        InputError: as :func:`load_encoder`.
    """
    return bool(_known(str(name)).report.texts)


def _check_output(output: str) -> None:
    if output not in OUTPUTS:
        raise InputError(
            f"output = {output!r}",
            f"the outputs are {' and '.join(OUTPUTS)}",
            "Choose one of these",
            parameter="output",
        )


class _Known(NamedTuple):
    """What is known of an encoder without its network: its report, and a content id for each output."""

    report: LoadReport
    ids: Mapping[Output, str]


def _known(name: str) -> _Known:
    """What is known of an encoder; of models that are not kept in memory, it is."""
    return _known_elsewhere(name, _newest(name)) if _is_elsewhere(name) else _facts(_model(name))


@lru_cache(maxsize=16)
def _known_elsewhere(name: str, changed: int) -> _Known:
    """The same of a model from elsewhere; ``changed`` makes a rewritten folder a new entry."""
    return _facts(_model(name))


def _facts(model: Model | HubModel) -> _Known:
    return _Known(model.report, {output: model.content_id(output) for output in OUTPUTS})


def _model(
    name: str,
    given: Preprocessing = Preprocessing(),  # noqa: B008, it is frozen
    assume: Assumptions = Assumptions(),  # noqa: B008
) -> Model | HubModel:
    """The model of a name or path."""
    bundled = bundled_path(name)
    if bundled is not None or is_upload(name):
        refuse_assumptions(assume, name)
        model = uploads.model_of(name) if bundled is None else _read_bundled(bundled, _changed(bundled))
        return model.prepared(given)
    if _is_elsewhere(name):
        return read_encoder(Path(name) if os.path.isdir(name) else name, given=given, assume=assume)
    if not os.path.isfile(name):
        raise InputError(
            f"encoder = {name!r}",
            f"the bundled encoders are {', '.join(bundled_encoders())}; anything else must be a checkpoint's path",
            "Choose a bundled name or check the path",
            parameter="encoder",
        )
    path = Path(name)
    return _read_path(path.resolve(), _changed(path), assume).prepared(given)


# The bundled ones are small and often changed between; of a user's, which may be large, two are compared.
_read_bundled = lru_cache(maxsize=16)(lambda path, changed: read_encoder(path))
_read_path = lru_cache(maxsize=2)(lambda path, changed, assume: read_encoder(path, assume=assume))


def _changed(path: Path) -> tuple[int, ...]:
    """When a checkpoint and the card beside it changed last, in nanoseconds."""
    return tuple(file.stat().st_mtime_ns for file in (path, card_of(path)) if file.is_file())


def _is_elsewhere(name: str) -> bool:
    """Whether a name is that of a folder or of a model of other libraries; they are not kept in memory."""
    if is_upload(name) or bundled_path(name):
        return False
    return name in PRETRAINED or is_hub_name(name) or os.path.isdir(name)


def _newest(name: str) -> int:
    """When a file in a folder changed last, in nanoseconds; 0 without a folder."""
    return max((path.stat().st_mtime_ns for path in Path(name).iterdir()), default=0) if os.path.isdir(name) else 0
