"""The checkpoints of a training run among files: which they are, in which order, and which of many are taken."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from gca_viz.datasets.images.archive import of_zip, readable
from gca_viz.errors import InputError
from gca_viz.experiments.compare.contenders import MOST

#: how the names of checkpoints end
ENDINGS = (".safetensors", ".pt", ".pth", ".ckpt", ".bin")


def in_order(paths: Iterable[Path]) -> list[Path]:
    """Files by name, in which numbers count as numbers: ``epoch-2`` comes before ``epoch-10``."""
    return sorted(paths, key=lambda path: _order(path.name))


def spread(paths: list[Path]) -> list[Path]:
    """At most as many as are compared, first and last among them, spread over the run."""
    if len(paths) <= MOST:
        return paths
    return [paths[round(k * (len(paths) - 1) / (MOST - 1))] for k in range(MOST)]


def in_folder(folder: Path) -> list[Path]:
    """The checkpoints in a folder.

    Raises:
        InputError: it cannot be read.
    """
    with readable(folder.name):
        return [path for path in folder.iterdir() if path.suffix.lower() in ENDINGS]


def in_archive(archive: Path, below: Path) -> list[Path]:
    """The checkpoints in a zip, whose members are checked before anything is written.

    Args:
        archive: the zip.
        below: a folder into which they are unpacked.

    Raises:
        InputError: it is damaged, above a limit, or has a member that leads outside or is a link.
    """
    files, paths = of_zip(archive), []
    with readable(archive.name), files.opened() as open_file:
        for name in files.sizes:
            inside = PurePosixPath(name)
            if inside.suffix.lower() in ENDINGS and len(paths) <= 4 * MOST:
                path = below / f"{len(paths):03d}" / inside.name
                path.parent.mkdir()
                with open_file(name) as packed, path.open("wb") as file:
                    shutil.copyfileobj(packed, file, 1 << 20)
                paths.append(path)
    return paths


def check_some(paths: list[Path]) -> list[Path]:
    """The same files, if there are any; raises :class:`InputError`."""
    if not paths:
        raise InputError(
            "no checkpoint among these files",
            f"checkpoints end in {', '.join(ENDINGS)}",
            "Bring the files of the epochs, or a zip of them",
        )
    return paths


def _order(name: str) -> list[tuple[int, int, str]]:
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in re.split(r"(\d+)", name)]
