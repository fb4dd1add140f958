"""Tar archives, packed or not: told by what they hold, and read no further than what they may grow to."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO

from gca_viz.files.bounded import Bounded, as_file
from gca_viz.settings.limits import check_growth

_BLOCK = 512  # bytes of a header
_LONGEST_HEADER = 1_000_000  # bytes of a name or of further facts on a member
_MEMORY = 300_000_000  # bytes that unpacking .xz may take; its strongest setting takes 65 MB
_SPARSE = "a sparse file; pack it again without --sparse"
_LONG_HEADERS = (
    *(tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK),
    *(tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE),
)
_GZIP, _BZIP2, _XZ = b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0"


class _Member(tarfile.TarInfo):
    """A member whose headers are not read where they claim to be longer than any is, and which has no holes."""

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        if self.type in _LONG_HEADERS and self.size > _LONGEST_HEADER:
            raise tarfile.HeaderError(f"a header that claims {self.size:,} bytes")
        if self.type == tarfile.GNUTYPE_SPARSE:
            raise tarfile.HeaderError(_SPARSE)
        member: tarfile.TarInfo = super()._proc_member(archive)  # type: ignore[misc]  # its types leave out hooks
        return member

    def _proc_gnusparse_10(self, *_: object) -> None:
        raise tarfile.HeaderError(_SPARSE)


class _Growing(Bounded):
    """What a packed file holds, which is not read beyond what it may grow to."""

    def __init__(self, path: Path, file: IO[bytes]):
        super().__init__(file)
        self._path, self._packed = path, path.stat().st_size

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        at = offset + (self.tell() if whence == io.SEEK_CUR else 0)
        check_growth(self._packed, at, self._path.name, so_far=True)
        return super().seek(at)

    def read(self, size: int = -1) -> bytes:
        check_growth(self._packed, self.tell() + max(0, size), self._path.name, so_far=True)
        return self._file.read(size)


def is_tape(path: Path) -> bool:
    """Whether a file starts as a tar archive does, packed as gzip, bzip2 or xz, or not."""
    try:
        with _unpacked(path) as file:
            start = file.read(_BLOCK)
        tarfile.TarInfo.frombuf(start, "utf-8", "surrogateescape")
    except (tarfile.HeaderError, OSError, EOFError, zlib.error, lzma.LZMAError, MemoryError):
        return False
    return True


@contextmanager
def opened_tape(path: Path) -> Iterator[tarfile.TarFile]:
    """An open tar archive, read from its file as it is needed."""
    with (
        _unpacked(path) as file,
        tarfile.open(fileobj=file, mode="r:", tarinfo=_Member, errors="surrogateescape") as archive,
    ):
        yield archive


@contextmanager
def _unpacked(path: Path) -> Iterator[BinaryIO]:
    with path.open("rb") as file:
        start = file.read(6)
        file.seek(0)
        if not start.startswith((_GZIP, _BZIP2, _XZ)):
            yield file
            return
        if start.startswith(_XZ):  # which would take what its first header asks for
            lzma.LZMADecompressor(memlimit=_MEMORY).decompress(file.read(_BLOCK), 1)
            file.seek(0)
        with _decompressed(file, start) as packed:
            yield as_file(_Growing(path, as_file(packed)))


def _decompressed(file: BinaryIO, start: bytes) -> gzip.GzipFile | bz2.BZ2File | lzma.LZMAFile:
    if start.startswith(_GZIP):
        return gzip.open(file)
    return bz2.open(file) if start.startswith(_BZIP2) else lzma.open(file)
