"""From a path or uploaded pictures to a data set: first a report of what is there, then the images themselves."""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gca_viz.datasets.content import clean_text, content_id
from gca_viz.datasets.dataset import Dataset
from gca_viz.datasets.images.decode import choose_side
from gca_viz.datasets.images.formats import recognised
from gca_viz.datasets.images.found import NO_CLASS, Block, Found, no_readable_picture, tidy
from gca_viz.datasets.images.pictures import find_pairs
from gca_viz.datasets.report import DataReport, counts_text, duplicates
from gca_viz.errors import InputError, why
from gca_viz.files.archive import ENDINGS, archive_of, readable
from gca_viz.files.folder import Files, of_file, of_folder, of_uploads
from gca_viz.files.member_names import readable as readable_name
from gca_viz.labels import UNLABELLED

_LONGEST_PATH = 300
_MOST_NAMED = 5  # classes in the report before their samples are counted


@dataclass(frozen=True)
class ImageSource:
    """Images that were recognised, and can be loaded.

    Attributes:
        report: what is there, as far as names and headers tell.
    """

    report: DataReport
    _found: Found
    _name: str
    _side: int
    _layout: str = ""

    @property
    def layouts(self) -> tuple[str, ...]:
        """What the folders above pictures may mean, first what was taken; nothing where there is no choice."""
        return self._found.layouts if len(self._found.layouts) > 1 else ()

    def load(
        self, *, progress: Callable[[float, str], None] | None = None, into: Path | None = None
    ) -> tuple[Dataset, DataReport]:
        """Read all images; those that cannot be read are left out and listed.

        Args:
            progress: told the share that is done, 0 to 1, and what was read last; may raise to stop.
            into: a folder in which the decoded images then lie, for as long as the data set is used, in place of
                memory.

        Returns:
            The data set, and the report on it.

        Raises:
            InputError: a damaged file that holds many images, no image that can be read, or a disk without room.
        """
        found = self._found
        shape = (len(found), self._side, self._side, 3)
        views = tuple(
            np.empty(shape, np.uint8) if into is None else _on_disk(into / f"view{number}.npy", shape)
            for number in range(1, 2 + found.paired)
        )
        rows, labels, skipped, filled = list[np.ndarray](), list[np.ndarray](), list[tuple[str, str]](), 0
        with closing(_guarded(found.blocks(self._side), self._name)) as blocks:
            for block in blocks:
                filled = _fill(views, filled, block)
                rows.append(block.rows)
                labels += [] if block.labels is None else [block.labels]
                skipped += block.skipped
                if progress is not None:
                    progress(block.done / len(found), block.what)
        if not filled:
            raise no_readable_picture(self._name, skipped)
        kept = np.concatenate(rows)
        dataset = _dataset(
            found,
            self._name,
            kept,
            np.concatenate(labels) if found.labels is None else found.labels[kept],
            tuple(view[:filled] for view in views),
            self._layout,
        )
        return dataset, _final_report(found, dataset, self.report.notes, skipped)


def open_images(
    path: Path, *, name: str | None = None, side: int | None = None, layout: str | None = None
) -> ImageSource:
    """Recognise the images in a folder, an archive or a file; none of them is decoded.

    Folders mean ``class/image`` or ``domain/class/image``, or nothing; splits, masks and folders such as *images*
    are known by their names at any depth. Beside pictures, the files of CIFAR (binary), STL-10, SVHN and MNIST
    (idx) are known, and Parquet with encoded pictures.

    Args:
        path: a folder, a zip or tar archive, or a file.
        name: of the data set; by default that of the path.
        side: pixels per side of the square images; by default their own size, of at most 224.
        layout: what the folders above pictures mean, one of the source's ``layouts``; by default the first.

    Raises:
        InputError: nothing that is known, a layout that cannot be, unsafe or damaged files, or more than is read.
    """
    if not (path.is_file() or path.is_dir()):
        raise InputError(f"no file or folder {path}", "images are read from a path", "Check it", parameter="path")
    with readable(path.name):
        return _source(recognised(_files(path), layout), name or _stem(path), side, layout)


def open_uploads(
    files: Sequence[tuple[str, bytes]], *, side: int | None = None, layout: str | None = None
) -> ImageSource:
    """Recognise a handful of pictures; ``x_a.png`` and ``x_b.png`` are two views of one sample.

    Args:
        files: names and contents.
        side: pixels per side of the square images; by default their own size, of at most 224.
        layout: where classes are read from, one of the source's ``layouts``; by default the first.

    Raises:
        InputError: no picture, a layout that cannot be, or more than is read.
    """
    given = of_uploads(files)
    return _source(find_pairs(given) or recognised(given, layout), "uploads", side, layout)


def _files(path: Path) -> Files:
    return of_folder(path) if path.is_dir() else (archive_of(path) or of_file)(path)


def _stem(path: Path) -> str:
    if path.is_dir():
        return path.resolve().name
    ending = next((end for end in ENDINGS if path.name.lower().endswith(end)), "")
    return path.name[: -len(ending)] if ending else Path(path.name.removesuffix(".gz")).stem


def _guarded(blocks: Iterator[Block], what: str) -> Generator[Block, None, None]:
    with readable(what):
        yield from blocks


