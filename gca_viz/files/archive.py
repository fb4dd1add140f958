"""The files in a zip or tar archive, read where they are: nothing is ever unpacked to disk."""

from __future__ import annotations

import io
import lzma
import re
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import IO, BinaryIO, TypeVar

from gca_viz.errors import InputError, why
from gca_viz.files.bounded import Bounded, as_file
from gca_viz.files.folder import Files, Opener, is_litter
from gca_viz.files.member_names import readable as readable_name
from gca_viz.files.member_names import zip_name
from gca_viz.files.tapes import is_tape, opened_tape
from gca_viz.settings.limits import ENTRIES, FILE_BYTES, UNPACKED_BYTES, check_growth

_OUTSIDE = re.compile(r"^/|^[A-Za-z]:|(^|/)\.\.(/|$)")
_TAIL = 22 + 56 + 20 + 65_535  # bytes of both ends of a directory and the longest comment
_LONG_ENTRY = 300  # bytes of a directory for one member, of which few have more
#: what files raise that are damaged, or no longer there
_DAMAGED = (
    *(OSError, EOFError, OverflowError, NotImplementedError),
    *(zlib.error, lzma.LZMAError, zipfile.BadZipFile, tarfile.TarError),
)
Member = TypeVar("Member")
_ENCRYPTED = 0x1  # bit of a member's flags


@contextmanager
def readable(what: str) -> Iterator[None]:
    """Raise what goes wrong with the files themselves as a user's mistake."""
    try:
        yield
    except _DAMAGED as error:
        raise InputError(
            f"{what}, which could not be read ({why(error)})",
            "complete files are needed",
            "Copy or download them again",
        ) from error


class Declared(Bounded):
    """A member of a zip archive of which no more is read, and unpacked, than it declares."""

    def __init__(self, file: IO[bytes], size: int):
        super().__init__(file)
        self._size = size

    def read(self, size: int | None = -1) -> bytes:
        left = max(0, self._size - self.tell())
        return self._file.read(left if size is None or size < 0 else min(size, left))


def of_zip(path: Path) -> Files:
    """The members of a zip archive, without the one folder that holds them all.

    Raises:
        InputError: it is damaged, above a limit, or has a member that leads outside or is a link.
    """
    FILE_BYTES.check(path.stat().st_size, path.name)
    with path.open("rb") as file:
        check_directory(file, path.name)
    members, skipped = {}, []
    try:
        with zipfile.ZipFile(path) as archive:
            listed = archive.infolist()
    except (*_DAMAGED, ValueError) as error:
        raise _damaged(path, error) from error
    ENTRIES.check(len(listed), path.name)
    UNPACKED_BYTES.check(sum(member.file_size for member in listed), path.name)
    for member in listed:
        name = _inside(zip_name(member), path)
        if stat.S_ISLNK(member.external_attr >> 16):
            raise _link(name, path)
        check_growth(member.compress_size, member.file_size, f"{name} in {path.name}")
        if not name or name.endswith("/") or is_litter(name):
            continue
        if member.flag_bits & _ENCRYPTED:
            skipped.append((name, "encrypted: pack it again without a password"))
        elif member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            skipped.append((name, "packed in an unusual way: pack it again as an ordinary zip"))
        else:
            members[name] = member

    @contextmanager
    def opened() -> Iterator[Opener]:
        with zipfile.ZipFile(path) as archive:
            yield lambda name: as_file(Declared(archive.open(inner[name]), inner[name].file_size))

    inner = _without_top({name: members[name] for name in sorted(members)})
    return Files(path.name, {name: member.file_size for name, member in inner.items()}, opened, tuple(skipped))


