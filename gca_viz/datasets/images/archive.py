"""The files in a zip or tar archive, read where they are: nothing is ever unpacked to disk."""

from __future__ import annotations

import gzip
import re
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from gca_viz.datasets.images.decode import why
from gca_viz.datasets.images.folder import Files, Opener, is_litter
from gca_viz.errors import InputError
from gca_viz.limits import ENTRIES, FILE_BYTES, UNPACKED_BYTES, check_growth

_OUTSIDE = re.compile(r"^/|^[A-Za-z]:|(^|/)\.\.(/|$)")
_TAIL = 22 + 56 + 20 + 65_535  # bytes of both ends of a directory and the longest comment
_LONG_ENTRY = 300  # bytes of a directory for one member, of which few have more
_ENCRYPTED = 0x1  # bit of a member's flags


@contextmanager
def readable(what: str) -> Iterator[None]:
    """Tell what goes wrong with the files themselves as a user's mistake."""
    try:
        yield
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, tarfile.TarError, NotImplementedError) as error:
        raise InputError(
            f"{what}, which could not be read ({why(error)})",
            "complete files are needed",
            "Copy or download them again",
        ) from error


def of_zip(path: Path) -> Files:
    """The members of a zip archive, without the one folder that holds them all.

    Raises:
        InputError: it is damaged, above a limit, or has a member that leads outside or is a link.
    """
    FILE_BYTES.check(path.stat().st_size, path.name)
    _check_directory(path)
    members, skipped, unpacked = {}, [], 0
    try:
        with zipfile.ZipFile(path) as archive:
            listed = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise _damaged(path, error) from error
    ENTRIES.check(len(listed), path.name)
    for member in listed:
        name = _inside(member.filename, path)
        if stat.S_ISLNK(member.external_attr >> 16):
            raise _link(name, path)
        unpacked += member.file_size
        UNPACKED_BYTES.check(unpacked, path.name)
        check_growth(member.compress_size, member.file_size, f"{name} in {path.name}")
        if not name or name.endswith("/") or is_litter(name):
            continue
        if member.flag_bits & _ENCRYPTED:
            skipped.append((name, "encrypted: pack it again without a password"))
        else:
            members[name] = member

    @contextmanager
    def opened() -> Iterator[Opener]:
        with zipfile.ZipFile(path) as archive:
            yield lambda name: archive.open(inner[name])

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
        with _opened_tar(path) as archive:
            for count, member in enumerate(archive, 1):
                # checked before the next turn of the loop, which would unpack this member to skip it
                ENTRIES.check(count, path.name)
                unpacked += member.size
                check_growth(packed, unpacked, path.name)
                name = _inside(member.name, path)
                if member.issym() or member.islnk():
                    raise _link(name, path)
                if member.isdir() or is_litter(name):
                    continue
                if member.isfile() and not member.issparse():
                    members[name] = member
                else:
                    skipped.append((name, "no ordinary file"))
    except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
        raise _damaged(path, error) from error

    @contextmanager
    def opened() -> Iterator[Opener]:
        with _opened_tar(path) as archive:
            yield lambda name: archive.extractfile(inner[name])

    inner = _without_top(members)
    return Files(path.name, {name: member.size for name, member in inner.items()}, opened, tuple(skipped))


class _Bounded(gzip.GzipFile):
    """A gzip file that refuses to be read beyond what it may grow to."""

    def __init__(self, path: Path):
        super().__init__(path)
        self._path, self._packed = path, path.stat().st_size

    def read(self, size: int | None = -1) -> bytes:
        check_growth(self._packed, self.tell() + max(0, size or 0), self._path.name)
        return super().read(size)


@contextmanager
def _opened_tar(path: Path) -> Iterator[tarfile.TarFile]:
    with path.open("rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
    with _Bounded(path) if zipped else path.open("rb") as file, tarfile.open(fileobj=file, mode="r:") as archive:
        yield archive


def _check_directory(path: Path) -> None:
    """Raise where the directory at the end of a zip file is too long to be read, as zipfile does, all at once."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL))
        tail = file.read()
    end = tail.rfind(b"PK\5\6")
    end_of_large = tail.rfind(b"PK\6\6")  # there too, if the numbers in the other are too small to hold it
    if 0 <= end <= len(tail) - 22:
        length = struct.unpack_from("<I", tail, end + 12)[0]
        if 0 <= end_of_large <= end - 56:
            length = max(length, struct.unpack_from("<Q", tail, end_of_large + 40)[0])
        ENTRIES.check(length // _LONG_ENTRY, path.name)


def _inside(name: str, path: Path) -> str:
    """A member's path with ``/``, refused where it leads out of the archive."""
    name = name.replace("\\", "/")
    if _OUTSIDE.search(name):
        raise InputError(
            f"{path.name} with the member {name!r}",
            "paths in an archive must stay inside it",
            "Pack the folder again, and only use archives that you trust",
        )
    return name.removeprefix("./")


def _without_top(members: dict) -> dict:
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
        f"a complete {path.suffix} archive is needed",
        "Pack or download it again",
    )


#: ending → how its members are found
ARCHIVES: Mapping[str, Callable[[Path], Files]] = MappingProxyType(
    {".zip": of_zip, ".tar": of_tar, ".tar.gz": of_tar, ".tgz": of_tar}
)
