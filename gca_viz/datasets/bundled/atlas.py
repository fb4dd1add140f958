"""Files of ``data/``: read whole, and tiles cut from the atlases in which images are kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from gca_viz.errors import InputError


def data_folder() -> Path:
    """The folder ``data/`` at the root of the repository, which holds the bundled files."""
    return Path(__file__).resolve().parents[3] / "data"


def read(path: Path) -> bytes:
    """The bytes of a bundled file; raises :class:`InputError` where it is missing."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            f"no readable file {path}", "the bundled data must be complete", "Restore data/ from the repository"
        ) from error


def tiles_of(path: Path, count: int, size: int, script: str) -> np.ndarray:
    """The first ``count`` tiles of an atlas, row by row.

    Args:
        path: the atlas, an image without gaps between its tiles.
        count: how many the manifest describes.
        size: pixels per side of a tile.
        script: what builds the data set, below ``data/``.

    Returns:
        uint8 (count, size, size, 3).

    Raises:
        InputError: a file that is missing, or an atlas of another number of tiles.
    """
    if not path.is_file():
        read(path)
    with Image.open(path) as image:
        atlas = np.asarray(image.convert("RGB"))
    lines, columns = atlas.shape[0] // size, atlas.shape[1] // size
    if not (lines - 1) * columns < count <= lines * columns:
        raise InputError(
            f"{path.name} with {lines} × {columns} tiles for {count} lines of the manifest",
            "atlas and manifest belong together",
            f"Run python data/{script}, or restore data/ from the repository",
        )
    tiles = atlas.reshape(lines, size, columns, size, 3).transpose(0, 2, 1, 3, 4)
    return tiles.reshape(-1, size, size, 3)[:count]
