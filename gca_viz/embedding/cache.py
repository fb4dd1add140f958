"""Embeddings kept on disk, so that a second visit need not wait for an encoder."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from errno import EDQUOT, ENOSPC
from functools import lru_cache
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

import gca_viz.views
from gca_viz.embedding.embedding import Embeddings
from gca_viz.files import atomic
from gca_viz.settings.limits import CACHE_BYTES
from gca_viz.settings.server import CACHE

VARIABLE = CACHE.variable


def cache_folder() -> Path:
    """Where embeddings are kept: ``GCA_VIZ_CACHE``, or ``gca-viz/embeddings`` in the user's cache folder."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return CACHE.value or Path(home) / "gca-viz" / "embeddings"


@lru_cache(maxsize=1)
def code_id() -> str:
    """Changes with the program that makes views and embeddings, so that none of an older version are used."""
    package = Path(gca_viz.views.__file__).parents[1]
    files = [path for part in ("views", "encoders") for path in sorted((package / part).rglob("*.py"))]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


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
        """The embeddings of that key, on the CPU, if they are there and as they were written."""
        found = self.find(key)
        return Embeddings(found["z1"], found["z2"]) if found and found.keys() == {"z1", "z2"} else None

    def put(self, key: str, embeddings: Embeddings) -> None:
        """Keep embeddings, and let go of the oldest where there are too many."""
        self.keep(key, {"z1": embeddings.z1, "z2": embeddings.z2})

    def find(self, key: str) -> dict[str, Tensor] | None:
        """The tensors of that key, on the CPU, if they are there and as they were written."""
        path = self._path(key)
        try:
            content = path.read_bytes()
        except OSError:
            return None
        tensors = _read(key, content)
        if tensors is not None:
            with suppress(OSError):  # a folder that may only be read
                os.utime(path)  # used just now
        return tensors

    def keep(self, key: str, tensors: Mapping[str, Tensor]) -> None:
        """Keep tensors under their names, and let go of the oldest entries where there are too many."""
        content = _written(key, tensors)
        if len(content) > CACHE_BYTES.value:
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            atomic.write(self._path(key), content)  # at once, so that nobody reads half a file
        except OSError as error:
            if error.errno not in (ENOSPC, EDQUOT) or not self._shrink(self.size - len(content)):
                return
            with suppress(OSError):  # others may have taken the room
                atomic.write(self._path(key), content)
        self._shrink(CACHE_BYTES.value)

    @property
    def size(self) -> int:
        """Bytes that it takes, with what writers left that were killed."""
        return sum(size for _, size, _ in self._entries())

    def clear(self) -> None:
        """Remove everything."""
        for *_, path in self._entries():
            _remove(path)

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.safetensors"

    def _entries(self) -> list[tuple[float, int, Path]]:
        """(time of last use, bytes, path) of each file, the oldest first."""
        found = []
        for path in (*self.folder.glob("*.safetensors"), *self.folder.glob(f"*{atomic.PART}")):
            try:
                status = path.stat()
            except OSError:
                continue  # removed meanwhile
            found.append((status.st_mtime, status.st_size, path))
        return sorted(found)

    def _shrink(self, most: int) -> bool:
        """Remove what dead writers left, and the oldest entries beyond ``most`` bytes; whether any went."""
        entries = self._entries()
        total, before = sum(size for _, size, _ in entries), time.time() - _DEAD
        removed = False
        for changed, size, path in entries:
            if total > most or (path.suffix == atomic.PART and changed < before):
                _remove(path)
                total -= size
                removed = True
        return removed


def _written(key: str, tensors: Mapping[str, Tensor]) -> bytes:
    arrays = {name: tensor.cpu().contiguous().clone() for name, tensor in tensors.items()}
    return save(arrays, {_CHECKSUM: _checksum(key, arrays)})


def _read(key: str, content: bytes) -> dict[str, Tensor] | None:
    """What a file holds; None of a damaged one, and of one that an older version wrote without a checksum."""
    try:
        arrays = load(content)
        header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
        if header["__metadata__"][_CHECKSUM] == _checksum(key, arrays):
            return arrays
    except (SafetensorError, ValueError, KeyError, TypeError):
        pass
    return None


def _checksum(key: str, arrays: Mapping[str, Tensor]) -> str:
    digest = hashlib.sha256(key.encode())
    for name in sorted(arrays):
        values = arrays[name].numpy()
        digest.update(f"{name}{values.dtype}{values.shape}".encode())
        digest.update(values.tobytes())
    return digest.hexdigest()


def _remove(path: Path) -> None:
    with suppress(OSError):  # another process was faster, or it may not be removed
        path.unlink()


_CHECKSUM = "sha256"
_DEAD = 60  # seconds without a change after which nobody is writing a file any more
