"""Models of transformers and timm: a folder on this machine, or a name on their model hub."""

from __future__ import annotations

from pathlib import Path

from gca_viz.encoders.hub.model import HubModel, as_input_error
from gca_viz.encoders.hub.model_folder import fetched
from gca_viz.encoders.hub.names import parted
from gca_viz.encoders.hub.timm_vision import read_timm
from gca_viz.encoders.hub.transformers_vision import check_folder, read_transformers
from gca_viz.encoders.hub.trial import try_elsewhere
from gca_viz.encoders.preprocessing import Preprocessing
from gca_viz.progress import ReportProgress


def read_hub(
    source: str | Path,
    given: Preprocessing = Preprocessing(),  # noqa: B008, it is frozen
    trial: ReportProgress | None = None,
) -> HubModel:
    """Read an image model of transformers or timm, with the preprocessing of its own configuration.

    No code that comes with a model is run; of a model of transformers, only safetensors weights are read.

    Args:
        source: a folder that ``save_pretrained`` of transformers wrote (model and image processor), as a path; or
            ``"transformers:<id>"`` or ``"timm:<id>"``, which is never taken for a path: ids are fetched from the
            model hub if they are not in its cache on this machine.
        given: preprocessing in place of the configuration's.
        trial: called while a process of its own builds and tries a model of transformers first, as of a stranger;
            may raise to cancel. None where it is not tried.

    Raises:
        InputError: a missing extra; a name that is unknown or out of reach; a model that is incomplete, takes no
            images, or has code of its own.
    """
    if isinstance(source, Path):
        folder, what = source, f"the folder {source.name}"
    else:
        library, identifier = parted(source)
        if library == "timm":
            return HubModel.of(source, read_timm(identifier, source), given)
        with as_input_error(source):
            folder, what = fetched(identifier, source), source
    if trial is not None:
        check_folder(folder, what)
        try_elsewhere(folder, what, given, trial)
    return HubModel.of(what, read_transformers(folder, what), given)
