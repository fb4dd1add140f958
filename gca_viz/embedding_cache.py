"""Embeddings kept on disk, so that a second visit need not wait for an encoder."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load, save

from gca_viz.embedding import Embeddings
from gca_viz.limits import CACHE_BYTES
from gca_viz.settings import CACHE

VARIABLE = CACHE.variable


def cache_folder() -> Path:
    """Where embeddings are kept: ``GCA_VIZ_CACHE``, or ``gca-viz/embeddings`` in the user's cache folder."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return CACHE.value or Path(home) / "gca-viz" / "embeddings"


class EmbeddingCache:
    """A folder of embeddings by content; the least recently used go first when it is full.

    A folder that cannot be written to, and files that others damaged or removed, are as good as an empty cache.

    Args:
        folder: where; made when it is needed. By default :func:`cache_folder`.
    """

    def __init__(self, folder: Path | None = None):
        self.folder = folder or cache_folder()

    @staticmethod
    def key(*parts: object) -> str:
        """The name of an entry: a hash of all that it was computed from."""
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]

    def get(self, key: str) -> Embeddings | None:
        """The embeddings of that key, on the CPU, if they are there."""
        path = self._path(key)
        try:
            arrays = load(path.read_bytes())
            embeddings = Embeddings(arrays["z1"], arrays["z2"])
            os.utime(path)  # used just now
        except (OSError, SafetensorError, KeyError):
            return None
        return embeddings

    def put(self, key: str, embeddings: Embeddings) -> None:
        """Keep embeddings, and let go of the oldest where there are too many."""
        content = save(
            {"z1": embeddings.z1.cpu().contiguous().clone(), "z2": embeddings.z2.cpu().contiguous().clone()}
        )
        if len(content) > CACHE_BYTES.value:
            return
        part = self.folder / f"{key}.{secrets.token_hex(4)}.part"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            part.write_bytes(content)
            part.replace(self._path(key))  # at once, so that nobody reads half a file
        except OSError:
            return
        self._shrink()

    @property
    def size(self) -> int:
        """Bytes that it takes."""
        return sum(size for _, size, _ in self._entries())

    def clear(self) -> None:
        """Remove everything."""
        for *_, path in self._entries():
            path.unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.safetensors"

    def _entries(self) -> list[tuple[float, int, Path]]:
        """(time of last use, bytes, path) of each file, the oldest first."""
        found = []
        for path in self.folder.glob("*.safetensors"):
            try:
                status = path.stat()
            except OSError:
                continue  # removed meanwhile
            found.append((status.st_mtime, status.st_size, path))
        return sorted(found)

    def _shrink(self) -> None:
        entries = self._entries()
        total = sum(size for _, size, _ in entries)
        for _, size, path in entries:
            if total <= CACHE_BYTES.value:
                return
            path.unlink(missing_ok=True)
            total -= size
