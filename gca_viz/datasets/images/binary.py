"""The files of well-known benchmarks that hold plain bytes: CIFAR, STL-10 and MNIST's idx."""

from __future__ import annotations

import math
import re
import struct
from pathlib import PurePosixPath

import numpy as np

from gca_viz.datasets.images.found import NO_CLASS, Found
from gca_viz.datasets.images.parts import Labelled, Part, check_labels, joined, read_exactly, reader, unzipped
from gca_viz.errors import InputError
from gca_viz.files.folder import Files
from gca_viz.settings.limits import IMAGE_PIXELS, SAMPLES, check_growth

_CIFAR_PIXELS = 3 * 32 * 32
_STL_SIDE, _STL_CLASSES = 96, 10
_STL_PIXELS = 3 * _STL_SIDE * _STL_SIDE
_IDX = r"(.*){}[-._]idx{}[-._]ubyte(?:\.gz)?"
_IDX_IMAGES, _IDX_LABELS = (0x803, 3), (0x801, 1)  # magic number (unsigned bytes), dimensions


def find_cifar(files: Files) -> Found | None:
    """The binary version of CIFAR-10 or CIFAR-100: records of one or two labels and 3 × 32 × 32 bytes.

    Raises:
        InputError: of another length.
    """
    usual = files.named(r"(data_batch_\d+|test_batch|train|test)\.bin")
    paths = list(usual or files.only(r".*\.bin"))
    if not paths:
        return None
    # CIFAR-100 has a coarse label before the fine one; should both lengths fit, its list of fine names decides.
    fine = files.lines(paths[0], "fine_label_names.txt")
    versions = [(1, 10, files.lines(paths[0], "batches.meta.txt")), (2, 100, fine)]
    for labels, count, names in versions[::-1] if fine else versions:
        size = labels + _CIFAR_PIXELS
        if all(files.sizes[path] and files.sizes[path] % size == 0 for path in paths):
            parts = [_cifar(path, files.sizes[path] // size, labels) for path in paths]
            return joined(files, f"CIFAR-{count}, binary version", parts, _named(names, range(count)))
    raise InputError(
        f"{paths[0]} of {files.sizes[paths[0]]:,} bytes",
        "the binary versions of CIFAR have 3,073 or 3,074 bytes per image",
        "Bring the binary version, complete",
    )


def _cifar(path: str, count: int, labels: int) -> Part:
    def convert(records: np.ndarray, _: slice) -> Labelled:
        pixels = records[:, labels:].reshape(-1, 3, 32, 32)
        return pixels.transpose(0, 2, 3, 1), records[:, labels - 1].astype(np.int64)

    return Part(path, count, (32, 32), reader(path, count, labels + _CIFAR_PIXELS, convert))


def find_stl(files: Files) -> Found | None:
    """STL-10: images of 3 × 96 × 96 bytes, column by column, with labels from 1 in a file of their own.

    Raises:
        InputError: labels that are not there or do not fit, or files of another length.
    """
    paths = files.named(r"(train|test)_X\.bin")
    if not paths:
        return None
    names = files.lines(next(iter(paths)), "class_names.txt")
    unlabelled = files.named(r"unlabeled_X\.bin")
    return joined(
        files,
        "STL-10, binary version",
        [_stl(files, path, f"{match[1]}_y.bin") for path, match in paths.items()],
        _named(names, range(1, _STL_CLASSES + 1)),
        notes=("unlabeled_X.bin, the images without labels, is left out.",) if unlabelled else (),
    )


def _stl(files: Files, path: str, labels_name: str) -> Part:
    count, rest = divmod(files.sizes[path], _STL_PIXELS)
    labels_path = files.companion(path, (labels_name,))
    if rest or labels_path is None:
        raise InputError(
            f"{path} of {files.sizes[path]:,} bytes{'' if labels_path else f' without {labels_name}'}",
            f"STL-10 has {_STL_PIXELS:,} bytes per image, and labels beside in {labels_name}",
            "Bring both files, complete",
        )
    SAMPLES.check(count, path)
    with files.opened() as open_file, open_file(labels_path) as file:
        labels = np.frombuffer(read_exactly(file, count, labels_path), np.uint8).astype(np.int64) - 1
    check_labels(labels, _STL_CLASSES, labels_path)

    def convert(records: np.ndarray, rows: slice) -> Labelled:
        return records.reshape(-1, 3, _STL_SIDE, _STL_SIDE).transpose(0, 3, 2, 1), labels[rows]

    return Part(path, count, (_STL_SIDE, _STL_SIDE), reader(path, count, _STL_PIXELS, convert), labels)


def find_idx(files: Files) -> Found | None:
    """MNIST's format idx, gzipped or not: grey images, and labels in a file beside.

    Raises:
        InputError: another magic number, more than the file can hold or than is read, labels that do not fit.
    """
    paths = files.named(_IDX.format("images", 3))
    first = {match[1].lower(): path for path, match in reversed(paths.items())}
    paths = {path: match for path, match in paths.items() if first[match[1].lower()] == path}
    if not paths:
        return None
    parts = [_idx(files, path, match) for path, match in paths.items()]
    count = 1 + max((int(part.labels.max()) for part in parts if part.count and part.labels is not None), default=0)
    names = [NO_CLASS] if count == 1 else [str(k) for k in range(count)]
    return joined(files, "MNIST's format idx", parts, names)


def _idx(files: Files, path: str, match: re.Match[str]) -> Part:
    count, height, width = _idx_header(files, path, *_IDX_IMAGES)
    IMAGE_PIXELS.check(height * width, f"an image in {path}")
    SAMPLES.check(count, path)
    labels_path = _labels_beside(files, path, re.escape(match[1]))
    labels = np.zeros(count, np.int64) if labels_path is None else _idx_labels(files, labels_path, count)

    def convert(records: np.ndarray, rows: slice) -> Labelled:
        return np.repeat(records.reshape(-1, height, width, 1), 3, axis=-1), labels[rows]

    return Part(path, count, (width, height), reader(path, count, height * width, convert, skip=16), labels)


def _labels_beside(files: Files, path: str, start: str) -> str | None:
    """The labels of an idx file, which may be spelt, packed and placed in another way; those beside it first."""
    pattern = re.compile(start + _IDX.format("labels", 1).removeprefix("(.*)"), re.IGNORECASE)
    found = [other for other in (*files.sizes, *files.beside) if pattern.fullmatch(PurePosixPath(other).name)]
    folder = PurePosixPath(path).parent
    return min(found, key=lambda other: (PurePosixPath(other).parent != folder, other), default=None)


def _idx_labels(files: Files, path: str, count: int) -> np.ndarray:
    (declared,) = _idx_header(files, path, *_IDX_LABELS)
    if declared != count:
        raise InputError(
            f"{path} with {declared:,} labels for {count:,} images",
            "one per image",
            "Bring the files that belong together",
        )
    with files.opened() as open_file, open_file(path) as file:
        content = read_exactly(unzipped(file), 8 + count, path)
    return np.frombuffer(content, np.uint8, offset=8).astype(np.int64)


def _idx_header(files: Files, path: str, magic: int, dimensions: int) -> tuple[int, ...]:
    """The lengths that an idx file declares, checked against what it can hold."""
    size = 4 * (1 + dimensions)
    with files.opened() as open_file, open_file(path) as file:
        content = unzipped(file)
        gzipped = content is not file
        found, *shape = struct.unpack(f">{1 + dimensions}I", read_exactly(content, size, path))
    if found != magic:
        raise InputError(
            f"{path} with the magic number {found}",
            f"an idx file of bytes in {dimensions} dimensions starts with {magic}",
            "Check that it is the file that its name says",
        )
    packed = {**files.beside, **files.sizes}[path]
    declared = size + math.prod(shape)
    if gzipped:
        check_growth(packed, declared, path)
    elif declared > packed:
        raise InputError(
            f"{path} that declares {declared:,} bytes and has {packed:,}",
            "a complete file is needed",
            "Copy or download it again",
        )
    return tuple(shape)


def _named(names: tuple[str, ...], numbers: range) -> list[str]:
    """The names where there are as many as numbers, else the numbers."""
    return list(names) if len(names) == len(numbers) else [str(k) for k in numbers]


#: a file that cannot be read without running what it holds, and what says so
_PICKLED = r"data_batch_\d+|test_batch|batches\.meta|.*\.(pkl|pickle)"
_PICKLED_IF_SO_STARTED = r"train|test|meta"  # CIFAR-100's names, which may be anything


def refuse_pickles(files: Files) -> None:
    """Raise :class:`InputError` where the files are the Python version of CIFAR, or other pickles."""
    pickles = list(files.named(_PICKLED)) or [
        path for path in files.named(_PICKLED_IF_SO_STARTED) if _start(files, path, 1) == b"\x80"
    ]
    if pickles:
        raise InputError(
            f"{pickles[0]}, a pickle",
            "pickles are never opened, because they can run code when they are read",
            "Bring the binary version (CIFAR has one for each: cifar-10-binary.tar.gz, cifar-100-binary.tar.gz)",
        )


def _start(files: Files, path: str, count: int) -> bytes:
    with files.opened() as open_file, open_file(path) as file:
        return file.read(count)
