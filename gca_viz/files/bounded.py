"""A file that is read through another one, within bounds."""

from __future__ import annotations

import io
from typing import IO, BinaryIO, cast


class Bounded(io.RawIOBase):
    """Reads what another file has; who derives from it says how far.

    Args:
        file: the other file, closed with this one.
    """

    def __init__(self, file: IO[bytes]):
        self._file = file

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._file.tell()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def close(self) -> None:
        self._file.close()
        super().close()


def as_file(file: io.IOBase | IO[bytes]) -> BinaryIO:
    """The same file; types of the standard library do not say that all its binary files are alike."""
    return cast(BinaryIO, file)
