"""What ``--data`` and ``--encoder`` name: what ships, or what the user brings; nothing is ever unpickled."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from gca_viz.cli.console import Tell
from gca_viz.datasets import BROUGHT, DataReport, Dataset, read_embeddings
from gca_viz.datasets.embeddings.arrays import FORMATS
from gca_viz.datasets.images import open_images
from gca_viz.encoders import registry
from gca_viz.encoders.model_folder import unpacked
from gca_viz.encoders.report import LoadReport
from gca_viz.errors import InputError
from gca_viz.parameter import Choice

_HUB = ("timm:", "transformers:")


def own_data(text: str, spec: Choice, told: Tell) -> tuple[str, DataReport | None]:
    """The name in recipes of a data set that ships, or of one that is read from a path, and what was understood.

    Raises:
        InputError: neither, or nothing that can be read.
    """
    if text in spec.options:
        return text, None
    path = Path(text).expanduser()
    if not path.exists():
        raise _nowhere(text, spec, "a path to images or to embeddings")
    dataset, report = _read(path, told)
    return BROUGHT.keep(dataset), report


def own_encoder(text: str, spec: Choice) -> tuple[str, LoadReport | None]:
    """The same of an encoder: a name that ships, a checkpoint, a folder or zip of transformers, or a hub's id.

    Raises:
        InputError: none of these, or nothing that can be read safely.
    """
    if text in spec.options:
        return text, None
    path = Path(text).expanduser()
    if text.startswith(_HUB):
        name = registry.register(text, text)
    elif not path.exists():
        raise _nowhere(text, spec, "a path to a checkpoint, transformers:<id> or timm:<id>")
    elif path.suffix.lower() == ".zip":
        with TemporaryDirectory(prefix="gca-viz-") as scratch:
            name = registry.register(unpacked(path, Path(scratch)), path.stem)
    else:
        name = registry.register(path, path.name)
    return name, registry.report_of(name)


def _read(path: Path, told: Tell) -> tuple[Dataset, DataReport]:
    if path.is_dir() or path.suffix.lower() not in FORMATS:
        return open_images(path).load(progress=told)
    try:
        return read_embeddings(path)
    except InputError as no_embeddings:
        if path.suffix.lower() != ".parquet":
            raise
        try:  # Parquet holds either
            return open_images(path).load(progress=told)
        except InputError:
            raise no_embeddings from None


def _nowhere(text: str, spec: Choice, else_: str) -> InputError:
    return InputError(
        f"{spec.name} = {text!r}",
        f"what ships is {', '.join(spec.options)}; anything else is {else_}",
        "Choose one of these or check the path",
        parameter=spec.name,
    )
