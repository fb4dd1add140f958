"""A run of embeddings among files: what a training wrote down of one batch, step by step, and no weights."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from safetensors import SafetensorError, safe_open

from gca_viz.datasets import DataReport, Dataset, read_embeddings
from gca_viz.datasets.embeddings.read import read_views
from gca_viz.encoders.recorded import Recorded
from gca_viz.errors import InputError
from gca_viz.experiments.compare.candidates import MOST
from gca_viz.experiments.compare.run_files import in_order, spread
from gca_viz.experiments.recipe.compare import ENCODERS, THESE
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.files.archive import of_zip, readable
from gca_viz.monitor.folder import ABOUT, PROBE
from gca_viz.settings.server import MAX_N

_ENDINGS = (".safetensors", ".npz")
_VIEWS = {"z1", "z2"}


@dataclass(frozen=True, eq=False)
class EmbeddingRun:
    """What was made of the files of a run.

    Attributes:
        dataset, report: its samples, with the embeddings of the last step.
        steps: file → embeddings, in the order of the run.
        refused: file → why it was not read.
        left: files beyond the most that are compared.
        values: of a recipe, as a monitor noted them: the method and its numbers.
    """

    dataset: Dataset
    report: DataReport
    steps: Mapping[str, Recorded]
    refused: Mapping[str, InputError]
    left: tuple[str, ...]
    values: Mapping[str, Any] = field(default_factory=dict)

    def recipe_values(self, data: str, names: Iterable[str]) -> dict[str, Any]:
        """What a recipe has to say to compare all steps, the last beside the first.

        Args:
            data: name of the data set in recipes.
            names: of the steps, in their order.
        """
        first, *others = names
        batch = {"data": data, "split": "all", "n": min(len(self.dataset), int(MAX_N.value))}
        batch |= {"encoder": first, "output": "projector"}
        who = {"encoders": tuple(others), "with": others[-1], "against": ENCODERS, "run": THESE}
        return {**self.values, **batch, **who}


def holds_views(path: Path) -> bool:
    """Whether a file holds the embeddings of two views; nothing in it is loaded."""
    try:
        if path.suffix.lower() == ".safetensors":
            with safe_open(path, "np") as file:
                return set(file.keys()) >= _VIEWS
        with zipfile.ZipFile(path) as archive:
            return {PurePosixPath(name).stem for name in archive.namelist()} >= _VIEWS
    except (OSError, SafetensorError, zipfile.BadZipFile, ValueError):
        return False


def steps_among(paths: Iterable[Path]) -> list[Path]:
    """The files that hold embeddings of two views."""
    return [path for path in paths if path.suffix.lower() in _ENDINGS and holds_views(path)]


def unpacked(archive: Path, below: Path) -> list[Path]:
    """What a zip may have of a run of embeddings; its members are checked before anything is written.

    Args:
        archive: the zip.
        below: a folder into which they are unpacked.

    Raises:
        InputError: it is damaged, above a limit, or has a member that leads outside or is a link.
    """
    files, paths = of_zip(archive), list[Path]()
    with readable(archive.name), files.opened() as open_file:
        names = [name for name in files.sizes if PurePosixPath(name).suffix.lower() in _ENDINGS]
        beside = [name for name in files.sizes if PurePosixPath(name).name in (ABOUT, PROBE)]
        for name in dict.fromkeys([*beside, *spread(sorted(set(names) - set(beside)), 4 * MOST)]):
            path = below / PurePosixPath(name).name
            with open_file(name) as packed, path.open("wb") as file:
                shutil.copyfileobj(packed, file, 1 << 20)
            paths.append(path)
    return paths


def read_embedding_run(paths: Iterable[Path], title: str) -> EmbeddingRun:
    """Read a run of embeddings; of many steps, some spread over the run.

    Args:
        paths: its files in any order, what a monitor wrote beside them among these.
        title: what the run is called.

    Raises:
        InputError: fewer than two files of the same samples.
    """
    paths = list(paths)
    ordered = in_order(steps_among(paths))
    taken = spread(ordered)
    views, refused = {}, dict[str, InputError]()
    for path in taken:
        try:
            views[path.name] = read_views(path)
        except InputError as error:
            refused[path.name] = error
    size = len(next(reversed(views.values()))[0]) if views else 0
    for name in [name for name, (z1, _) in views.items() if len(z1) != size]:
        refused[name] = InputError(
            f"{name} of {len(views.pop(name)[0])} pairs, where the last file has {size}",
            "all steps of a run have the same samples",
            "Write down the same batch at every step",
        )
    if len(views) < 2:
        first = f" {next(iter(refused.values()))}" if refused else ""
        raise InputError(
            f"{title} with {len(views) or 'no'} step{'s' * (len(views) != 1)} of embeddings that can be read",
            f"a run has at least two.{first}",
            "Let the monitor look at least twice, or bring more files",
        )
    last = next(path for path in taken if path.name == list(views)[-1])
    beside = [path for path in paths if path.name == PROBE]
    with readable(title):
        contents = [(path.name, path.read_bytes()) for path in (*beside[:1], last)]
    dataset, report = read_embeddings(contents, name=title)
    files = tuple(name for name, _ in contents)
    steps = {name: Recorded(z1, z2, dataset.content_id, title, files) for name, (z1, z2) in views.items()}
    left = tuple(path.name for path in ordered if path not in taken)
    return EmbeddingRun(dataset, report, steps, refused, left, _noted(paths))


def _noted(paths: Iterable[Path]) -> dict[str, Any]:
    """The method and its numbers, as far as a recipe has them."""
    about = next((path for path in paths if path.name == ABOUT), None)
    try:
        noted = json.loads(about.read_text("utf-8")) if about is not None else {}
        wanted = {"method": noted["method"], **noted["options"]} if noted else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    values: dict[str, Any] = {}
    for name, value in wanted.items():
        try:
            Recipe().with_values(**{**values, name: value})
        except (InputError, TypeError):
            continue  # a method or number of another version
        values[name] = value
    return values
