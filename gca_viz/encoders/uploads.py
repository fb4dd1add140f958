"""Encoders that users of this process uploaded or named, each under a name that nobody can guess."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gca_viz.encoders.checkpoints.assumptions import Assumptions
from gca_viz.encoders.checkpoints.load_report import LoadReport
from gca_viz.encoders.checkpoints.model import Model
from gca_viz.encoders.head import HeadModel
from gca_viz.encoders.hub.model import HubModel
from gca_viz.encoders.preprocessing import Preprocessing
from gca_viz.encoders.recorded import Recorded
from gca_viz.encoders.sources import read_encoder
from gca_viz.progress import ReportProgress
from gca_viz.uploads import Uploads, is_upload


@dataclass(frozen=True)
class _Upload:
    title: str
    model: Model | HeadModel | HubModel | Recorded


_UPLOADS: Uploads[_Upload] = Uploads("encoder", "encoder")


def keep(
    source: str | Path,
    title: str | None = None,
    *,
    mean: Sequence[float] | None = None,
    std: Sequence[float] | None = None,
    input_size: int | None = None,
    assume: Assumptions | Mapping[str, object] | str | None = None,
    progress: ReportProgress | None = None,
    name: str | None = None,
) -> str:
    """Read an encoder once and keep it in memory; returns the name that ``load_encoder`` knows it by.

    Args:
        source: as of :func:`gca_viz.encoders.sources.read_encoder`; its file or folder may go as soon as this
            returns.
        title: what it is called on the screen; by default as :func:`usual_title` says.
        mean, std: per-channel normalisation, where it is not what the file records or what is assumed.
        input_size: height and width in pixels to which images are resized, likewise.
        assume: answers to what the tensors of a checkpoint leave open, as of ``load_encoder``.
        progress: called while a model of transformers is tried in a process of its own; may raise to cancel.
        name: under which it is kept, which nobody can guess; by default a new one.

    Raises:
        InputError: as :func:`gca_viz.encoders.sources.read_encoder`.
    """
    model = read_encoder(
        source,
        given=Preprocessing.of(mean, std, input_size),
        assume=Assumptions.of(assume),
        trial=progress or (lambda share, what: None),
    )
    return _UPLOADS.keep(_Upload(usual_title(source) if title is None else title, model), name)


def keep_recorded(recorded: Recorded, title: str) -> str:
    """Keep embeddings that a training wrote down; returns the name under which they stand among encoders."""
    return _UPLOADS.keep(_Upload(title, recorded))


def recorded(name: str) -> Recorded | None:
    """What a training wrote down under a name; None where the name is that of an encoder."""
    model = _UPLOADS.find(name).model if is_upload(name) else None
    return model if isinstance(model, Recorded) else None


def find(name: str) -> object:
    """What is kept under a name, for another process; raises :class:`InputError` where it is not there."""
    return _UPLOADS.find(name)


def keep_as(name: str, upload: object) -> None:
    """Keep what :func:`find` gave in another process under the same name."""
    if not isinstance(upload, _Upload):
        raise TypeError(type(upload).__name__)
    _UPLOADS.keep_as(name, upload)


def usual_title(source: str | Path) -> str:
    """What a source is called on the screen: a model's name, or that of a file or folder without its path."""
    if isinstance(source, str):
        return source
    return source.stem if source.suffix.lower() == ".zip" else source.name


def forget(name: str) -> None:
    """Let go of an encoder; a name that is not there is no error."""
    _UPLOADS.forget(name)


def title_of(name: str) -> str:
    """What an encoder is called on the screen; raises :class:`InputError` where it is not there."""
    return _UPLOADS.find(name).title


def report_of(name: str) -> LoadReport:
    """What was understood of an encoder; raises :class:`InputError` where it is not there."""
    return _UPLOADS.find(name).model.report


def model_of(name: str) -> Model | HeadModel | HubModel | Recorded:
    """The encoder itself; raises :class:`InputError` where it is not there."""
    return _UPLOADS.find(name).model
