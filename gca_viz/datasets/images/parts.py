"""Images of one size, one after the other in a file, as benchmarks keep them."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO

import numpy as np

from gca_viz.datasets.content import distinct
from gca_viz.datasets.images.decode import fitted
from gca_viz.datasets.images.found import Block, Found
from gca_viz.datasets.images.words import is_test
from gca_viz.errors import InputError
from gca_viz.files.bounded import as_file
from gca_viz.files.folder import Files, Opener, cut_short
from gca_viz.settings.limits import SAMPLES

#: images, uint8 (n, H, W, 3), and their labels, int64 (n,)
Labelled = tuple[np.ndarray, np.ndarray]

_BLOCK = 8_000_000  # bytes read at a time


@dataclass(frozen=True)
class Part:
    """One file of images of one size, and how to read it.

    Attributes:
        path: the file.
        count: images in it.
        size: their width and height in pixels.
        read: gives the images in blocks.
        labels: int64 (count,), where they are known before.
    """

    path: str
    count: int
    size: tuple[int, int]
    read: Callable[[Opener], Iterator[Labelled]]
    labels: np.ndarray | None = None


def joined(
    files: Files, kind: str, parts: Sequence[Part], class_names: Sequence[str], notes: tuple[str, ...] = ()
) -> Found:
    """The images of several files one after the other; those of a file that is named as a test split are held out.

    Args:
        files: where the parts are.
        kind: what they were taken for.
        parts: at least one.
        class_names: name of each class; a label beyond them means that the file is something else.
        notes: sentences on what was assumed.

    Raises:
        InputError: more samples than are read, or none.
    """
    counts = [part.count for part in parts]
    SAMPLES.check(sum(counts), files.what)
    if not sum(counts) or any(0 in part.size for part in parts):
        raise InputError(
            f"{files.what} without images",
            "at least one of at least one pixel is needed",
            "Bring a file with images",
        )
    held_out = np.repeat([is_test(PurePosixPath(part.path).name) for part in parts], counts)

    def blocks(side: int) -> Iterator[Block]:
        start = 0
        with files.opened() as open_file:
            for part in parts:
                for images, labels in part.read(open_file):
                    check_labels(labels, len(class_names), part.path)
                    rows = np.arange(start, start + len(images))
                    start += len(images)
                    yield Block(rows, (fitted(images, side),), start, part.path, labels)

    return Found(
        kind=kind,
        sizes=np.array([part.size for part in parts]),
        class_names=distinct(class_names),
        held_out=held_out,
        blocks=blocks,
        labels=None if any(part.labels is None for part in parts) else np.concatenate([p.labels for p in parts]),
        domains=np.zeros(len(held_out), np.int64),
        skipped=files.skipped,
        notes=notes,
    )


def reader(
    path: str, count: int, size: int, convert: Callable[[np.ndarray, slice], Labelled], *, skip: int = 0
) -> Callable[[Opener], Iterator[Labelled]]:
    """How to read a file of ``count`` records of ``size`` bytes, behind ``skip`` others, gzipped or not.

    Args:
        path: the file.
        count: records; no more are read, whatever follows.
        size: bytes of a record.
        convert: makes images and labels of records, uint8 (n, size), given which of all they are.
        skip: bytes before the first record.
    """

    def read(open_file: Opener) -> Iterator[Labelled]:
        most = max(1, _BLOCK // size)
        with open_file(path) as file:
            unpacked = unzipped(file)
            read_exactly(unpacked, skip, path)
            for start in range(0, count, most):
                rows = slice(start, min(start + most, count))
                content = read_exactly(unpacked, (rows.stop - start) * size, path)
                yield convert(np.frombuffer(content, np.uint8).reshape(-1, size), rows)

    return read


def unzipped(file: BinaryIO) -> BinaryIO:
    """What a file at its beginning holds, where that is packed by gzip, whatever it is called; else the file."""
    start = file.read(2)
    file.seek(0)
    return as_file(gzip.GzipFile(fileobj=file)) if start == b"\x1f\x8b" else file


def read_exactly(file: BinaryIO, size: int, path: str) -> bytes:
    """The next ``size`` bytes.

    Raises:
        InputError: there are fewer.
    """
    content = file.read(size)
    if len(content) < size:
        raise cut_short(path)
    return content


def check_labels(labels: np.ndarray, count: int, path: str) -> None:
    """Raise :class:`InputError` where a label is none of 0 … count - 1."""
    wrong = labels[(labels < 0) | (labels >= count)]
    if len(wrong):
        raise InputError(
            f"{path} with the label {wrong[0]}",
            f"its {count} classes are numbered 0 to {count - 1}",
            "Check that the file is what its name says, or download it again",
        )
