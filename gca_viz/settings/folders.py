"""Which folders of the server a browser may ask for."""

from __future__ import annotations

import os
from pathlib import Path

from gca_viz.errors import InputError
from gca_viz.settings.server import FOLDERS
from gca_viz.settings.setting import resolved

VARIABLE = FOLDERS.variable
_LONGEST = 200


def allowed_folders() -> tuple[Path, ...]:
    """The folders in the environment variable ``GCA_VIZ_FOLDERS``, parted as in ``PATH``; none by default."""
    folders: tuple[Path, ...] = FOLDERS.value
    return folders


def clean(text: str) -> str:
    """A path for a message: without what cannot be shown, and not longer than a line or two."""
    shown = "".join(letter for letter in text.strip() if letter.isprintable())
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"


def allowed_path(text: str) -> Path:
    """A path that a browser asks for, links resolved.

    Raises:
        InputError: it does not lie below an allowed folder, or is not there.
    """
    folders = allowed_folders()
    try:
        path = resolved(text)
    except ValueError as error:
        raise InputError(
            f"the path {clean(text)}",
            "no path on any disk is written so",
            "Write a whole path, from the root of the disk",
            parameter="path",
        ) from error
    if not any(path.is_relative_to(folder) for folder in folders):
        raise InputError(
            f"the path {clean(text)}",
            f"paths below {', '.join(map(str, folders))} may be read"
            if folders
            else "no folder is opened to browsers",
            f"Start the app with {VARIABLE} set to folders that it may read, parted by {os.pathsep!r}",
            parameter="path",
        )
    if not os.access(path, os.R_OK):
        raise InputError(
            f"the path {clean(text)}",
            "it must exist, and the app may read it",
            "Check its spelling and who may read it",
            parameter="path",
        )
    return path
