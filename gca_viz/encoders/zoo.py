"""The door to every encoder: bundled ones by name, uploads by theirs, and whatever else by where it comes from."""

from __future__ import annotations

import os.path
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from gca_viz.encoders import uploads
from gca_viz.encoders.bundled import bundled_files
from gca_viz.encoders.checkpoints.assumptions import Assumptions, refuse_assumptions
from gca_viz.encoders.checkpoints.load_report import OUTPUTS, LoadReport, Output
from gca_viz.encoders.checkpoints.model import Model
from gca_viz.encoders.encoder import Encoder
from gca_viz.encoders.head import HeadModel, encoder_from
from gca_viz.encoders.hub.model import HubModel
from gca_viz.encoders.preprocessing import Preprocessing
from gca_viz.encoders.recorded import Recorded
from gca_viz.encoders.sources import changed, find_encoder, is_elsewhere
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
            or to one that ``torch.save`` wrote, whatever its ending, of which nothing is ever unpickled; a folder
            of transformers, ``"timm:…"`` or ``"transformers:…"``; or a name that
            :func:`gca_viz.encoders.uploads.keep` gave.
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
    return encoder_from(model, name, output, device)


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


def brings_prototypes(name: str | Path) -> bool:
    """Whether the file of an encoder holds prototypes, as those of SwAV and DINO do.

    Raises:
        InputError: as :func:`load_encoder`.
    """
    return bool(_known(str(name)).report.prototypes)


def is_head(name: str | Path) -> bool:
    """Whether an encoder is a head on the features of another, which its backbone gives.

    Raises:
        InputError: as :func:`load_encoder`.
    """
    return _known(str(name)).is_head


def _check_output(output: str) -> None:
    if output not in OUTPUTS:
        raise InputError(
            f"output = {output!r}",
            f"the outputs are {' and '.join(OUTPUTS)}",
            "Choose one of these",
            parameter="output",
        )


class _Known(NamedTuple):
    """What is known of an encoder without its network: its report, a content id for each output, and its kind."""

    report: LoadReport
    ids: Mapping[Output, str]
    is_head: bool


def _known(name: str) -> _Known:
    """What is known of an encoder; of bundled ones and of models that are not kept in memory, it is."""
    if is_upload(name):
        return _facts(_model(name))
    if files := bundled_files(name):
        return _known_then(name, changed(*files))
    if is_elsewhere(name):
        return _known_then(name, (_newest(name),))
    return _facts(_model(name))


# A page asks for the encoder's id at each step from the recipe to its plan.
@lru_cache(maxsize=64)
def _known_then(name: str, changed: tuple[int, ...]) -> _Known:
    """The same of a model as it was then: a rewritten file or folder is a new entry."""
    return _facts(_model(name))


def _facts(model: Model | HeadModel | HubModel | Recorded) -> _Known:
    ids = {output: model.content_id(output) for output in OUTPUTS}
    return _Known(model.report, ids, isinstance(model, HeadModel))


def _model(
    name: str,
    given: Preprocessing = Preprocessing(),  # noqa: B008, it is frozen
    assume: Assumptions = Assumptions(),  # noqa: B008
) -> Model | HeadModel | HubModel | Recorded:
    """The model of a name or path."""
    if is_upload(name):
        refuse_assumptions(assume, name)
        return uploads.model_of(name).prepared(given)
    return find_encoder(name, given, assume)


def _newest(name: str) -> int:
    """When a file in a folder changed last, in nanoseconds; 0 without a folder."""
    return max((path.stat().st_mtime_ns for path in Path(name).iterdir()), default=0) if os.path.isdir(name) else 0
