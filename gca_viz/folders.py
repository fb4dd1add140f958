"""Which folders of the server a browser may ask for."""

from __future__ import annotations

import os
from pathlib import Path

from gca_viz.errors import InputError
from gca_viz.settings import FOLDERS

VARIABLE = FOLDERS.variable


def allowed_folders() -> tuple[Path, ...]:
    """The folders in the environment variable ``GCA_VIZ_FOLDERS``, parted as in ``PATH``; none by default."""
    return FOLDERS.value


def allowed_path(text: str) -> Path:
    """A path that a browser asks for, links resolved.

    Raises:
        InputError: it does not lie below an allowed folder, or is not there.
    """
    folders, path = allowed_folders(), Path(text.strip()).expanduser().resolve()
    if not any(path.is_relative_to(folder) for folder in folders):
        raise InputError(
            f"the path {text.strip()}",
            f"paths below {', '.join(map(str, folders))} may be read"
            if folders
            else "no folder is opened to browsers",
            f"Start the app with {VARIABLE} set to folders that it may read, parted by {os.pathsep!r}",
            parameter="path",
        )
    if not path.exists():
        raise InputError(f"the path {text.strip()}", "it must exist", "Check its spelling", parameter="path")
    return path
