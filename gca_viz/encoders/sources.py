"""Whatever an encoder comes from, read in one place: a file, a folder or a zip of transformers, or a name."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from gca_viz.encoders.checkpoints.assumptions import Assumptions, refuse_assumptions
from gca_viz.encoders.checkpoints.kinds import is_checkpoint
from gca_viz.encoders.checkpoints.model import Model
from gca_viz.encoders.checkpoints.rebuild import read_model
from gca_viz.encoders.hub.model import HubModel
from gca_viz.encoders.hub.model_folder import unpacked
from gca_viz.encoders.hub.packages import PRETRAINED
from gca_viz.encoders.hub.pretrained import read_pretrained
from gca_viz.encoders.hub.read import read_hub
from gca_viz.encoders.preprocessing import Preprocessing
from gca_viz.progress import ReportProgress


def read_encoder(
    source: str | Path,
    *,
    given: Preprocessing = Preprocessing(),  # noqa: B008, it is frozen
    assume: Assumptions = Assumptions(),  # noqa: B008
    trial: ReportProgress | None = None,
) -> Model | HubModel:
    """Read a network, before it is asked for one of its outputs.

    Args:
        source: path of a file with the weights, or of a folder of transformers or a zip of it, which may go as soon
            as this returns; or, as text, the name of a model of transformers or timm, or a key of
            :data:`gca_viz.encoders.hub.packages.PRETRAINED`. A text is never taken for a path.
        given: preprocessing in place of what the source records or what is assumed.
        assume: answers to what the tensors of a checkpoint leave open.
        trial: called while a process of its own tries a model of transformers first, as of a stranger, and may
            raise to cancel; None where it is not tried.

    Raises:
        InputError: a file that cannot be read safely or is of another architecture; a folder or a name of which
            no encoder is made; impossible preprocessing, or an assumption that does not fit the file.
    """
    if isinstance(source, Path) and not source.is_dir():
        if source.suffix.lower() != ".zip" or is_checkpoint(source):  # what torch.save writes is a zip, too
            return read_model(source, assume).prepared(given)
        refuse_assumptions(assume, source.name)
        with TemporaryDirectory(prefix="gca-viz-") as scratch:
            return read_hub(unpacked(source, Path(scratch)), given, trial)
    refuse_assumptions(assume, source.name if isinstance(source, Path) else source)
    if source in PRETRAINED:
        return read_pretrained(str(source), given)
    return read_hub(source, given, trial)