def of_tar(path: Path) -> Files:
    """The members of a tar archive, in its own order: going back in a gzip file means starting again.

    Raises:
        InputError: it is damaged, above a limit, or has a member that leads outside or is a link.
    """
    packed = path.stat().st_size
    FILE_BYTES.check(packed, path.name)
    members, skipped, unpacked = {}, [], 0
    try:
        with opened_tape(path) as archive:
            for count, member in enumerate(archive, 1):
                # checked before the next turn of the loop, which would unpack this member to skip it
                ENTRIES.check(count, path.name, so_far=True)
                unpacked += member.size
                check_growth(packed, unpacked, path.name, so_far=True)
                name = _inside(readable_name(member.name), path)
                if member.issym() or member.islnk():
                    raise _link(name, path)
                if member.isdir() or is_litter(name):
                    continue
                if member.isfile() and not member.issparse():
                    members[name] = member
                else:
                    skipped.append((name, "no ordinary file"))
    except _DAMAGED as error:
        raise _damaged(path, error) from error

    @contextmanager
    def opened() -> Iterator[Opener]:
        with opened_tape(path) as archive:
            yield lambda name: as_file(_extracted(archive, inner[name]))

    inner = _without_top(members)
    return Files(path.name, {name: member.size for name, member in inner.items()}, opened, tuple(skipped))


def check_directory(file: BinaryIO, what: str) -> None:
    """Raise where the directory at the end of a zip file is too long to be read, as zipfile does, all at once."""
    file.seek(max(0, file.seek(0, io.SEEK_END) - _TAIL))
    tail = file.read()
    end = tail.rfind(b"PK\5\6")
    end_of_large = tail.rfind(b"PK\6\6")  # there too, if the numbers in the other are too small to hold it
    if 0 <= end <= len(tail) - 22:
        length = struct.unpack_from("<I", tail, end + 12)[0]
        if 0 <= end_of_large <= end - 56:
            length = max(length, struct.unpack_from("<Q", tail, end_of_large + 40)[0])
        ENTRIES.check(length // _LONG_ENTRY, what, so_far=True)


def _inside(name: str, path: Path) -> str:
    """A member's path with ``/``, refused where it leads out of the archive."""
    name = name.replace("\\", "/")
    if _OUTSIDE.search(name):
        raise InputError(
            f"{path.name} with the member {name!r}",
            "paths in an archive must stay inside it",
            "Pack the folder again, and only use archives that you trust",
        )
    end = "/" * name.endswith("/")
    return "/".join(part for part in name.split("/") if part not in ("", ".")) + end


def _extracted(archive: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    file = archive.extractfile(member)
    if file is None:  # only ordinary files are members
        raise tarfile.TarError(f"{member.name} is no file")
    return file


def _without_top(members: dict[str, Member]) -> dict[str, Member]:
    """The members by their paths below the one folder that holds them all, if there is one."""
    tops = {name.partition("/")[0] for name in members}
    if len(tops) != 1 or any("/" not in name for name in members):
        return members
    return {name.partition("/")[2]: member for name, member in members.items()}


def _link(name: str, path: Path) -> InputError:
    return InputError(
        f"{path.name} with the link {name!r}",
        "an archive may hold files and folders only",
        "Pack the files themselves instead of links to them",
    )


def _damaged(path: Path, error: Exception) -> InputError:
    return InputError(
        f"{path.name}, which could not be read ({why(error)})",
        "a complete zip or tar archive is needed",
        "Pack or download it again",
    )


#: endings of the archives that are read; what a file is, is told by what it holds
ENDINGS = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tbz", ".tar.xz", ".txz")
#: how archives of other kinds start
_OTHERS = MappingProxyType({b"7z\xbc\xaf\x27\x1c": "7z", b"Rar!\x1a\x07": "RAR", b"\x28\xb5\x2f\xfd": "Zstandard"})


def archive_of(path: Path) -> Callable[[Path], Files] | None:
    """How the members of a file are found that is an archive, whatever its ending; None for other files.

    Raises:
        InputError: an archive of a kind that is not read, or another file that has the ending of one.
    """
    with path.open("rb") as file:
        start = file.read(8)
    if start.startswith((b"PK\3\4", b"PK\5\6")):
        return of_zip
    if is_tape(path):
        return of_tar
    other = next((kind for mark, kind in _OTHERS.items() if start.startswith(mark)), None)
    if other:
        raise InputError(
            f"{path.name}, a {other} archive", "zip and tar archives are read", "Unpack it, and pack it as a zip"
        )
    if path.suffix.lower() == ".zip":  # with something before it, as archives that unpack themselves have
        return of_zip
    if path.name.lower().endswith(ENDINGS):
        raise _damaged(path, zipfile.BadZipFile("it is no archive"))
    return None
