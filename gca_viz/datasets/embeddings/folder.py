"""A folder of embeddings: two arrays that are read where they lie, and a table of what their rows are."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gca_viz.datasets.embeddings.files import table_of
from gca_viz.datasets.embeddings.table import Table
from gca_viz.errors import InputError, why

#: the arrays of the two views
VIEWS = ("z1", "z2")
#: labels, domains and names of the rows, if there are any
ROWS = "rows.parquet"
_UNFINISHED = ("manifest.json", "parts", ".lock")


def is_embedding_folder(path: Path) -> bool:
    """Whether a folder holds ``z1.npy`` and ``z2.npy``, or will once ``gca-viz embed`` has finished it."""
    return _has(path, [f"{view}.npy" for view in VIEWS]) or _has(path, _UNFINISHED)


def views_in(folder: Path) -> dict[str, np.ndarray]:
    """The embeddings of a folder, which stay on disk until rows of them are asked for.

    Raises:
        InputError: they are not complete, or cannot be read.
    """
    arrays: dict[str, np.ndarray] = {}
    for view in VIEWS:
        path = folder / f"{view}.npy"
        try:
            arrays[view] = np.load(path, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            unfinished = not path.exists() and _has(folder, _UNFINISHED)
            raise InputError(
                f"the folder {folder}, whose embeddings are not complete"
                if unfinished
                else f"{path}, which cannot be read ({why(error)})",
                "a folder of embeddings holds z1.npy and z2.npy, and rows.parquet beside them",
                "Give the gca-viz embed command once more, which goes on"
                if unfinished
                else "Embed once more, or copy the folder again",
                parameter="embeddings",
            ) from error
    return arrays


def folder_table(folder: Path) -> Table:
    """What a folder holds; raises :class:`InputError` as :func:`views_in`, or where the table cannot be read."""
    table = Table(views_in(folder))
    rows = folder / ROWS
    if rows.exists():
        beside = table_of(ROWS, rows.read_bytes())
        table.arrays |= beside.arrays
        table.left_out |= beside.left_out
        table.further += beside.further
        table.notes += beside.notes
    return table


def _has(path: Path, names: tuple[str, ...] | list[str]) -> bool:
    return all((path / name).exists() for name in names)
