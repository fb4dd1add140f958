"""Whatever an encoder comes from, read in one place: a file, a folder or a zip of transformers, or a name."""

from __future__ import annotations

import os.path
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from gca_viz.encoders.bundled import bundled_card, bundled_encoders, bundled_files
from gca_viz.encoders.checkpoints.assumptions import Assumptions, refuse_assumptions
from gca_viz.encoders.checkpoints.file_names import card_of
from gca_viz.encoders.checkpoints.ground import Ground, ground_of
from gca_viz.encoders.checkpoints.kinds import is_checkpoint
from gca_viz.encoders.checkpoints.model import Model
from gca_viz.encoders.checkpoints.rebuild import read_model
from gca_viz.encoders.head import HeadModel, read_head
from gca_viz.encoders.hub.model import HubModel
from gca_viz.encoders.hub.model_folder import unpacked
from gca_viz.encoders.hub.names import is_hub_name
from gca_viz.encoders.hub.read import read_hub
from gca_viz.encoders.preprocessing import Preprocessing
from gca_viz.errors import InputError
from gca_viz.progress import ReportProgress


def read_encoder(
    source: str | Path,
    *,
    given: Preprocessing = Preprocessing(),  # noqa: B008, it is frozen
    assume: Assumptions = Assumptions(),  # noqa: B008
    trial: ReportProgress | None = None,
) -> Model | HeadModel | HubModel:
    """Read a network, before it is asked for one of its outputs.

    Args:
        source: path of a file with the weights, or of a folder of transformers or a zip of it, which may go as soon
            as this returns; or, as text, the name of a model of transformers or timm. A text is never taken for a
            path.
        given: preprocessing in place of what the source records or what is assumed.
        assume: answers to what the tensors of a checkpoint leave open.
        trial: called while a process of its own tries a model of transformers first, as of a stranger, and may
            raise to cancel; None where it is not tried. A stranger's head stands on encoders that ship alone.

    Raises:
        InputError: a file that cannot be read safely or is of another architecture; a head without the encoder that
            it stands on; a folder or a name of which no encoder is made; impossible preprocessing, or an assumption
            that does not fit the file.
    """
    if isinstance(source, Path) and not source.is_dir():
        if source.suffix.lower() != ".zip" or is_checkpoint(source):  # what torch.save writes is a zip, too
            ground = ground_of(source)
            if ground is None:
                return read_model(source, assume).prepared(given)
            refuse_assumptions(assume, source.name)
            return read_head(source, ground, _below(source, ground, trial is not None)).prepared(given)
        refuse_assumptions(assume, source.name)
        with TemporaryDirectory(prefix="gca-viz-") as scratch:
            return read_hub(unpacked(source, Path(scratch)), given, trial)
    refuse_assumptions(assume, source.name if isinstance(source, Path) else source)
    return read_hub(source, given, trial)


def find_encoder(
    name: str,
    given: Preprocessing = Preprocessing(),  # noqa: B008, it is frozen
    assume: Assumptions = Assumptions(),  # noqa: B008
) -> Model | HeadModel | HubModel:
    """The model of a name or path, uploads aside; checkpoints stay in memory.

    Raises:
        InputError: as :func:`read_encoder`, or an unknown name.
    """
    files = bundled_files(name)
    if files:
        refuse_assumptions(assume, name)
        return _read_bundled(name, changed(*files)).prepared(given)
    if is_elsewhere(name):
        return read_encoder(Path(name) if os.path.isdir(name) else name, given=given, assume=assume)
    if not os.path.isfile(name):
        raise InputError(
            f"encoder = {name!r}",
            f"the bundled encoders are {', '.join(bundled_encoders())}; anything else must be a checkpoint's path",
            "Choose a bundled name or check the path",
            parameter="encoder",
        )
    path = Path(name)
    return _read_path(path.resolve(), changed(path, card_of(path)), assume).prepared(given)


# The bundled ones are small and often changed between; of a user's, which may be large, two are compared.
@lru_cache(maxsize=64)
def _read_bundled(name: str, changed: tuple[int, ...]) -> Model | HeadModel | HubModel:
    """A bundled encoder out of its files, at the size of images that its card asks for."""
    card, (_, *below, top) = bundled_card(name), bundled_files(name)
    if "files" not in card:
        return read_encoder(top)
    model = read_model(top, below=below)
    side = card.get("input_size", model.report.input_size)
    return replace(model, card=card, report=replace(model.report, input_size=side))


_read_path = lru_cache(maxsize=2)(lambda path, changed, assume: read_encoder(path, assume=assume))


def is_elsewhere(name: str) -> bool:
    """Whether a name is that of a folder or of a model of other libraries; they are not kept in memory."""
    return not bundled_files(name) and (is_hub_name(name) or os.path.isdir(name))


def changed(*files: Path) -> tuple[int, ...]:
    """When files changed last, in nanoseconds, of those that are there."""
    return tuple(file.stat().st_mtime_ns for file in files if file.is_file())


def _below(path: Path, ground: Ground, of_stranger: bool) -> Model | HubModel:
    """The encoder that a head stands on; raises :class:`InputError` where it is missing or another."""
    head = f"the file {path.name}, a head on {ground.name}"
    files = bundled_files(ground.name)
    if of_stranger and not files:
        raise InputError(
            head,
            f"an uploaded head stands on an encoder that ships: {', '.join(bundled_encoders())}",
            "Train it again on one of these, or use it on the command line where that encoder is",
            parameter="encoder",
        )
    *_, file = files or (Path(ground.name),)
    if file.is_file() and ground_of(file) is not None:
        raise InputError(
            f"{head}, which is a head itself",
            "a head stands on a network",
            f"Train it again on {ground_of(file).name}",  # type: ignore[union-attr]  # looked at above
            parameter="encoder",
        )
    try:
        below = find_encoder(ground.name)
    except InputError as error:
        raise InputError(
            f"{head}, which cannot be loaded ({error.got})", error.allowed, error.remedy, parameter="encoder"
        ) from error
    assert not isinstance(below, HeadModel)  # refused above
    if below.content_id(ground.output) != ground.content_id:
        raise InputError(
            f"{head} of other weights than that of this name here",
            "a head goes with the very encoder, and its preprocessing, that it was trained on",
            f"Train it again with gca-viz train --on {ground.name}, or bring that encoder",
            parameter="encoder",
        )
    return below
