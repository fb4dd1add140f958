"""Encoders that users of this process uploaded or named, each under a name that nobody can guess."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from gca_viz.encoders.assumptions import Assumptions, refuse_assumptions
from gca_viz.encoders.checkpoints.files import is_checkpoint
from gca_viz.encoders.checkpoints.rebuild import read_model
from gca_viz.encoders.hub.door import read_hub
from gca_viz.encoders.hub.model import HubModel
from gca_viz.encoders.hub.model_folder import unpacked
from gca_viz.encoders.load_report import LoadReport
from gca_viz.encoders.model import Model
from gca_viz.uploads import Uploads


@dataclass(frozen=True)
class _Upload:
    title: str
    model: Model | HubModel


_UPLOADS: Uploads[_Upload] = Uploads("encoder", "encoder")


def keep(
    source: str | Path,
    title: str,
    *,
    mean: Sequence[float] | None = None,
    std: Sequence[float] | None = None,
    input_size: int | None = None,
    assume: Assumptions | Mapping[str, object] | str | None = None,
    progress: Callable[[float, str], None] | None = None,
) -> str:
    """Read an encoder once and keep it in memory; returns the name that ``load_encoder`` knows it by.

    Args:
        source: path of a file with the weights, or of a folder of transformers or a zip of it, which may go as soon
            as this returns; or, as text, the name of a model of transformers or timm.
        title: what it is called on the screen.
        mean, std: per-channel normalisation, where it is not what the file records or what is assumed.
        input_size: height and width in pixels to which images are resized, likewise.
        assume: answers to what the tensors of a checkpoint leave open, as of ``load_encoder``.
        progress: called while a model of transformers is tried in a process of its own; may raise to cancel.

    Raises:
        InputError: a file that cannot be read safely or is of another architecture; a folder or a name of which
            :func:`gca_viz.encoders.hub.door.read_hub` makes no encoder; impossible preprocessing, or an assumption
            that does not fit the file.
    """
    assume = Assumptions.of(assume)
    given = {"mean": mean, "std": std, "input_size": input_size}
    tried = {"tried": True, "progress": progress}
    if isinstance(source, str) or source.is_dir():
        refuse_assumptions(assume, title)
        return _UPLOADS.keep(_Upload(title, read_hub(source, **given, **tried)))
    if source.suffix.lower() == ".zip" and not is_checkpoint(source):  # what torch.save writes is a zip, too
        refuse_assumptions(assume, title)
        with TemporaryDirectory(prefix="gca-viz-") as scratch:
            return _UPLOADS.keep(_Upload(title, read_hub(unpacked(source, Path(scratch)), **given, **tried)))
    return _UPLOADS.keep(_Upload(title, read_model(source, assume).prepared(**given)))


def forget(name: str) -> None:
    """Let go of an encoder; a name that is not there is no error."""
    _UPLOADS.forget(name)


def title_of(name: str) -> str:
    """What an encoder is called on the screen; raises :class:`InputError` where it is not there."""
    return _UPLOADS.find(name).title


def report_of(name: str) -> LoadReport:
    """What was understood of an encoder; raises :class:`InputError` where it is not there."""
    return _UPLOADS.find(name).model.report


def model_of(name: str) -> Model | HubModel:
    """The encoder itself; raises :class:`InputError` where it is not there."""
    return _UPLOADS.find(name).model
