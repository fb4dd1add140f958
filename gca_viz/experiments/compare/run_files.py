"""The checkpoints of a training run among files: which they are, in which order, which are taken, and read."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

from gca_viz.encoders.checkpoints.file_names import ENDINGS, without_ending
from gca_viz.encoders.checkpoints.kinds import is_checkpoint
from gca_viz.errors import InputError
from gca_viz.experiments.compare.candidates import MOST
from gca_viz.files.archive import of_zip, readable

_FIRST = frozenset({"init", "initial", "start", "random", "untrained"})
_LAST = frozenset({"last", "latest", "final", "best"})
#: a word in a name → how surely the number at it tells the place in a run
_EPOCH, _STEP = ("epochs?|ep|phase", "global_?steps?|steps?|iterations?|iters?|it")

T = TypeVar("T")


@dataclass(frozen=True)
class ReadRun:
    """What was made of a run's files, each in the order of the run.

    Attributes:
        encoders: file → name of the encoder.
        refused: file → why it was not read.
        left: files beyond the most that are compared.
    """

    encoders: dict[str, str]
    refused: dict[str, InputError]
    left: tuple[str, ...]


def read_run(paths: Iterable[Path], keep: Callable[[Path], str]) -> ReadRun:
    """Read the checkpoints of a run; of many, some spread over the run.

    Args:
        paths: its files, in any order.
        keep: reads a file as an encoder and returns the name under which it is kept.

    Raises:
        InputError: there is no checkpoint among the files.
    """
    ordered = in_order(_check_some(list(paths)))
    taken = spread(ordered)
    encoders: dict[str, str] = {}
    refused: dict[str, InputError] = {}
    for path in taken:
        try:
            encoders[path.name] = keep(path)
        except InputError as error:
            refused[path.name] = error
    return ReadRun(encoders, refused, tuple(path.name for path in ordered if path not in taken))


def in_order(paths: Iterable[Path]) -> list[Path]:
    """Files as a run wrote them: by epoch or step where all names tell it, else by all numbers in the names.

    Numbers count as numbers (``epoch-2`` comes before ``epoch-10``). A name without any number comes first where it
    says so (``init``), and last where it does (``last``, ``best``) or another number is all that it lacks.
    """
    paths = list(paths)
    key = _orders([path.name for path in paths])
    return sorted(paths, key=lambda path: key(path.name))


def spread(items: Sequence[T], most: int = MOST) -> list[T]:
    """At most as many as are compared, first and last among them, spread over the run."""
    if len(items) <= most:
        return list(items)
    return [items[round(k * (len(items) - 1) / (most - 1))] for k in range(most)]


def in_folder(folder: Path) -> list[Path]:
    """The checkpoints in a folder: all files that are called so, and those that are some whatever they are called.

    Raises:
        InputError: it cannot be read.
    """
    with readable(folder.name):
        files = [path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")]
        return [path for path in files if path.name.lower().endswith(ENDINGS) or is_checkpoint(path)]


def in_archive(archive: Path, below: Path) -> list[Path]:
    """The checkpoints in a zip, in order; its members are checked before anything is written.

    Args:
        archive: the zip.
        below: a folder into which they are unpacked.

    Raises:
        InputError: it is damaged, above a limit, or has a member that leads outside or is a link.
    """
    files = of_zip(archive)
    paths: list[Path] = []
    with readable(archive.name), files.opened() as open_file:
        names = [name for name in files.sizes if not PurePosixPath(name).name.startswith(".")]
        named = [name for name in names if name.lower().endswith(ENDINGS)]
        names = named or [name for name in names if PurePosixPath(name).suffix.lower() not in _NEVER]
        for name in spread(sorted(names, key=_orders(names)), 4 * MOST):
            path = below / f"{len(paths):03d}" / PurePosixPath(name).name
            path.parent.mkdir()
            with open_file(name) as packed, path.open("wb") as file:
                shutil.copyfileobj(packed, file, 1 << 20)
            if named or is_checkpoint(path):
                paths.append(path)
            else:
                shutil.rmtree(path.parent)
    return paths


#: endings of what lies beside checkpoints
_NEVER = (".json", ".yaml", ".yml", ".txt", ".md", ".log", ".csv", ".png", ".jpg", ".py", ".sh")


def _check_some(paths: list[Path]) -> list[Path]:
    if not paths:
        raise InputError(
            "no checkpoint among these files",
            "checkpoints are .safetensors files and those that torch.save writes",
            "Bring the files of the epochs, or a zip of them",
        )
    return paths


def _orders(names: Sequence[str]) -> Callable[[str], tuple[Any, ...]]:
    """A key by which names of one run are sorted."""
    counted = [name for name in names if _group(name) == 1]
    for words in (_EPOCH, _STEP):
        if counted and all(_at(words, name) is not None for name in counted):
            return lambda name: (_group(name), _at(words, name) or 0, _natural(name))
    return lambda name: (_group(name), 0, _natural(name))


def _group(name: str) -> int:
    """0 of what was before the run, 2 of what is the end of it, else 1."""
    if _at(_EPOCH, name) is not None or _at(_STEP, name) is not None:
        return 1  # best-epoch=12 is an epoch like others
    if _words(name) & _FIRST:
        return 0
    has_number = re.search(r"\d", without_ending(name))
    return 2 if _words(name) & _LAST or not has_number else 1  # checkpoint.pth beside checkpoint_0010.pth


def _words(name: str) -> set[str]:
    return set(re.findall(r"[a-z]+", without_ending(PurePosixPath(name).name).lower()))


def _at(words: str, name: str) -> int | None:
    """The number beside one of the words, as in ``epoch=19``, ``ep10``, ``200ep``; None if there is none."""
    for pattern in (rf"(?<![a-z])(?:{words})[=_\-. ]*(\d+)", rf"(?<!\d)(\d+)[_\- ]?(?:{words})(?![a-z])"):
        found = re.findall(pattern, name.lower())
        if found:
            return int(found[-1][:18])
    return None


def _natural(name: str) -> list[tuple[int, int, str]]:
    parts = re.split(r"(\d{1,18})", without_ending(name))
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts if part]