def _source(found: Found, name: str, given: int | None, layout: str | None) -> ImageSource:
    side, notes = choose_side(found.sizes, len(found) * (1 + found.paired), given)
    notes = (*found.notes, *notes)
    if not found.held_out.any():
        notes += (
            "There is no test split: all images count as held out, because no bundled encoder has seen them.",
        )
    if len(found.class_names) == 1:
        notes += ("There is one class only: nothing can be said about classes.",)
    classes = found.class_names
    first = ", ".join(classes[:_MOST_NAMED]) + ", …" * (len(classes) > _MOST_NAMED)
    facts = {
        **_facts(found, len(found), side),
        "Classes": f"{len(classes):,}: {first}" if found.labels is None else counts_text(classes, found.labels),
        "Domains": counts_text(found.domain_names, found.domains),
        "Held out": f"{int(found.held_out.sum()) or len(found):,}",
        **found.facts,
    }
    report = DataReport(found.kind, facts, _readable((*found.skipped, *found.unreadable)), notes)
    return ImageSource(report, found, tidy(name), side, layout or "")


def _final_report(
    found: Found, dataset: Dataset, notes: tuple[str, ...], skipped: Sequence[tuple[str, str]]
) -> DataReport:
    digests = [hashlib.sha256(image).digest() for image in dataset.images]
    if dataset.second_images is not None:
        digests = [a + hashlib.sha256(b).digest() for a, b in zip(digests, dataset.second_images, strict=True)]
    repeated = duplicates(np.frombuffer(b"".join(digests), np.uint8).reshape(len(digests), -1))
    facts = {
        **_facts(found, len(dataset), dataset.image_size[0]),
        "Classes": counts_text(dataset.class_names, dataset.labels),
        "Domains": counts_text(dataset.domain_names, dataset.domains),
        "Held out": f"{int(dataset.held_out.sum()):,}",
        "Duplicates": f"{repeated:,} repeat an earlier one",
        **found.facts,
    }
    return DataReport(found.kind, facts, _readable((*found.skipped, *skipped)), notes)


def _readable(skipped: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """What was left out by names that can be shown, whatever bytes the names of files have."""
    return tuple(
        (clean_text(readable_name(what), _LONGEST_PATH), clean_text(why, _LONGEST_PATH)) for what, why in skipped
    )


def _facts(found: Found, count: int, side: int) -> dict[str, str]:
    low, high = found.sizes.min(0), found.sizes.max(0)
    sizes = " to ".join(dict.fromkeys(f"{width} × {height}" for width, height in (low, high)))
    given = sizes == f"{side} × {side}"
    return {
        "Pairs" if found.paired else "Images": f"{count:,}",
        "Pixels": f"{side} × {side}" if given else f"{side} × {side}, the middle of {sizes}",
        "Memory": f"{(1 + found.paired) * count * side * side * 3 / 1e6:,.1f} MB",
    }


def _on_disk(path: Path, shape: tuple[int, ...]) -> np.ndarray:
    """An array of bytes in a file, for which there is room."""
    try:
        array = np.lib.format.open_memmap(path, "w+", np.uint8, shape)
        if hasattr(os, "posix_fallocate"):  # where there is none, a full disk ends the process
            with open(path, "r+b") as file:
                os.posix_fallocate(file.fileno(), 0, path.stat().st_size)
    except OSError as error:
        raise InputError(
            f"{math.prod(shape) / 1e9:,.1f} GB of decoded images for {path.parent} ({why(error)})",
            "images beyond what is held in memory are decoded into a file first",
            "Name a folder on a disk with room, or reduce the images",
            parameter="results",
        ) from error
    return array


def _fill(views: Sequence[np.ndarray], start: int, block: Block) -> int:
    """Put a block's images behind those that are there; returns how many there are then."""
    end = start + len(block.rows)
    for whole, part in zip(views, block.views, strict=False):  # a sample that was left out has no view
        whole[start:end] = part
    return end


def _dataset(
    found: Found,
    name: str,
    kept: np.ndarray,
    labels: np.ndarray,
    views: tuple[np.ndarray, ...],
    layout: str,
) -> Dataset:
    held_out = found.held_out[kept]
    if not held_out.any():
        held_out = np.ones(len(kept), bool)
    domains = found.domains[kept]
    if found.class_names == (NO_CLASS,):
        labels = np.full(len(kept), UNLABELLED)
    named = [
        found.names[row] if found.names else f"{found.class_names[label]} (no. {row})"
        for row, label in zip(kept.tolist(), labels.tolist(), strict=True)
    ]
    return Dataset(
        name=name,
        title=f"Images {name}",
        images=views[0],
        labels=labels,
        class_names=found.class_names,
        domains=domains,
        domain_names=found.domain_names,
        identities=np.arange(len(kept)),
        names=tuple(named),
        texts=_texts(found, kept, labels),
        held_out=held_out,
        content_id=content_id(views, labels, domains, held_out),
        attribution=("your own data",) * len(found.domain_names),
        second_images=views[1] if found.paired else None,
        layout=layout,
    )


def _texts(found: Found, kept: np.ndarray, labels: np.ndarray) -> tuple[str, ...]:
    """What each image shows in words: its own text, or the name of its class."""
    if found.texts:
        return tuple(found.texts[row] for row in kept.tolist())
    return tuple(found.class_names[label] for label in labels.tolist()) if len(found.class_names) > 1 else ()
