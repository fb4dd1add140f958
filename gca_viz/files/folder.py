"""The files that a user points at, whether on disk or in memory, seen in one way."""

from __future__ import annotations

import io
import os
import posixpath
import re
import stat
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from gca_viz.errors import InputError
from gca_viz.settings.limits import ENTRIES, FILE_BYTES

Opener = Callable[[str], BinaryIO]

_LITTER = (
    *("__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "@eadir", "@tmp", "#recycle", "$recycle.bin"),
    *("system volume information", "lost+found", "__pycache__", "icon\r"),
)
_LINK = "a symbolic link: links are not followed"
_MOST_ENDINGS = 8
_MOST_TEXT = 1_000_000  # bytes of a list of class names


@dataclass(frozen=True)
class Files:
    """Files in a folder, an archive or memory.

    Attributes:
        what: what the user knows them by, for messages.
        sizes: path with ``/`` → bytes, in the order in which they are read best.
        opened: a context that gives a function from a path to an open binary file.
        skipped: (path, why) of what was left out already.
        beside: like ``sizes``, files that lie beside a single chosen one: they explain it, but are not data.
        seekable: whether moving around in an open file is cheap.
    """

    what: str
    sizes: Mapping[str, int]
    opened: Callable[[], AbstractContextManager[Opener]]
    skipped: tuple[tuple[str, str], ...] = ()
    beside: Mapping[str, int] = field(default_factory=dict)
    seekable: bool = False

    def named(self, pattern: str) -> dict[str, re.Match[str]]:
        """Path → match, of the files whose own name matches a regular expression as a whole, in any case."""
        compiled = re.compile(pattern, re.IGNORECASE)
        matches = {path: compiled.fullmatch(posixpath.basename(path)) for path in self.sizes}
        return {path: match for path, match in matches.items() if match}

    def only(self, pattern: str) -> dict[str, re.Match[str]]:
        """Like :meth:`named`, but nothing if there are files of other names too."""
        found = self.named(pattern)
        return found if len(found) == len(self.sizes) else {}

    def companion(self, path: str, names: Sequence[str]) -> str | None:
        """The first of these names that lies in the same folder as a path, or None."""
        candidates = (str(PurePosixPath(path).with_name(name)) for name in names)
        return next((name for name in candidates if name in self.sizes or name in self.beside), None)

    def lines(self, path: str, name: str) -> tuple[str, ...]:
        """The lines of a short text beside a path, without empty ones; none if it is not there."""
        text = self.companion(path, (name,))
        if text is None:
            return ()
        with self.opened() as open_file, open_file(text) as file:
            rows = file.read(_MOST_TEXT).decode("utf-8", "replace").splitlines()
        return tuple(row.strip() for row in rows if row.strip())

    def endings(self) -> str:
        """What there is by ending, e.g. ``"3 .txt, 1 without an ending"``; the most frequent first."""
        counts = Counter(PurePosixPath(path).suffix.lower() or "without an ending" for path in self.sizes)
        return ", ".join(f"{count:,} {ending}" for ending, count in counts.most_common(_MOST_ENDINGS)) or "no file"


def is_litter(path: str) -> bool:
    """Whether a path is hidden, or something that an operating system leaves behind."""
    return any(part.startswith(".") or part.lower() in _LITTER for part in path.split("/"))


def of_folder(folder: Path) -> Files:
    """All ordinary files below a folder; links are listed as left out.

    Raises:
        InputError: more files than are read.
    """
    sizes, skipped = {}, []

    def unreadable(error: OSError) -> None:
        skipped.append((Path(error.filename).relative_to(folder).as_posix(), "a folder that may not be read"))

    for root, folders, names in os.walk(folder, onerror=unreadable):
        above = Path(root).relative_to(folder)
        folders[:] = [name for name in folders if not is_litter(name)]
        for name in sorted(folders + names):
            path = (above / name).as_posix()
            mode = os.lstat(folder / path)
            if is_litter(path) or stat.S_ISDIR(mode.st_mode):
                continue
            why = _why_not(mode)
            if why:
                skipped.append((path, why))
            else:
                sizes[path] = mode.st_size
            ENTRIES.check(len(sizes) + len(skipped), folder.name, so_far=True)
    return Files(folder.name, dict(sorted(sizes.items())), _on_disk(folder), tuple(sorted(skipped)), seekable=True)


def of_file(path: Path) -> Files:
    """A single file, with those beside it that may explain it."""
    FILE_BYTES.check(path.stat().st_size, path.name)
    with os.scandir(path.parent) as others:
        beside = {other.name: other.stat().st_size for other in others if other.is_file(follow_symlinks=False)}
    return Files(path.name, {path.name: path.stat().st_size}, _on_disk(path.parent), (), beside, seekable=True)


def of_uploads(files: Sequence[tuple[str, bytes]]) -> Files:
    """Names and contents that were uploaded; of a name that comes twice, the second is numbered."""
    names = numbered([name.replace("\\", "/").rsplit("/", 1)[-1] or "unnamed" for name, _ in files])
    contents = {name: content for name, (_, content) in zip(names, files, strict=True)}
    for name, content in contents.items():
        FILE_BYTES.check(len(content), name)

    @contextmanager
    def opened() -> Iterator[Opener]:
        yield lambda name: io.BytesIO(contents[name])

    sizes = {name: len(content) for name, content in contents.items()}
    return Files("the uploaded files", sizes, opened, seekable=True)


def numbered(names: Sequence[str]) -> list[str]:
    """Names of files, of which one that comes again gets a number: ``"cat (2).png"``."""
    given, found = set(names), []
    used, last = set(), dict.fromkeys(names, 1)
    for name in names:
        path, unique = PurePosixPath(name), name
        while unique in used or (unique != name and unique in given):
            last[name] += 1
            unique = f"{path.stem} ({last[name]}){path.suffix}"
        used.add(unique)
        found.append(unique)
    return found


def cut_short(path: str) -> InputError:
    """The error for a file that ends before it should."""
    return InputError(f"{path}, which ends early", "a complete file is needed", "Copy or download it again")


def _why_not(status: os.stat_result) -> str:
    if stat.S_ISLNK(status.st_mode):
        return _LINK
    if not stat.S_ISREG(status.st_mode):  # a pipe would wait forever
        return "no ordinary file"
    if status.st_size > FILE_BYTES.value:
        return f"larger than the {FILE_BYTES.text(FILE_BYTES.value)} that are read"
    return ""


def _on_disk(folder: Path) -> Callable[[], AbstractContextManager[Opener]]:
    @contextmanager
    def opened() -> Iterator[Opener]:
        yield lambda name: (folder / name).open("rb")

    return opened
